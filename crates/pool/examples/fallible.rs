//! A task that can fail: it returns a `Result`, where Python's would raise.
//!
//! ```python
//! try:
//!     print(p.apply(parse, ("4x",)))
//! except ValueError as error:
//!     print(error)
//! ```

use std::error::Error;

use pool::Pool;

/// The task's own error can be any type that serde can send; here it is its text.
fn parse(text: String) -> Result<i32, String> {
    text.trim().parse().map_err(|error| format!("{text:?}: {error}"))
}

/// Two things can go wrong: the task has no result (its worker was killed, say), which is the first `?`,
/// or the result is an `Err`, which is the second.
fn sum(p: &Pool<String, Result<i32, String>>, texts: [&str; 3]) -> Result<i32, Box<dyn Error>> {
    let mut sum = 0;
    for number in p.imap(texts.map(String::from)) {
        sum += number??;
    }
    Ok(sum)
}

fn main() -> Result<(), Box<dyn Error>> {
    pool::run_if_worker(parse);

    let p = Pool::new(2, parse)?;
    for texts in [["1", "2", " 39"], ["1", "4x", "2"]] {
        match sum(&p, texts) {
            Ok(sum) => println!("sum: {sum}"),
            Err(error) => println!("no sum: {error}"), // "4x": invalid digit found in string
        }
    }
    Ok(p.join()?)
}

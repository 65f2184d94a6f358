//! `result.get()`: the value that a task returns.
//!
//! ```python
//! with Pool(2) as p:
//!     results = [p.apply_async(square, (n,)) for n in range(5)]
//!     print([result.get() for result in results])
//! ```

use pool::Pool;

fn square(n: u64) -> u64 {
    n * n
}

fn main() -> Result<(), pool::Error> {
    pool::run_if_worker(square);

    let p = Pool::new(2, square)?;
    let results: Vec<_> = (0..5).map(|n| p.apply_async(n)).collect(); // all are on their way
    for result in results {
        println!("{}", result.get()?); // waits for this one
    }
    p.join()
}

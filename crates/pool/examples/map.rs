//! `map`: one task for each argument, and the results in the order of the arguments.
//!
//! ```python
//! with Pool(4) as p:
//!     print(p.map(count_primes, range(0, 400_000, 100_000)))
//!     for i, count in enumerate(p.imap(count_primes, itertools.count(0, 100_000))): ...
//! ```

use pool::Pool;

/// How many primes there are among the 100,000 numbers from `start` on.
fn count_primes(start: u64) -> usize {
    let is_prime =
        |n: &u64| *n > 1 && (2..).take_while(|d| d * d <= *n).all(|d| !n.is_multiple_of(d));
    (start..start + 100_000).filter(is_prime).count()
}

fn main() -> Result<(), pool::Error> {
    pool::run_if_worker(count_primes);

    let p = Pool::new(4, count_primes)?;
    println!("{:?}", p.map([0, 100_000, 200_000, 300_000])?);

    // `imap` takes arguments as you take results, so there may be infinitely many.
    let mut sum = 0;
    for (i, count) in p.imap((0..).step_by(100_000)).enumerate() {
        sum += count?;
        if sum >= 50_000 {
            println!("{sum} primes below {}", (i + 1) * 100_000);
            break;
        }
    }
    p.join()
}

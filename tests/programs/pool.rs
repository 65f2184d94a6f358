use pool::Pool;

fn square(n: u64) -> u64 {
    n * n
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    pool::run_if_worker(square);
    let pool = Pool::new(2, square)?;
    assert_eq!(pool.map(0..1_000)?, (0..1_000).map(square).collect::<Vec<_>>());
    Ok(pool.join()?)
}

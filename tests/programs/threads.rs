use threads::{current_name, spawn};

fn main() -> std::io::Result<()> {
    assert_eq!(current_name(), "MainThread");
    let thread = spawn("LoopThread", || (current_name(), 6 * 7))?;
    assert_eq!(thread.join().unwrap(), ("LoopThread".into(), 42));
    Ok(())
}

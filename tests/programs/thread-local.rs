use std::thread::Builder;
use thread_local::{process_student, process_thread};

fn main() -> std::io::Result<()> {
    let alice = Builder::new().name("Thread-A".into()).spawn(|| process_thread("Alice"))?;
    assert_eq!(alice.join().unwrap(), "Hello Alice in Thread-A");
    assert_eq!(process_student(), "Hello nobody in main");
    Ok(())
}

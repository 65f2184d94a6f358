use std::{sync::Mutex, thread};

fn main() {
    let balance = Mutex::new(0);
    thread::scope(|scope| {
        scope.spawn(|| lock::run_thread(&balance, 32, 10_000));
        scope.spawn(|| lock::run_thread(&balance, 1_024, 10_000));
    });
    assert_eq!(*balance.lock().unwrap(), 0);
}

//! A process is killed while something is on its way to it, or leaves its pipes to another.

use std::process::Command;
use std::time::Duration;

use ipc_queue::{Error, Process, Queue, Target};

use crate::Test;
use crate::targets::Value;

pub const TESTS: &[Test] = &[
    ("a_value_being_written_to_a_killed_reader_is_not_lost", a_value_being_written_is_not_lost),
    #[cfg(target_os = "linux")] // where a process can give its pipes away
    ("a_copy_of_its_pipes_does_not_keep_a_child_alive", a_copy_of_its_pipes),
];

/// Handles nothing, and comes back for more.
pub static HANDLER: Target<Queue<Value>> = Target::new("handler", |queue| {
    queue.close();
    while queue.get().is_ok() {}
});

fn a_value_being_written_is_not_lost() {
    for _ in 0..5 {
        let queue = Queue::new().unwrap();
        let mut reader = Process::start(&HANDLER, &queue).unwrap();
        queue.put(&(0, 0, String::new())).unwrap();
        queue.join().unwrap(); // now it waits for more
        send_signal("STOP", reader.id());
        queue.put(&(0, 1, "x".repeat(8 << 20))).unwrap(); // more than a pipe holds
        queue.put(&(0, 2, String::new())).unwrap();
        queue.close();
        // Neither the end, nor the next value of the same writer.
        let early = queue.get_timeout(Duration::from_millis(20));
        assert!(matches!(early, Err(Error::TimedOut)), "{early:?}");
        reader.kill().unwrap();
        let got: Vec<u32> = queue.iter().map(|value| value.unwrap().1).collect();
        assert_eq!(got, [1, 2]);
        assert!(!reader.join().unwrap().success());
    }
}

fn send_signal(name: &str, pid: u32) {
    let kill = format!("kill -s {name} {pid}"); // in a shell: the program of this name isn't installed everywhere
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Leaves its pipes to programs that go on, as a copy of this process (fork) would have them.
#[cfg(target_os = "linux")]
pub static COPIED: Target<Queue<Value>> = Target::new("copied", |queue| {
    for number in 3..1000 {
        let path = format!("/proc/self/fd/{number}");
        let is_pipe =
            std::fs::read_link(&path).is_ok_and(|path| path.to_string_lossy().starts_with("pipe:"));
        let open = std::fs::File::options().read(true).write(true).open(&path);
        if let (true, Ok(pipe)) = (is_pipe, open) {
            let mut sleep = Command::new("sleep");
            let copy = sleep.arg("1000").stdout(pipe).stderr(std::process::Stdio::null());
            queue.put(&(copy.spawn().unwrap().id(), 0, String::new())).unwrap();
        }
    }
});

#[cfg(target_os = "linux")]
fn a_copy_of_its_pipes() {
    let queue = Queue::new().unwrap();
    let mut child = Process::start(&COPIED, &queue).unwrap();
    assert!(child.join().unwrap().success());
    queue.close();
    let copies: Vec<u32> = queue.iter().map(|value| value.unwrap().0).collect();
    copies.iter().for_each(|copy| send_signal("KILL", *copy));
    assert!(copies.len() >= 4, "{copies:?}");
}

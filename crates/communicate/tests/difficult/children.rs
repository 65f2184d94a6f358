//! The difficult child: this program, started again with the steps that it takes.

use std::io::{Read, Write, stderr, stdin, stdout};
use std::net::TcpStream;
use std::process::{Command, Stdio, exit};
use std::time::Duration;
use std::{env, io, thread};

/// This program as a child that takes these steps, one after the other: see [`step`].
pub fn child(steps: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["child", steps]);
    command
}

/// Takes the steps if this process is such a child.
pub fn run_if_child() {
    let args: Vec<String> = env::args().collect();
    if let [_, child, steps] = &args[..]
        && child == "child"
    {
        for one in steps.split("; ") {
            step(one);
        }
        exit(0);
    }
}

fn step(step: &str) {
    let (verb, what) = step.split_once(' ').unwrap_or((step, ""));
    match verb {
        "say" => print(stdout(), format!("{what}\n").as_bytes()),
        "complain" => print(stderr(), format!("{what}\n").as_bytes()),
        "flood" => match what {
            "stderr" => print(stderr(), &[0; FLOOD]),
            "both" => {
                let stderr = thread::spawn(|| print(stderr(), &[0; FLOOD]));
                print(stdout(), &[0; FLOOD]);
                stderr.join().unwrap();
            }
            _ => loop {
                print(stdout(), &b"y\n".repeat(4096));
            },
        },
        "read" => stdin().lock().read_exact(&mut [0]).unwrap(),
        "copy" => drop(io::copy(&mut stdin().lock(), &mut stdout().lock())),
        // Longer than any test, and not forever: one that is left behind has to end.
        "wait" => thread::sleep(Duration::from_secs(600)),
        "leave" => println!("{}", leave(what, "wait")),
        "leave-copying" => drop(leave("all", "copy")),
        "start" => drop(child(&format!("connect {what}")).spawn().unwrap()),
        "connect" => drop(TcpStream::connect(what).unwrap().read(&mut [0])), // until the test ends
        "exit" => exit(what.parse().unwrap()),
        _ => panic!("no such step: {step}"),
    }
}

/// More than any pipe holds.
pub const FLOOD: usize = 10_000_000;

/// A broken pipe is the end: nobody reads any more.
fn print(mut to: impl Write, bytes: &[u8]) {
    if to.write_all(bytes).and_then(|()| to.flush()).is_err() {
        exit(1);
    }
}

/// Starts a child of its own that holds some of its pipes (on Windows it has all of them, whatever it
/// is given, since they are inheritable here) and goes on; returns its process id.
fn leave(holds: &str, steps: &str) -> u32 {
    let pipe = |name| if [name, "all"].contains(&holds) { Stdio::inherit() } else { Stdio::null() };
    let mut child = child(steps);
    child.stdin(pipe("stdin")).stdout(pipe("stdout")).stderr(pipe("stderr"));
    child.spawn().unwrap().id()
}

//! What becomes of a difficult program: ours, CPython and other crates, each case in a process of its
//! own. Prints the table in README.md:
//! `cargo run -q --manifest-path scripts/bench/Cargo.toml --bin commands`

use std::env;
use std::error::Error;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use communicate::communicate_timeout;

mod cases;
mod contestants;

use cases::Case;
use contestants::{CONTESTANTS, Contestant};

type Done<T> = Result<T, Box<dyn Error>>;

/// What a contestant returned.
struct Ran {
    stdout: Vec<u8>,
    /// None where it returned an error together with the output.
    code: Option<i32>,
    took: Duration,
}

/// Longer than any case takes that ends by itself.
const SAFETY_NET: Duration = Duration::from_secs(8);

fn main() -> Done<()> {
    let cases = cases::all()?;
    let args: Vec<String> = env::args().skip(1).collect();
    if let [case, who] = &args[..] {
        let case = cases.iter().find(|known| known.name == *case).ok_or("no such case")?;
        let contestant = CONTESTANTS.iter().find(|(name, _)| name == who);
        let (_, contestant) = *contestant.ok_or("no such contestant")?;
        let ran = match &*case.name {
            "reaped" => worst_while_reaping(case, who, contestant),
            _ => run(case, contestant),
        };
        print!("{}", case.verdict(ran).lines().next().unwrap_or("no"));
        return Ok(());
    }
    let names = CONTESTANTS.map(|(name, _)| name);
    println!("| | {} |\n|---|{}", names.join(" | "), "---|".repeat(names.len()));
    for case in cases {
        let cells =
            names.map(|who| in_a_process(&case.name, who).unwrap_or_else(|e| e.to_string()));
        println!("| {} | {} |", case.title, cells.join(" | "));
    }
    Ok(())
}

fn in_a_process(case: &str, who: &str) -> Done<String> {
    let mut command = Command::new("env");
    command.args((case == "ignored").then_some("--ignore-signal=CHLD"));
    command.arg(env::current_exe()?).args([case, who]).stderr(Stdio::null());
    match communicate_timeout(&mut command, b"", SAFETY_NET) {
        Ok(output) if output.returncode == 0 => Ok(String::from_utf8(output.stdout)?),
        Ok(output) => Ok(format!("no: it panics or dies ({})", output.returncode)),
        Err(communicate::Error::TimedOut { .. }) => Ok("no: it hangs".into()),
        Err(error) => Err(error.into()),
    }
}

fn run(case: &Case, contestant: Contestant) -> Done<Ran> {
    let start = Instant::now();
    contestant(case).map(|ran| Ran { took: start.elapsed(), ..ran })
}

/// Who waits first is chance where the host reaps: runs the contestant 31 times, or until it gets no exit code.
fn worst_while_reaping(case: &Case, who: &str, contestant: Contestant) -> Done<Ran> {
    if who != "CPython" {
        thread::spawn(|| {
            loop {
                let _ = nix::sys::wait::waitpid(None, None);
            }
        });
    }
    for _ in 0..30 {
        match run(case, contestant) {
            Ok(Ran { code: Some(3), .. }) => {}
            worst => return worst,
        }
    }
    run(case, contestant)
}

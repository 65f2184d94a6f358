//! The kind of machine, and the versions: what has to stand above a table of measurements.

use std::process::Command;
use std::thread::available_parallelism;
use std::{env, fs};

/// The Python that `python3` is.
pub struct Python {
    pub program: String,
    version: String,
}

const PEERS: [&str; 7] = [
    "procspawn",
    "ipc-channel",
    "duct",
    "subprocess",
    "shared_child",
    "parking_lot",
    "crossbeam-utils",
];

/// CPython 3.11 or newer, or why there is none.
pub fn python() -> Result<Python, String> {
    // The program itself: `python3` may be a script that first looks for the right one.
    let ask = "import sys, platform
print(sys.executable, platform.python_implementation(), platform.python_version(), sep='\\n')
sys.exit(sys.version_info < (3, 11))";
    let output = Command::new("python3").args(["-c", ask]).output();
    let output = output.map_err(|error| format!("python3: {error}"))?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<&str> = printed.lines().collect();
    match (output.status.success(), &lines[..]) {
        (true, [program, name, version]) => {
            Ok(Python { program: (*program).into(), version: format!("{name} {version}") })
        }
        (_, [_, name, version]) => Err(format!("python3 is {name} {version}, older than 3.11")),
        _ => Err("python3 doesn't run".into()),
    }
}

/// How many processes want to run, besides this one: the mean of the last minute.
pub fn load() -> String {
    let known = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    known.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown").into()
}

/// What stands above the table; `load` is that before the run.
pub fn describe(python: &Result<Python, String>, rounds: usize, load: &str) -> String {
    let cores = available_parallelism().map_or(0, usize::from);
    let kernel = printed_by("uname", &["-sr"]).unwrap_or_else(|| env::consts::OS.into());
    let date = printed_by("date", &["-u", "+%F"]).unwrap_or_default();
    let rustc = printed_by("rustc", &["--version"]).unwrap_or_else(|| "unknown".into());
    let python = match python {
        Ok(python) => &python.version,
        Err(why) => why,
    };
    let peers: Vec<String> = PEERS.iter().map(|peer| format!("{peer} {}", version(peer))).collect();
    format!(
        "{date}, {cores} cores of {} (load before the run: {load}), {kernel}, {rustc}, {python}, {}. \
         Rounds: {rounds}.\n",
        processor(),
        peers.join(", ")
    )
}

fn processor() -> String {
    let known = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = known.lines().find_map(|line| line.strip_prefix("model name"));
    model.map_or(env::consts::ARCH, |model| model.trim_start_matches([' ', '\t', ':'])).into()
}

fn printed_by(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
}

/// The version of a peer that this program is built with.
fn version(peer: &str) -> &'static str {
    let manifest = include_str!("../Cargo.toml");
    let rest = manifest.split_once(&format!("\n{peer} = \"")).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split('"').next()).unwrap_or("?")
}

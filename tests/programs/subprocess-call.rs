use std::process::Command;
use subprocess_call::{call, check_call};

fn main() -> Result<(), subprocess_call::Error> {
    assert_eq!(call(Command::new("cargo").arg("--version"))?, 0);
    check_call(Command::new("rustc").arg("--version"))
}

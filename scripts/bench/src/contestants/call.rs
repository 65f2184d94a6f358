//! A program that does nothing, run to its end.

use std::process::Command;

use shared_child::SharedChild;

use super::pool::expect;
use super::report;
use crate::Done;

const PROGRAM: &str = "true";

pub fn run(who: &str, n: u64) -> Done<()> {
    let once: fn() -> Done<bool> = match who {
        "us" => || Ok(subprocess_call::call(&mut Command::new(PROGRAM))? == 0),
        "std" => || Ok(Command::new(PROGRAM).status()?.success()),
        "duct" => || Ok(duct::cmd!(PROGRAM).run()?.status.success()),
        "subprocess" => || Ok(subprocess::Exec::cmd(PROGRAM).join()?.success()),
        "shared_child" => || Ok(SharedChild::spawn(&mut Command::new(PROGRAM))?.wait()?.success()),
        _ => return Err("no such contestant".into()),
    };
    report::time(|| (0..n).try_for_each(|_| expect(once()?, true)))
}

//! Each lesson's default run in Rust and in Python, compared with what the notebook recorded and with what
//! the README shows; and the broken forms that take Python or `ps`.
//!
//! Without a tool that it needs a test is shown as ignored, with the tool's name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

mod dns;
mod python;
mod recorded;
mod rust;
mod zombie;

fn main() {
    let trials = [rust::trials(), python::trials(), dns::trials(), zombie::trials()];
    tests::run(trials.into_iter().flatten().collect());
}

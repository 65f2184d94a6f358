//! What needs a tool that not every machine has: python3, ps, or all that a DNS server takes. Without the
//! tool the test is shown as ignored, with the tool's name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

mod dns;
mod python;
#[path = "../recorded.rs"]
mod recorded;
mod zombie;

fn main() {
    let trials = [dns::trials(), python::trials(), zombie::trials()];
    tests::run(trials.into_iter().flatten().collect());
}

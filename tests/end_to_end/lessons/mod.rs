//! Each lesson's default run in Rust and in Python, compared with what the notebook recorded and with what
//! the README shows; and the broken forms that take Python or `ps`.

use libtest_mimic::Trial;

mod dns;
mod python;
mod recorded;
mod rust;
mod zombie;

pub fn trials() -> Vec<Trial> {
    let trials = [rust::trials(), python::trials(), dns::trials(), zombie::trials()];
    trials.into_iter().flatten().collect()
}

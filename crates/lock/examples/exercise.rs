//! Exercise: move money between two accounts, each with a lock of its own, so that no two transfers
//! ever wait for each other. Then: `cargo lessons check lock`.

use std::process::ExitCode;

use check::Bank;
use lock::deadlock::Deadlock;

mod check;

/// Moves `amount` from one account to another.
///
/// `bank.lock(n)` waits for account `n` and answers its balance, locked until that value is dropped.
/// Where plain locks would wait for ever, it answers an error.
fn transfer(bank: &Bank, from: usize, to: usize, amount: i64) -> Result<(), Deadlock> {
    // Your turn: this works, as long as nobody moves money the other way.
    let mut giver = bank.lock(from)?;
    let mut taker = bank.lock(to)?;
    *giver -= amount;
    *taker += amount;
    Ok(())
}

fn main() -> ExitCode {
    check::check(transfer)
}

//! The project as its readers use it: each lesson's default run, the exercises, the copied crates, and the commands
//! that the texts show.
//!
//! One program, because most of it waits, for a lesson's pauses or for a build: here the waits overlap. A test that
//! needs a tool which isn't installed is shown as ignored, with the tool's name.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use libtest_mimic::Trial;

mod copying;
mod docs;
mod exercises;
mod lessons;

fn main() {
    // The longest wait comes first. What follows builds, and most of that in one folder, one after the other.
    let parts = [
        ("lessons", lessons::trials()),
        ("copying", copying::trials()),
        ("exercises", exercises::trials()),
        ("docs", docs::trials()),
    ];
    let of_kind =
        |(kind, trials): (_, Vec<Trial>)| trials.into_iter().map(move |t| t.with_kind(kind));
    tests::run(parts.into_iter().flat_map(of_kind).collect());
}

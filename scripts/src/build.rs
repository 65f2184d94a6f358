//! Programs of the workspace, built by cargo.

use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::cargo;

/// Builds the program that `arguments` name and returns where it is; nothing if it doesn't compile, which
/// cargo says on stderr.
///
/// # Errors
///
/// If cargo can't be started, or builds no program.
pub fn build<A: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> io::Result<Option<PathBuf>> {
    let mut cargo = cargo();
    cargo.args(["build", "--message-format=json-render-diagnostics"]);
    cargo.args(arguments).stdin(Stdio::null()).stderr(Stdio::inherit());
    if !io::stderr().is_terminal() {
        cargo.arg("-q"); // nobody watches its progress
    }
    let output = cargo.output()?;
    if !output.status.success() {
        return Ok(None);
    }
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let path = messages.lines().rev().find_map(executable);
    path.map(Some).ok_or_else(|| io::Error::other("cargo built no program"))
}

/// The program that one of cargo's messages says was built; one was asked for.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    message.get("executable")?.as_str().map(PathBuf::from)
}

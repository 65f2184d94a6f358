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
    let messages = serde_json::Deserializer::from_slice(&output.stdout).into_iter::<Value>();
    let mut programs =
        messages.flatten().filter_map(|message| Some(message["executable"].as_str()?.into()));
    programs.next().map(Some).ok_or_else(|| io::Error::other("cargo built no program"))
}

//! The difficult programs of `cases.toml`, and what a contestant should make of them.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use std::{env, fs, thread};

use indexmap::IndexMap;
use serde::Deserialize;

use crate::{Done, Ran};

#[derive(Deserialize)]
pub struct Case {
    #[serde(skip)]
    pub name: String,
    pub title: String,
    script: String,
    /// The bytes that are written to it.
    #[serde(default)]
    pub input: usize,
    /// Whether its stderr is to come in its stdout.
    #[serde(default)]
    pub merged: bool,
    /// In seconds.
    pub timeout: Option<f64>,
    /// The most bytes of output to be kept.
    pub max: Option<usize>,
}

pub fn all() -> Done<Vec<Case>> {
    let cases: IndexMap<String, Case> = toml::from_str(include_str!("cases.toml"))?;
    Ok(cases.into_iter().map(|(name, case)| Case { name, ..case }).collect())
}

impl Case {
    /// The program with its arguments.
    pub fn command(&self) -> Done<Vec<String>> {
        if !self.script.starts_with("#!") {
            return Ok(["sh", "-c", &self.script].map(String::from).into());
        }
        let file = env::temp_dir().join(&self.name);
        fs::write(&file, &self.script)?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        Ok(vec![file.to_string_lossy().into_owned()])
    }

    pub fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs_f64)
    }

    fn has_bound(&self, length: usize) -> bool {
        self.max.is_some_and(|max| (max..2 * max).contains(&length))
    }

    pub fn verdict(&self, ran: Done<Ran>) -> String {
        let Ran { stdout, code, took } = match ran {
            Ok(ran) => ran,
            Err(error) if error.to_string().contains("/no/such/python3") => return "yes".into(),
            Err(error) => return format!("no: {error}"),
        };
        let text = String::from_utf8_lossy(&stdout).trim().to_string();
        let (holds, otherwise) = match &*self.name {
            "deadlock" => (stdout.len() == self.input, "bytes are lost"),
            "bound" => (self.has_bound(stdout.len()), "all of it is kept"),
            "tree" => (has_ended(&text), "what it started goes on"),
            "orphan" if took > Duration::from_secs(5) => (false, "it waits"),
            "merged" => (text == "1\n2\n3\n4", "in another order"),
            "ignored" | "reaped" if text == "out" => return code_is_unknown(code),
            _ => (text == "out", "the output is lost"),
        };
        if holds { "yes".into() } else { format!("no: {otherwise}") }
    }
}

/// Whether a process is gone or a zombie, soon after it was killed.
fn has_ended(pid: &str) -> bool {
    thread::sleep(Duration::from_millis(100));
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.is_empty() || status.contains(") Z")
}

/// Where somebody else has reaped the program, which ends with 3.
fn code_is_unknown(code: Option<i32>) -> String {
    match code {
        Some(3) => "yes, with the code".into(),
        None => "yes; an error says that the code is lost".into(),
        Some(code) => format!("yes, but with a wrong exit code: {code}"),
    }
}

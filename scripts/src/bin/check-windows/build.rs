//! The workspace and its tests, built for a system or checked for one.

use std::env;
use std::fmt::{self, Display};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::{Artifact, Message};

use scripts::Done;

use crate::target_folder;

/// A program that cargo would run for `cargo test`.
pub struct TestBinary {
    /// The crate it belongs to.
    pub package: String,
    /// The file in `tests/`; for the tests within the crate `lib` or `bin NAME`.
    pub name: String,
    pub program: PathBuf,
    /// Where cargo runs it.
    pub folder: PathBuf,
}

impl TestBinary {
    pub fn is(&self, package: &str, name: &str) -> bool {
        self.package == package && self.name == name
    }
}

impl Display for TestBinary {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{} {}", self.package, self.name)
    }
}

/// Builds everything, for another system or for this one; nothing if it doesn't compile.
pub fn tests(target: Option<&str>) -> Done<Option<Vec<TestBinary>>> {
    let mut cargo = cargo("build", target);
    cargo.arg("--message-format=json-render-diagnostics").stdout(Stdio::piped());
    if target.is_some() {
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0"); // no debugger there; linked in half the time
        if let Some(folder) = without_spaces(&target_folder()?) {
            println!("it is built in {}: dlltool can't do with spaces in a path", folder.display());
            cargo.arg("--target-dir").arg(folder);
        }
    }
    let mut cargo = cargo.spawn()?;
    let mut found = Vec::new();
    if let Some(stdout) = cargo.stdout.take() {
        for message in Message::parse_stream(BufReader::new(stdout)) {
            if let Message::CompilerArtifact(artifact) = message? {
                found.extend(test_binary(artifact));
            }
        }
    }
    found.sort_by_key(TestBinary::to_string);
    Ok(cargo.wait()?.success().then_some(found))
}

/// Another folder where this one's path has a space; one for each such path.
fn without_spaces(folder: &Path) -> Option<PathBuf> {
    let path = folder.to_string_lossy();
    let name = || path.replace(|c: char| c == '/' || c.is_whitespace(), "-");
    path.contains(char::is_whitespace).then(|| env::temp_dir().join(format!("windows{}", name())))
}

fn test_binary(artifact: Artifact) -> Option<TestBinary> {
    let program = artifact.executable.filter(|_| artifact.profile.test)?;
    let folder = artifact.manifest_path.parent()?;
    let target = artifact.target;
    let name = if target.is_lib() {
        "lib".into()
    } else if target.is_bin() {
        format!("bin {}", target.name)
    } else {
        target.name
    };
    Some(TestBinary {
        package: folder.file_name()?.into(),
        name,
        program: program.into(),
        folder: folder.into(),
    })
}

/// Whether everything compiles for a system: its Rust, as no compiler of C for it is here. Nothing is
/// linked, so a compiler that does nothing will do.
pub fn check(target: &str) -> Done<bool> {
    let mut cargo = cargo("check", Some(target));
    for tool in ["CC", "CXX", "AR"] {
        cargo.env(format!("{tool}_{}", target.replace('-', "_")), "true");
    }
    Ok(cargo.arg("--keep-going").status()?.success())
}

fn cargo(verb: &str, target: Option<&str>) -> Command {
    let mut cargo = scripts::cargo();
    cargo.args([verb, "--workspace", "--all-targets"]);
    if let Some(target) = target {
        cargo.args(["--target", target]);
    }
    cargo
}

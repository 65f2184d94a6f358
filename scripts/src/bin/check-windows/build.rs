//! The workspace and its tests, built for Windows or checked for another system.

use std::env;
use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use scripts::Done;
use scripts::build::programs;
use serde_json::Value;

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

/// Builds everything for another system; nothing if it doesn't compile.
pub fn tests(target: &str) -> Done<Option<Vec<TestBinary>>> {
    let mut arguments = vec!["--workspace", "--all-targets", "--target", target];
    arguments.extend(["--config", "profile.dev.debug=0"]); // no debugger there; linked in half the time
    let folder = without_spaces(&target_folder()?);
    if let Some(folder) = &folder {
        println!("it is built in {folder}: dlltool can't do with spaces in a path");
        arguments.extend(["--target-dir", folder]);
    }
    let Some(built) = programs(arguments)? else { return Ok(None) };
    let mut tests: Vec<_> = built.iter().filter_map(test_binary).collect();
    tests.sort_by_key(TestBinary::to_string);
    Ok(Some(tests))
}

/// Another folder where this one's path has a space; one for each such path.
fn without_spaces(folder: &Path) -> Option<String> {
    let path = folder.to_str().filter(|path| path.contains(char::is_whitespace))?;
    let name = path.replace(|c: char| c == '/' || c.is_whitespace(), "-");
    Some(env::temp_dir().join(format!("windows{name}")).display().to_string())
}

/// The test program that a message of cargo's is about.
fn test_binary(message: &Value) -> Option<TestBinary> {
    message["profile"]["test"].as_bool().filter(|is_test| *is_test)?;
    let folder = Path::new(message["manifest_path"].as_str()?).parent()?;
    let name = message["target"]["name"].as_str()?;
    Some(TestBinary {
        package: folder.file_name()?.to_str()?.into(),
        name: match message["target"]["kind"][0].as_str()? {
            "lib" => "lib".into(),
            "bin" => format!("bin {name}"),
            _ => name.into(),
        },
        program: message["executable"].as_str()?.into(),
        folder: folder.into(),
    })
}

/// Whether everything compiles for a system: its Rust, as no compiler of C for it is here. Nothing is
/// linked, so a compiler that does nothing will do.
pub fn check(target: &str) -> Done<bool> {
    let mut cargo = scripts::cargo();
    for tool in ["CC", "CXX", "AR"] {
        cargo.env(format!("{tool}_{}", target.replace('-', "_")), "true");
    }
    cargo.args(["check", "--workspace", "--all-targets", "--target", target, "--keep-going"]);
    Ok(cargo.status()?.success())
}

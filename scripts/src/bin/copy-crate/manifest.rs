//! The manifest of a library: without the examples, the tests that aren't copied, and what only these
//! and the lesson's program need.

use std::collections::BTreeSet;

use scripts::Done;
use scripts::source::uses;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike};

/// The code that is copied.
pub struct Code {
    /// That of the library itself.
    pub library: String,
    /// With its tests and the README.
    pub all: String,
}

/// The manifest of the library with these test programs; what stays is as before, byte for byte.
pub fn of_the_library(manifest: &str, tests: &BTreeSet<String>, code: &Code) -> Done<String> {
    let mut manifest: DocumentMut = manifest.parse()?;
    let top = manifest.as_table_mut();
    top.remove("example");
    if let Some(programs) = top.get_mut("test").and_then(Item::as_array_of_tables_mut) {
        keep_tests(programs, tests);
    }
    keep_dependencies(top, code);
    let targets = top.get_mut("target").and_then(Item::as_table_like_mut);
    for (_, target) in targets.into_iter().flat_map(TableLike::iter_mut) {
        if let Some(target) = target.as_table_mut() {
            keep_dependencies(target, code);
        }
    }
    Ok(manifest.to_string())
}

fn keep_tests(programs: &mut ArrayOfTables, tests: &BTreeSet<String>) {
    programs.retain(|program| {
        program.get("name").and_then(Item::as_str).is_some_and(|name| tests.contains(name))
    });
}

/// Leaves the dependencies that the library uses, and as dev-dependencies those that its tests use.
fn keep_dependencies(table: &mut Table, code: &Code) {
    let mut for_tests = Vec::new();
    for (of, code) in [("dependencies", &code.library), ("dev-dependencies", &code.all)] {
        let Some(dependencies) = table.get_mut(of).and_then(Item::as_table_like_mut) else {
            continue;
        };
        let names: Vec<_> = dependencies.iter().map(|(name, _)| name.to_string()).collect();
        for name in names.into_iter().filter(|name| !uses(code, name)) {
            for_tests.extend(dependencies.remove(&name).map(|removed| (name, removed)));
        }
        if dependencies.is_empty() {
            table.remove(of);
        }
    }
    for (name, removed) in for_tests.into_iter().filter(|(name, _)| uses(&code.all, name)) {
        table["dev-dependencies"].or_insert(Item::Table(Table::new()))[&name] = removed;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // how a test says what must hold

    use super::*;

    #[test]
    fn what_the_library_doesnt_use_is_gone_and_the_rest_as_it_was() {
        // What stays begins with a blank, what goes with a minus.
        let manifest = r#" # The top.
 [package]   # a lesson
 name='lesson'
-
-[[example]]
-name = "lesson-exercise" # shared
-path = "examples/exercise.rs"
 
 [dependencies]
-lexopt = { version = "0.3.2" }  # small
 os_pipe = "1"
 
 # Tests need these, too.
 [dev-dependencies]
-# A database.
-rusqlite = "0.1"
 tempfile   = "3"
 
-[[example]]
-name = "lesson-solution"
-
 [[test]]
 name = "faults"
 
-[[test]]
-name = "cell"
-
-[target."cfg(unix)".dev-dependencies]
-nix = "0.31"
-
 # The end.
 [lints.rust]
 unsafe_code = "forbid"
 # Really.
"#;
        let lines = |keep: fn(&str) -> bool| {
            let lines = manifest.lines().filter(|line| keep(line));
            lines.map(|line| format!("{}\n", &line[1..])).collect::<String>()
        };
        let (before, after) = (lines(|_| true), lines(|line| line.starts_with(' ')));
        let (library, tests) = ("os_pipe::pipe()".to_string(), ["faults".to_string()].into());
        let code = Code { all: format!("{library} tempfile::tempdir()"), library };
        assert_eq!(of_the_library(&before, &tests, &code).unwrap(), after);
        assert_eq!(of_the_library(&after, &tests, &code).unwrap(), after);
    }

    #[test]
    fn what_only_tests_use_is_a_dev_dependency() {
        let code = Code { library: String::new(), all: "rand::random()".into() };
        let manifest = of_the_library("[dependencies]\nrand = \"1\"\n", &BTreeSet::new(), &code);
        assert_eq!(manifest.unwrap(), "[dev-dependencies]\nrand = \"1\"\n");
    }
}

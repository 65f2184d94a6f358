//! What Rust code consists of: the files of its modules, and the dependencies that it names.

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Whether code names a dependency, as `name::…`.
#[must_use]
pub fn uses(code: &str, dependency: &str) -> bool {
    let name = dependency.replace('-', "_");
    code.match_indices(&name).any(|(at, _)| {
        let before = code.get(..at).and_then(|code| code.chars().next_back());
        let after = code.get(at + name.len()..).unwrap_or_default();
        let is_longer = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        after.starts_with("::") && !before.is_some_and(is_longer)
    })
}

/// A file of Rust and those of its modules, and of theirs.
///
/// # Errors
///
/// A file that isn't there or can't be read; the error names it.
pub fn modules(file: &Path) -> io::Result<Vec<PathBuf>> {
    find_modules(file, true)
}

/// The code of a file and its modules, without comments and unit tests.
///
/// # Errors
///
/// A file that isn't there or can't be read; the error names it.
pub fn code_without_tests(file: &Path) -> io::Result<String> {
    let mut code = String::new();
    for file in find_modules(file, false)? {
        let text = fs::read_to_string(file)?;
        let (text, _tests) = text.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&text, ""));
        let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.for_each(|line| code += &format!("{line}\n"));
    }
    Ok(code)
}

fn find_modules(file: &Path, with_tests: bool) -> io::Result<Vec<PathBuf>> {
    let error = |what: &dyn Display| io::Error::other(format!("{}: {what}", file.display()));
    let code = fs::read_to_string(file).map_err(|why| error(&why))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let stem = file.file_stem().unwrap_or_default();
    // `main.rs`, `lib.rs` and `mod.rs` have their modules beside them, others in a folder of their name.
    let is_root = ["main", "lib", "mod"].iter().any(|root| stem == *root);
    let below = if is_root { folder.to_path_buf() } else { folder.join(stem) };
    let mut files = vec![file.to_path_buf()];
    let mut before = ""; // the line before, which may be an attribute
    for line in code.lines().map(str::trim) {
        if let Some(name) = module(line).filter(|_| with_tests || before != "#[cfg(test)]") {
            let path = before.strip_prefix("#[path = \"").and_then(|path| path.strip_suffix("\"]"));
            let mut places =
                vec![below.join(format!("{name}.rs")), below.join(name).join("mod.rs")];
            places.extend(path.map(|path| folder.join(path)));
            let place = places.iter().rfind(|place| place.is_file());
            let place = place.ok_or_else(|| error(&format_args!("no file of {line}")))?;
            files.extend(find_modules(place, with_tests)?);
        }
        before = line;
    }
    Ok(files)
}

/// The name in `mod name;`.
fn module(line: &str) -> Option<&str> {
    let (before, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
    (before.is_empty() || before.starts_with("pub")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_is_used_where_a_path_begins_with_its_name() {
        for code in ["use os_pipe::pipe;", "#[derive(os_pipe::X)]", "let a = os_pipe::pipe()?;"] {
            assert!(uses(code, "os-pipe"), "{code}");
        }
        for code in ["use my_os_pipe::pipe;", "use crate::os_pipe::pipe;", "// as os_pipe does"] {
            assert!(!uses(code, "os-pipe"), "{code}");
        }
    }

    #[test]
    fn a_module_is_declared_with_a_semicolon() {
        assert_eq!(module("mod wire;"), Some("wire"));
        assert_eq!(module("pub(crate) mod wire;"), Some("wire"));
        assert_eq!(module("mod tests {"), None);
        assert_eq!(module("// mod wire;"), None);
    }
}

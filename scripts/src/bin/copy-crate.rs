//! `cargo copy-crate lock ../my-project/crates`: copies a lesson's crate, and what it depends on here.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

type Done<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "Usage: cargo copy-crate CRATE FOLDER    for instance: cargo copy-crate lock ../my-project/crates";

fn main() -> ExitCode {
    let (name, folder) = match arguments() {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("copy-crate: {wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match copy(&name, &folder) {
        Ok(told) => {
            println!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("copy-crate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Result<Option<(String, PathBuf)>, lexopt::Error> {
    use lexopt::prelude::*;
    let mut values: Vec<OsString> = Vec::new();
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Value(value) => values.push(value),
            _ => return Err(arg.unexpected()),
        }
    }
    let [name, folder]: [OsString; 2] =
        values.try_into().map_err(|_| "it takes a crate's name and a folder")?;
    Ok(Some((name.string()?, folder.into())))
}

fn copy(name: &str, folder: &Path) -> Done<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let known = names(&root.join("crates"))?;
    if !known.iter().any(|crate_name| crate_name == name) {
        return Err(format!("there is no crate {name:?}; there are {}", known.join(", ")).into());
    }
    // All is checked before anything is written.
    let mut missing = Vec::new();
    for name in with_dependencies(&root.join("crates"), name)? {
        let (from, to) = (root.join("crates").join(&name), folder.join(&name));
        let there = to.symlink_metadata().is_ok();
        if there && !same(&from, &to)? {
            return Err(format!("{} is there already; move it away first", to.display()).into());
        }
        if !there {
            missing.push((from, to));
        }
    }
    if missing.is_empty() {
        return Err(format!("{} is there already, the same", folder.join(name).display()).into());
    }
    fs::create_dir_all(folder)?;
    let mut told = String::new();
    for (from, to) in missing {
        // Under another name first, so that nobody finds half a crate.
        let half = to.with_extension("half-copied");
        files(&from, &mut |file| {
            let target = half.join(file.strip_prefix(&from)?);
            fs::create_dir_all(target.parent().unwrap_or(&half))?;
            fs::copy(file, target)?;
            Ok(())
        })?;
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            fs::copy(root.join(licence), half.join(licence))?;
        }
        fs::rename(&half, &to)?;
        told += &format!("copied {}\n", to.display());
    }
    let path = folder.join(name).to_string_lossy().replace('\\', "/");
    Ok(told
        + &format!(
            "in your Cargo.toml, under [dependencies] (the path as seen from there):\n{name} = {{ path = {path:?} }}"
        ))
}

fn names(crates: &Path) -> Done<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(crates)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The crate and those beside it that it depends on, by the paths in its manifest.
fn with_dependencies(crates: &Path, name: &str) -> Done<Vec<String>> {
    let manifest: toml::Table =
        fs::read_to_string(crates.join(name).join("Cargo.toml"))?.parse()?;
    let mut found = vec![name.to_string()];
    for (_, dependency) in
        manifest.get("dependencies").and_then(|d| d.as_table()).into_iter().flatten()
    {
        if let Some(path) = dependency.get("path").and_then(|path| path.as_str()) {
            let beside = path.strip_prefix("../").ok_or("a dependency outside of crates/")?;
            found.extend(with_dependencies(crates, beside)?);
        }
    }
    Ok(found)
}

/// Whether all files of `from` stand in `to`, with the same content.
fn same(from: &Path, to: &Path) -> Done<bool> {
    let mut same = true;
    files(from, &mut |file| {
        let there = fs::read(to.join(file.strip_prefix(from)?));
        same &= there.is_ok_and(|there| fs::read(file).is_ok_and(|here| here == there));
        Ok(())
    })?;
    Ok(same)
}

/// Calls `visit` for each file below `folder`, but for hidden ones and what cargo has built.
fn files(folder: &Path, visit: &mut dyn FnMut(&Path) -> Done<()>) -> Done<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == "target" || name == "Cargo.lock" || name.to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            files(&entry.path(), visit)?;
        } else {
            visit(&entry.path())?;
        }
    }
    Ok(())
}

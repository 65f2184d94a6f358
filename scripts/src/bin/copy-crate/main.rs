//! `cargo copy-crate lock ../my-project/crates`: copies the library of a lesson, and the crate here that
//! it depends on; with `--with-lesson` the program and the examples, too.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cargo_metadata::{DependencyKind, MetadataCommand, Package, Target};
use scripts::Done;
use toml_edit::DocumentMut;

mod contents;
mod manifest;
mod readme;

use contents::Contents;

const USAGE: &str = "\
Usage: cargo copy-crate CRATE FOLDER [--with-lesson]

  --with-lesson    the whole crate: also the lesson's program, examples and pictures

For instance: cargo copy-crate lock ../my-project/crates";

struct Options {
    name: String,
    folder: PathBuf,
    with_lesson: bool,
}

fn main() -> ExitCode {
    scripts::run("copy-crate", || {
        match arguments()? {
            Some(options) => scripts::say(copy(&options)?)?,
            None => scripts::say(USAGE)?,
        }
        Ok(true)
    })
}

/// Nothing if help is wanted.
fn arguments() -> Result<Option<Options>, lexopt::Error> {
    use lexopt::prelude::*;
    let (mut values, mut with_lesson) = (Vec::<OsString>::new(), false);
    let mut args = lexopt::Parser::from_env();
    while let Some(arg) = args.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(None),
            Long("with-lesson") => with_lesson = true,
            Value(value) => values.push(value),
            _ => return Err(arg.unexpected()),
        }
    }
    let [name, folder]: [OsString; 2] =
        values.try_into().map_err(|_| "give a crate's name and a folder")?;
    Ok(Some(Options { name: name.string()?, folder: folder.into(), with_lesson }))
}

fn copy(Options { name, folder, with_lesson }: &Options) -> Done<String> {
    let root = scripts::root();
    let metadata = MetadataCommand::new().current_dir(&root).no_deps().exec()?;
    let is_a_crate = |package: &&Package| package.manifest_path.starts_with(root.join("crates"));
    let crates: Vec<_> = metadata.packages.iter().filter(is_a_crate).collect();
    let Some(wanted) = crates.iter().find(|package| package.name == name) else {
        let mut known: Vec<_> = crates.iter().map(|package| package.name.as_str()).collect();
        known.sort_unstable();
        return Err(format!("there is no crate {name:?}; there are {}", known.join(", ")).into());
    };
    let mut missing = Vec::new();
    for package in with_dependencies(&crates, wanted) {
        let contents = match *with_lesson && package.name == *name {
            true => Contents::whole(package, &root)?,
            false => Contents::library(package, &root)?,
        };
        let to = folder.join(package.name.as_str());
        if to.symlink_metadata().is_err() {
            missing.push((contents, to));
        } else if !contents.stands_in(&to) {
            return Err(format!("{} is there already; move it away first", to.display()).into());
        }
    }
    // Now that all is checked:
    let mut message = write(missing)?;
    if message.is_empty() {
        return Err(format!("{} is there already, the same", folder.join(name).display()).into());
    }
    if !with_lesson && wanted.targets.iter().any(Target::is_bin) {
        message +=
            "not copied: the lesson's program and examples (--with-lesson copies them, too)\n";
    }
    Ok(message + &line_to_add(name, folder))
}

/// Writes the crates and returns a line for each.
fn write(crates: Vec<(Contents, PathBuf)>) -> Done<String> {
    let mut lines = String::new();
    for (contents, to) in crates {
        // Under another name first, so that nobody finds half a crate.
        let half = to.with_extension("half-copied");
        contents.write(&half)?;
        fs::rename(&half, &to)?;
        lines += &format!("copied {}\n", to.display());
    }
    Ok(lines)
}

/// The line for the package that the copy is in; where there is none, one with the path from here.
fn line_to_add(name: &str, folder: &Path) -> String {
    // Above a `..` are the folders that it left.
    let mut above = folder.ancestors().take_while(|above| !above.ends_with(".."));
    let package = above.find(|above| is_of_a_package(&above.join("Cargo.toml")));
    let whose = match package {
        Some(package) => {
            format!("in {}, under [dependencies]", package.join("Cargo.toml").display())
        }
        None => {
            "in your Cargo.toml, under [dependencies], with the path from its folder, not from here"
                .into()
        }
    };
    let from_there =
        package.and_then(|package| folder.strip_prefix(package).ok()).unwrap_or(folder);
    let path = from_there.join(name).to_string_lossy().replace('\\', "/");
    format!("{whose}:\n{name} = {{ path = {path:?} }}")
}

fn is_of_a_package(manifest: &Path) -> bool {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    text.parse::<DocumentMut>().is_ok_and(|manifest| manifest.contains_key("package"))
}

/// A crate and those beside it that it depends on.
fn with_dependencies<'a>(crates: &[&'a Package], wanted: &'a Package) -> Vec<&'a Package> {
    let normal = wanted.dependencies.iter().filter(|it| it.kind == DependencyKind::Normal);
    let folders = normal.filter_map(|dependency| dependency.path.as_deref());
    let beside = folders.filter_map(|folder| {
        crates.iter().find(|package| package.manifest_path.parent() == Some(folder))
    });
    [wanted].into_iter().chain(beside.copied()).collect()
}

//! `cargo copy-crate lock ../my-project/crates`: copies the library of a lesson, and the crate here that
//! it depends on; with `--with-lesson` the program and the examples, too.

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use toml_edit::{DocumentMut, Item};

mod contents;
mod manifest;
mod readme;

use contents::Contents;

type Done<T> = Result<T, Box<dyn Error>>;

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
    let options = match arguments() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("copy-crate: {wrong}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match copy(&options) {
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
        values.try_into().map_err(|_| "it takes a crate's name and a folder")?;
    Ok(Some(Options { name: name.string()?, folder: folder.into(), with_lesson }))
}

fn copy(Options { name, folder, with_lesson }: &Options) -> Done<String> {
    let root = scripts::root();
    let known = names(&root.join("crates"))?;
    if !known.iter().any(|crate_name| crate_name == name) {
        return Err(format!("there is no crate {name:?}; there are {}", known.join(", ")).into());
    }
    // All is checked before anything is written.
    let mut missing = Vec::new();
    for crate_name in with_dependencies(&root.join("crates"), name)? {
        let from = root.join("crates").join(&crate_name);
        let contents = match *with_lesson && crate_name == *name {
            true => Contents::whole(&from, &root)?,
            false => Contents::library(&from, &root)?,
        };
        let to = folder.join(&crate_name);
        let there = to.symlink_metadata().is_ok();
        if there && !contents.stands_in(&to) {
            return Err(format!("{} is there already; move it away first", to.display()).into());
        }
        if !there {
            missing.push((contents, to));
        }
    }
    if missing.is_empty() {
        return Err(format!("{} is there already, the same", folder.join(name).display()).into());
    }
    fs::create_dir_all(folder)?;
    let mut told = String::new();
    for (contents, to) in missing {
        // Under another name first, so that nobody finds half a crate.
        let half = to.with_extension("half-copied");
        contents.write(&half)?;
        fs::rename(&half, &to)?;
        told += &format!("copied {}\n", to.display());
    }
    if !with_lesson && root.join("crates").join(name).join("src/main.rs").is_file() {
        told += "not copied: the lesson's program and examples (--with-lesson copies them, too)\n";
    }
    Ok(told + &line_to_add(name, folder))
}

/// The line for the package that the copy is in; where there is none, one with the path from here.
fn line_to_add(name: &str, folder: &Path) -> String {
    // Above a `..` are the folders that it left.
    let mut above = folder.ancestors().take_while(|above| !above.ends_with(".."));
    let package = above.find_map(|above| {
        let manifest = above.join("Cargo.toml");
        Some((folder.strip_prefix(above).ok()?, is_of_a_package(&manifest).then_some(manifest)?))
    });
    let (from_there, whose) = match package {
        Some((folder, manifest)) => {
            (folder, format!("in {}, under [dependencies]", manifest.display()))
        }
        None => {
            let whose = "in your Cargo.toml, under [dependencies], with the path from its folder, not from here";
            (folder, whose.to_string())
        }
    };
    let path = from_there.join(name).to_string_lossy().replace('\\', "/");
    format!("{whose}:\n{name} = {{ path = {path:?} }}")
}

fn is_of_a_package(manifest: &Path) -> bool {
    let text = fs::read_to_string(manifest).unwrap_or_default();
    text.parse::<DocumentMut>().is_ok_and(|manifest| manifest.contains_key("package"))
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
    let manifest: DocumentMut =
        fs::read_to_string(crates.join(name).join("Cargo.toml"))?.parse()?;
    let dependencies = manifest.get("dependencies").and_then(Item::as_table_like);
    let mut found = vec![name.to_string()];
    for (_, dependency) in dependencies.into_iter().flat_map(|table| table.iter()) {
        if let Some(path) = dependency.get("path").and_then(Item::as_str) {
            let beside = path.strip_prefix("../").ok_or("a dependency outside of crates/")?;
            found.extend(with_dependencies(crates, beside)?);
        }
    }
    Ok(found)
}

//! The package `answers/`: the learner's copies of the exercises, which git ignores.
//!
//! It is a workspace of its own, so that an answer that doesn't compile breaks nothing else.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use scripts::root;
use scripts::source::{modules, uses};
use toml_edit::{DocumentMut, Item, TableLike};

use crate::course::{Lesson, read};
use crate::progress::replace;
use scripts::build::build;

type Done<T> = Result<T, Box<dyn Error>>;

const HEAD: &str = "\
# Written by `cargo lessons`, one program for each exercise that was begun.
[workspace]

[package]
edition = \"2024\"
publish = false
";

/// The package's folder.
fn folder() -> PathBuf {
    env::var_os("LESSONS_ANSWERS").map_or_else(|| root().join("answers"), PathBuf::from)
}

/// The workspace's folder as seen from the package; with slashes, which every system understands.
fn top() -> String {
    match env::var_os("LESSONS_ANSWERS") {
        None => "..".into(),
        Some(_) => root().to_string_lossy().replace('\\', "/"),
    }
}

/// The file that the learner edits.
pub fn file(lesson: &Lesson) -> PathBuf {
    folder().join(lesson.name).with_extension("rs")
}

/// The exercise as the learner gets it.
fn start(lesson: &Lesson) -> Done<String> {
    let exercise = read(&lesson.folder().join("examples/exercise.rs"))?;
    // The check itself isn't copied: a corrected one counts for answers that are there already.
    let check = format!("{}/crates/{}/examples/check/mod.rs", top(), lesson.name);
    Ok(exercise.replacen("mod check;", &format!("#[path = {check:?}]\nmod check;"), 1))
}

/// Makes the copy of an exercise if there is none, and returns whether it did.
pub fn make(lesson: &Lesson) -> Done<bool> {
    let folder = folder();
    fs::create_dir_all(folder.join(".cargo"))?;
    // Two that begin at the same time would each write a manifest without the other's exercise.
    let one_at_a_time = File::create(folder.join(".cargo/lock"))?;
    one_at_a_time.lock()?; // until this function returns
    let made = match File::create_new(file(lesson)) {
        Ok(mut file) => file.write_all(start(lesson)?.as_bytes()).map(|()| true),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    };
    let made = made.map_err(|error| format!("{}: {error}", file(lesson).display()))?;
    // For an editor; `build` names the folder itself.
    let config = format!("[build]\ntarget-dir = \"{}/target\"\n", top());
    update(&folder.join(".cargo/config.toml"), &config)?;
    update(&folder.join("Cargo.toml"), &manifest(&begun(&folder)?)?)?;
    // The same versions as in the workspace: what is built there needn't be built again.
    update(&folder.join("Cargo.lock"), &read(&root().join("Cargo.lock"))?)?;
    Ok(made)
}

/// Puts the start back, and returns where the answer is kept; nothing if there was none.
pub fn reset(lesson: &Lesson) -> Done<Option<PathBuf>> {
    let file = file(lesson);
    let mut kept = None;
    if file.exists() && read(&file)? != start(lesson)? {
        let mut names = (1..).map(|n| file.with_extension(format!("{n}.rs")));
        kept = names.find(|name| !name.exists());
    }
    match &kept {
        Some(kept) => fs::rename(&file, kept)?,
        None if file.exists() => fs::remove_file(&file)?,
        None => {}
    }
    make(lesson)?;
    Ok(kept)
}

/// Builds an answer; nothing if it doesn't compile.
pub fn build_answer(lesson: &Lesson) -> io::Result<Option<PathBuf>> {
    let myself = env::current_exe()?;
    let target = myself.ancestors().nth(2).ok_or(ErrorKind::NotFound)?; // target/debug/lessons
    let manifest = folder().join("Cargo.toml");
    let name = format!("answer-{}", lesson.name);
    build([
        "--manifest-path".as_ref(),
        manifest.as_os_str(),
        "--target-dir".as_ref(),
        target.as_os_str(),
        "--bin".as_ref(),
        name.as_ref(),
    ])
}

/// Each folder has a package of its own name: cargo would take packages of one name and target folder,
/// each with a workspace of its own, for the same, and not build what is built already.
fn package_name() -> String {
    let name = folder().file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
}

/// The lessons whose exercises have a copy.
fn begun(folder: &Path) -> Done<Vec<String>> {
    let mut begun = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let lesson = name.strip_suffix(".rs");
        begun.extend(
            lesson.filter(|lesson| root().join("crates").join(lesson).is_dir()).map(str::to_string),
        );
    }
    begun.sort();
    Ok(begun)
}

/// The package with the programs of these lessons and what they depend on.
fn manifest(lessons: &[String]) -> Done<String> {
    let bin =
        |name: &String| format!("\n[[bin]]\nname = \"answer-{name}\"\npath = \"{name}.rs\"\n");
    let bins: String = lessons.iter().map(bin).collect();
    let mut manifest: DocumentMut = format!("{HEAD}{bins}\n[dependencies]\n").parse()?;
    manifest["package"]["name"] = toml_edit::value(package_name());
    for name in lessons {
        let lesson = root().join("crates").join(name);
        let mut code = read(&lesson.join("examples/exercise.rs"))?;
        for file in modules(&lesson.join("examples/check/mod.rs"))? {
            code += &read(&file)?;
        }
        let theirs: DocumentMut = read(&lesson.join("Cargo.toml"))?.parse()?;
        for table in ["dependencies", "dev-dependencies"] {
            let table = theirs.get(table).and_then(Item::as_table_like);
            let used = table
                .into_iter()
                .flat_map(TableLike::iter)
                .filter(|(dependency, _)| uses(&code, dependency));
            used.for_each(|(dependency, item)| manifest["dependencies"][dependency] = item.clone());
        }
        let path = format!("{}/crates/{name}", top());
        manifest["dependencies"][name]["path"] = toml_edit::value(path);
    }
    Ok(manifest.to_string())
}

/// Writes a file that has another content so far: one that stays as it is makes no editor load it again.
fn update(file: &Path, text: &str) -> Done<()> {
    if fs::read_to_string(file).is_ok_and(|there| there == text) {
        return Ok(());
    }
    replace(file, text).map_err(|error| format!("{}: {error}", file.display()).into())
}

//! The package `answers/`: the learner's copies of the exercises, which git ignores.
//!
//! It is a workspace of its own, so that an answer that doesn't compile breaks nothing else.

use std::env;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;

use scripts::build::build;
use scripts::lessons::NAMES;
use scripts::source::{modules, uses};
use scripts::{Done, root};
use toml_edit::{DocumentMut, Item, TableLike};

use crate::course::{Lesson, read};
use crate::progress::replace;

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
    // For an editor; `build_answer` names the folder itself.
    let config = format!("[build]\ntarget-dir = \"{}/target\"\n", top());
    let files = [
        (".cargo/config.toml", config),
        ("Cargo.toml", manifest()?),
        // The same versions as in the workspace: what is built there needn't be built again.
        ("Cargo.lock", read(&root().join("Cargo.lock"))?),
    ];
    for (name, content) in files {
        // A file that stays as it is makes no editor load it again.
        if !fs::read_to_string(folder.join(name)).is_ok_and(|there| there == content) {
            replace(&folder.join(name), &content)?;
        }
    }
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
    let (manifest, name) = (folder().join("Cargo.toml"), format!("answer-{}", lesson.name));
    let [manifest, target] = [manifest.as_path(), target].map(|path| path.as_os_str());
    let flags = ["--manifest-path", "--target-dir", "--bin"].map(AsRef::as_ref);
    build(
        flags
            .into_iter()
            .zip([manifest, target, name.as_ref()])
            .flat_map(|(flag, value)| [flag, value]),
    )
}

/// The package with the programs of the exercises that were begun, and what these depend on.
fn manifest() -> Done<String> {
    let begun = NAMES.into_iter().filter(|name| folder().join(format!("{name}.rs")).exists());
    let begun: Vec<_> = begun.collect();
    let bin = |name: &&str| format!("\n[[bin]]\nname = \"answer-{name}\"\npath = \"{name}.rs\"\n");
    let bins: String = begun.iter().map(bin).collect();
    let mut manifest: DocumentMut = format!("{HEAD}{bins}\n[dependencies]\n").parse()?;
    // Each folder has a package of its own name: cargo would take two packages of one name and target
    // folder, each in a workspace of its own, for the same, and not build the second.
    let name = folder().file_name().unwrap_or_default().to_string_lossy().into_owned();
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    // Cargo wants a letter first, also where the folder's name is 答案 or 2026.
    let name = if name.starts_with(char::is_alphabetic) { name } else { format!("in-{name}") };
    manifest["package"]["name"] = toml_edit::value(name);
    for name in begun {
        for (dependency, item) in dependencies(name)? {
            manifest["dependencies"][&dependency] = item;
        }
        let path = format!("{}/crates/{name}", top());
        manifest["dependencies"][name]["path"] = toml_edit::value(path);
    }
    Ok(manifest.to_string())
}

/// Those of a lesson's dependencies that its exercise and its check use.
fn dependencies(lesson: &str) -> Done<Vec<(String, Item)>> {
    let folder = root().join("crates").join(lesson);
    let mut code = read(&folder.join("examples/exercise.rs"))?;
    for file in modules(&folder.join("examples/check/mod.rs"))? {
        code += &read(&file)?;
    }
    let manifest: DocumentMut = read(&folder.join("Cargo.toml"))?.parse()?;
    let tables = ["dependencies", "dev-dependencies"].map(|name| manifest.get(name));
    let tables = tables.into_iter().flatten().filter_map(Item::as_table_like);
    let used = tables.flat_map(TableLike::iter).filter(|(name, _)| uses(&code, name));
    Ok(used.map(|(name, item)| (name.to_string(), item.clone())).collect())
}

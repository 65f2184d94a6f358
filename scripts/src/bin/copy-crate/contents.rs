//! What of a crate is copied, and whether a folder holds it already.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use cargo_metadata::Package;
use scripts::Done;
use scripts::source::{code_without_tests, modules};
use walkdir::{DirEntry, WalkDir};

use crate::manifest::{Code, of_the_library};
use crate::readme::without_dead_links;

/// The files of a copied crate, by their place in it.
pub struct Contents(BTreeMap<PathBuf, Vec<u8>>);

impl Contents {
    /// The library of a crate: `src/lib.rs` and its modules, the tests that
    /// don't run the lesson's program, a manifest with what these need, the README and the licences.
    pub fn library(package: &Package, licences: &Path) -> Done<Self> {
        let from = folder(package);
        let mut files = modules(&from.join("src/lib.rs"))?;
        let mut tests = BTreeSet::new();
        for test in package.targets.iter().filter(|target| target.is_test()) {
            // Cargo gives a test the path of the lesson's program in such a variable.
            let file = test.src_path.as_std_path();
            if !code_without_tests(file)?.contains("CARGO_BIN_EXE_") {
                tests.insert(test.name.clone());
                files.extend(modules(file)?);
            }
        }
        let mut contents = Self(BTreeMap::new());
        contents.insert(from, "README.md".into())?;
        let readme = String::from_utf8_lossy(&contents.0[Path::new("README.md")]).into_owned();
        let mut code = Code { library: code_without_tests(&from.join("src/lib.rs"))?, all: readme };
        for file in files {
            code.all += &fs::read_to_string(&file)?;
            let place = file.strip_prefix(from)?;
            // A module of another crate's tests comes with that crate.
            if place.components().all(|part| part != Component::ParentDir) {
                contents.insert(from, place.to_path_buf())?;
            }
        }
        let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
        let manifest = of_the_library(&manifest, &tests, &code)?;
        contents.0.insert("Cargo.toml".into(), manifest.into_bytes());
        contents.finish(licences)
    }

    /// All files of the crate, but for hidden ones and what was built there.
    pub fn whole(package: &Package, licences: &Path) -> Done<Self> {
        let from = folder(package);
        let mut contents = Self(BTreeMap::new());
        for entry in WalkDir::new(from).min_depth(1).into_iter().filter_entry(is_source) {
            let entry = entry?;
            if entry.file_type().is_file() {
                contents.insert(from, entry.path().strip_prefix(from)?.into())?;
            }
        }
        contents.finish(licences)
    }

    fn insert(&mut self, from: &Path, place: PathBuf) -> Done<()> {
        let file = from.join(&place);
        let text = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        self.0.insert(place, text);
        Ok(())
    }

    /// Adds the licences, and takes the links out of the READMEs that lead to what wasn't copied.
    fn finish(mut self, licences: &Path) -> Done<Self> {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            self.insert(licences, licence.into())?;
        }
        let places: BTreeSet<_> = self.0.keys().cloned().collect();
        for (place, text) in &mut self.0 {
            if place.extension().is_some_and(|extension| extension == "md") {
                let folder = place.parent().unwrap_or(Path::new(""));
                let is_there = |target: &str| places.contains(&folder.join(target));
                *text = without_dead_links(&String::from_utf8_lossy(text), is_there).into_bytes();
            }
        }
        Ok(self)
    }

    /// Whether all of it stands in a folder; there may be more.
    pub fn stands_in(&self, folder: &Path) -> bool {
        let mut files = self.0.iter();
        files.all(|(place, text)| fs::read(folder.join(place)).is_ok_and(|there| there == *text))
    }

    pub fn write(&self, folder: &Path) -> Done<()> {
        for (place, text) in &self.0 {
            let file = folder.join(place);
            fs::create_dir_all(file.parent().unwrap_or(folder))?;
            fs::write(file, text)?;
        }
        Ok(())
    }
}

fn is_source(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    !name.starts_with('.') && !["target", "Cargo.lock", "__pycache__"].contains(&&*name)
}

/// The crate's folder.
fn folder(package: &Package) -> &Path {
    package.manifest_path.as_std_path().parent().unwrap_or(Path::new(""))
}

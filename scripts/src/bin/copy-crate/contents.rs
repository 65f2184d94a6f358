//! What of a crate is copied, and whether a folder holds it already.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Done;
use crate::manifest::without_examples;

/// The files of a copied crate, by their place in it.
pub struct Contents(BTreeMap<PathBuf, Vec<u8>>);

impl Contents {
    /// What a copy of the crate in the folder `from` holds.
    pub fn of(from: &Path, licences: &Path) -> Done<Self> {
        let mut contents = Self(BTreeMap::new());
        contents.add(from, Path::new(""))?;
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            contents.0.insert(licence.into(), fs::read(licences.join(licence))?);
        }
        let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
        contents.0.insert("Cargo.toml".into(), without_examples(&manifest)?.into_bytes());
        Ok(contents)
    }

    /// All files below `from`, but for hidden ones, what was built there, and the crate's examples.
    fn add(&mut self, from: &Path, place: &Path) -> Done<()> {
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let name = entry.file_name();
            let place = place.join(&name);
            let built = ["target", "Cargo.lock", "__pycache__"].iter().any(|built| name == *built);
            if built || place == Path::new("examples") || name.to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.add(&entry.path(), &place)?;
            } else {
                self.0.insert(place, fs::read(entry.path())?);
            }
        }
        Ok(())
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

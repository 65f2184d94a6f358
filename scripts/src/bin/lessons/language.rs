//! English or Chinese. Both forms of a sentence stand side by side where it is said.

use std::env;
use std::path::{Path, PathBuf};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

impl Language {
    /// The first of these that is set and not empty decides, as POSIX has it.
    pub fn of_environment() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(env::var_os);
        match set.map(|value| value.to_string_lossy().into_owned()).find(|value| !value.is_empty())
        {
            Some(value) if value.starts_with("zh") => Self::Chinese,
            _ => Self::English,
        }
    }

    pub fn say<T>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// A folder's README in this language; in English, if it isn't there in this one.
    pub fn readme(self, folder: &Path) -> PathBuf {
        let wanted = folder.join(self.say("README.md", "README.zh.md"));
        if wanted.exists() { wanted } else { folder.join("README.md") }
    }
}

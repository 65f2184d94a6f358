//! English or Chinese. Both forms of a sentence stand side by side where it is printed.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

static IS_CHINESE: AtomicBool = AtomicBool::new(false);

/// Chooses the language of all that is printed from now on.
pub fn set(is_chinese: bool) {
    IS_CHINESE.store(is_chinese, Ordering::Relaxed);
}

/// Chooses the language of the first of these variables that is set and not empty, as POSIX has it.
pub fn set_from_environment() {
    let values = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(env::var_os);
    let first = values.map(|value| value.to_string_lossy().into_owned()).find(|v| !v.is_empty());
    set(first.is_some_and(|value| value.starts_with("zh")));
}

/// The text in the language that was chosen.
pub fn text<T>(english: T, chinese: T) -> T {
    if IS_CHINESE.load(Ordering::Relaxed) { chinese } else { english }
}

/// A folder's README in this language; in English, if it isn't there in this one.
pub fn readme(folder: &Path) -> PathBuf {
    let wanted = folder.join(text("README.md", "README.zh.md"));
    if wanted.exists() { wanted } else { folder.join("README.md") }
}

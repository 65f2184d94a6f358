//! A manifest as it is copied: without the examples, and what only they need.

use toml_edit::{DocumentMut, Item, TableLike, Value};

use crate::Done;

/// The manifest without its examples; all else is as before, byte for byte.
pub fn without_examples(manifest: &str) -> Done<String> {
    let mut manifest: DocumentMut = manifest.parse()?;
    let only = only_for_examples(&manifest);
    let top = manifest.as_table_mut();
    top.remove("example");
    remove_within(top, &["package", "metadata"], "examples");
    for name in &only {
        remove_within(top, &["dev-dependencies"], name);
        let targets = top.get_mut("target").and_then(Item::as_table_like_mut);
        for (_, target) in targets.into_iter().flat_map(|targets| targets.iter_mut()) {
            if let Some(target) = target.as_table_like_mut() {
                remove_within(target, &["dev-dependencies"], name);
            }
        }
    }
    Ok(manifest.to_string())
}

/// The dev-dependencies that the manifest lists as needed by examples alone.
fn only_for_examples(manifest: &DocumentMut) -> Vec<String> {
    let metadata = manifest.get("package").and_then(|package| package.get("metadata"));
    let examples = metadata.and_then(|metadata| metadata.get("examples"));
    let only = examples.and_then(|examples| examples.get("only")).and_then(Item::as_array);
    only.into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

/// Removes a key of the table at `path`, and that table if nothing else is in it.
fn remove_within(table: &mut dyn TableLike, path: &[&str], key: &str) {
    let Some((first, rest)) = path.split_first() else {
        table.remove(key);
        return;
    };
    let Some(inner) = table.get_mut(first).and_then(Item::as_table_like_mut) else { return };
    let before = inner.len();
    remove_within(inner, rest, key);
    if before > 0 && inner.is_empty() {
        table.remove(first);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // how a test says what must hold

    use super::without_examples;

    #[test]
    fn what_only_examples_need_is_gone_and_the_rest_as_it_was() {
        // What stays begins with a blank, what goes with a minus.
        let manifest = r#" # The top.
 [package]   # a lesson
 name='lesson'
-
-[[example]]
-name = "lesson-exercise" # shared
-path = "examples/exercise.rs"
 
 [dependencies]
 lexopt = { version = "0.3.2" }  # small
 
-# Large.
-[package.metadata.examples]
-only = ["rusqlite", "tiny_http", "nix"]
-
 # Tests need these, too.
 [dev-dependencies]
-# A database.
-rusqlite = "0.1"
 tempfile   = "3"
-tiny_http = "0.1"
 
-[[example]]
-name = "lesson-solution"
-
 [[test]]
 name = "faults"
 
-[target."cfg(unix)".dev-dependencies]
-nix = "0.31"
-
 # The end.
 [lints.rust]
 unsafe_code = "forbid"
 # Really.
"#;
        let lines = |keep: fn(&str) -> bool| {
            let lines = manifest.lines().filter(|line| keep(line));
            lines.map(|line| format!("{}\n", &line[1..])).collect::<String>()
        };
        let (before, after) = (lines(|_| true), lines(|line| line.starts_with(' ')));
        assert_eq!(without_examples(&before).unwrap(), after);
        assert_eq!(without_examples(&after).unwrap(), after);
    }
}

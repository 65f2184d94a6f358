//! The manifests agree, though nothing is inherited.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;

use tests::{LESSONS, cargo, root};
use toml::{Table, Value};

fn manifests() -> Vec<(String, Table)> {
    let workspace: Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    members
        .iter()
        .map(|member| {
            let member = member.as_str().unwrap();
            let text = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
            (member.to_string(), text.parse().unwrap())
        })
        .collect()
}

#[test]
fn members_are_in_the_order_of_the_lessons() {
    let members = manifests().into_iter().map(|(member, _)| member);
    let crates: Vec<_> = members.filter(|member| member.starts_with("crates/")).collect();
    let expected = ["task-utils"].into_iter().chain(LESSONS).map(|name| format!("crates/{name}"));
    assert_eq!(crates, expected.collect::<Vec<_>>());
}

#[test]
fn editions_licences_and_lints_agree_and_nothing_is_inherited() {
    let manifests = manifests();
    let (_, first) = &manifests[1];
    for (member, manifest) in &manifests {
        for key in ["edition", "rust-version", "license", "version", "publish"] {
            assert_eq!(manifest["package"][key], first["package"][key], "{member}: {key}");
        }
        let text = fs::read_to_string(root().join(member).join("Cargo.toml")).unwrap();
        assert!(!text.contains("workspace = true"), "{member}");
        let mut lints = manifest["lints"].clone();
        if member == "crates/task-utils" {
            // The one crate with a module that may.
            assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("deny"));
            lints["rust"]["unsafe_code"] = Value::from("forbid");
            lints["clippy"].as_table_mut().unwrap().remove("undocumented_unsafe_blocks").unwrap();
        }
        assert_eq!(lints, first["lints"], "{member}");
    }
}

#[test]
fn a_dependency_has_one_version_everywhere() {
    let mut versions = std::collections::BTreeMap::new();
    for (member, manifest) in manifests() {
        for table in ["dependencies", "dev-dependencies"] {
            for (name, dependency) in
                manifest.get(table).and_then(Value::as_table).into_iter().flatten()
            {
                let version =
                    dependency.get("version").unwrap_or(dependency).as_str().map(str::to_string);
                if let Some(version) = version {
                    let first = versions.entry(name.clone()).or_insert_with(|| version.clone());
                    assert_eq!(*first, version, "{member}: {name}");
                }
            }
        }
    }
}

#[test]
fn lessons_depend_on_task_utils_at_most() {
    for (member, manifest) in manifests().into_iter().filter(|(m, _)| m.starts_with("crates/")) {
        let text = manifest.to_string();
        let beside: Vec<_> = text.matches("path = \"../").collect();
        let expected = usize::from(matches!(&*member, "crates/pool" | "crates/ipc-queue"));
        assert_eq!(beside.len(), expected, "{member}");
        assert_eq!(text.matches("path = \"../task-utils\"").count(), expected, "{member}");
    }
}

#[test]
fn unsafe_stands_in_one_module() {
    let mut found = Vec::new();
    let mut folders = vec![root().join("crates"), root().join("scripts/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                && fs::read_to_string(&path).unwrap().contains("unsafe {")
            {
                found.push(path);
            }
        }
    }
    let module = root().join("crates/task-utils/src/system");
    assert!(!found.is_empty() && found.iter().all(|file| file.starts_with(&module)), "{found:?}");
}

/// What may stand beside the folders of a package.
const KNOWN: [&str; 7] = [
    "Cargo.toml",
    "Cargo.toml.orig",
    "Cargo.lock",
    ".cargo_vcs_info.json",
    "README.md",
    "README.zh.md",
    "notebook.py",
];

#[test]
fn a_package_holds_its_readme_and_no_stray_file() {
    for (member, manifest) in manifests() {
        let name = manifest["package"]["name"].as_str().unwrap();
        let list =
            cargo().args(["package", "--list", "--allow-dirty", "-p", name]).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let known = |file: &str| match file.split_once('/') {
            Some((_, "bin/check-windows/bcryptprimitives.c" | "bin/timeline/style.css")) => {
                name == "scripts"
            }
            Some(("src" | "tests", _)) => file.ends_with(".rs"),
            Some(("examples", _)) => {
                [".rs", ".py", "hints.md", "hints.zh.md"].iter().any(|end| file.ends_with(end))
            }
            None if file == "python_utils.py" => name == "task-utils",
            None if file.ends_with(".svg") => file.starts_with("timeline"),
            None if KNOWN.contains(&file) => true,
            _ => name == "tests" && file.ends_with(".rs"),
        };
        let stray: Vec<_> = list.lines().filter(|file| !known(&file.replace('\\', "/"))).collect();
        assert!(stray.is_empty(), "{member}: {stray:?}");
        if member.starts_with("crates/") {
            assert!(list.lines().any(|file| file == "README.md"), "{member}");
        }
    }
}

//! The licences of all that the crates are built from and tested with, on any system.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;

use cargo_metadata::{MetadataCommand, Package};
use spdx::{Expression, Licensee, ParseMode};
use tests::root;
use toml::Table;

#[test]
fn every_dependency_has_a_licence_that_deny_toml_allows() {
    let deny: Table = fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap();
    let allowed = deny["licenses"]["allow"].as_array().unwrap().iter();
    let allowed: Vec<_> =
        allowed.map(|name| Licensee::parse(name.as_str().unwrap()).unwrap()).collect();
    let fine = |package: &Package| {
        let licence = package.license.as_deref().unwrap_or("none");
        // Lax: some old crates write `MIT/Apache-2.0`.
        Expression::parse_mode(licence, ParseMode::LAX).is_ok_and(|licence| {
            licence.evaluate(|needed| allowed.iter().any(|one| one.satisfies(needed)))
        })
    };
    let metadata = MetadataCommand::new().current_dir(root()).exec().unwrap();
    assert!(metadata.packages.len() > metadata.workspace_members.len());
    let refused = metadata.packages.iter().filter(|package| !fine(package));
    let refused: Vec<_> = refused.map(|p| (&p.name, &p.version, &p.license)).collect();
    assert!(refused.is_empty(), "{refused:?}");
}

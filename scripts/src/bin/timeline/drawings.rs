//! What can be drawn: the lessons, and the examples that have a broken and a fixed form.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use scripts::lessons::{NAMES, nearest};
use scripts::{Done, root};

use crate::program::Program;

/// So that a lesson takes seconds, and its picture looks alike each time.
const ARGS: [(&str, &[&str]); 2] =
    [("pool", &["--longest", "1", "--seed", "3"]), ("threads", &["--pause", "0.3"])];

pub struct Drawing {
    /// Of a lesson or of an example.
    pub name: String,
    pub package: &'static str,
}

/// The lessons, then the examples, both in the order of the lessons.
pub fn all() -> Done<Vec<Drawing>> {
    let lesson = |package: &'static str| Drawing { name: package.into(), package };
    let mut drawings: Vec<_> = NAMES.into_iter().map(lesson).collect();
    for package in NAMES {
        let names = broken_and_fixed(package)?;
        drawings.extend(names.into_iter().map(|name| Drawing { name, package }));
    }
    Ok(drawings)
}

/// By its name, or a lesson by its number.
pub fn find(wanted: &str) -> Done<Drawing> {
    let number = wanted.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let wanted = number.and_then(|index| NAMES.get(index).copied()).unwrap_or(wanted);
    let mut all = all()?;
    if let Some(place) = all.iter().position(|drawing| drawing.name == wanted) {
        return Ok(all.swap_remove(place));
    }
    let names: Vec<_> = all.iter().map(|drawing| drawing.name.as_str()).collect();
    let hint = match nearest(&names, wanted) {
        Some(name) => format!("did you mean {name}?"),
        None => format!("there are {}", names.join(", ")),
    };
    Err(lexopt::Error::from(format!("there is no {wanted:?} to draw; {hint}")).into())
}

/// The examples that take `--fixed`; exercises and real uses don't.
fn broken_and_fixed(package: &str) -> Done<Vec<String>> {
    let mut names = Vec::new();
    for entry in root().join("crates").join(package).join("examples").read_dir()? {
        let file = entry?.path();
        let is_rust = file.extension().is_some_and(|extension| extension == "rs");
        if is_rust && fs::read_to_string(&file)?.contains("\"--fixed\"") {
            names.extend(file.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    Ok(names)
}

impl Drawing {
    pub fn is_lesson(&self) -> bool {
        self.name == self.package
    }

    /// Where the picture stands that the READMEs show.
    pub fn committed(&self) -> PathBuf {
        let file = match self.is_lesson() {
            true => "timeline.svg".into(),
            false => format!("timeline-{}.svg", self.name),
        };
        root().join("crates").join(self.package).join(file)
    }

    /// What is run: a lesson's example `traced`, or another example twice, broken and fixed.
    pub fn programs(&self, args: &[OsString]) -> Vec<Program> {
        let program = |example: String, args| Program { package: self.package, example, args };
        if self.is_lesson() {
            let default = ARGS.iter().find(|(name, _)| *name == self.name && args.is_empty());
            let default = default.into_iter().flat_map(|(_, args)| *args).map(OsString::from);
            let args = default.chain(args.to_vec()).collect();
            return vec![program(format!("{}-traced", self.name), args)];
        }
        let fixed = [&["--fixed".into()], args].concat();
        [args.to_vec(), fixed].map(|args| program(self.name.clone(), args)).into()
    }
}

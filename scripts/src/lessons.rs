//! The lessons, in their order. Whatever goes through all of them takes them from here, and a test
//! (`tests/places.rs`) finds the places that a new one still has to be added to.

/// A cell of the notebook, as a crate.
#[derive(Debug)]
pub struct Lesson {
    /// The crate.
    pub name: &'static str,
    /// The program that the cell starts, which isn't part of every system.
    pub starts: Option<&'static str>,
    /// Whether its run is mostly computing, so that the times of Python and Rust can be compared.
    pub computes: bool,
}

/// Lesson 1 first.
pub const LESSONS: [Lesson; 7] = [
    Lesson { name: "pool", starts: None, computes: false },
    Lesson { name: "subprocess-call", starts: Some("nslookup"), computes: false },
    Lesson { name: "communicate", starts: Some("nslookup"), computes: false },
    Lesson { name: "ipc-queue", starts: None, computes: false },
    Lesson { name: "threads", starts: None, computes: false },
    Lesson { name: "lock", starts: None, computes: true },
    Lesson { name: "thread-local", starts: None, computes: false },
];

/// The names of the lessons, which are those of their crates.
pub const NAMES: [&str; LESSONS.len()] = {
    let mut names = [""; LESSONS.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = LESSONS[place].name;
        place += 1;
    }
    names
};

/// The one of some names that was probably meant by another.
#[must_use]
pub fn nearest<'a>(names: &[&'a str], wanted: &str) -> Option<&'a str> {
    let distance = |name: &&str| strsim::damerau_levenshtein(name, wanted);
    let nearest = names.iter().copied().min_by_key(distance)?;
    (distance(&nearest) < 4 && distance(&nearest) < nearest.len()).then_some(nearest)
}

//! The lessons, in their order. Whatever goes through all of them takes them from here, and a test
//! (`tests/places.rs`) finds the places that a new one still has to be added to.

/// A cell of the notebook, as a crate.
#[derive(Debug)]
pub struct Lesson {
    /// The crate.
    pub name: &'static str,
    /// The program that the cell starts, which isn't part of every system.
    pub starts: Option<&'static str>,
    /// How long its default run takes, in seconds.
    pub takes: u32,
    /// What it spends this time on.
    pub time: Time,
}

/// What `cargo lessons compare` says of the times of Python and Rust; in English and in Chinese.
#[derive(Debug)]
pub enum Time {
    /// Both wait, so the ratio of the times says nothing of the languages.
    Waits([&'static str; 2]),
    /// The ratio is shown, and this after it.
    Computes([&'static str; 2]),
}

const LOOKS_UP: Time = Time::Waits([
    "Both wait for nslookup; the rest is mostly the start of the program.",
    "两边都在等待 nslookup，其余时间主要花在启动程序上。",
]);
const SLEEPS: Time = Time::Waits([
    "Both mostly sleep, for times that are drawn at random.",
    "两边大部分时间都在 sleep，时长是随机的。",
]);

/// Lesson 1 first.
pub const LESSONS: [Lesson; 7] = [
    Lesson { name: "pool", starts: None, takes: 5, time: SLEEPS },
    Lesson { name: "subprocess-call", starts: Some("nslookup"), takes: 1, time: LOOKS_UP },
    Lesson { name: "communicate", starts: Some("nslookup"), takes: 1, time: LOOKS_UP },
    Lesson { name: "ipc-queue", starts: None, takes: 2, time: SLEEPS },
    Lesson {
        name: "threads",
        starts: None,
        takes: 10,
        time: Time::Waits([
            "Both mostly sleep: 5 times for 2 s.",
            "两边大部分时间都在 sleep：5 次，每次 2 秒。",
        ]),
    },
    Lesson {
        name: "lock",
        starts: None,
        takes: 1,
        time: Time::Computes([
            "Both compute all the time. This Rust is a debug build; with `--release` it is faster still.",
            "两边一直在计算。这里的 Rust 是调试版，加上 `--release` 还会更快。",
        ]),
    },
    Lesson {
        name: "thread-local",
        starts: None,
        takes: 1,
        time: Time::Computes([
            "So short a run is mostly the start of the program.",
            "运行时间这么短，几乎都花在启动程序上。",
        ]),
    },
];

/// The one of some names that was probably meant by another.
#[must_use]
pub fn nearest<'a>(names: &[&'a str], wanted: &str) -> Option<&'a str> {
    let distance = |name: &&str| strsim::damerau_levenshtein(name, wanted);
    names
        .iter()
        .copied()
        .min_by_key(distance)
        .filter(|name| distance(name) < 4 && distance(name) < name.len())
}

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

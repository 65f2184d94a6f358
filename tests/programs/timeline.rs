//! `cargo timeline`: the pictures that it draws, read back; and the pictures in the READMEs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use regex::Regex;
use roxmltree::{Document, Node};
use tests::{LESSONS, binary, root};

const LARGEST: usize = 60_000;

/// A picture, and what `cargo timeline` said of it on stdout.
fn drawn(name: &str, args: &[&str]) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.svg");
    let output = timeline(&[&[name, "--out", file.to_str().unwrap()], args].concat());
    assert!(output.status.success(), "{output:?}");
    (fs::read_to_string(file).unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn timeline(args: &[&str]) -> Output {
    let mut timeline = Command::new(binary("timeline").unwrap());
    timeline.args(args).current_dir(root()).stdin(Stdio::null()).output().unwrap()
}

/// What every picture has, whatever it shows.
fn assert_sound(picture: &str) {
    assert!(picture.len() < LARGEST, "{} bytes", picture.len());
    let document = Document::parse(picture).unwrap();
    let svg = document.root_element();
    assert_eq!(svg.attribute("role"), Some("img"));
    assert!(svg.attribute("viewBox").is_some());
    for name in ["title", "desc"] {
        let text = svg.children().find(|child| child.has_tag_name(name)).unwrap();
        assert!(text.text().is_some_and(|text| text.trim().len() > 10), "{name}");
    }
    let style = svg.children().find(|child| child.has_tag_name("style")).unwrap();
    assert!(style.text().unwrap().contains("prefers-color-scheme:dark"));
    // Self-contained: nothing is loaded from anywhere.
    assert!(!picture.contains("href") && !picture.contains("@import"));
}

fn of_class<'a>(parent: Node<'a, 'a>, class: &str) -> Vec<Node<'a, 'a>> {
    parent.descendants().filter(|node| node.attribute("class") == Some(class)).collect()
}

fn title<'a>(node: &Node<'a, 'a>) -> &'a str {
    node.children().find(|child| child.has_tag_name("title")).unwrap().text().unwrap()
}

fn number(node: &Node, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

/// A mark's path begins with its place, `Mx y`.
fn place(mark: &Node) -> f64 {
    let path = mark.attribute("d").unwrap();
    path[1..].split(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_lesson_has_a_lane_for_each_thread_and_its_marks_in_order() {
    let (picture, said) = drawn("threads", &["--", "--count", "3", "--pause", "0.1"]);
    assert_sound(&picture);
    assert!(said.lines().nth(1).unwrap().contains(": 2 lanes, 8 events, "), "{said}");
    let document = Document::parse(&picture).unwrap();
    let lanes = of_class(document.root(), "lane");
    let names: Vec<_> = lanes.iter().map(title).collect();
    assert_eq!(names, ["MainThread", "LoopThread"]);
    let [wait] = of_class(lanes[0], "waits")[..] else { panic!("{picture}") };
    let [run] = of_class(lanes[1], "task")[..] else { panic!("{picture}") };
    let end = |bar: &Node| number(bar, "x") + number(bar, "width");
    assert!(number(&wait, "x") < end(&run) && end(&run) <= end(&wait), "{picture}");
    let marks = of_class(lanes[1], "other");
    let titles: Vec<_> = marks.iter().map(|mark| title(mark).split(',').next().unwrap()).collect();
    assert_eq!(titles, [">> 1", ">> 2", ">> 3"]);
    assert!(marks.windows(2).all(|two| place(&two[0]) < place(&two[1])), "{picture}");
}

#[test]
fn a_pool_has_a_lane_for_each_worker_with_one_task_at_a_time() {
    let args = ["--", "--tasks", "6", "--processes", "2", "--longest", "0.1", "--seed", "1"];
    let (picture, _) = drawn("pool", &args);
    assert_sound(&picture);
    let document = Document::parse(&picture).unwrap();
    let lanes = of_class(document.root(), "lane");
    assert_eq!(lanes.len(), 3);
    assert_eq!(title(&lanes[0]), "main");
    let wait = of_class(lanes[0], "waits")[0];
    let end = number(&wait, "x") + number(&wait, "width");
    let mut tasks = Vec::new();
    for worker in &lanes[1..] {
        assert!(title(worker).starts_with("worker "));
        let bars = of_class(*worker, "task");
        for two in bars.windows(2) {
            let first_ends = number(&two[0], "x") + number(&two[0], "width");
            assert!(first_ends <= number(&two[1], "x") + 2.0, "{picture}");
        }
        let last = bars.last().unwrap();
        assert!(number(last, "x") + number(last, "width") <= end + 1.0);
        tasks.extend(bars.iter().map(|bar| title(bar).split(':').next().unwrap().to_string()));
    }
    tasks.sort();
    assert_eq!(tasks, ["task 0", "task 1", "task 2", "task 3", "task 4", "task 5"]);
}

#[test]
fn a_queue_has_main_with_start_join_and_terminate_and_each_value_in_its_processs_lane() {
    let (picture, _) = drawn("ipc-queue", &["--", "--writers", "2", "--pause", "0"]);
    assert_sound(&picture);
    let document = Document::parse(&picture).unwrap();
    let mut lanes = of_class(document.root(), "lane");
    assert_eq!(title(&lanes[0]), "main");
    lanes[1..].sort_by_key(|lane| title(lane).starts_with("reader")); // whichever was faster
    let names: Vec<_> = lanes.iter().map(|lane| title(lane).split(' ').next().unwrap()).collect();
    assert_eq!(names, ["main", "writer", "writer", "reader"]);
    let whats = |lane, class| -> Vec<_> {
        of_class(lane, class).iter().map(|mark| title(mark).split(',').next().unwrap()).collect()
    };
    let reader = title(&lanes[3]);
    let main = ["starts a writer", "starts a writer", "starts a reader"].map(String::from);
    let main = [&main[..], &[format!("terminates {reader}")]].concat();
    assert_eq!(whats(lanes[0], "other"), main);
    for writer in &lanes[1..3] {
        assert_eq!(whats(*writer, "put"), ["puts A", "puts B", "puts C"]);
    }
    let mut got = whats(lanes[3], "get");
    got.sort();
    assert_eq!(got, ["gets A", "gets A", "gets B", "gets B", "gets C", "gets C"]);
    // Main was told that the reader had ended, so its bar is whole.
    let [run] = of_class(lanes[3], "task")[..] else { panic!("{picture}") };
    assert!(run.has_tag_name("rect"));
}

#[test]
fn an_example_is_drawn_broken_with_torn_bars_and_then_fixed_with_whole_ones() {
    let (picture, said) = drawn("lock-order", &[]);
    assert_sound(&picture);
    assert!(said.contains("; broken: ") && said.contains("; fixed: "), "{said}");
    let document = Document::parse(&picture).unwrap();
    let heads: Vec<_> =
        of_class(document.root(), "head").iter().map(|head| head.text().unwrap()).collect();
    assert!(heads[0].starts_with("broken: ") && heads.last().unwrap().starts_with("fixed: "));
    let lanes = of_class(document.root(), "lane");
    let names: Vec<_> = lanes.iter().map(title).collect();
    assert_eq!(names, ["Thread-1", "Thread-2", "Thread-1", "Thread-2"]);
    for (lane, torn) in lanes.iter().zip([true, true, false, false]) {
        let bars = [of_class(*lane, "holds"), of_class(*lane, "waits")].concat();
        assert!(bars.len() >= 2, "{picture}");
        for bar in bars.iter().filter(|bar| bar.is_element()) {
            assert_eq!(bar.has_tag_name("path"), torn, "{}", title(bar));
            assert_eq!(title(bar).ends_with("not ended"), torn);
        }
    }
}

#[test]
fn a_flood_of_events_is_thinned_out_and_the_picture_says_so() {
    let (picture, said) = drawn("threads", &["--", "--count", "2000", "--pause", "0"]);
    assert_sound(&picture);
    assert!(said.contains(" 2005 events, "), "{said}");
    let document = Document::parse(&picture).unwrap();
    let notes = of_class(document.root(), "note");
    assert!(notes.iter().any(|note| note.text().unwrap().contains("drawn: one in ")));
}

#[test]
fn what_a_program_prints_cannot_break_the_picture() {
    // The lesson prints the command that it runs. What cargo says of it doesn't matter here.
    let (picture, _) = drawn("subprocess-call", &["--", "cargo", "<&\">\u{1b}]]>"]);
    assert_sound(&picture);
}

#[test]
fn without_a_name_it_lists_all_that_can_be_drawn() {
    let output = timeline(&[]);
    let list = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for name in LESSONS.into_iter().chain(["race", "lock-order", "poison"]) {
        assert!(list.contains(&format!("cargo timeline {name} ")), "{name}: {list}");
    }
    assert!(!list.contains("exercise") && !list.contains("solution"), "{list}");
}

#[test]
fn wrong_usage_is_told_with_exit_code_2() {
    let wrong: [(&[&str], &str); 5] = [
        (&["no-such-lesson"], "there are pool, subprocess-call, "),
        (&["--no-such-flag"], "--no-such-flag"),
        (&["pool", "threads"], "threads"),
        (&["pool", "--all"], "--all takes no name"),
        (&["--out", "a.svg"], "Give a name"),
    ];
    for (args, said) in wrong {
        let output = timeline(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
    }
}

#[test]
fn a_run_that_tells_nothing_is_not_drawn_and_one_that_fails_late_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.svg");
    let out = file.to_str().unwrap();
    for (lesson, flag, said) in
        [("pool", "--no-such-flag", "failed: exit"), ("pool", "--help", "nothing to draw")]
    {
        let output = timeline(&[lesson, "--out", out, "--", flag]);
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(said), "{output:?}");
        assert!(!file.exists());
    }
    // There is no such command, but the lesson has said what it was going to run.
    let output = timeline(&["subprocess-call", "--out", out, "--", "no-such-command"]);
    assert_eq!(output.status.code(), Some(1));
    assert_sound(&fs::read_to_string(&file).unwrap());
}

/// As a terminal does it: the signal goes to all of the group.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_all_of_it() {
    use std::io::{BufRead, BufReader, Read};
    use std::os::unix::process::ExitStatusExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.svg");
    let mut command = tests::interruptible(&binary("timeline").unwrap());
    command.args(["subprocess-call", "--out"]).arg(&file);
    command.args(["--", "sh", "-c", "echo started >&2; exec sleep 60"]);
    command.stdin(Stdio::null()).stderr(Stdio::piped()).current_dir(root());
    let mut child = command.spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while line.trim() != "started" {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended before its program started");
    }
    tests::interrupt(&child).unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap(); // the end of the pipe: nobody is left
    assert_eq!(child.wait().unwrap().signal(), Some(2), "which a shell calls 130: {rest}");
    assert!(!file.exists());
}

/// The pictures that stand in a crate.
fn committed(lesson: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("crates").join(lesson)).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_string();
    let mut pictures: Vec<_> = files
        .filter(|file| name(file).starts_with("timeline") && name(file).ends_with(".svg"))
        .collect();
    pictures.sort();
    pictures
}

#[test]
fn each_picture_in_a_crate_is_sound_and_shown_with_a_text_in_both_languages() {
    for picture in LESSONS.into_iter().flat_map(committed) {
        assert_sound(&fs::read_to_string(&picture).unwrap());
        let name = picture.file_name().unwrap().to_str().unwrap();
        for readme in ["README.md", "README.zh.md"] {
            let text = fs::read_to_string(picture.with_file_name(readme)).unwrap();
            let shown = Regex::new(&format!(r"!\[([^\]]+)\]\({}\)", regex::escape(name))).unwrap();
            let alt = shown.captures(&text).unwrap_or_else(|| panic!("{readme}: no {name}"));
            assert!(alt[1].trim().chars().count() > 10, "{readme}: {alt:?}");
        }
    }
}

#[test]
fn each_lesson_and_each_broken_form_has_its_picture() {
    for lesson in LESSONS {
        let mut expected = vec!["timeline.svg".to_string()];
        let examples = root().join("crates").join(lesson).join("examples");
        for example in fs::read_dir(examples).into_iter().flatten().map(|entry| entry.unwrap()) {
            let name = example.file_name().into_string().unwrap();
            let topic = name
                .strip_suffix(".rs")
                .filter(|_| fs::read_to_string(example.path()).unwrap().contains("\"--fixed\""));
            expected.extend(topic.map(|topic| format!("timeline-{topic}.svg")));
        }
        expected.sort();
        let names = |file: &PathBuf| file.file_name().unwrap().to_str().unwrap().to_string();
        let mut there: Vec<_> = committed(lesson).iter().map(names).collect();
        there.sort();
        assert_eq!(there, expected, "{lesson}: cargo timeline --all");
    }
}

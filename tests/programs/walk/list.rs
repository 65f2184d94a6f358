//! Which lessons there are, and which is next.

use tests::{LESSONS, cargo, root};

use super::{Learner, complaint};

#[test]
fn the_list_tells_the_seven_in_order_and_how_far_one_is() {
    let page = Learner::with("lock: seen\nthreads: done\n").sees(&[]);
    let rows: Vec<Vec<_>> = page.lines().map(|line| line.split_whitespace().collect()).collect();
    for (number, lesson) in LESSONS.iter().enumerate() {
        let (number, state) = (
            format!("{}", number + 1),
            match *lesson {
                "lock" => vec!["[-]", "seen"],
                "threads" => vec!["[x]", "done"],
                _ => vec!["[", "]", "not", "seen"],
            },
        );
        let is_it = |row: &&Vec<&str>| row.starts_with(&[&number, lesson]) && row.ends_with(&state);
        assert_eq!(rows.iter().filter(is_it).count(), 1, "{lesson}\n{page}");
    }
    assert!(page.contains("threading.Lock") && page.contains("data races, race conditions"));
    assert!(page.contains("lesson 1, pool\n"), "{page}");
}

#[test]
fn a_number_and_a_name_are_the_same_lesson() {
    let learner = Learner::new();
    let page = learner.sees(&["lock"]);
    assert_eq!(page, learner.sees(&["6"]));
    let order = [
        "Lesson 6: Lock",
        "\nlock = threading.Lock()\n",
        "\nfn main() -> ExitCode {\n",
        "\n$ cargo run -q -p lock\n0\n",
        "lost-update",
        "cargo lessons check lock",
        "crates/lock/README.md",
    ];
    let places: Vec<_> = order.iter().map(|part| page.find(part)).collect();
    assert!(places.is_sorted() && !places.contains(&None), "{places:?}\n{page}");
}

#[test]
fn next_is_the_first_not_seen_then_the_exercises_that_are_left_then_nothing() {
    // All are done but for what `lines` say.
    let but = |lines: &str| {
        let done = LESSONS.iter().filter(|lesson| !lines.contains(*lesson));
        Learner::with(&(done.map(|lesson| format!("{lesson}: done\n")).collect::<String>() + lines))
    };
    let learner = but("threads: seen\n# lock");
    assert!(learner.sees(&["next"]).starts_with("Lesson 6: Lock\n"));
    assert!(learner.progress().contains("\nlock: seen\n"), "{}", learner.progress());
    let learner = but("lock: seen\n");
    for args in [&[][..], &["next"]] {
        let page = learner.sees(args);
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains("exercises are left: cargo lessons check lock lesson 6"), "{page}");
        assert!(!page.contains("$ cargo run"), "{page}");
    }
    let learner = but("");
    assert!(learner.sees(&["next"]).starts_with("All lessons are seen and all exercises done."));
    assert!(learner.sees(&["next", "--zh"]).starts_with("所有的课都看完了"));
}

#[test]
fn what_isnt_understood_is_told_with_exit_code_2() {
    let refused = |args: &[&str]| complaint(Learner::new().command(args).output().unwrap(), 2);
    for args in [&["locks"][..], &["99"], &["check", "locks"], &["compare", "locks"]] {
        let text = refused(args);
        let way_out = if args == ["99"] { LESSONS.join(", ") } else { "did you mean lock?".into() };
        assert!(text.contains(&way_out) && text.contains("--help"), "{text}");
    }
    for args in
        [&["lock", "lock"][..], &["compare"], &["watch"], &["--nonsense"], &["lock", "--solution"]]
    {
        assert!(refused(args).contains("cargo lessons --help"), "{args:?}");
    }
    assert!(refused(&["locks", "--zh"]).contains("你要的是 lock 吗？"));
}

#[test]
fn it_works_from_a_folder_below() {
    let learner = Learner::new();
    let mut below = cargo();
    below.arg("lessons").current_dir(root().join("crates/lock/src"));
    below.env("LESSONS_PROGRESS", learner.file()).envs([("LC_ALL", "C")]);
    let output = below.output().unwrap(); // on stderr is what cargo says
    assert_eq!(String::from_utf8(output.stdout).unwrap(), learner.sees(&[]));
}

#[test]
fn the_code_stands_side_by_side_where_there_is_room() {
    let learner = Learner::new();
    let shown = |columns: &str| {
        let mut command = learner.command(&["show", "lock"]);
        super::printed(command.env("COLUMNS", columns).output().unwrap())
    };
    let (wide, narrow) = (shown("200"), shown("80"));
    assert!(wide.starts_with("crates/lock/notebook.py "), "{wide}");
    assert!(wide.lines().next().unwrap().ends_with(" | crates/lock/src/main.rs"), "{wide}");
    for file in ["notebook.py", "src/main.rs"] {
        let text = std::fs::read_to_string(root().join("crates/lock").join(file)).unwrap();
        assert!(narrow.contains(&text), "{narrow}");
        assert!(text.lines().all(|line| wide.contains(line)), "{wide}");
    }
    assert!(!learner.file().exists(), "shown, but not run");
}

//! What the lessons print, and what it means. Their output is the notebook's, so each has a reader.

use crate::events::{Event, Line, Story, What};
use crate::grammar;

pub type Reader = fn(&[Line], f64) -> Story;

pub struct Lesson {
    pub name: &'static str,
    /// Where the lesson prints too little: the example that tells more.
    pub example: Option<&'static str>,
    /// So that it takes seconds, and looks alike each time.
    pub args: &'static [&'static str],
    pub read: Reader,
}

pub const LESSONS: [Lesson; 7] = [
    Lesson { name: "pool", example: None, args: &["--longest", "1", "--seed", "3"], read: pool },
    Lesson { name: "subprocess-call", example: None, args: &[], read: subprocess_call },
    Lesson { name: "communicate", example: None, args: &[], read: communicate },
    Lesson { name: "ipc-queue", example: None, args: &[], read: ipc_queue },
    Lesson { name: "threads", example: None, args: &["--pause", "0.3"], read: threads },
    Lesson { name: "lock", example: Some("lock-traced"), args: &[], read: grammar::read },
    Lesson { name: "thread-local", example: None, args: &[], read: thread_local },
];

fn pool(lines: &[Line], ended: f64) -> Story {
    let event = |line: &Line| {
        let text = line.text.as_str();
        let (lane, what) = if let Some((task, pid)) = task_and_pid(text, "Run task ") {
            (format!("worker {pid}"), What::Begins(format!("task {task}")))
        } else if let Some((task, pid)) = task_and_pid(text, "Finish ") {
            (format!("worker {pid}"), What::Ends(format!("task {task}")))
        } else if text.starts_with("Waiting for ") {
            ("main".into(), What::Waits("all subprocesses".into()))
        } else if text.starts_with("Main process ") || text.starts_with("All subprocesses") {
            ("main".into(), What::Says(text.into()))
        } else {
            return None;
        };
        Some(Event::new(line.at, lane, what))
    };
    Story { events: lines.iter().filter_map(event).collect(), ended, verdict: None }
}

/// The task and the process of `Run task 0(pid:7) ...`.
fn task_and_pid<'a>(text: &'a str, verb: &str) -> Option<(&'a str, &'a str)> {
    let (task, rest) = text.strip_prefix(verb)?.split_once("(pid:")?;
    Some((task, rest.split_once(')')?.0))
}

/// The program writes to our stdout itself, so its lines are its own.
fn subprocess_call(lines: &[Line], ended: f64) -> Story {
    parent_and_program("subprocess-call", lines, ended, |program, output, _| {
        bursts(output).map(|(at, what)| Event::new(at, program, What::Says(what))).collect()
    })
}

/// The program writes to a pipe, and what came is printed once it has ended.
fn communicate(lines: &[Line], ended: f64) -> Story {
    const US: &str = "communicate";
    parent_and_program(US, lines, ended, |program, output, command| {
        let ends = output.first().map(|line| line.at);
        let end = ends.map(|at| Event::new(at, program, What::Ends(command.into())));
        let said = bursts(output).map(|(at, what)| Event::new(at, US, What::Says(what)));
        end.into_iter().chain(said).collect()
    })
}

/// From `$ COMMAND` to `Exit code:N` the parent waits and the program runs.
fn parent_and_program(
    parent: &str,
    lines: &[Line],
    ended: f64,
    output: impl Fn(&str, &[Line], &str) -> Vec<Event>,
) -> Story {
    let mut story = Story { ended, ..Story::default() };
    let [start, rest @ ..] = lines else { return story };
    let Some(command) = start.text.strip_prefix("$ ") else { return story };
    let program = command.split(' ').next().unwrap_or(command);
    let (end, rest) = match rest {
        [rest @ .., end] if end.text.starts_with("Exit code:") => (Some(end), rest),
        _ => (None, rest),
    };
    story.events.push(Event::new(start.at, parent, What::Waits(program.into())));
    story.events.push(Event::new(start.at, program, What::Begins(command.into())));
    story.events.extend(output(program, rest, command));
    if let Some(end) = end {
        let runs = |event: &Event| matches!(event.what, What::Ends(_));
        if !story.events.iter().any(runs) {
            story.events.push(Event::new(end.at, program, What::Ends(command.into())));
        }
        story.events.push(Event::new(end.at, parent, What::Says(end.text.clone())));
    }
    story
}

/// Lines that came at once, as one: when, and how many or which.
fn bursts(lines: &[Line]) -> impl Iterator<Item = (f64, String)> {
    const AT_ONCE: f64 = 0.02;
    let bursts = lines.chunk_by(|one, next| next.at - one.at < AT_ONCE);
    bursts.filter_map(|burst| {
        let mut texts = burst.iter().map(|line| &line.text).filter(|text| !text.trim().is_empty());
        let (first, more) = (texts.next()?, texts.count());
        let what =
            if more == 0 { first.clone() } else { format!("{} lines: {first} …", more + 1) };
        Some((burst[0].at, what))
    })
}

/// A put doesn't say whose it is: with several writers it may be anyone's.
fn ipc_queue(lines: &[Line], ended: f64) -> Story {
    let pids = |role: &str| -> Vec<String> {
        let pid = |line: &Line| {
            let pid = line.text.strip_prefix("Process ")?.strip_suffix(role)?;
            Some(pid.trim().to_string())
        };
        lines.iter().filter_map(pid).collect()
    };
    let (writers, readers) = (pids("to write:"), pids("to read:"));
    let lane = |role: &str, pids: &[String]| match pids {
        [pid] => format!("{role} {pid}"),
        _ => format!("some {role}"),
    };
    let event = |line: &Line| {
        let (lane, what) = match line.text.split(' ').collect::<Vec<_>>()[..] {
            ["Process", pid, "to", "write:"] => {
                (format!("writer {pid}"), What::Begins("writes".into()))
            }
            ["Process", pid, "to", "read:"] => {
                (format!("reader {pid}"), What::Begins("reads".into()))
            }
            ["Put", value, ..] => (lane("writer", &writers), What::Says(format!("Put {value}"))),
            ["Get", value, ..] => (lane("reader", &readers), What::Says(format!("Get {value}"))),
            _ => return None,
        };
        Some(Event::new(line.at, lane, what))
    };
    let mut events: Vec<_> = lines.iter().filter_map(event).collect();
    // No line tells their end, but the lesson ends after them.
    let ends = writers.iter().map(|pid| (format!("writer {pid}"), "writes"));
    let ends = ends.chain(readers.iter().map(|pid| (format!("reader {pid}"), "reads")));
    events.extend(ends.map(|(lane, what)| Event::new(ended, lane, What::Ends(what.into()))));
    Story { events, ended, verdict: None }
}

/// The first thread to tell of itself is the main one, which waits for the other.
fn threads(lines: &[Line], ended: f64) -> Story {
    let mut events: Vec<Event> = Vec::new();
    for line in lines {
        let Some((name, what)) =
            line.text.strip_prefix("thread ").and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let main = events.first().map_or(name, |first| &first.lane).to_string();
        let mut add = |lane: &str, what| events.push(Event::new(line.at, lane, what));
        match what {
            "is running ..." if name != main => {
                add(&main, What::Waits(name.into()));
                add(name, What::Begins("is running".into()));
            }
            "ended!" if name != main => add(name, What::Ends("is running".into())),
            _ => add(name, What::Says(what.trim_end_matches(" ...").into())),
        }
    }
    Story { events, ended, verdict: None }
}

/// What comes after the last line is the program's end, which would dwarf the rest.
fn thread_local(lines: &[Line], _: f64) -> Story {
    let event = |line: &Line| {
        let (what, thread) = line.text.rsplit_once(" in ")?;
        Some(Event::new(line.at, thread, What::Says(what.into())))
    };
    let ended = lines.last().map_or(0.0, |line| line.at);
    Story { events: lines.iter().filter_map(event).collect(), ended, verdict: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The events of `0.1 text` lines, each as `time lane what`.
    fn told(read: Reader, text: &str) -> Vec<String> {
        let line = |line: &str| {
            let (at, text) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
            Line { at: at.parse().unwrap_or_default(), text: text.into() }
        };
        let lines: Vec<_> = text.trim().lines().map(line).collect();
        let event = |e: Event| format!("{} {}: {:?}", e.at, e.lane, e.what);
        read(&lines, 9.0).events.into_iter().map(event).collect()
    }

    #[test]
    fn a_pool_has_a_lane_for_each_pid() {
        let text = "0 Main process 7
            0.1 Waiting for all subprocesses done ...
            0.2 Run task 0(pid:8) ...
            0.5 Finish 0(pid:8) task with 0.3 ...
            0.6 All subprocesses done";
        let expected = [
            r#"0 main: Says("Main process 7")"#,
            r#"0.1 main: Waits("all subprocesses")"#,
            r#"0.2 worker 8: Begins("task 0")"#,
            r#"0.5 worker 8: Ends("task 0")"#,
            r#"0.6 main: Says("All subprocesses done")"#,
        ];
        assert_eq!(told(pool, text), expected);
    }

    #[test]
    fn a_programs_output_comes_in_bursts() {
        let text = "0 $ ping there\n0.1 one\n0.101\n0.102 two\n0.5 three\n0.6 Exit code:0";
        let expected = [
            r#"0 subprocess-call: Waits("ping")"#,
            r#"0 ping: Begins("ping there")"#,
            r#"0.1 ping: Says("2 lines: one …")"#,
            r#"0.5 ping: Says("three")"#,
            r#"0.6 ping: Ends("ping there")"#,
            r#"0.6 subprocess-call: Says("Exit code:0")"#,
        ];
        assert_eq!(told(subprocess_call, text), expected);
    }

    #[test]
    fn communicate_prints_what_came_once_the_program_has_ended() {
        let text = "0 $ nslookup\n0.5 Server:\n0.51 Exit code:0";
        let expected = [
            r#"0 communicate: Waits("nslookup")"#,
            r#"0 nslookup: Begins("nslookup")"#,
            r#"0.5 nslookup: Ends("nslookup")"#,
            r#"0.5 communicate: Says("Server:")"#,
            r#"0.51 communicate: Says("Exit code:0")"#,
        ];
        assert_eq!(told(communicate, text), expected);
    }

    #[test]
    fn a_put_is_the_one_writers_and_of_several_some_writers() {
        let one = "0 Process 7 to write:\n0.1 Put A to queue ...";
        assert_eq!(told(ipc_queue, one)[1], r#"0.1 writer 7: Says("Put A")"#);
        let two = "0 Process 7 to write:\n0 Process 8 to write:\n0.1 Put A to queue ...";
        assert_eq!(told(ipc_queue, two)[2], r#"0.1 some writer: Says("Put A")"#);
        assert_eq!(told(ipc_queue, two)[4], r#"9 writer 8: Ends("writes")"#);
    }

    #[test]
    fn the_main_thread_waits_for_the_loop_thread() {
        let text = "0 thread MainThread is running ...
            0.1 thread LoopThread is running ...
            0.1 thread LoopThread >> 1
            0.4 thread LoopThread ended!
            0.5 thread MainThread ended!";
        let expected = [
            r#"0 MainThread: Says("is running")"#,
            r#"0.1 MainThread: Waits("LoopThread")"#,
            r#"0.1 LoopThread: Begins("is running")"#,
            r#"0.1 LoopThread: Says(">> 1")"#,
            r#"0.4 LoopThread: Ends("is running")"#,
            r#"0.5 MainThread: Says("ended!")"#,
        ];
        assert_eq!(told(threads, text), expected);
    }

    #[test]
    fn each_student_greets_in_the_threads_lane() {
        let greeted = told(thread_local, "0.1 Hello Bob in Thread-B");
        assert_eq!(greeted, [r#"0.1 Thread-B: Says("Hello Bob")"#]);
    }

    #[test]
    fn each_lesson_can_be_drawn() {
        assert_eq!(LESSONS.map(|lesson| lesson.name), scripts::lessons::NAMES);
    }

    #[test]
    fn other_lines_tell_nothing() {
        for lesson in LESSONS {
            assert_eq!(told(lesson.read, "0 something else\n0.1 1234\n0.2"), [""; 0]);
            assert_eq!(told(lesson.read, ""), [""; 0]);
        }
    }
}

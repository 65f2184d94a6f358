//! Checks the exercise's answer. The learner's function runs in a process of its own, which is
//! ended if it hangs; the two programs are this one, too, so that they are there on every system.

use std::env;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::process::{Command, ExitCode};
use std::time::Duration;

use communicate::{Error, communicate_timeout};

mod programs;

/// What the learner writes: gives the input to the first program, its output to the second.
pub type Pipeline = fn(&mut Command, &mut Command, &[u8]) -> io::Result<Vec<u8>>;

/// How long a case may take. The right answer needs less than a second.
const PATIENCE: Duration = Duration::from_secs(5);
/// How a case's process says that all is well, or that it has said what isn't. One that ended in some
/// other way has said nothing.
const WELL: u8 = 77;
const SHORT: u8 = 78;

/// Two programs, what goes in, and what must come out.
struct Case {
    name: &'static str,
    programs: fn(word: &str) -> io::Result<[Command; 2]>,
    input: fn() -> Vec<u8>,
    output: fn(input: &[u8], word: &str) -> Vec<u8>,
    hint: &'static str,
}

const CASES: [Case; 3] = [
    Case {
        name: "with 3 lines",
        programs: stamps,
        input: || b"one\ntwo\nthree\n".to_vec(),
        output: stamped,
        hint: "the second reads what the first writes; its input ends once no process holds the writing end",
    },
    Case {
        name: "with 4 MiB",
        programs: stamps,
        input: four_mib,
        output: stamped,
        hint: "the second program waits until its output is read; what does your function do meanwhile?",
    },
    Case {
        name: "with a first program that never ends, and a second that wants 3 lines of it",
        programs: |_| Ok([programs::command(&["endless"])?, programs::command(&["take-3"])?]),
        input: four_mib,
        output: |_, _| b"y\ny\ny\n".to_vec(),
        hint: "as in `yes | head -3`: both run at the same time, and to stop reading is no error",
    },
];

/// Prints what falls short, with a hint, or that all is well.
pub fn check(pipeline: Pipeline) -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let done = match &args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [programs::FLAG, program @ ..] => programs::run(program).map(|()| ExitCode::SUCCESS),
        ["--case", number] => run(pipeline, number.parse().unwrap_or_default()),
        _ => check_all(),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn check_all() -> io::Result<ExitCode> {
    for (number, case) in CASES.iter().enumerate() {
        let mut command = Command::new(env::current_exe()?);
        let ran = communicate_timeout(command.args(["--case", &number.to_string()]), b"", PATIENCE);
        let (output, short) = match ran {
            Ok(output) => (output, "it returns nothing"),
            Err(Error::TimedOut { output, .. }) => (output, "it still waits after 5 s"),
            Err(error) => return Err(io::Error::other(error)),
        };
        // What the learner's function has printed; and what was found, if it came back.
        io::stdout().write_all(&output.stdout)?;
        io::stderr().write_all(&output.stderr)?;
        match u8::try_from(output.returncode) {
            Ok(WELL) => {}
            Ok(SHORT) => return Ok(ExitCode::FAILURE),
            _ => {
                falls_short(case, short);
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    println!("passed: 3 lines, 4 MiB, and 3 lines of a program that never ends");
    Ok(ExitCode::SUCCESS)
}

/// One case, in a process of its own.
fn run(pipeline: Pipeline, number: usize) -> io::Result<ExitCode> {
    let case = CASES.get(number).ok_or(io::ErrorKind::NotFound)?;
    let word = format!("-{:x}", RandomState::new().hash_one(number));
    let [mut first, mut second] = (case.programs)(&word)?;
    let input = (case.input)();
    match pipeline(&mut first, &mut second, &input) {
        Ok(output) if output == (case.output)(&input, &word) => return Ok(ExitCode::from(WELL)),
        Ok(output) if output == input => falls_short(case, "it returns the input, unchanged"),
        Ok(_) => falls_short(case, "it doesn't return what `first | second` would write"),
        Err(error) => falls_short(case, &format!("it returns an error: {error}")),
    }
    Ok(ExitCode::from(SHORT))
}

fn falls_short(case: &Case, what: &str) {
    println!("falls short: {}, {what}\nhint: {}", case.name, case.hint);
}

fn four_mib() -> Vec<u8> {
    format!("{}\n", "x".repeat(63)).repeat(4 << 14).into()
}

/// Two programs that each write a word of their own after every line.
fn stamps(word: &str) -> io::Result<[Command; 2]> {
    Ok([programs::command(&["stamp", word])?, programs::command(&["stamp", "-second"])?])
}

fn stamped(input: &[u8], word: &str) -> Vec<u8> {
    String::from_utf8_lossy(input).replace('\n', &format!("{word}-second\n")).into()
}

//! A real use: `sort`, the program, as a function. With a file, its lines come out sorted; without one,
//! 200,000 lines made here are.
//!
//! `sort` reads all before it writes a line. A filter such as `gzip` or `tr` writes while it reads, and
//! fills its stdout meanwhile; `communicate` serves both.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::process::{self, Command, ExitCode};
use std::{env, fs};

use communicate::communicate;

/// The lines of `text` in the order of their bytes (on Windows, of its letters).
fn sorted(text: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    // LC_ALL=C: else the user's language decides whether B comes before a.
    let output = communicate(Command::new("sort").env("LC_ALL", "C"), text)?;
    io::stderr().write_all(&output.stderr)?;
    match output.returncode {
        0 => Ok(output.stdout),
        code => Err(format!("sort: it ended with {code}").into()),
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = env::args_os().skip(1).collect();
    if let [file] = &args[..] {
        let text = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
        return print(&sorted(&text)?);
    }
    if !args.is_empty() {
        writeln!(io::stderr(), "unknown arguments {args:?}: give one file, or none")?;
        process::exit(2);
    }
    let text: String = numbers().take(200_000).map(|n| format!("{n:010}\n")).collect();
    let answer = String::from_utf8(sorted(text.as_bytes())?)?;
    let lines: Vec<_> = answer.lines().collect();
    let (first, last) = lines.first().zip(lines.last()).ok_or("sort: no line came back")?;
    let (there, back) = (text.lines().count(), lines.len());
    let in_order = if lines.is_sorted() { "in order" } else { "not in order" };
    let told = format!("{there} lines there, {back} back, {in_order}: from {first} to {last}\n");
    print(told.as_bytes())
}

fn print(text: &[u8]) -> Result<(), Box<dyn Error>> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()), // `| head -1` has what it wanted
        written => Ok(written?),
    }
}

/// Numbers in no order, the same each time: a linear congruential generator.
fn numbers() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(1_u32), |n| {
        Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    })
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

//! The READMEs and CONTRIBUTING.md against real runs: a test for each block, which is found by its place.
//!
//! `console`: each command's stdout is the text below it; `console fails`: and it ends with an exit
//! code that isn't 0; `console concurrent`: pids, times and the order of lines aside. A lesson's default
//! run is compared by the tests of the kind `lessons`, that of `console dns` by `lessons/dns.rs`. `sh`: the commands
//! run; `sh no_run`: they don't; `cargo test` never does, since it is what runs this. `python`, `rust`:
//! the lines stand in one of our files, or are run as a test of the docs. `text` isn't checked. What a
//! README.zh.md shows is the same, as the test `translations` checks. A block that needs Python or `ps` is ignored
//! where there is none.

use std::path::Path;

use libtest_mimic::{Completion, Failed, Trial};
use tests::{Block, blocks, files, root};

mod excerpt;
mod normal;
mod seen_failing;
mod typed;

use typed::{Reader, Typed};

pub fn trials() -> Vec<Trial> {
    typed::remove_old_answers();
    let texts = [files("README.md"), files("CONTRIBUTING.md")].map(Result::unwrap).concat();
    let mut trials: Vec<_> = texts.iter().flat_map(|file| trials_of(file)).collect();
    trials.extend(seen_failing::trials());
    trials
}

fn trials_of(file: &Path) -> Vec<Trial> {
    let shown = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
    let trial = |block: Block| {
        let (name, file) = (format!("{shown}:{} {}", block.line, block.info), file.to_path_buf());
        Trial::ignorable_test(name, move || match check_block(&Reader::new(), &block, &file) {
            Ok(None) => Ok(Completion::Completed),
            Ok(Some(missing)) => Ok(Completion::ignored_with(format!("needs {missing}"))),
            Err(wrong) => Err(Failed::from(wrong)),
        })
    };
    blocks(file).unwrap().into_iter().map(trial).collect()
}

/// The tool that was missing for a part of a block, if all else in it is right.
type Checked = Result<Option<&'static str>, String>;

fn check_block(reader: &Reader, block: &Block, file: &Path) -> Checked {
    let words: Vec<_> = block.info.split(' ').collect();
    match words[..] {
        ["text"] | ["sh", "no_run"] => return Ok(None),
        ["console", "dns"] if !is_default_run(block, file) => {
            return Err("nobody compares this block of kind `console dns`".into());
        }
        ["console", ..] if is_default_run(block, file) => return Ok(None),
        ["console", ref how @ ..]
            if how.iter().all(|word| ["concurrent", "fails"].contains(word)) =>
        {
            return check_console(reader, block, how);
        }
        ["sh"] => return check_sh(reader, block),
        ["toml"] => {
            block.text.join("\n").parse::<toml::Table>().map(drop).map_err(|e| e.to_string())
        }
        ["python"] => excerpt::check_python(block, file),
        [info] if ["rust", "compile_fail"].contains(&info.split(',').next().unwrap()) => {
            excerpt::check_rust(block, file)
        }
        _ => Err(format!("nobody checks a block of the kind {:?}", block.info)),
    }
    .map(|()| None)
}

/// Whether a README of a lesson shows just the lesson's run, which `lessons` compares.
fn is_default_run(block: &Block, file: &Path) -> bool {
    let lesson = file.parent().and_then(Path::file_name).unwrap_or_default();
    let run = format!("cargo run -q -p {}", lesson.display());
    matches!(&block.commands()[..], [(command, _)] if *command == run)
}

fn check_console(reader: &Reader, block: &Block, how: &[&str]) -> Checked {
    let commands = block.commands();
    let first = commands.first().map(|(command, _)| format!("$ {command}"));
    if first.is_none() || first.as_ref() != block.text.first() {
        return Err("a console block begins with a command of cargo's or python3's".into());
    }
    let mut missing = None;
    for (command, shown) in commands {
        let output = match reader.types(&command)? {
            Typed::Ran(output) => output,
            Typed::NotRun => continue,
            Typed::Needs(tool) => {
                missing = Some(tool);
                continue;
            }
        };
        if output.status.success() == how.contains(&"fails") {
            return Err(format!("$ {command}\nended otherwise than the block says: {output:#?}"));
        }
        let real = String::from_utf8_lossy(&output.stdout);
        let concurrent = how.contains(&"concurrent");
        let real = normal::lines(real.lines(), concurrent);
        let shown = normal::lines(shown.iter().map(String::as_str), concurrent);
        if real != shown {
            return Err(format!("$ {command}\nshown: {shown:#?}\nreal: {real:#?}"));
        }
    }
    Ok(missing)
}

fn check_sh(reader: &Reader, block: &Block) -> Checked {
    let mut missing = None;
    for command in &block.text {
        match reader.types(command)? {
            Typed::Ran(output) if !output.status.success() => {
                return Err(format!("{command}\nfails: {output:#?}"));
            }
            Typed::Ran(_) | Typed::NotRun => {}
            Typed::Needs(tool) => missing = Some(tool),
        }
    }
    Ok(missing)
}

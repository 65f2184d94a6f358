//! The READMEs and CONTRIBUTING.md against real runs: one test for each.
//!
//! `console`: each command's stdout is the text below it; `console fails`: and it ends with an exit
//! code that isn't 0; `console concurrent`: pids, times and the order of lines aside; `console dns`:
//! compared in `dns.rs`. `sh`: the commands run. `# not run` at a command's end: it isn't.
//! `python`, `rust`: the lines stand in one of our files, or are run as a test of the docs. `text`
//! isn't checked. What a README.zh.md shows is the same, as `translations.rs` checks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;
use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use tests::{Block, blocks, files, root};

mod excerpt;
mod normal;
mod seen_failing;
mod typed;

use typed::Reader;

fn main() {
    if tests::python().is_none() {
        eprintln!("there is no python3 here: the commands that need it are left out");
    }
    let _ = fs::remove_dir_all(typed::answers()); // of another run
    let texts = [files("README.md"), files("CONTRIBUTING.md")].map(Result::unwrap).concat();
    let mut trials: Vec<_> = texts
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            Trial::test(name, move || match &check(&file)[..] {
                [] => Ok(()),
                wrong => Err(Failed::from(wrong.join("\n\n"))),
            })
        })
        .collect();
    trials.extend(seen_failing::trials());
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// What is wrong with the blocks of a file, each with its place.
fn check(file: &Path) -> Vec<String> {
    let reader = Reader::new();
    let wrong = blocks(file).unwrap().into_iter().filter_map(|block| {
        let told = check_block(&reader, &block, file).err()?;
        Some(format!("{}:{}: {told}", file.display(), block.line))
    });
    wrong.collect()
}

fn check_block(reader: &Reader, block: &Block, file: &Path) -> Result<(), String> {
    let words: Vec<_> = block.info.split(' ').collect();
    match words[..] {
        ["text"] => Ok(()),
        ["console", "dns"] => check_dns(block, file),
        ["console", ref how @ ..]
            if how.iter().all(|word| ["concurrent", "fails"].contains(word)) =>
        {
            check_console(reader, block, how)
        }
        ["sh"] => check_sh(reader, block),
        ["toml"] => {
            block.text.join("\n").parse::<toml::Table>().map(drop).map_err(|e| e.to_string())
        }
        ["python"] => excerpt::check_python(block, file),
        [info] if ["rust", "compile_fail"].contains(&info.split(',').next().unwrap()) => {
            excerpt::check_rust(block, file)
        }
        _ => Err(format!("nobody checks a block of the kind {:?}", block.info)),
    }
}

fn check_console(reader: &Reader, block: &Block, how: &[&str]) -> Result<(), String> {
    let commands = block.commands();
    let first = commands.first().map(|(command, _)| format!("$ {command}"));
    if first.is_none() || first.as_ref() != block.text.first() {
        return Err("a console block begins with a command of cargo's or python3's".into());
    }
    for (command, shown) in commands {
        let Some(output) = reader.types(&command)? else { continue };
        if output.status.success() == how.contains(&"fails") {
            return Err(format!("$ {command}\nended otherwise than told: {output:#?}"));
        }
        let real = String::from_utf8_lossy(&output.stdout);
        let concurrent = how.contains(&"concurrent");
        let real = normal::lines(real.lines(), concurrent);
        let shown = normal::lines(shown.iter().map(String::as_str), concurrent);
        if real != shown {
            return Err(format!("$ {command}\nshown: {shown:#?}\nreal: {real:#?}"));
        }
    }
    Ok(())
}

/// `dns.rs` compares one block in each of two lessons.
fn check_dns(block: &Block, file: &Path) -> Result<(), String> {
    let first = blocks(file).unwrap().into_iter().find(|other| other.info == block.info);
    let lesson = file.parent().unwrap();
    let has_one = ["subprocess-call", "communicate"].iter().any(|name| lesson.ends_with(name));
    if has_one && first.as_ref() == Some(block) {
        return Ok(());
    }
    Err("nobody compares this block of kind `console dns`".into())
}

fn check_sh(reader: &Reader, block: &Block) -> Result<(), String> {
    for command in &block.text {
        let output = reader.types(command)?;
        if let Some(output) = output.filter(|output| !output.status.success()) {
            return Err(format!("{command}\nfails: {output:#?}"));
        }
    }
    Ok(())
}

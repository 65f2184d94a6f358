//! `cargo timeline pool`: runs a lesson, or an example broken and fixed, and draws when each process or thread ran.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

mod axis;
mod bars;
mod drawings;
mod labels;
mod lanes;
mod legend;
mod marks;
mod picture;
mod program;
mod runs;
mod shapes;
mod summary;
mod text;

use lexopt::prelude::*;
use scripts::{Done, complain, root, say};

use drawings::Drawing;
use runs::Run;

const CHORE: &str = "timeline";

const HELP: &str = "\
Runs a lesson and draws when each process or thread ran, each in a lane of its own.

Usage: cargo timeline [NAME] [--out FILE] [-- ARGUMENT...]
       cargo timeline --all

  NAME          a lesson, also by its number, or an example that has a broken and a fixed form;
                without it: which there are
  --out FILE    where the picture goes              (default target/timeline-NAME.svg)
  --all         draws every picture of the READMEs again, into the crates
  --help        this text

Arguments after `--` go to the program, instead of those that the picture has by default.

Examples:
  cargo timeline pool
  cargo timeline pool --out pool.svg -- --processes 2 --tasks 20 --longest 0.5
  cargo timeline lock-order
";

fn main() -> ExitCode {
    scripts::run(CHORE, || {
        let mut words = env::args_os().skip(1);
        let ours: Vec<_> = words.by_ref().take_while(|word| word != "--").collect();
        let theirs: Vec<_> = words.collect();
        let (mut name, mut out, mut all) = (None, None, false);
        let mut args = lexopt::Parser::from_args(ours);
        while let Some(arg) = args.next()? {
            match arg {
                Short('h') | Long("help") => return say(HELP.trim_end()).map(|()| true),
                Long("all") => all = true,
                Long("out") => out = Some(PathBuf::from(args.value()?)),
                Value(value) if name.is_none() => name = Some(value.string()?),
                _ => return Err(arg.unexpected().into()),
            }
        }
        match name {
            Some(_) if all => Err(lexopt::Error::from("--all takes no name").into()),
            Some(name) => {
                let drawing = drawings::find(&name)?;
                let file = root().join("target").join(format!("timeline-{}.svg", drawing.name));
                draw(&drawing, &theirs, &out.unwrap_or_else(|| shown(&file)))
            }
            None if out.is_some() || !theirs.is_empty() => {
                Err(lexopt::Error::from("which one? Give a name").into())
            }
            None if all => draw_all(),
            None => list(),
        }
    })
}

fn list() -> Done<bool> {
    say("What can be drawn:")?;
    for Drawing { name, package } in drawings::all()? {
        let what = match name == package {
            true => "the lesson".into(),
            false => format!("an example of {package}, broken and fixed"),
        };
        say(format_args!("  cargo timeline {name:18} {what}"))?;
    }
    Ok(true)
}

/// Returns whether all of them could be drawn, from runs that went well.
fn draw_all() -> Done<bool> {
    let mut well = true;
    for drawing in drawings::all()? {
        let drawn = draw(&drawing, &[], &shown(&drawing.committed()));
        well &= drawn.unwrap_or_else(|why| {
            complain(CHORE, format_args!("{}: {why}", drawing.name));
            false
        });
    }
    Ok(well)
}

/// Returns whether each run went well. What came of one that didn't is drawn all the same.
fn draw(drawing: &Drawing, args: &[OsString], out: &Path) -> Done<bool> {
    let (mut runs, mut well) = (Vec::new(), true);
    for program in drawing.programs(args) {
        let command = program.shown();
        complain(CHORE, format_args!("running {command}"));
        let output = program.run()?;
        if !output.status.success() {
            complain(CHORE, format_args!("{command} failed: {}", output.status));
            well = false;
        }
        runs.push(Run::read(command, &output.lines, output.ended, drawing.is_lesson()));
    }
    if runs.iter().all(|run| run.lanes.is_empty()) {
        return Err("nothing to draw: no event was printed".into());
    }
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder)?;
    }
    let error = |why| format!("can't write {}: {why}", out.display());
    fs::write(out, picture::draw(&drawing.name, &runs)).map_err(error)?;
    say(out.display())?;
    runs.iter().try_for_each(|run| say(summary::line(run)))?;
    Ok(well)
}

/// A path as seen from where we are, if it is below.
fn shown(path: &Path) -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).into()
}

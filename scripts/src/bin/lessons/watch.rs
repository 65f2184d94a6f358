//! A learner's answer, checked each time it is saved, until it passes.

use std::error::Error;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};

use crate::answers;
use crate::check::{self, What};
use crate::course::{Lesson, read};
use crate::exercise::from_the_top;
use crate::language::Language;
use crate::screen::complain;

/// An editor saves a file in several steps; they are over when nothing happens for so long.
const QUIET: Duration = Duration::from_millis(50);

pub fn watch(lesson: &Lesson, language: Language) -> Result<ExitCode, Box<dyn Error>> {
    answers::make(lesson)?;
    let file = answers::file(lesson);
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender)?;
    // The folder, because many editors write another file and rename it.
    watcher.watch(file.parent().unwrap_or(&file), RecursiveMode::NonRecursive)?;
    loop {
        let checked = read(&file)?;
        if check::one(lesson, What::Exercise, language)? == ExitCode::SUCCESS {
            return Ok(ExitCode::SUCCESS);
        }
        let file_shown = from_the_top(&file);
        complain(language.say(
            format!("waiting until {file_shown} is saved; Ctrl-C ends this"),
            format!("等待 {file_shown} 保存；按 Ctrl-C 结束"),
        ));
        loop {
            events.recv()??;
            while events.recv_timeout(QUIET).is_ok() {}
            // A file that isn't there is being replaced.
            if read(&file).is_ok_and(|text| text != checked) {
                break;
            }
        }
    }
}

//! A learner's answer, checked each time it is saved, until it passes.

use std::sync::mpsc;
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use scripts::Done;

use crate::answers;
use crate::check::{self, What};
use crate::course::{Lesson, from_the_top, read};
use crate::language::text;
use crate::screen::complain;

/// An editor saves a file in several steps; they are over when nothing happens for so long.
const QUIET: Duration = Duration::from_millis(50);

pub fn watch(lesson: &Lesson) -> Done<bool> {
    answers::make(lesson)?;
    let file = answers::file(lesson);
    let (sender, events) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(sender)?;
    // The folder, because many editors write another file and rename it.
    watcher.watch(file.parent().unwrap_or(&file), RecursiveMode::NonRecursive)?;
    loop {
        let checked = read(&file)?;
        if check::one(lesson, What::Exercise)? {
            return Ok(true);
        }
        let name = from_the_top(&file);
        complain(text(
            format!("waiting until {name} is saved; Ctrl-C ends this"),
            format!("等待 {name} 保存；按 Ctrl-C 结束"),
        ));
        // A file that isn't there is being replaced.
        while read(&file).map_or(true, |content| content == checked) {
            events.recv()??;
            while events.recv_timeout(QUIET).is_ok() {}
        }
    }
}

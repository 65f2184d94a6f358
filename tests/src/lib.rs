//! What the tests of the whole share: where things are, and the blocks of a README.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, io};

/// The seven lessons, in their order.
pub const LESSONS: [&str; 7] =
    ["pool", "subprocess-call", "communicate", "ipc-queue", "threads", "lock", "thread-local"];

/// The top folder of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests).to_path_buf()
}

/// `cargo`, the one that runs this test, in the top folder.
#[must_use]
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}

/// A lesson's binary, built if it wasn't.
///
/// # Errors
///
/// What starting cargo answers, or that it failed.
pub fn binary(lesson: &str) -> io::Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    built(&BUILT, "--bins")?;
    Ok(target()?.join(lesson).with_extension(env::consts::EXE_EXTENSION))
}

/// The binary of an example, whichever crate it stands in (no two have the same name), built if it
/// wasn't.
///
/// # Errors
///
/// What starting cargo answers, or that it failed.
pub fn example(name: &str) -> io::Result<PathBuf> {
    static BUILT: OnceLock<bool> = OnceLock::new();
    built(&BUILT, "--examples")?;
    Ok(target()?.join("examples").join(name).with_extension(env::consts::EXE_EXTENSION))
}

fn built(once: &OnceLock<bool>, what: &str) -> io::Result<()> {
    let build = || cargo().args(["build", "-q", "--workspace", what]).status();
    match once.get_or_init(|| build().is_ok_and(|status| status.success())) {
        true => Ok(()),
        false => Err(io::Error::other(format!("cargo build --workspace {what} failed"))),
    }
}

/// The folder that programs are built into.
fn target() -> io::Result<PathBuf> {
    // This program is target/debug/deps/NAME-HASH.
    let myself = env::current_exe()?;
    Ok(myself.ancestors().nth(2).ok_or(io::ErrorKind::NotFound)?.to_path_buf())
}

/// A fenced block of a README.
pub struct Block {
    /// The words after the fence: `console`, `console concurrent`, `sh`, …
    pub info: String,
    /// The line in the file at which its text starts.
    pub line: usize,
    /// Its lines.
    pub text: Vec<String>,
}

/// The fenced blocks of a Markdown file.
///
/// # Errors
///
/// What reading the file answers.
pub fn blocks(file: &Path) -> io::Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in fs::read_to_string(file)?.lines().enumerate() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(info), None) => {
                open = Some(Block { info: info.into(), line: number + 2, text: Vec::new() });
            }
            (None, Some(mut block)) => {
                block.text.push(line.into());
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    Ok(blocks)
}

impl Block {
    /// The commands of a console block, each with the output that is shown below it.
    #[must_use]
    pub fn commands(&self) -> Vec<(String, Vec<String>)> {
        let mut commands: Vec<(String, Vec<String>)> = Vec::new();
        for line in &self.text {
            // A program may print a `$` itself: only cargo's are commands here.
            match (
                line.strip_prefix("$ ").filter(|c| c.starts_with("cargo run ")),
                commands.last_mut(),
            ) {
                (Some(command), _) => commands.push((command.into(), Vec::new())),
                (None, Some((_, output))) => output.push(line.clone()),
                (None, None) => {}
            }
        }
        commands
    }
}

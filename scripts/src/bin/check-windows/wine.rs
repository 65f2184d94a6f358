//! A Windows of our own: a folder that Wine keeps what it needs in, set up once and kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use subprocess_call::{Error, call_timeout};

use scripts::Done;

/// Ten times what it needs.
const TIME_TO_SET_UP: Duration = Duration::from_secs(180);
const RANDOM: &str = include_str!("bcryptprimitives.c");
/// What is changed: the Windows it stands for, and that a crash ends a program at once. Wine's own
/// debugger takes a minute to read one of our test programs.
const REGISTRY: [[&str; 3]; 2] = [
    [r"HKCU\Software\Wine", "Version", "win10"],
    [r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug", "Debugger", "none"],
];

pub struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// The one in `prefix`, which is made anew where it isn't complete or from another Wine.
    pub fn new(prefix: PathBuf) -> Done<Self> {
        let version = Command::new("wine").arg("--version").output()?.stdout;
        let made_by = format!("{}{REGISTRY:?}{RANDOM}", String::from_utf8_lossy(&version));
        let complete = prefix.join("complete");
        let wine = Wine { prefix };
        if fs::read_to_string(&complete).is_ok_and(|written| written == made_by) {
            return Ok(wine);
        }
        match fs::remove_dir_all(&wine.prefix) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => wine.set_up()?,
        }
        fs::write(complete, made_by)?;
        Ok(wine)
    }

    fn set_up(&self) -> Done<()> {
        fs::create_dir_all(&self.prefix)?;
        self.do_it("wineboot", &["-i"])?;
        for [key, value, data] in REGISTRY {
            self.do_it("reg", &["add", key, "/v", value, "/d", data, "/f"])?;
        }
        let dll = self.prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
        if !dll.exists() {
            let source =
                concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/check-windows/bcryptprimitives.c");
            let mut gcc = Command::new("x86_64-w64-mingw32-gcc");
            gcc.args(["-shared", "-O2", "-s", source, "-ladvapi32", "-o"]).arg(dll);
            if !gcc.status()?.success() {
                return Err("bcryptprimitives.c doesn't compile".into());
            }
        }
        Ok(())
    }

    fn do_it(&self, program: &str, args: &[&str]) -> Done<()> {
        let mut command = self.command(Path::new(program));
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if self.run(command, TIME_TO_SET_UP)? == Some(0) {
            return Ok(());
        }
        let folder = self.prefix.display();
        Err(format!("Wine can't be set up in {folder}: {program} {args:?} failed").into())
    }

    /// Runs a Windows program here.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("wine");
        command.arg(program);
        self.set(&mut command);
        command
    }

    fn set(&self, command: &mut Command) {
        command.env("WINEPREFIX", &self.prefix).env("WINEDEBUG", "-all");
        command.env("WINEDLLOVERRIDES", "mscoree=;mshtml="); // else it may ask whether to fetch them
    }

    /// Runs a [`command`](Self::command): its exit code, or nothing if it didn't end in time and was
    /// ended, with all that runs here.
    pub fn run(&self, mut command: Command, limit: Duration) -> Result<Option<i32>, Error> {
        match call_timeout(&mut command, limit) {
            Ok(code) => Ok(Some(code)),
            Err(Error::TimedOut { .. }) => {
                self.end();
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Ends every program that runs here.
    fn end(&self) {
        let mut server = Command::new("wineserver");
        self.set(&mut server);
        // Where nothing runs it says so, which is fine.
        let _ = server.arg("-k").stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        self.end();
    }
}

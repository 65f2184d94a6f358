//! A Windows of our own: a folder (`WINEPREFIX`) in which Wine keeps what it needs, set up once and kept.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use scripts::Done;
use subprocess_call::call_timeout;

/// Ten times what it needs.
const TIME_TO_SET_UP: Duration = Duration::from_secs(180);
const RANDOM: &str = include_str!("bcryptprimitives.c");
/// What is changed: the Windows it stands for, and that a crash ends a program at once. Wine's own
/// debugger takes a minute to read one of our test programs.
const REGISTRY: [[&str; 3]; 2] = [
    [r"HKCU\Software\Wine", "Version", "win10"],
    [r"HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug", "Debugger", "none"],
];

/// What Wine reads from the environment.
pub fn environment(prefix: &Path) -> [(&'static str, &str); 3] {
    [
        ("WINEPREFIX", prefix.to_str().unwrap_or_default()),
        ("WINEDEBUG", "-all"),
        ("WINEDLLOVERRIDES", "mscoree=;mshtml="), // else it may ask whether to fetch them
    ]
}

/// Makes the folder, also where it isn't complete or from another Wine.
pub fn set_up(prefix: &Path) -> Done<()> {
    let version = Command::new("wine").arg("--version").output()?.stdout;
    let made_by = format!("{}{REGISTRY:?}{RANDOM}", String::from_utf8_lossy(&version));
    let complete = prefix.join("complete");
    if fs::read_to_string(&complete).is_ok_and(|written| written == made_by) {
        return Ok(());
    }
    match fs::remove_dir_all(prefix) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir_all(prefix)?,
    }
    wine(prefix, &["wineboot", "-i"])?;
    for [key, value, data] in REGISTRY {
        wine(prefix, &["reg", "add", key, "/v", value, "/d", data, "/f"])?;
    }
    let dll = prefix.join("drive_c/windows/system32/bcryptprimitives.dll");
    if !dll.exists() {
        let source =
            concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/check-windows/bcryptprimitives.c");
        let mut gcc = Command::new("x86_64-w64-mingw32-gcc");
        gcc.args(["-shared", "-O2", "-s", source, "-ladvapi32", "-o"]).arg(dll);
        if !gcc.status()?.success() {
            return Err("bcryptprimitives.c doesn't compile".into());
        }
    }
    Ok(fs::write(complete, made_by)?)
}

fn wine(prefix: &Path, args: &[&str]) -> Done<()> {
    let mut command = Command::new("wine");
    command.args(args).envs(environment(prefix));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match call_timeout(&mut command, TIME_TO_SET_UP) {
        Ok(0) => Ok(()),
        _ => Err(format!("Wine can't be set up in {}: {args:?} failed", prefix.display()).into()),
    }
}

/// Ends every program that runs in the Windows of this process's environment.
pub fn end() {
    let mut server = Command::new("wineserver");
    // Where nothing runs it says so, which is fine.
    let _ = server.arg("-k").stdout(Stdio::null()).stderr(Stdio::null()).status();
}

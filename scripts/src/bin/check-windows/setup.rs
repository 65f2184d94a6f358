//! What the check needs, installed where that can be done without asking.

use std::path::Path;
use std::process::{Command, Stdio};

use scripts::Done;

/// Rust's std for each of `targets`.
pub fn toolchain(targets: &[&str]) -> Done<()> {
    for target in targets {
        if !has_std(target) {
            println!("installing Rust's std for {target}: rustup target add {target}");
            let rustup = Command::new("rustup").args(["target", "add", target]).status();
            if !rustup.is_ok_and(|status| status.success()) {
                return Err(format!(
                    "Rust's std for {target} isn't there. On a machine with rustup and a network: \
                     rustup target add {target}"
                )
                .into());
            }
        }
    }
    Ok(())
}

fn has_std(target: &str) -> bool {
    let rustc =
        Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output();
    rustc.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

/// The compiler of C that links for Windows and, unless all is only built, Wine.
pub fn packages(build_only: bool) -> Done<()> {
    let mut missing = Vec::new();
    if !starts("x86_64-w64-mingw32-gcc") {
        missing.push("gcc-mingw-w64-x86-64-win32");
    }
    if !build_only && !starts("wine") {
        missing.extend(["wine", "wine64"]);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let wanted = missing.join(" ");
    if !is_root() || !starts("apt-get") {
        return Err(format!(
            "missing: {wanted} (Debian's names). As root: apt-get install {wanted}; \
             other systems have MinGW-w64 and Wine under names of their own"
        )
        .into());
    }
    println!("installing: apt-get install {wanted}");
    apt_get(&["update"])?;
    apt_get(&[&["install", "-y", "--no-install-recommends"], &missing[..]].concat())
}

fn apt_get(args: &[&str]) -> Done<()> {
    let mut command = Command::new("apt-get");
    command.arg("-qq").args(args).env("DEBIAN_FRONTEND", "noninteractive");
    match command.stdin(Stdio::null()).status()?.success() {
        true => Ok(()),
        false => Err(format!("apt-get {} failed", args.join(" ")).into()),
    }
}

fn starts(program: &str) -> bool {
    let mut command = Command::new(program);
    let command =
        command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

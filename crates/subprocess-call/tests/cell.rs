//! The lesson through its real binary, and the library on real programs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use subprocess_call::{Error, call, call_timeout, check_call};

const MYSELF: &str = env!("CARGO_BIN_EXE_subprocess-call");

fn lesson(args: &[&str]) -> Output {
    Command::new(MYSELF).args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Whether this is no real Windows.
fn wine() -> bool {
    cfg!(windows) && Path::new(r"C:\windows\system32\winecfg.exe").exists()
}

const RECORDED: &str = "\
$ nslookup www.python.org
Server:\t\t116.228.111.118
Address:\t116.228.111.118#53

Non-authoritative answer:
www.python.org\tcanonical name = dualstack.python.map.fastly.net.
Name:\tdualstack.python.map.fastly.net
Address: 151.101.76.223

Exit code:0
";

#[test]
fn without_nslookup_a_simulated_program_prints_what_the_notebook_recorded() {
    let output = Command::new(MYSELF).env("PATH", "").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(text(&output.stdout), RECORDED);
    let note = text(&output.stderr);
    assert!(note.contains("bind9-dnsutils") && note.lines().count() == 1, "{note}");
}

// Windows finds its own, whatever PATH says.
#[cfg(unix)]
#[test]
fn an_nslookup_that_is_there_is_not_simulated() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("nslookup of subprocess-call");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("nslookup"), "").unwrap(); // which can't be executed
    let output = Command::new(MYSELF).env("PATH", folder).output().unwrap();
    assert_eq!(output.status.code(), Some(126), "{output:?}");
    let message = text(&output.stderr);
    assert!(message.starts_with("subprocess-call: nslookup: can't be executed: "), "{message}");
}

#[test]
fn any_command_has_the_real_stdin_and_stdout() {
    let output = lesson(&["--", MYSELF, "--help"]);
    let printed = text(&output.stdout);
    assert!(printed.starts_with("$ ") && printed.contains("Lesson 2,"), "{printed}");
    assert!(printed.ends_with("Exit code:0\n"), "{printed}");

    let output = lesson(&["--timeout", "60", MYSELF, "--help"]);
    assert!(text(&output.stdout).ends_with("Exit code:0\n"), "{output:?}");
}

#[test]
fn the_lesson_returns_0_whatever_the_programs_exit_code() {
    let output = lesson(&[MYSELF, "--nope"]);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).ends_with("Exit code:2\n"), "{output:?}");
}

#[test]
fn a_bad_command_is_one_sentence_with_its_name_and_the_shells_exit_code() {
    // This source can be read and not executed, by root neither.
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
    let missing = "check its name, or give its path";
    let folder = "it is a folder; name a program in it";
    let barred = "you may not execute it, or not its interpreter; see chmod +x";
    let barred = if cfg!(windows) { "whose first line begins with #!" } else { barred };
    for (command, code, way_out) in [
        ("no-such-command", 127, missing),
        ("", 127, missing),
        (env!("CARGO_MANIFEST_DIR"), 126, folder),
        (source, 126, barred),
    ] {
        let output = lesson(&["--", command]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let message = text(&output.stderr);
        let name = if command.is_empty() { "\"\"" } else { command };
        assert!(message.starts_with(&format!("subprocess-call: {name}: ")), "{message}");
        assert!(
            message.ends_with(&format!("{way_out}\n")) && message.lines().count() == 1,
            "{message}"
        );
    }
}

/// How an argument with a NUL is reported; on Windows with what a batch file can't hold, either.
const NUL: &str = if cfg!(windows) { "for a batch file a line end" } else { "such as a NUL byte" };

#[test]
fn a_nul_or_too_many_arguments_are_errors_with_a_way_out() {
    let mut nul = Command::new(MYSELF);
    let mut many = Command::new(MYSELF);
    for (command, way_out) in
        [(nul.arg("a\0b"), NUL), (many.args(vec!["x".repeat(100_000); 100]), "are too long")]
    {
        if way_out == "are too long" && wine() {
            continue; // it takes any length
        }
        let forever = |command: &mut Command| call_timeout(command, Duration::MAX);
        for error in [call(command).unwrap_err(), forever(command).unwrap_err()] {
            assert!(matches!(error, Error::NotExecutable { .. }), "{error}");
            let message = error.to_string();
            assert!(message.starts_with(MYSELF) && message.lines().count() == 1, "{message}");
            assert!(message.contains(way_out), "{message}");
            assert_eq!(error.exit_code(), 126);
        }
    }
}

#[test]
fn check_call_wants_0() {
    check_call(Command::new(MYSELF).arg("--help").stdout(Stdio::null())).unwrap();
    let failed = check_call(Command::new(MYSELF).arg("--nope").stderr(Stdio::null()));
    let message = failed.unwrap_err().to_string();
    assert_eq!(message, format!("{MYSELF}: ended with exit code 2"));
    assert!(matches!(check_call(&mut Command::new("no-such")), Err(Error::NotFound { .. })));
}

// Signals exist on Unix only.
#[cfg(unix)]
#[test]
fn a_signal_is_minus_its_number_and_check_call_names_it() {
    let output = lesson(&["sh", "-c", "kill -9 $$"]);
    assert_eq!(text(&output.stdout), "$ sh -c 'kill -9 $$'\nExit code:-9\n");
    assert!(output.status.success());
    let failed = check_call(Command::new("sh").args(["-c", "kill -9 $$"])).unwrap_err();
    assert_eq!(failed.to_string(), "sh: ended with exit code -9 (SIGKILL)");
}

// As if Ctrl-C had ended it before this lesson hears of it.
#[cfg(unix)]
#[test]
fn a_program_that_sigint_ends_ends_the_lesson_silently_too() {
    // A handler becomes the default effect in what is started. Without it, a SIGINT that this test was started
    // to ignore would be ignored there, too.
    ctrlc::set_handler(|| {}).unwrap();
    let output = lesson(&["sh", "-c", "kill -2 $$"]);
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert_eq!(text(&output.stdout), "$ sh -c 'kill -2 $$'\n");
    assert!(output.stderr.is_empty(), "{output:?}");
}

// So large on Windows only: on Unix they have 8 bits.
#[cfg(windows)]
#[test]
fn exit_codes_have_32_bits() {
    let mut command = Command::new("cmd");
    command.args(["/c", "exit -1073741819"]);
    assert_eq!(call(&mut command).unwrap(), 0xc000_0005_u32 as i32);
    assert_eq!(call_timeout(&mut command, Duration::MAX).unwrap(), -1_073_741_819);
    let failed = check_call(&mut command).unwrap_err().to_string();
    assert_eq!(failed, "cmd: ended with exit code -1073741819 (0xc0000005)");
    let output = lesson(&["cmd", "/c", "exit -1073741819"]);
    assert!(text(&output.stdout).ends_with("Exit code:-1073741819\n"), "{output:?}");
}

/// A program of that name, with a folder to itself.
fn program(name: &str, make: impl FnOnce(&Path)) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("进程 and space {name}"));
    let _ = fs::remove_dir_all(&folder); // of an earlier run
    fs::create_dir_all(&folder).unwrap();
    let program = folder.join(name);
    make(&program);
    program.to_str().unwrap().to_string()
}

/// Writes a program. On Unix another process does so: one that another thread starts meanwhile would hold the
/// file open for a moment, and a file that is open for writing can't be run (ETXTBSY).
fn write_program(path: &Path, bytes: &[u8]) {
    if cfg!(windows) {
        return fs::write(path, bytes).unwrap();
    }
    let tee = &mut Command::new("tee");
    let mut tee = tee.arg(path).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    tee.stdin.take().unwrap().write_all(bytes).unwrap();
    assert!(tee.wait().unwrap().success());
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
}

#[test]
fn a_program_of_any_name_gets_any_arguments() {
    // The lesson is the program that says which arguments it got.
    // On Unix a copy can't be run for a moment if a thread forks while it is written; on Windows a link
    // to a program that runs can't be removed.
    let copy = if cfg!(unix) { fs::hard_link } else { |from, to| fs::copy(from, to).map(drop) };
    let program = program("名字 it's.exe", |path| copy(MYSELF, path.to_path_buf()).unwrap());
    let args =
        ["no-such-command", "", " ", r#"it's "quoted" 名字"#, r"back\", r#"\"#, "%PATH%", "^&|<>"];
    let output = lesson(&[&[program.as_str(), "--"], &args[..]].concat());
    assert_eq!(text(&output.stderr).matches("no-such-command: ").count(), 1, "{output:?}");
    let printed = text(&output.stdout);
    let shown: Vec<_> = printed.lines().collect();
    let inner = r#"$ no-such-command '' ' ' 'it'\''s "quoted" 名字' 'back\' '\' %PATH% '^&|<>'"#;
    assert_eq!(shown[1..], [inner, "Exit code:127"], "{printed}");
}

// On Unix a script is a program like any other.
#[cfg(windows)]
#[test]
fn a_batch_file_runs_and_what_it_cannot_be_given_is_an_error() {
    let write = |path: &Path| fs::write(path, "@exit /b 7\r\n").unwrap();
    let program = program("批 and space.bat", write);
    assert_eq!(call(&mut Command::new(&program)).unwrap(), 7);
    assert_eq!(call(Command::new(&program).args(["a b", "名字"])).unwrap(), 7);
    let error = call(Command::new(&program).arg("two\r\nlines")).unwrap_err();
    assert!(matches!(error, Error::NotExecutable { .. }), "{error}");
    assert!(error.to_string().contains("for a batch file a line end"), "{error}");
}

#[test]
fn a_file_that_is_no_program_is_126_whatever_its_name() {
    let program = program("none.exe", |path| write_program(path, b"no program"));
    let output = lesson(&["--", &program]);
    assert_eq!(output.status.code(), Some(126), "{output:?}");
}

#[test]
fn a_program_for_another_machine_is_126() {
    let write = |path: &Path| {
        let mut program = fs::read(MYSELF).unwrap();
        let machine = machine_of(&program);
        program[machine..machine + 2].copy_from_slice(&[0x12, 0x34]); // which is nobody's
        write_program(path, &program);
    };
    let program = program("foreign.exe", write);
    let output = lesson(&["--", &program]);
    assert_eq!(output.status.code(), Some(126), "{output:?}");
    // Wine reports it as no program at all.
    let message = text(&output.stderr);
    let no_program = wine() && message.contains("neither a program nor a script");
    assert!(message.contains("built for another kind of machine") || no_program, "{message}");
}

/// Where a program says which machine it is for, in the format of this system.
fn machine_of(program: &[u8]) -> usize {
    if cfg!(windows) {
        // The header of a PE file is where the number at 0x3c says, and begins with four letters.
        u32::from_le_bytes(program[0x3c..0x40].try_into().unwrap()) as usize + 4
    } else if cfg!(target_os = "macos") {
        4 // Mach-O
    } else {
        18 // ELF: see elf(5)
    }
}

/// What is missing, or wrong, and the exit code; each told apart from the others.
#[cfg(unix)]
#[test]
fn a_command_that_does_not_start_names_the_cause() {
    let script = |name: &str, text: &str, mode| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("causes");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join(name);
        write_program(&file, text.as_bytes());
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(&file, mode).unwrap();
        file.to_str().unwrap().to_string()
    };
    let elsewhere = script("elsewhere", "#!/no/such/python3 -u\n", 0o755);
    let windows_lines = script("windows-lines", "#!/bin/sh\r\nexit\r\n", 0o755);
    let elf = script("elf", "\x7fELF\x02 for nobody", 0o755);
    let text = script("text", "no program", 0o755);
    let not_marked = script("not-marked", "#!/bin/sh\n", 0o644);
    let below = format!("{text}/below");
    for (program, cause, code) in [
        ("no-such-command", "no such command", 127),
        ("/no/such/command", "no such command", 127),
        (&elsewhere, "its interpreter \"/no/such/python3\" isn't there", 127),
        (&windows_lines, "its interpreter \"/bin/sh\\r\" isn't there", 127),
        ("/", "it is a folder", 126),
        (&elf, "built for another kind of machine", 126),
        (&text, "neither a program nor a script", 126),
        (&not_marked, "see chmod +x", 126),
        (&below, "a part of its path is no folder", 126),
    ] {
        let error = call(&mut Command::new(program)).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(program) && message.contains(cause), "{program}: {message}");
        assert_eq!(error.exit_code(), code, "{message}");
    }
    let error = call(Command::new("ls").current_dir("/no/such/folder")).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("current folder \"/no/such/folder\" isn't there"), "{message}");
    assert_eq!(error.exit_code(), 127);
    if cfg!(target_os = "linux") {
        let _writer = fs::File::options().append(true).open(&windows_lines).unwrap();
        let error = call(&mut Command::new(&windows_lines)).unwrap_err();
        assert!(error.to_string().contains("open for writing; close it first"), "{error}");
        assert_eq!(error.exit_code(), 126);
    }
    // The PATH that counts is the command's own, in which the system looks for it.
    let folder = Path::new(&elsewhere).parent().unwrap();
    let error = call(Command::new("elsewhere").env("PATH", folder)).unwrap_err();
    assert!(error.to_string().contains("/no/such/python3"), "{error}");
}

#[test]
fn help_is_one_screen() {
    let help = text(&lesson(&["--help"]).stdout);
    assert!(help.starts_with("Lesson 2, "), "{help}");
    assert_eq!(text(&lesson(&["-h"]).stdout), help);
    assert!(help.lines().count() <= 24 && help.lines().all(|line| line.len() <= 101), "{help}");
}

#[test]
fn a_near_miss_names_the_flag() {
    for (typed, quoted) in [("--timeot", "--timeot"), ("--time", "--time"), ("-timeout", "-t")] {
        let message = text(&lesson(&[typed, "5"]).stderr);
        let meant =
            format!("subprocess-call: invalid option '{quoted}': did you mean --timeout?\n");
        assert!(message.starts_with(&meant), "{message}");
    }
}

#[test]
fn wrong_usage_is_a_sentence_and_exit_code_2() {
    for args in [&["--nope"][..], &["--timeout"], &["--timeout", "soon"], &["--timeout=-1"]] {
        let output = lesson(args);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        assert!(text(&output.stderr).starts_with("subprocess-call: "));
    }
}

#[test]
fn closed_stdout_ends_it_quietly() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut lesson = Command::new(MYSELF);
    lesson.args(["--", MYSELF, "--help"]).stdout(writer).stderr(Stdio::piped());
    let child = lesson.spawn().unwrap();
    drop(lesson);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

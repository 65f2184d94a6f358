//! What becomes of a difficult program: ours, CPython and other crates, each case in a process of its
//! own. Writes the table in README.md:
//! `cargo run -q --manifest-path scripts/bench/Cargo.toml --bin commands`

use std::error::Error;
use std::fs;
use std::io::{Write, stdout};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};

use communicate::{Options, communicate_timeout};
use process_wrap::std::{CommandWrap, ProcessGroup};
use subprocess::{Exec, Redirection};

type Done<T> = Result<T, Box<dyn Error>>;

/// What a contestant is asked for.
#[derive(Clone, Default)]
struct Case {
    program: Vec<&'static str>,
    input: Vec<u8>,
    merged: bool,
    timeout: Option<Duration>,
    max: Option<usize>,
}

/// What it returned: what it read, and the exit code if it gave one.
type Ran = (Vec<u8>, Option<i32>);

fn sh(script: &'static str) -> Case {
    Case { program: vec!["sh", "-c", script], ..Case::default() }
}

const ROWS: [(&str, &str); 9] = [
    ("deadlock", "16 MiB through `cat`: never deadlocks"),
    ("timeout", "a timeout keeps the output"),
    ("tree", "a timeout ends the tree"),
    ("bound", "bounded output"),
    ("ignored", "SIGCHLD ignored: the output comes"),
    ("reaped", "the host reaps: the output comes"),
    ("orphan", "a timeout isn't held up by an orphan that holds the pipe"),
    ("merged", "merged output in order"),
    ("interpreter", "a missing interpreter is named"),
];
const WHO: [&str; 6] =
    ["this project", "CPython", "std::process", "duct", "subprocess", "process-wrap"];
/// Longer than any case that ends by itself.
const NET: Duration = Duration::from_secs(8);

fn main() -> Done<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [row, who] = &args[..] {
        let verdict = judge(row, who).unwrap_or_else(|error| format!("no: {error}"));
        return Ok(stdout().write_all(verdict.lines().next().unwrap_or("no").as_bytes())?);
    }
    println!("| | {} |\n|---|{}", WHO.join(" | "), "---|".repeat(WHO.len()));
    for (row, name) in ROWS {
        let cells = WHO.map(|who| in_a_process(row, who).unwrap_or_else(|error| error.to_string()));
        println!("| {name} | {} |", cells.join(" | "));
    }
    Ok(())
}

fn in_a_process(row: &str, who: &str) -> Done<String> {
    let mut command = Command::new("env");
    command.args((row == "ignored").then_some("--ignore-signal=CHLD"));
    command.arg(std::env::current_exe()?).args([row, who]).stderr(Stdio::null());
    match communicate_timeout(&mut command, b"", NET) {
        Ok(output) if output.returncode == 0 => Ok(String::from_utf8(output.stdout)?),
        Ok(output) => Ok(format!("no: it panics or dies ({})", output.returncode)),
        Err(communicate::Error::TimedOut { .. }) => Ok("no: it hangs".into()),
        Err(error) => Err(error.into()),
    }
}

/// Half a second: the programs print at once.
const TIMEOUT: Option<Duration> = Some(Duration::from_millis(500));

fn judge(row: &str, who: &str) -> Done<String> {
    let orphan = "setsid sleep 30 & echo out";
    let script = std::env::temp_dir().join(format!("script-{}", std::process::id()));
    let case = match row {
        "deadlock" => Case { program: vec!["cat"], input: vec![b'x'; 16 << 20], ..Case::default() },
        "timeout" => Case { timeout: TIMEOUT, ..sh("echo out; exec sleep 30") },
        "tree" => Case { timeout: TIMEOUT, ..sh("sleep 30 >&- 2>&- & echo $!; wait") },
        "bound" => {
            Case { max: Some(1 << 20), timeout: Some(NET), program: vec!["yes"], ..Case::default() }
        }
        "orphan" => Case { timeout: TIMEOUT, ..sh(orphan) },
        "merged" => Case { merged: true, ..sh("echo 1; echo 2 >&2; echo 3; echo 4 >&2") },
        "interpreter" => {
            fs::write(&script, "#!/no/such/python3\n")?;
            fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
            Case { program: vec![script.to_string_lossy().into_owned().leak()], ..Case::default() }
        }
        _ => sh("echo out; exit 3"),
    };
    if row == "reaped" && who != "CPython" {
        thread::spawn(|| {
            loop {
                let _ = nix::sys::wait::waitpid(None, None);
            }
        });
    }
    let start = Instant::now();
    let once = || if who == "CPython" { python(row, &case) } else { run(who, &case) };
    let mut ran = once();
    // Who waits first is chance: the worst of many.
    for _ in 0..if row == "reaped" { 30 } else { 0 } {
        ran = if matches!(ran, Ok((_, Some(3)))) { once() } else { ran };
    }
    let _ = fs::remove_file(script);
    let text = |ran: &Ran| String::from_utf8_lossy(&ran.0).trim().to_string();
    let yes = |is: bool, but: &str| if is { "yes".into() } else { format!("no: {but}") };
    Ok(match (row, ran) {
        ("interpreter", Err(error)) => {
            yes(error.to_string().contains("/no/such"), &error.to_string())
        }
        (_, Err(error)) => format!("no: {error}"),
        ("deadlock", Ok(ran)) => yes(ran.0.len() == 16 << 20, "bytes are lost"),
        ("bound", Ok(ran)) => yes((1 << 20..2 << 20).contains(&ran.0.len()), "all of it is kept"),
        ("merged", Ok(ran)) => yes(text(&ran) == "1\n2\n3\n4", "in another order"),
        ("tree", Ok(ran)) => {
            thread::sleep(Duration::from_millis(100));
            let status =
                fs::read_to_string(format!("/proc/{}/stat", text(&ran))).unwrap_or_default();
            yes(status.is_empty() || status.contains(") Z"), "what it started goes on")
        }
        ("orphan", Ok(ran)) => {
            let in_time = start.elapsed() < Duration::from_secs(5);
            yes(
                in_time && text(&ran) == "out",
                if in_time { "the output is lost" } else { "it waits" },
            )
        }
        ("ignored" | "reaped", Ok(ran)) => match (text(&ran).as_str(), ran.1) {
            ("out", Some(3)) => "yes, with the code".into(),
            ("out", None) => "yes; an error says that the code is lost".into(),
            ("out", Some(code)) => format!("yes, but with a wrong exit code: {code}"),
            _ => "no: the output is lost".into(),
        },
        (_, Ok(ran)) => yes(text(&ran) == "out", "the output is lost"),
    })
}

fn code(status: ExitStatus) -> Option<i32> {
    status.code().or(status.signal().map(|signal| -signal))
}

fn run(who: &str, case: &Case) -> Done<Ran> {
    let mut command = Command::new(case.program[0]);
    command.args(&case.program[1..]);
    match who {
        "this project" => {
            use communicate::Error::{StatusUnknown, TimedOut, TooMuchOutput};
            let Case { input, timeout, max, merged, .. } = case;
            let (timeout, max_output, merged) = (*timeout, *max, *merged);
            let group = timeout.is_some();
            let options =
                Options { input, timeout, max_output, merged, group, ..Default::default() };
            match communicate::run(&mut command, &options) {
                Ok(output) => Ok((output.stdout, Some(output.returncode))),
                Err(StatusUnknown { output, .. }) => Ok((output.stdout, None)),
                Err(TimedOut { output, .. } | TooMuchOutput { output, .. }) => {
                    Ok((output.stdout, None))
                }
                Err(error) => Err(error.into()),
            }
        }
        "std::process" | "process-wrap" => std_or_wrap(who, command, case),
        "duct" => duct(case),
        _ => subprocess(case),
    }
}

/// As their docs show it: a thread writes, `wait_with_output` reads.
fn std_or_wrap(who: &str, mut command: Command, case: &Case) -> Done<Ran> {
    if case.max.is_some() {
        return Err("there is no such option".into());
    }
    if case.timeout.is_some() {
        return Err("there is no timeout".into());
    }
    let (reader, writer) = std::io::pipe()?;
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if case.merged {
        command.stdout(writer.try_clone()?).stderr(writer);
    } else {
        drop(writer);
    }
    let input = case.input.clone();
    let write = |stdin: Option<std::process::ChildStdin>| {
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&input)));
    };
    let output = if who == "process-wrap" {
        let mut wrapped = CommandWrap::from(command);
        let mut child = wrapped.wrap(ProcessGroup::leader()).spawn()?;
        drop(wrapped);
        write(child.stdin().take());
        child.wait_with_output()?
    } else {
        let mut child = command.spawn()?;
        drop(command);
        write(child.stdin.take());
        child.wait_with_output()?
    };
    let mut stdout = output.stdout;
    std::io::Read::read_to_end(&mut { reader }, &mut stdout)?;
    Ok((stdout, code(output.status)))
}

fn duct(case: &Case) -> Done<Ran> {
    if case.max.is_some() {
        return Err("there is no such option".into());
    }
    let command = duct::cmd(case.program[0], &case.program[1..]).unchecked();
    let command = if case.merged { command.stderr_to_stdout() } else { command.stderr_capture() };
    let running = command.stdin_bytes(&*case.input).stdout_capture().start()?;
    if let Some(timeout) = case.timeout
        && running.wait_timeout(timeout)?.is_none()
    {
        running.kill()?;
    }
    let output = running.wait()?;
    Ok((output.stdout.clone(), code(output.status)))
}

fn subprocess(case: &Case) -> Done<Ran> {
    let exec = Exec::cmd(case.program[0]).args(&case.program[1..]).stdin(case.input.clone());
    let stderr = if case.merged { Redirection::Merge } else { Redirection::Pipe };
    let mut job = exec.stdout(Redirection::Pipe).stderr(stderr).start()?;
    let mut talk = job.communicate()?;
    if let Some(timeout) = case.timeout {
        talk = talk.limit_time(timeout);
    }
    if let Some(max) = case.max {
        talk = talk.limit_size(max);
    }
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    if talk.read_to(&mut stdout, &mut stderr).is_err() || case.max.is_some() {
        job.kill()?;
        drop(talk);
    }
    let status = job.wait()?;
    let signal = status.signal().map(|signal| -signal);
    Ok((stdout, status.code().map(|code| code as i32).or(signal)))
}

/// Its program is beside the sources.
fn python(row: &str, case: &Case) -> Done<Ran> {
    static SCRIPT: LazyLock<String> =
        LazyLock::new(|| format!("{}/commands.py", env!("CARGO_MANIFEST_DIR")));
    let mut python = Command::new("python3");
    python.arg(&*SCRIPT).args([row, &case.timeout.map_or(0.0, |t| t.as_secs_f64()).to_string()]);
    let output = match communicate::communicate(python.args(&case.program), b"") {
        Err(communicate::Error::StatusUnknown { output, .. }) => output,
        output => output?,
    };
    let (first, rest) =
        output.stdout.split_at(output.stdout.iter().position(|b| *b == b'\n').unwrap_or(0));
    match String::from_utf8_lossy(first).split_once(' ') {
        Some(("code", code)) => Ok((rest[1..].to_vec(), code.parse().ok())),
        _ => Err(String::from_utf8_lossy(first).into()),
    }
}

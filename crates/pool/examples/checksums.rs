//! What `sha256sum` prints, for all files below a folder, computed by a pool: `checksums FOLDER`.
//! Ctrl-C ends all of it, since the workers end with this process.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use indicatif::ProgressBar;
use pool::Pool;
use sha2::{Digest, Sha256};
use task_utils::self_spawn;

fn main() -> ExitCode {
    pool::run_if_worker(checksum);
    let args: Vec<_> = self_spawn::args().skip(1).collect();
    let [folder] = &args[..] else {
        complain("give it one folder: cargo run -p pool --example checksums -- FOLDER");
        return ExitCode::from(2);
    };
    checksums(Path::new(folder)).unwrap_or_else(|error| {
        let kind = error.downcast_ref().map(io::Error::kind);
        if kind == Some(ErrorKind::BrokenPipe) {
            return ExitCode::SUCCESS; // `| head -1` has what it wanted
        }
        complain(&error.to_string());
        ExitCode::FAILURE
    })
}

/// Prints the lines in the order of the names, each as soon as it and those before it are known.
fn checksums(folder: &Path) -> Result<ExitCode, Box<dyn Error>> {
    ctrlc::set_handler(|| self_spawn::exit(130))?;
    let mut files = Vec::new();
    collect(folder, &mut files).map_err(|error| format!("{}: {error}", folder.display()))?;
    files.sort();
    let pool = Pool::builder(checksum).build()?; // a worker for each core
    let bar = ProgressBar::new(files.len() as u64); // on stderr; hidden if that is no terminal
    let mut code = ExitCode::SUCCESS;
    for (file, sum) in files.iter().zip(pool.imap(files.clone())) {
        // A file that can't be read and a worker that died are the same to the user.
        match sum.map_err(|error| error.to_string()).flatten() {
            Ok(sum) => bar.suspend(|| io::stdout().write_all(&line(&sum, file)))?,
            Err(why) => {
                bar.suspend(|| complain(&format!("{}: {why}", file.display())));
                code = ExitCode::FAILURE;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    pool.join()?;
    Ok(code)
}

/// The task. An error travels as its sentence, since `io::Error` can't be serialised.
fn checksum(file: OsString) -> Result<String, String> {
    let mut file = File::open(file).map_err(|error| error.to_string())?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 64 << 10]);
    loop {
        match file.read(&mut piece).map_err(|error| error.to_string())? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            n => hash.update(&piece[..n]),
        }
    }
}

/// All files below a folder, and what can't be looked into: its task will say why.
fn collect(folder: &Path, files: &mut Vec<OsString>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let is_listed = match entry.file_type()?.is_dir() {
            true => collect(&path, files).is_err(),
            false => fs::metadata(&path).map_or(true, |it| it.is_file()), // no pipe, no linked folder
        };
        if is_listed {
            files.push(path.into_os_string());
        }
    }
    Ok(())
}

/// As `sha256sum` writes it: what would break the line is escaped, and a `\` in front says so.
fn line(sum: &str, name: &OsStr) -> Vec<u8> {
    let mut escaped = Vec::new();
    for byte in name.as_encoded_bytes() {
        match byte {
            b'\n' => escaped.extend(br"\n"),
            b'\r' => escaped.extend(br"\r"),
            b'\\' if cfg!(unix) => escaped.extend(br"\\"),
            _ => escaped.push(*byte),
        }
    }
    let mark = if escaped.len() > name.len() { "\\" } else { "" };
    [mark.as_bytes(), sum.as_bytes(), b"  ", &escaped, b"\n"].concat()
}

fn complain(what: &str) {
    let _ = io::stderr().write_all(format!("checksums: {what}\n").as_bytes());
}

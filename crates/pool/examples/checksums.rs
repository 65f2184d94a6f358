//! What `sha256sum` prints, for all files below a folder, computed by a pool: `checksums FOLDER`.
//!
//! Ctrl-C ends all of it, since the workers end with this process.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::process::{self, ExitCode};

use indicatif::ProgressBar;
use pool::Pool;
use sha2::{Digest, Sha256};
use task_utils::respawn;

fn main() -> ExitCode {
    pool::run_if_worker(checksum);
    let args: Vec<_> = respawn::args().skip(1).collect();
    let [folder] = &args[..] else {
        complain("give it one folder: cargo run -p pool --example checksums -- FOLDER");
        return ExitCode::from(2);
    };
    match checksums(Path::new(folder)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) if reader_left(&*error) => ExitCode::SUCCESS, // `| head -1` has what it wanted
        Err(error) => {
            complain(&format!("{}: {error}", folder.display()));
            ExitCode::FAILURE
        }
    }
}

/// Prints the lines in the order of the names; answers whether all could be read.
fn checksums(folder: &Path) -> Result<bool, Box<dyn Error>> {
    ctrlc::set_handler(|| process::exit(130))?;
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let pool = Pool::builder(checksum).build()?; // a worker for each core
    let bar = ProgressBar::new(files.len() as u64); // on stderr; hidden if that is no terminal
    let mut all_read = true;
    for (file, sum) in files.iter().zip(pool.imap(files.clone())) {
        // A task that failed and a file that can't be read are the same to the user.
        match sum.map_err(|error| error.to_string()).flatten() {
            Ok(sum) => bar.suspend(|| io::stdout().write_all(&line(&sum, file)))?,
            Err(why) => {
                bar.suspend(|| complain(&format!("{}: {why}", file.display())));
                all_read = false;
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    pool.join()?;
    Ok(all_read)
}

/// The task. An error travels as its sentence, since `io::Error` can't be serialised.
fn checksum(file: OsString) -> Result<String, String> {
    let mut hash = Sha256::new();
    let mut add = |file: &OsStr| -> io::Result<()> {
        let mut file = File::open(file)?;
        let mut piece = vec![0; 64 << 10];
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(()),
                n => hash.update(&piece[..n]),
            }
        }
    };
    add(&file).map_err(|error| error.to_string())?;
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// All files below a folder. What turns out not to be readable is among them: its task will say why.
fn collect(folder: &Path, files: &mut Vec<OsString>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let is_read = match entry.file_type()?.is_dir() {
            true => collect(&path, files).is_err(),
            false => fs::metadata(&path).map_or(true, |it| it.is_file()), // no pipes, no linked folders
        };
        if is_read {
            files.push(path.into_os_string());
        }
    }
    Ok(())
}

/// As `sha256sum` writes it: a name that would break the line is escaped, with a `\` in front.
fn line(sum: &str, name: &OsStr) -> Vec<u8> {
    let name = name.as_encoded_bytes();
    let odd = |byte| matches!(byte, b'\n' | b'\r') || byte == b'\\' && cfg!(unix);
    let escaped = name.iter().any(|byte| odd(*byte));
    let mut line = format!("{}{sum}  ", if escaped { "\\" } else { "" }).into_bytes();
    for byte in name {
        match byte {
            b'\n' => line.extend(br"\n"),
            b'\r' => line.extend(br"\r"),
            b'\\' if escaped => line.extend(br"\\"),
            _ => line.push(*byte),
        }
    }
    line.push(b'\n');
    line
}

fn reader_left(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref().is_some_and(|error: &io::Error| error.kind() == ErrorKind::BrokenPipe)
}

fn complain(what: &str) {
    let _ = io::stderr().write_all(format!("checksums: {what}\n").as_bytes());
}

//! A SQLite connection for each thread: two threads write to one database file, and nothing is lost.
//! `cargo run -p thread-local --example sqlite`; `… -- school.db` keeps the file.

use std::cell::RefCell;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write, stderr};
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{env, process, thread};

use rusqlite::{Connection, ErrorCode};
use thread_local::{current, with};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const VISITS: u64 = 500;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

thread_local! { static CONNECTION: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) } }

fn open(file: &Path) -> Result<Rc<Connection>> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?; // wait while another connection writes
    connection.pragma_update(None, "synchronous", "NORMAL")?; // enough with a write-ahead log
    Ok(connection.into())
}

/// What a thread does. Returns how many changes its connection made, as SQLite counted them.
fn visits(file: &Path, name: &str) -> Result<u64> {
    with(&CONNECTION, open(file)?, || {
        (0..VISITS).try_for_each(|_| insert(name))?;
        Ok(connection()?.total_changes())
    })
}

/// The innermost function: no caller passes a connection to it.
fn insert(name: &str) -> Result<()> {
    connection()?.execute("INSERT INTO visits (name) VALUES (?)", [name])?;
    Ok(())
}

fn connection() -> Result<Rc<Connection>> {
    Ok(current(&CONNECTION).ok_or("this thread has no connection")?)
}

/// With a write-ahead log, one connection writes while others read. To switch it on needs the file
/// exclusively, and for that SQLite ignores its busy timeout: so try again here.
fn use_write_ahead_log(database: &Connection) -> rusqlite::Result<()> {
    let start = Instant::now();
    loop {
        match database.pragma_update(None, "journal_mode", "WAL") {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < BUSY_TIMEOUT =>
            {
                thread::sleep(Duration::from_millis(1));
            }
            done => return done,
        }
    }
}

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let args: Vec<_> = env::args_os().skip(1).collect();
    let file = match &args[..] {
        [] => folder.path().join("school.db"),
        [file] if !file.as_encoded_bytes().starts_with(b"-") => file.into(),
        _ => {
            writeln!(stderr(), "unknown arguments {args:?}: give one file, or none")?;
            process::exit(2)
        }
    };
    let database = open(&file)?;
    use_write_ahead_log(&database)?;
    database.execute("CREATE TABLE IF NOT EXISTS visits (name TEXT NOT NULL)", [])?;

    let names = ["Alice", "Bob"];
    let changes = thread::scope(|scope| {
        let threads = names.map(|name| {
            scope.spawn({
                let file = &file;
                move || visits(file, name)
            })
        });
        threads.map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into())))
    });
    for (name, changes) in names.iter().zip(changes) {
        say(format_args!("{name}: {} changes over one connection", changes?))?;
    }
    let rows: i64 = database.query_row("SELECT COUNT(*) FROM visits", [], |row| row.get(0))?;
    say(format_args!("{rows} rows in the file"))?;
    Ok(())
}

fn say(line: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}

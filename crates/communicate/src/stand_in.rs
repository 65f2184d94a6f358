//! Plays nslookup where there is none: a child process that answers its stdin as the notebook recorded.

use std::io::{self, BufRead, Write};

/// The argument that makes this program the stand-in.
pub const FLAG: &str = "--stand-in-for-nslookup";

/// What the lesson says then.
pub const NOTE: &str = "\
nslookup isn't installed (Debian: bind9-dnsutils, Fedora: bind-utils, macOS: brew install bind); \
a stand-in answers as recorded in the notebook";

const RECORDED: &str = "\
Server:\t\t116.228.111.118
Address:\t116.228.111.118#53

Non-authoritative answer:
python.org\tmail exchanger = 50 mail.python.org.

Authoritative answers can be found from:
";

/// Reads lines to `exit` or the end; answers `python.org` once `set q=mx` has come.
pub fn play() -> io::Result<()> {
    let mut mail = false;
    for line in io::stdin().lock().lines() {
        match line?.trim() {
            "set q=mx" => mail = true,
            "python.org" if mail => io::stdout().write_all(RECORDED.as_bytes())?,
            "exit" => break,
            other => writeln!(io::stdout(), "** the stand-in doesn't know {other}")?,
        }
    }
    writeln!(io::stdout())
}

//! A simulated nslookup for systems that have none: this program, started again with [`FLAG`], prints
//! what the notebook recorded.

use std::ffi::OsString;
use std::io::{self, BufRead, Write, stdin, stdout};
use std::{env, process};

const FLAG: &str = "--simulated-nslookup";

/// What the lesson says where nslookup is missing.
pub const NOTE: &str = "\
nslookup isn't installed (Debian: bind9-dnsutils, Fedora: bind-utils, macOS: brew install bind); \
a simulated program prints what the notebook recorded";

const SERVER: &str = "\
Server:\t\t116.228.111.118
Address:\t116.228.111.118#53

Non-authoritative answer:
";
const ADDRESS: &str = "\
www.python.org\tcanonical name = dualstack.python.map.fastly.net.
Name:\tdualstack.python.map.fastly.net
Address: 151.101.76.223

";
const MAIL: &str = "\
python.org\tmail exchanger = 50 mail.python.org.

Authoritative answers can be found from:
";

/// Whether no folder of PATH has an nslookup.
pub fn is_needed() -> bool {
    let name = format!("nslookup{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    !env::split_paths(&path).any(|folder| folder.join(&name).is_file())
}

/// The simulated program and its arguments, for `nslookup` with these.
pub fn command(args: &[OsString]) -> Vec<OsString> {
    let program = env::current_exe().unwrap_or_default();
    [&[program.into(), FLAG.into()], args].concat()
}

/// First line of `main`: if this process is the simulated program, it never returns.
pub fn run_if_simulated() {
    let mut args = env::args_os().skip(1);
    if args.next().is_some_and(|flag| flag == FLAG) {
        let ran = if args.next().is_some() { print(&[SERVER, ADDRESS]) } else { read_queries() };
        process::exit(ran.is_err().into());
    }
}

/// Reads lines up to `exit` or the end of stdin. It knows one name, and its mail exchanger alone.
fn read_queries() -> io::Result<()> {
    let mut mail = false;
    for line in stdin().lock().lines() {
        match line?.trim() {
            "set q=mx" => mail = true,
            "python.org" if mail => print(&[SERVER, MAIL])?,
            "exit" => break,
            other => print(&["** the simulated program doesn't know ", other, "\n"])?,
        }
    }
    print(&["\n"])
}

fn print(texts: &[&str]) -> io::Result<()> {
    stdout().write_all(texts.concat().as_bytes())
}

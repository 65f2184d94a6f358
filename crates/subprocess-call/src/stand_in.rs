//! Plays nslookup where there is none: a child process that prints what the notebook recorded.

use std::io::{self, Write};

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
www.python.org\tcanonical name = dualstack.python.map.fastly.net.
Name:\tdualstack.python.map.fastly.net
Address: 151.101.76.223

";

/// Prints the recorded answer to `nslookup www.python.org`.
pub fn play() -> io::Result<()> {
    io::stdout().write_all(RECORDED.as_bytes())
}

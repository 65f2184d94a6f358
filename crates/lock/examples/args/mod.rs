//! The arguments of an example: none, or one flag.

use std::io::{Write, stderr};
use std::{env, process};

/// Returns whether the argument is `flag`. With any other, the example ends with exit code 2.
pub fn has(flag: &str) -> bool {
    let args: Vec<_> = env::args_os().skip(1).collect();
    if !args.is_empty() && args != [flag] {
        let _ = writeln!(stderr(), "unknown arguments {args:?}: give {flag}, or none");
        process::exit(2);
    }
    !args.is_empty()
}

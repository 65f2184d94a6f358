//! The functions that children run, and the entry check that runs them.

use std::any::type_name;
use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use serde::de::DeserializeOwned;
use task_utils::pipe_writer::PipeWriter;
use task_utils::self_spawn::{self, Role};
use task_utils::{exit_with_parent, frame};

use crate::client::Client;
use crate::ends::{self, Arguments};

/// A function that a child runs, under the name by which the child finds it again.
///
/// `A` is what the function takes: a `Queue<T>`, or a tuple of queues, pipe ends and values with serde's
/// traits. A target with the name of another one must take another type. `R` is `()`, or a `Result`
/// whose error is printed on stderr.
///
/// ```
/// use ipc_queue::{Error, Queue, Target};
///
/// static COUNT: Target<(Queue<u32>, u32), Result<(), Error>> =
///     Target::new("count", |(queue, last)| (1..=last).try_for_each(|n| queue.put(&n)));
/// ```
pub struct Target<A, R = ()> {
    pub(crate) name: &'static str,
    run: fn(A) -> R,
}

impl<A, R> Target<A, R> {
    /// The function `run`, called `name`.
    pub const fn new(name: &'static str, run: fn(A) -> R) -> Self {
        Target { name, run }
    }

    pub(crate) fn role(&self) -> Role {
        Role::new("queue", format!("{}:{}", self.name, type_name::<fn(A) -> R>()))
    }
}

/// A [`Target`] of any type, for [`run_if_child`].
pub trait Entry: Sync {
    #[doc(hidden)]
    fn run_if_mine(&self) -> io::Result<Option<i32>>;
}

impl<A: DeserializeOwned, R: Outcome> Entry for Target<A, R> {
    fn run_if_mine(&self) -> io::Result<Option<i32>> {
        let Some(inherited) = self_spawn::inherited(&self.role())? else { return Ok(None) };
        exit_with_parent::watch(inherited.control, |_| ())?;
        let up = PipeWriter::new(inherited.up);
        // An error means that the parent is gone.
        let say = |byte| up.write_all(&[byte]).unwrap_or_else(|_| exit_with_parent::end_now());
        say(0); // the parent writes the arguments when it has read this
        let mut down = frame::Reader::new(inherited.down);
        let message = down.next()?.ok_or(ErrorKind::UnexpectedEof)?;
        let arguments = Arguments { ends: inherited.ends.into(), ..Arguments::default() };
        let decode = || frame::decode::<A>(&message[frame::HEADER..]);
        let (args, Arguments { clients, .. }) = ends::with(arguments, decode)?;
        let ran = catch_unwind(AssertUnwindSafe(|| (self.run)(args).error()));
        clients.iter().for_each(Client::leave); // the target may have leaked its queue
        // The panic hook has printed a panic.
        let code = ran.as_ref().map_or(101, |error| u8::from(error.is_some()));
        say(code); // for a parent that isn't told by the system
        if let Ok(Some(error)) = ran {
            complain(format_args!("{}: {error}", self.name));
        }
        Ok(Some(code.into()))
    }
}

/// What a target may return: `()`, or a `Result` whose error can be printed.
#[diagnostic::on_unimplemented(
    message = "a target can't return `{Self}`",
    note = "it returns `()`, or a `Result<(), E>` where `E` implements `Display`"
)]
pub trait Outcome: Sized {
    #[doc(hidden)]
    fn error(self) -> Option<String> {
        None
    }
}

impl Outcome for () {}

impl<E: Display> Outcome for Result<(), E> {
    fn error(self) -> Option<String> {
        self.err().map(|error| error.to_string())
    }
}

/// In a child for one of `targets`, runs the target and never returns; elsewhere does nothing.
///
/// The first line of `main`: what `if __name__ == '__main__':` is in Python. A child is this program
/// started again, and must not do again what the program does. The child's exit code is 0 when the target
/// returns, 1 when it returns an error, and 101 when it panics. The same on Windows, macOS and Linux.
///
/// ```
/// use ipc_queue::{Queue, Target, run_if_child};
///
/// static COUNT: Target<Queue<u32>> = Target::new("count", |queue| queue.put(&1).unwrap());
///
/// fn main() {
///     run_if_child(&[&COUNT]);
///     println!("not a child");
/// }
/// ```
pub fn run_if_child(targets: &[&dyn Entry]) {
    for target in targets {
        match target.run_if_mine() {
            Ok(None) => {}
            Ok(Some(code)) => exit(code),
            Err(error) => exit(complain(format_args!("can't start as a child: {error}"))),
        }
    }
}

/// One line on stderr; where even that is closed, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) -> i32 {
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    1
}

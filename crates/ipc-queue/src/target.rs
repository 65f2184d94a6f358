//! The functions that children run, and the entry check that runs them.

use std::any::type_name;
use std::fmt::Display;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;

use serde::de::DeserializeOwned;
use task_utils::handover::Inherited;
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
    name: &'static str,
    run: fn(A) -> R,
}

impl<A, R> Target<A, R> {
    /// The function `run`, called `name`.
    pub const fn new(name: &'static str, run: fn(A) -> R) -> Self {
        Target { name, run }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
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
        self_spawn::inherited(&self.role())?.map(|inherited| run(self, inherited)).transpose()
    }
}

/// What a target may return: `()`, or a `Result` whose error can be printed.
#[diagnostic::on_unimplemented(
    message = "a target can't return `{Self}`",
    note = "it returns `()`, or a `Result<(), E>` where `E` implements `Display`"
)]
pub trait Outcome {
    #[doc(hidden)]
    fn error(self) -> Option<String>;
}

impl Outcome for () {
    fn error(self) -> Option<String> {
        None
    }
}

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

/// Runs the target; returns the exit code. An error means that the parent is gone.
fn run<A: DeserializeOwned, R: Outcome>(
    target: &Target<A, R>,
    inherited: Inherited,
) -> io::Result<i32> {
    let Inherited { down, control, up, ends, .. } = inherited;
    exit_with_parent::watch(control, |_| ())?;
    let up = PipeWriter::new(up);
    up.write_all(&[0])?; // the parent writes the arguments when it has read this
    let message = frame::Reader::new(down).next()?.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec();
    let decode = || frame::decode::<A>(&message[frame::HEADER..]);
    let arguments =
        Arguments { ends: ends.into_iter().map(Some).collect(), ..Arguments::default() };
    let (args, Arguments { clients, .. }) = ends::with(arguments, decode)?;
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(args).error()));
    // The target may have leaked its queue. If the parent is gone, this process is about to end for that.
    let left = clients.iter().map(Client::leave).fold(Ok(()), io::Result::and);
    let code = match ran {
        Ok(None) => 0,
        Ok(Some(_)) if left.is_err() => 1,
        Ok(Some(error)) => complain(format_args!("{}: {error}", target.name)),
        Err(_) => 101, // the panic hook has printed the panic
    };
    let _ = up.write_all(&[code as u8]); // for a parent that isn't told by the system
    Ok(code)
}

/// One line on stderr; where even that is closed, the exit code is left (`eprintln!` would panic).
fn complain(line: impl Display) -> i32 {
    use io::Write;
    let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    1
}

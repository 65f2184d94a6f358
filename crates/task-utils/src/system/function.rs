//! A function as a number that means the same in a child.
//!
//! Its address differs from process to process, as the system loads the program somewhere else each
//! time; its distance from another function of the same program doesn't.

use std::io;

use serde::de::DeserializeOwned;

use crate::frame;

/// A function that a child can call, with an argument that comes in another way.
#[derive(Clone, Copy)]
pub struct Call {
    /// The numbers of an [`Invoke`] and of the function that it calls.
    invoke: i64,
    function: i64,
}

/// Calls a function by its number, with an argument from its bytes.
type Invoke = fn(i64, &[u8]) -> io::Result<()>;

impl Call {
    /// A call of `function`.
    #[must_use]
    pub fn new(function: fn()) -> Self {
        Call { invoke: number(invoke as Invoke as usize), function: number(function as usize) }
    }

    /// A call of `function` with an argument.
    #[must_use]
    pub fn with_argument<A: DeserializeOwned>(function: fn(A)) -> Self {
        let invoke = number(invoke_with::<A> as Invoke as usize);
        Call { invoke, function: number(function as usize) }
    }

    /// Calls the function with what [`frame::encode`] wrote, or with nothing.
    ///
    /// # Errors
    ///
    /// Those of [`frame::decode`].
    pub fn run(self, argument: &[u8]) -> io::Result<()> {
        // SAFETY: `new` and `with_argument` computed the number from an `Invoke`, see `address`.
        let invoke = unsafe { std::mem::transmute::<*const (), Invoke>(address(self.invoke)) };
        invoke(self.function, argument)
    }

    /// What [`from_label`](Self::from_label) understands in a child.
    pub(crate) fn label(call: Option<Self>) -> String {
        let Call { invoke, function } = call.unwrap_or(Call { invoke: 0, function: 0 });
        format!("{},{invoke},{function}", layout())
    }

    /// The call of a label; an error where another program wrote it.
    pub(crate) fn from_label(parts: &mut dyn Iterator<Item = &str>) -> io::Result<Option<Self>> {
        let mut number = || parts.next()?.parse().ok();
        match (number(), number(), number()) {
            (Some(its_layout), ..) if its_layout != layout() => {
                Err(io::Error::other("the program on disk is not the one that started this child"))
            }
            (Some(_), Some(invoke), Some(function)) => {
                Ok((invoke != 0).then_some(Call { invoke, function }))
            }
            _ => Err(io::ErrorKind::InvalidInput.into()),
        }
    }
}

fn invoke(function: i64, _: &[u8]) -> io::Result<()> {
    // SAFETY: `Call::new` computed the number from a `fn()`, see `address`.
    let function = unsafe { std::mem::transmute::<*const (), fn()>(address(function)) };
    function();
    Ok(())
}

fn invoke_with<A: DeserializeOwned>(function: i64, argument: &[u8]) -> io::Result<()> {
    let argument = frame::decode(argument)?;
    // SAFETY: `Call::with_argument` computed the number from a `fn(A)`, see `address`.
    let function = unsafe { std::mem::transmute::<*const (), fn(A)>(address(function)) };
    function(argument);
    Ok(())
}

/// A number that another build of the program has only by accident.
///
/// Also the place from which distances are measured. Never inlined: a function that is may stand in
/// the program more than once, and then each of its callers measures from another place.
#[inline(never)]
fn layout() -> i64 {
    number(crate::timed_task as fn(_) as usize)
        ^ number(crate::long_time_task as fn(_) as usize).rotate_left(32)
}

/// The distance from `layout`, whose own number is 0.
fn number(address: usize) -> i64 {
    (address as i64).wrapping_sub(layout as fn() -> i64 as usize as i64)
}

/// Where the function with this number is. A [`Call`] comes from this process or from a parent that runs
/// the same program: `self_spawn::program` starts the very file, and the layouts agree. So a function of
/// the same type is at the same distance here, and it is never null.
fn address(number: i64) -> *const () {
    let address = (layout as fn() -> i64 as usize as i64).wrapping_add(number) as usize;
    std::ptr::with_exposed_provenance(address)
}

//! A function as a number that means the same in a child.
//!
//! The address of a function differs from process to process, since the system loads the program at another
//! place each time. The distance between two places in the program is always the same.

use std::io;
use std::mem::transmute;
use std::ptr::{NonNull, with_exposed_provenance};

use serde::de::DeserializeOwned;

use crate::frame;

/// A function that a child can call. Its argument is sent separately.
///
/// The distance has no sign: libtest would take an argument that begins with `-` for an option.
#[derive(Clone, Copy)]
pub struct Call(pub(crate) usize);

/// Calls a function with the argument that these bytes contain.
type Invoke = fn(&[u8]) -> io::Result<()>;

/// The place from which distances are measured.
static ORIGIN: u8 = 0;

impl Call {
    /// A call of `function`. A closure that captures a value is a compile error, since a child doesn't have
    /// that value.
    pub fn new<A: DeserializeOwned, F: Fn(A) + Copy + Send + Sync + 'static>(_: F) -> Self {
        const { assert!(size_of::<F>() == 0, "this closure captures a value") };
        let address = invoke::<A, F> as Invoke as usize;
        Call(address.wrapping_sub(&raw const ORIGIN as usize))
    }

    /// Calls the function with what [`frame::encode`] wrote.
    ///
    /// # Errors
    ///
    /// The errors of [`frame::decode`].
    pub fn run(self, argument: &[u8]) -> io::Result<()> {
        let address = (&raw const ORIGIN as usize).wrapping_add(self.0);
        // SAFETY: `new` computed the distance of an `Invoke`, in this process or in its parent. Both run the
        // same file (`self_spawn::program` sees to it), so an `Invoke` is at this distance here, too.
        let invoke = unsafe { transmute::<*const (), Invoke>(with_exposed_provenance(address)) };
        invoke(argument)
    }
}

fn invoke<A: DeserializeOwned, F: Fn(A) + Copy>(argument: &[u8]) -> io::Result<()> {
    let argument = frame::decode(argument)?;
    // SAFETY: `Call::new` got an `F`, which is `Copy` and has no bytes, so this makes a copy of that one.
    let function = unsafe { NonNull::<F>::dangling().read() };
    function(argument);
    Ok(())
}

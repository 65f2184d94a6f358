//! A function as a number that means the same in a child.
//!
//! Its address differs from process to process, as the system loads the program somewhere else each
//! time; its distance from something else in the same program doesn't.

use std::io;
use std::mem::transmute;
use std::ptr::{NonNull, with_exposed_provenance};

use serde::de::DeserializeOwned;

use crate::frame;

/// A function that a child can call, with an argument that comes in another way.
#[derive(Clone, Copy)]
pub struct Call(pub(crate) isize);

/// Calls a function with an argument from its bytes.
type Invoke = fn(&[u8]) -> io::Result<()>;

/// The place from which distances are measured.
static ORIGIN: u8 = 0;

impl Call {
    /// A call of `function`. One that captures something doesn't compile: a child has only the program.
    pub fn new<A: DeserializeOwned, F: Fn(A) + Copy + Send + Sync + 'static>(_: F) -> Self {
        const { assert!(size_of::<F>() == 0, "a plain function is needed, this one captures a value") };
        let address = invoke::<A, F> as Invoke as usize;
        Call(address.wrapping_sub(&raw const ORIGIN as usize) as isize)
    }

    /// Calls the function with what [`frame::encode`] wrote.
    ///
    /// # Errors
    ///
    /// Those of [`frame::decode`].
    pub fn run(self, argument: &[u8]) -> io::Result<()> {
        let address = (&raw const ORIGIN as usize).wrapping_add_signed(self.0);
        // SAFETY: `new` measured the distance to an `Invoke`, in this process or in a parent whose program
        // is the same file (see `self_spawn::program`). So an `Invoke` is at the same distance here.
        let invoke = unsafe { transmute::<*const (), Invoke>(with_exposed_provenance(address)) };
        invoke(argument)
    }
}

fn invoke<A: DeserializeOwned, F: Fn(A) + Copy>(argument: &[u8]) -> io::Result<()> {
    let argument = frame::decode(argument)?;
    // SAFETY: `Call::new` took an `F`, so there is one, and any copy is as good. It has no bytes to read.
    let function = unsafe { NonNull::<F>::dangling().read() };
    function(argument);
    Ok(())
}

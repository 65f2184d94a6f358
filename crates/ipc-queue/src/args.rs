//! What a child's function is called with: plain values, queues and pipe ends, up to eight of them.

use std::io;

use serde::Serialize;
use task_utils::frame;

use crate::{Queue, Receiver, Sender};

/// An argument for a parameter of type `A`: the value itself, `&Queue<T>` for a `Queue<T>`, and `&str`
/// for a `String`. A pipe end moves to the child.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be passed for a parameter of type `{A}`",
    note = "pass the value itself, `&queue` for a `Queue<T>`, or a `&str` for a `String`",
    note = "a parameter's type must implement serde's `Serialize` and `Deserialize`"
)]
pub trait Arg<A> {
    #[doc(hidden)]
    fn append(&self, out: &mut Vec<u8>) -> io::Result<()>;
}

impl<A: Serialize> Arg<A> for A {
    fn append(&self, out: &mut Vec<u8>) -> io::Result<()> {
        frame::encode(self, out)
    }
}

impl<T> Arg<Queue<T>> for &Queue<T> {
    fn append(&self, out: &mut Vec<u8>) -> io::Result<()> {
        frame::encode(self, out)
    }
}

impl Arg<String> for &str {
    fn append(&self, out: &mut Vec<u8>) -> io::Result<()> {
        frame::encode(self, out)
    }
}

/// All arguments for a target that takes `A`: a tuple for a tuple, or a queue or pipe end alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the arguments of a `Target<{A}>`",
    note = "a target takes a tuple of up to eight values, or one queue or pipe end alone",
    note = "for a single plain value use a tuple of one: `Target<(u32,)>` and `start(&TARGET, (5,))`",
    note = "for no arguments use `()`: `Target<()>` and `start(&TARGET, ())`"
)]
pub trait Args<A> {
    #[doc(hidden)]
    fn append_all(&self, out: &mut Vec<u8>) -> io::Result<()>;
}

macro_rules! alone {
    ($($arg:ty => $parameter:ty),*) => {$(
        impl<T> Args<$parameter> for $arg {
            fn append_all(&self, out: &mut Vec<u8>) -> io::Result<()> {
                Arg::<$parameter>::append(self, out)
            }
        }
    )*};
}

alone!(&Queue<T> => Queue<T>, Sender<T> => Sender<T>, Receiver<T> => Receiver<T>);

// As bytes, a tuple is its members one after the other.
macro_rules! tuples {
    ($(($($arg:ident $parameter:ident),*))*) => {$(
        impl<$($parameter, $arg: Arg<$parameter>),*> Args<($($parameter,)*)> for ($($arg,)*) {
            #[allow(non_snake_case, unused_variables, reason = "a member is called as its type")]
            fn append_all(&self, out: &mut Vec<u8>) -> io::Result<()> {
                let ($($arg,)*) = self;
                $($arg.append(out)?;)*
                Ok(())
            }
        }
    )*};
}

tuples! {
    ()
    (A1 P1)
    (A1 P1, A2 P2)
    (A1 P1, A2 P2, A3 P3)
    (A1 P1, A2 P2, A3 P3, A4 P4)
    (A1 P1, A2 P2, A3 P3, A4 P4, A5 P5)
    (A1 P1, A2 P2, A3 P3, A4 P4, A5 P5, A6 P6)
    (A1 P1, A2 P2, A3 P3, A4 P4, A5 P5, A6 P6, A7 P7)
    (A1 P1, A2 P2, A3 P3, A4 P4, A5 P5, A6 P6, A7 P7, A8 P8)
}

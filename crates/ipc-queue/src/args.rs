//! What a child's function is called with: plain values, queues and pipe ends, up to eight of them.

use serde::Serialize;

use crate::{Queue, Receiver, Sender};

/// An argument for a parameter of type `A`: the value itself, `&Queue<T>` for a `Queue<T>`, and `&str`
/// for a `String`. A pipe end moves to the child.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be passed for a parameter of type `{A}`",
    note = "pass the value itself, `&queue` for a `Queue<T>`, or a `&str` for a `String`",
    note = "a parameter's type must implement serde's `Serialize` and `Deserialize`"
)]
pub trait Arg<A>: Serialize {}

impl<A: Serialize> Arg<A> for A {}
impl<T> Arg<Queue<T>> for &Queue<T> {}
impl Arg<String> for &str {}

/// All arguments for a target that takes `A`: a tuple for a tuple, or a queue or pipe end alone.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be the arguments of a `Target<{A}>`",
    note = "a target takes a tuple of up to eight values, or one queue or pipe end alone",
    note = "for a single plain value use a tuple of one: `Target<(u32,)>` and `start(&TARGET, (5,))`",
    note = "for no arguments use `()`: `Target<()>` and `start(&TARGET, ())`"
)]
pub trait Args<A>: Serialize {}

impl<T> Args<Queue<T>> for &Queue<T> {}
impl<T> Args<Sender<T>> for Sender<T> {}
impl<T> Args<Receiver<T>> for Receiver<T> {}

/// Tuples of as many members as there are pairs, and all shorter ones, down to `()`.
macro_rules! tuples {
    () => { impl Args<()> for () {} };
    ($arg:ident $parameter:ident $($args:ident $parameters:ident)*) => {
        impl<$parameter, $arg: Arg<$parameter>, $($parameters, $args: Arg<$parameters>),*>
            Args<($parameter, $($parameters),*)> for ($arg, $($args),*) {}
        tuples!($($args $parameters)*);
    };
}

tuples!(A1 P1 A2 P2 A3 P3 A4 P4 A5 P5 A6 P6 A7 P7 A8 P8);

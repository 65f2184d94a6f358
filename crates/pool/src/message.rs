//! The messages between the pool and a worker.
//!
//! The pool sends one request at a time, a header and the arguments of a batch of tasks, and reads
//! responses until each task has a result or was returned. Before the first request comes the argument
//! of the initializer.

use std::io;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use task_utils::frame;

use crate::batch::Raw;
use crate::error::TaskError;

/// To a worker: what stands before the arguments of a batch.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) struct Request {
    /// How many arguments follow.
    pub count: usize,
    /// Whether results may wait for each other, as only all of them together are of use.
    pub all_or_nothing: bool,
}

/// From a worker.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub(crate) enum Response {
    /// The program has reached its entry check, and waits for the initializer's argument.
    Hello,
    /// The initializer is done, or has failed; then the worker ends.
    Initialized(Result<(), String>),
    /// Results of the batch follow.
    Results,
    /// The last so many tasks of the batch were not begun and won't be.
    Returned(usize),
}

/// Why a task has no result, as the worker says it.
#[derive(Serialize, Deserialize)]
pub(crate) enum Failure {
    Panicked(String),
    ArgumentNotRead(String),
    ResultNotSent(String),
}

/// A message of a header and `items`.
pub(crate) fn encode(header: &impl Serialize, items: &[&[u8]]) -> io::Result<Vec<u8>> {
    let length: usize = items.iter().map(|item| item.len()).sum();
    let mut message = Vec::with_capacity(length + 32);
    frame::append(&mut message, |out| {
        frame::encode(header, out)?;
        items.iter().for_each(|item| out.extend_from_slice(item));
        Ok(())
    })?;
    Ok(message)
}

/// The header of a message, and the items behind it.
pub(crate) fn decode<H: DeserializeOwned>(message: &[u8]) -> io::Result<(H, Items<'_>)> {
    let (header, items) = frame::decode_first(&message[frame::HEADER..])?;
    Ok((header, Items(items)))
}

/// The arguments or results in the rest of a message.
pub(crate) struct Items<'a>(pub &'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = io::Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| frame::split_first(&mut self.0))
    }
}

/// In the worker: appends how a task ended; a result that can't be sent becomes an error that can.
pub(crate) fn append_outcome<R: Serialize>(out: &mut Vec<u8>, outcome: Result<R, Failure>) {
    let outcome = outcome.as_ref();
    let appended = frame::append_item(out, |out| {
        frame::encode(&outcome.map(drop), out)?;
        outcome.map_or(Ok(()), |result| frame::encode(result, out))
    });
    if let Err(error) = appended {
        append_outcome::<()>(out, Err(Failure::ResultNotSent(error.to_string())));
    }
}

/// In the pool: what [`append_outcome`] wrote.
pub(crate) fn decode_outcome<R: DeserializeOwned>(item: &[u8]) -> Result<R, TaskError> {
    let not_sent = |what, why| TaskError::NotSent { what, why };
    let result_lost = |error: io::Error| not_sent("result", error.to_string());
    let (outcome, result) =
        frame::decode_first::<Result<(), Failure>>(item).map_err(result_lost)?;
    match outcome {
        Ok(()) => frame::decode(result).map_err(result_lost),
        Err(Failure::Panicked(message)) => Err(TaskError::Panicked(message)),
        Err(Failure::ArgumentNotRead(why)) => Err(not_sent("argument", why)),
        Err(Failure::ResultNotSent(why)) => Err(not_sent("result", why)),
    }
}

/// In the pool: the one result that [`append_outcome`] wrote.
pub(crate) fn decode_one<R: DeserializeOwned>(raw: Raw) -> Result<R, TaskError> {
    let results = raw?;
    let item = Items(&results).next().and_then(Result::ok);
    decode_outcome(item.unwrap_or_default())
}

/// In the pool: appends the results, each of which [`append_outcome`] wrote, up to the first error.
pub(crate) fn decode_all<R: DeserializeOwned>(raw: Raw, out: &mut Vec<R>) -> Result<(), TaskError> {
    for item in Items(&raw?) {
        out.push(decode_outcome(item.unwrap_or_default())?); // it is whole: `Batch::reply` has counted it
    }
    Ok(())
}

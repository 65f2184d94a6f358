//! The messages between the pool and a worker.
//!
//! A batch is a header and then the tasks' arguments, each a message of its own within the message,
//! so that a batch can be cut between any two tasks without knowing their type. Results come in the
//! order of the tasks, in batches too.

use std::io;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use task_utils::frame;

use crate::error::TaskError;

/// Down: what stands before the arguments of a batch.
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) struct Batch {
    /// Counts the batches of this worker, from 1.
    pub number: u64,
    /// How many tasks follow.
    pub count: u64,
    /// Whether results may wait for each other, since only all of them together are of use.
    pub bulk: bool,
}

/// Control: "give back what you have not begun, up to the batch with this number".
#[derive(Serialize, Deserialize, Clone, Copy)]
pub(crate) struct GiveBack {
    pub through: u64,
}

/// Up: what a worker says.
#[derive(Serialize, Deserialize, Clone, Copy, Debug)]
pub(crate) enum Word {
    /// The guard stands at the top of `main`.
    Hello,
    /// The initializer is done.
    Ready,
    /// `count` results of the batch `number` follow.
    Results { number: u64, count: u64 },
    /// Nothing of the batches `number` to `through` will be run, but for the first `kept` tasks of
    /// the batch `number`.
    GaveBack { number: u64, kept: u64, through: u64 },
}

/// Appends a message that is only a header, or starts with one: `rest` follows it.
pub(crate) fn push(out: &mut Vec<u8>, header: &impl Serialize, rest: &[u8]) -> io::Result<()> {
    frame::append(out, |out| {
        frame::encode(header, out)?;
        out.extend_from_slice(rest);
        Ok(())
    })
}

/// What a worker says, and where in the message its results start, which are as many as it says.
pub(crate) fn word(message: &[u8]) -> io::Result<(Word, usize)> {
    let (word, rest) = frame::decode_first(&message[frame::HEADER..])?;
    let there = Items(rest).try_fold(0, |n, item| item.map(|_| n + 1))?;
    match word {
        Word::Results { count, .. } if count != there => {
            Err(frame::garbage("a wrong number of results"))
        }
        _ => Ok((word, message.len() - rest.len())),
    }
}

/// The arguments or results in the rest of a message.
pub(crate) struct Items<'a>(pub &'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = io::Result<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| frame::split_first(&mut self.0))
    }
}

const OK: u8 = 0;
const PANICKED: u8 = 1;
const NOT_SENT: u8 = 2;
const NOT_UNDERSTOOD: u8 = 3;

/// How one task ended, in the worker.
pub(crate) enum Outcome<R> {
    Ok(R),
    Panicked(String),
    NotUnderstood(io::Error),
}

/// Appends how a task ended; a result that can't be sent becomes an error that can.
pub(crate) fn push_outcome<R: Serialize>(out: &mut Vec<u8>, outcome: &Outcome<R>) {
    let told = |out: &mut Vec<u8>, kind, text: &str| {
        let text = text.get(..text.floor_char_boundary(frame::MAX)).unwrap_or_default();
        let _ = frame::append_item(out, |out| {
            out.push(kind);
            out.extend_from_slice(text.as_bytes());
            Ok(())
        });
    };
    match outcome {
        Outcome::Ok(result) => {
            let sent = frame::append_item(out, |out| {
                out.push(OK);
                frame::encode(result, out)
            });
            if let Err(error) = sent {
                told(out, NOT_SENT, &error.to_string());
            }
        }
        Outcome::Panicked(message) => told(out, PANICKED, message),
        Outcome::NotUnderstood(error) => told(out, NOT_UNDERSTOOD, &error.to_string()),
    }
}

/// What [`push_outcome`] wrote, in the pool.
pub(crate) fn outcome<R: DeserializeOwned>(item: &[u8]) -> Result<R, TaskError> {
    let not_sent = |what, why: String| Err(TaskError::NotSent { what, why });
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    match item {
        [OK, value @ ..] => {
            frame::decode(value).or_else(|error| not_sent("result", error.to_string()))
        }
        [PANICKED, message @ ..] => Err(TaskError::Panicked(text(message))),
        [NOT_SENT, why @ ..] => not_sent("result", text(why)),
        [NOT_UNDERSTOOD, why @ ..] => not_sent("argument", text(why)),
        _ => not_sent("result", "garbage in a message".into()),
    }
}

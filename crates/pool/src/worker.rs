//! The child's side: reads tasks, runs them on the main thread, writes what became of them.
//!
//! Two threads. The main thread reads a batch and runs its tasks; a task's result is written before
//! the next task starts, so that when this process dies, one task at most was half done. The
//! lifeline thread ends the process when the parent is gone, and answers when the parent asks for
//! tasks back, also while the main thread is in a long one: then nobody else reads the pipe of
//! tasks, so it may.

use std::any::Any;
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use os_pipe::{PipeReader, PipeWriter};
use serde::{Serialize, de::DeserializeOwned};
use task_utils::handover::Inherited;
use task_utils::{exit_with_parent, frame};

use crate::wire::{self, Batch, GiveBack, Outcome, Word};

/// Serves tasks until the parent has no more, then ends the process.
pub(crate) fn serve<T, R>(task: impl Fn(T) -> R, inherited: Inherited) -> !
where
    T: DeserializeOwned,
    R: Serialize,
{
    // Open until the process ends: for the parent, the end of this pipe is the end of the worker.
    let up = Arc::new(Mutex::new(inherited.up));
    let inbox = Arc::new(Mutex::new(Inbox::new(inherited.down)));
    let start = || -> io::Result<()> {
        say(&up, Word::Hello, &[])?;
        let give_back = give_back(Arc::clone(&inbox), Arc::clone(&up));
        exit_with_parent::watch(inherited.control, give_back).inspect_err(|error| {
            let _ = writeln!(io::stderr(), "a worker can't start a thread: {error}");
        })?;
        if let Some(initializer) = inherited.initializer {
            initializer();
        }
        say(&up, Word::Ready, &[])
    };
    let served = catch_unwind(AssertUnwindSafe(|| start().and_then(|()| run(task, &inbox, &up))));
    process::exit(match served {
        Ok(Ok(())) => 0,
        Ok(Err(_)) => 1, // the pipe broke: the parent is gone, or has given this worker up
        Err(_) => 101,   // the initializer panicked, and the panic hook has said so
    })
}

fn run<T: DeserializeOwned, R: Serialize>(
    task: impl Fn(T) -> R,
    inbox: &Mutex<Inbox<PipeReader>>,
    up: &Mutex<impl Write>,
) -> io::Result<()> {
    let mut results = Results::default();
    loop {
        let Some((batch, arg)) = lock(inbox).next(&mut results, up)? else { return Ok(()) };
        let outcome = match arg {
            Err(error) => Outcome::NotUnderstood(error),
            Ok(arg) => match catch_unwind(AssertUnwindSafe(|| task(arg))) {
                Ok(result) => Outcome::Ok(result),
                Err(panic) => Outcome::Panicked(message(&*panic)),
            },
        };
        results.push(batch.number, &outcome);
        if !batch.bulk || results.due() {
            results.flush(up)?;
        }
    }
}

/// What a panic said: `panic!` carries a `&str` or a `String`, `panic_any` whatever it likes.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_string()
}

/// The tasks that have come: in the pipe, and read but not begun.
pub(crate) struct Inbox<P> {
    frames: frame::Reader<P>,
    batches: VecDeque<Received>,
    /// The number of the last batch that was read.
    last: u64,
}

struct Received {
    batch: Batch,
    message: Vec<u8>,
    begun: u64,
    /// Where in the message the next task's argument stands.
    offset: usize,
}

impl<P: Read> Inbox<P> {
    pub fn new(down: P) -> Self {
        Inbox { frames: frame::Reader::new(down), batches: VecDeque::new(), last: 0 }
    }

    /// The next task, waiting for it; `None` when there will be none. No result is held back
    /// meanwhile.
    pub fn next<T: DeserializeOwned>(
        &mut self,
        results: &mut Results,
        up: &Mutex<impl Write>,
    ) -> io::Result<Option<(Batch, io::Result<T>)>> {
        loop {
            if let Some(received) = self.batches.front_mut() {
                if received.begun < received.batch.count {
                    let batch = received.batch;
                    return Ok(Some((batch, frame::decode(received.next()?))));
                }
                self.batches.pop_front();
            }
            results.flush(up)?; // they are of the batch that ended, and whoever waits must not hold any
            if self.batches.is_empty() && !self.read()? {
                return Ok(None);
            }
        }
    }

    /// Reads one batch; `false` at the end of the pipe.
    fn read(&mut self) -> io::Result<bool> {
        let Some(message) = self.frames.next()? else { return Ok(false) };
        let (batch, items) = frame::decode_first::<Batch>(&message[frame::HEADER..])?;
        self.last = batch.number;
        let offset = message.len() - items.len();
        self.batches.push_back(Received { batch, message, begun: 0, offset });
        Ok(true)
    }

    /// Forgets what was not begun and says what that is, as a message of the batches up to `through`.
    pub fn give_back(&mut self, through: u64) -> io::Result<Word> {
        while self.last < through && self.read()? {}
        let mut left = self.batches.iter().filter(|received| received.begun < received.batch.count);
        let (number, kept) =
            left.next().map_or((u64::MAX, 0), |first| (first.batch.number, first.begun));
        self.batches.clear();
        Ok(Word::GaveBack { number, kept, through: self.last })
    }
}

impl Received {
    fn next(&mut self) -> io::Result<&[u8]> {
        let mut rest = &self.message[self.offset..];
        let arg = frame::split_first(&mut rest)?;
        self.offset = self.message.len() - rest.len();
        self.begun += 1;
        Ok(arg)
    }
}

/// Results of one batch that aren't written yet.
pub(crate) struct Results {
    number: u64,
    count: u64,
    items: Vec<u8>,
    since: Instant,
}

impl Default for Results {
    fn default() -> Self {
        Results { number: 0, count: 0, items: Vec::new(), since: Instant::now() }
    }
}

impl Results {
    fn push<R: Serialize>(&mut self, number: u64, outcome: &Outcome<R>) {
        self.number = number;
        self.count += 1;
        wire::push_outcome(&mut self.items, outcome);
    }

    /// Whether results of a bulk have waited for enough, or long enough.
    fn due(&self) -> bool {
        self.items.len() > 32 << 10 || self.since.elapsed() > Duration::from_millis(2)
    }

    fn flush(&mut self, up: &Mutex<impl Write>) -> io::Result<()> {
        if self.count > 0 {
            say(up, Word::Results { number: self.number, count: self.count }, &self.items)?;
            (self.count, self.since) = (0, Instant::now());
            self.items.clear();
        }
        Ok(())
    }
}

/// The lifeline's answer to "give back". While the main thread waits in the inbox for tasks, this
/// waits for the inbox: then nothing is there to be given back, and the parent doesn't wait for it.
fn give_back(
    inbox: Arc<Mutex<Inbox<PipeReader>>>,
    up: Arc<Mutex<PipeWriter>>,
) -> impl FnMut(&[u8]) + Send + 'static {
    move |message| {
        // An error here is one of the pipe's, which the main thread or the parent meets as well.
        let _ = frame::decode::<GiveBack>(message).and_then(|asked| {
            // Held until it is said: no result of a later batch may come before it.
            let mut inbox = lock(&inbox);
            let word = inbox.give_back(asked.through)?;
            say(&up, word, &[])
        });
    }
}

fn say(up: &Mutex<impl Write>, word: Word, rest: &[u8]) -> io::Result<()> {
    let mut message = Vec::with_capacity(rest.len() + 64);
    wire::push(&mut message, &word, rest)?;
    lock(up).write_all(&message)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! A worker process, from the pool's side.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use shared_child::SharedChild;
use task_utils::child_end::{ChildEnd, ChildReader, EndSignal};
use task_utils::pipe_writer::PipeWriter;
use task_utils::{frame, self_spawn};

use crate::batch::Batch;
use crate::builder::Config;
use crate::message::{self, Response};

/// The arguments of a worker if this may be a program of tests: it runs only the test in `test_workers!`.
const LIBTEST_ARGS: [&str; 3] = ["--include-ignored", "--nocapture", "--test-threads=1"];

/// What several threads need of a worker.
pub(crate) struct Process {
    pub child: SharedChild,
    /// The end of this pipe would be the end of the worker.
    control: PipeWriter,
    /// Its id may be another process's by now.
    reaped_elsewhere: AtomicBool,
    /// It was asked to return tasks, and has not responded yet.
    pub asked: AtomicBool,
    /// It was killed, as its task took too long.
    pub timed_out: AtomicBool,
}

impl Process {
    /// Kills it, unless its end is known already.
    pub fn kill(&self) {
        if !self.reaped_elsewhere.load(SeqCst) {
            let _ = self.child.kill(); // the one error left is that it just ended
        }
    }

    /// Waits for its end. `None` if the program ignores SIGCHLD or another part of it has waited for the
    /// process: then that has ended, and nobody knows how.
    pub fn wait(&self) -> Option<ExitStatus> {
        let status = self.child.wait().ok();
        self.reaped_elsewhere.fetch_or(status.is_none(), SeqCst);
        status
    }

    /// Has it return the tasks that it has not begun, unless it has yet to respond to the last time. Returns
    /// whether it was asked.
    pub fn ask_to_return(&self) -> bool {
        let asked = !self.asked.swap(true, SeqCst);
        if asked {
            // An empty message. A broken pipe is the end of the worker, which others see.
            let message = message::encode(&(), &[]);
            let _ = message.and_then(|message| self.control.write_all(&message));
        }
        asked
    }
}

/// A worker, for the thread that talks to it.
pub(crate) struct Worker {
    pub process: Arc<Process>,
    pub requests: PipeWriter,
    responses: frame::Reader<ChildReader>,
    /// How many more tasks it gets.
    pub tasks_left: Option<usize>,
    /// Whether it has got any.
    pub used: bool,
}

impl Worker {
    /// Starts a worker; the signal is for whoever waits for its end.
    pub fn start(config: &Config) -> io::Result<(Self, EndSignal)> {
        // A worker that makes a pool of its own has passed an entry check, maybe not this one.
        let args: Vec<OsString> = match config.has_entry_check || self_spawn::is_child() {
            true => self_spawn::args().skip(1).collect(),
            false => LIBTEST_ARGS.map(Into::into).into(),
        };
        let (signal, end) = ChildEnd::new()?;
        let started = self_spawn::start(&config.role, config.initializer, args, Vec::new())?;
        let process = Process {
            child: SharedChild::new(started.process)?,
            control: PipeWriter::to_child(started.control, end.clone())?,
            reaped_elsewhere: AtomicBool::new(false),
            asked: AtomicBool::new(false),
            timed_out: AtomicBool::new(false),
        };
        let worker = Worker {
            process: Arc::new(process),
            requests: PipeWriter::to_child(started.down, end.clone())?,
            responses: frame::Reader::new(ChildReader::new(started.up, end)),
            tasks_left: config.max_tasks,
            used: false,
        };
        Ok((worker, signal))
    }

    /// Sends a batch.
    pub fn send(&mut self, batch: &mut Batch) -> io::Result<()> {
        self.requests.write_all(&batch.request()?)?;
        batch.sent = true; // all of it, or the worker hasn't begun any
        Ok(())
    }

    /// Waits for a response; returns it, and the items behind it.
    pub fn receive(&mut self) -> io::Result<(Response, Vec<u8>)> {
        let message = self.responses.next()?.ok_or(ErrorKind::UnexpectedEof)?;
        let (response, items) = message::decode(message)?;
        Ok((response, items.0.to_vec()))
    }

    /// Ends a worker that will say nothing more, or nothing that makes sense.
    pub fn end(self) -> Option<ExitStatus> {
        self.process.kill(); // nothing to one that is ending by itself
        self.process.wait()
    }
}

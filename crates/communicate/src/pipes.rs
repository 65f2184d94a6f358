//! Moves bytes through pipes, with a thread for each, since no single system call waits for all of them
//! on every system.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Read, Write, pipe};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, Scope};
use std::time::{Duration, Instant};

#[cfg(unix)]
use nix::sys::signal::{SigSet, Signal::SIGPIPE};

use crate::{Options, Output};

/// What one read takes out of a pipe, and what a pipe of Linux holds where the input is long.
const WIDE: usize = 1 << 20;

/// Where a pipe's bytes belong.
type Part = fn(&mut Output) -> &mut Vec<u8>;

/// What was read, and how many bytes more may be kept.
type Kept = (Output, usize);

pub(crate) struct Pipes {
    kept: Arc<Mutex<Kept>>,
    /// How each thread ended. Disconnected when all of them have.
    ends: Receiver<io::Result<()>>,
}

impl Pipes {
    /// Makes three pipes for the command, and starts the threads that move their bytes.
    ///
    /// They end with the pipes. A thread of the scope has to end before the scope does: where this
    /// process may stop waiting for the pipes, the writing thread is outside the scope, with a copy of
    /// the input.
    pub fn start<'scope>(
        command: &mut Command,
        options: &Options<'scope>,
        scope: &'scope Scope<'scope, '_>,
    ) -> io::Result<Self> {
        let (stdin, stdout, mut stderr) = (pipe()?, pipe()?, pipe()?);
        if options.merged {
            stderr.1 = stdout.1.try_clone()?; // nobody writes to the other pipe now
        }
        // 256 MiB go through `cat` 1.15 times as fast, since it and we wait less often for each other.
        // A pipe holds 64 KiB otherwise; more input than that is worth some memory.
        #[cfg(target_os = "linux")]
        if options.input.len() > 64 << 10 {
            use nix::fcntl::{FcntlArg::F_SETPIPE_SZ, fcntl};
            let _ = fcntl(&stdin.1, F_SETPIPE_SZ(WIDE as i32)); // the system may not allow it
            let _ = fcntl(&stdout.1, F_SETPIPE_SZ(WIDE as i32));
        }
        command.stdin(stdin.0).stdout(stdout.1).stderr(stderr.1);

        let (sender, ends) = channel();
        let (end, input) = (sender.clone(), options.input);
        if options.timeout.is_none() && options.max_output.is_none() {
            Builder::new().spawn_scoped(scope, move || end.send(write(stdin.1, input)))?;
        } else {
            let input = input.to_vec();
            Builder::new().spawn(move || end.send(write(stdin.1, &input)))?;
        }
        let max_output = options.max_output.unwrap_or(usize::MAX);
        let kept = Arc::new(Mutex::new((Output::default(), max_output)));
        let parts: [Part; 2] = [|all| &mut all.stdout, |all| &mut all.stderr];
        for (pipe, part) in [stdout.0, stderr.0].into_iter().zip(parts) {
            let (end, kept) = (sender.clone(), kept.clone());
            Builder::new().spawn(move || end.send(read(pipe, part, &kept)))?;
        }
        Ok(Pipes { kept, ends })
    }

    /// Waits until all pipes are at their end. After the deadline the error is `TimedOut`.
    pub fn wait_until(&self, deadline: Option<Instant>) -> io::Result<()> {
        loop {
            let left = deadline.map(|end| end.saturating_duration_since(Instant::now()));
            match self.ends.recv_timeout(left.unwrap_or(Duration::MAX)) {
                Ok(end) => end?,
                Err(RecvTimeoutError::Timeout) => return Err(ErrorKind::TimedOut.into()),
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// What was read. A reader that is left behind ends with the next byte.
    pub fn take(self) -> Output {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *kept).0
    }
}

/// Reads to the end. If more comes than may be kept, the error is `QuotaExceeded`.
///
/// One buffer is filled again and again, and its pieces are copied: 256 MiB come 1.4 times as fast as
/// by `read_to_end`. That reads into new memory, which the system has to find while it keeps the
/// writer out of the pipe.
fn read(mut pipe: PipeReader, part: Part, kept: &Mutex<Kept>) -> io::Result<()> {
    let mut buffer = vec![0; WIDE];
    loop {
        let read = match pipe.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = read.min(kept.1);
        kept.1 -= fits;
        part(&mut kept.0).extend_from_slice(&buffer[..fits]);
        if fits < read {
            return Err(ErrorKind::QuotaExceeded.into());
        }
    }
}

/// Writes all of `input` and closes the pipe. The program need not read it.
///
/// In a process that has given SIGPIPE its default effect back, that signal would end the process. So
/// it is blocked in this thread, which has to be one of our own.
fn write(mut pipe: PipeWriter, input: &[u8]) -> io::Result<()> {
    #[cfg(unix)]
    let _ = SigSet::from(SIGPIPE).thread_block(); // can't fail with a real signal
    match pipe.write_all(input) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

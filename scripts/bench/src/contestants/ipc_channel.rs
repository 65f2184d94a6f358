//! ipc-channel: any number of senders, one receiver, handed from process to process.

use std::borrow::Cow;
use std::env;
use std::process::{Child, Command, exit};
use std::thread;

use ipc_channel::ipc::{self, IpcBytesReceiver, IpcBytesSender, IpcOneShotServer};
use ipc_channel::ipc::{IpcReceiver, IpcSender};
use serde::{Serialize, de::DeserializeOwned};

use super::pool::expect;
use super::report::{self, Part};
use crate::Done;

const MARKER: &str = "ipc-channel";

/// The two kinds of channel that the crate has: for values (here numbers and texts), and for bytes as they are.
trait Channel {
    type Sender: Serialize + DeserializeOwned + Clone;
    type Receiver;
    fn new() -> Done<(Self::Sender, Self::Receiver)>;
    fn send(sender: &Self::Sender, i: u64, text: &'static str) -> Done<()>;
    /// An error once all senders are gone.
    fn receive(receiver: &Self::Receiver) -> Done<u64>;
}

struct Values;
struct Texts;
struct Bytes;

impl Channel for Values {
    type Sender = IpcSender<u64>;
    type Receiver = IpcReceiver<u64>;
    fn new() -> Done<(Self::Sender, Self::Receiver)> {
        Ok(ipc::channel()?)
    }
    fn send(sender: &Self::Sender, i: u64, _: &'static str) -> Done<()> {
        Ok(sender.send(i)?)
    }
    fn receive(receiver: &Self::Receiver) -> Done<u64> {
        Ok(receiver.recv()?)
    }
}

impl Channel for Texts {
    type Sender = IpcSender<Cow<'static, str>>; // `send` takes the value: this way without a copy
    type Receiver = IpcReceiver<Cow<'static, str>>;
    fn new() -> Done<(Self::Sender, Self::Receiver)> {
        Ok(ipc::channel()?)
    }
    fn send(sender: &Self::Sender, _: u64, text: &'static str) -> Done<()> {
        Ok(sender.send(Cow::Borrowed(text))?)
    }
    fn receive(receiver: &Self::Receiver) -> Done<u64> {
        Ok(receiver.recv()?.len() as u64)
    }
}

impl Channel for Bytes {
    type Sender = IpcBytesSender;
    type Receiver = IpcBytesReceiver;
    fn new() -> Done<(Self::Sender, Self::Receiver)> {
        Ok(ipc::bytes_channel()?)
    }
    fn send(sender: &Self::Sender, _: u64, text: &'static str) -> Done<()> {
        Ok(sender.send(text.as_bytes())?)
    }
    fn receive(receiver: &Self::Receiver) -> Done<u64> {
        Ok(receiver.recv()?.len() as u64)
    }
}

/// In a child of this module: does its part, and never returns.
pub fn run_if_child() {
    let args: Vec<String> = env::args().collect();
    let [_, marker, role, server, sizes @ ..] = &args[..] else { return };
    if marker != MARKER {
        return;
    }
    let sizes: Vec<u64> = sizes.iter().filter_map(|size| size.parse().ok()).collect();
    let done = match (&**role, &sizes[..]) {
        ("write", &[n, 0]) => connected(server, |sender| write::<Values>(&sender, n, 0)),
        ("write", &[n, bytes]) => connected(server, |sender| write::<Bytes>(&sender, n, bytes)),
        ("write text", &[n, bytes]) => {
            connected(server, |sender| write::<Texts>(&sender, n, bytes))
        }
        ("stamps", &[n, _]) => connected(server, |sender| write_stamps(&sender, n)),
        ("read", &[_, 0]) => open::<Values>(server).and_then(read::<Values>),
        ("read", _) => open::<Bytes>(server).and_then(read::<Bytes>),
        ("read text", _) => open::<Texts>(server).and_then(read::<Texts>),
        ("times", _) => open::<Values>(server).and_then(read_stamps),
        _ => Err("no such part".into()),
    };
    if let Err(error) = done {
        eprintln!("{role}: {error}");
        exit(1);
    }
    exit(0);
}

/// A child that begins by sending a `T` to this process.
fn child<T: Serialize + DeserializeOwned>(role: &str, n: u64, bytes: u64) -> Done<(Child, T)> {
    let (server, name) = IpcOneShotServer::new()?;
    let mut command = Command::new(env::current_exe()?);
    command.args([MARKER, role, &name, &n.to_string(), &bytes.to_string()]);
    let child = command.spawn()?;
    let (_, first) = server.accept()?;
    Ok((child, first))
}

/// A reader makes the channel and hands out the sending end.
fn open<C: Channel>(server: &str) -> Done<C::Receiver> {
    let (sender, receiver) = C::new()?;
    IpcSender::connect(server.to_string())?.send(sender)?;
    Ok(receiver)
}

/// A writer is given the sending end.
fn connected<S: Serialize + DeserializeOwned>(
    server: &str,
    run: impl FnOnce(S) -> Done<()>,
) -> Done<()> {
    let (give, given) = ipc::channel()?;
    IpcSender::connect(server.to_string())?.send(give)?;
    run(given.recv()?)
}

fn write<C: Channel>(sender: &C::Sender, n: u64, bytes: u64) -> Done<()> {
    let text = "x".repeat(usize::try_from(bytes)?).leak();
    let part = Part::start();
    (0..n).try_for_each(|i| C::send(sender, i, text))?;
    part.end(0)
}

fn read<C: Channel>(receiver: C::Receiver) -> Done<()> {
    C::receive(&receiver)?;
    let (part, mut got) = (Part::start(), 1);
    while C::receive(&receiver).is_ok() {
        got += 1;
    }
    part.end(got)
}

fn write_stamps(sender: &IpcSender<u64>, n: u64) -> Done<()> {
    for _ in 0..n {
        thread::sleep(report::PAUSE);
        sender.send(report::stamp())?;
    }
    Ok(())
}

fn read_stamps(receiver: IpcReceiver<u64>) -> Done<()> {
    let latencies = std::iter::from_fn(|| receiver.recv().ok());
    report::latency(latencies.map(|sent| report::stamp().saturating_sub(sent)).collect())
}

pub fn throughput(n: u64, bytes: u64, writers: u64, readers: u64) -> Done<()> {
    match bytes {
        0 => run::<Values>(("write", writers), ("read", readers), read::<Values>, n, bytes),
        _ => run::<Bytes>(("write", writers), ("read", readers), read::<Bytes>, n, bytes),
    }
}

/// Texts from child to child.
pub fn texts(n: u64, bytes: u64) -> Done<()> {
    run::<Texts>(("write text", 1), ("read text", 1), read::<Texts>, n, bytes)
}

pub fn latency(n: u64, readers: u64) -> Done<()> {
    run::<Values>(("stamps", 1), ("times", readers), read_stamps, n, 0)
}

/// Starts the writers and, if there is one, the reader; otherwise this process reads.
fn run<C: Channel>(
    (write, writers): (&str, u64),
    (read, readers): (&str, u64),
    read_here: fn(C::Receiver) -> Done<()>,
    n: u64,
    bytes: u64,
) -> Done<()> {
    let mut children = Vec::new();
    let (sender, here) = if readers == 0 {
        let (sender, receiver) = C::new()?;
        (sender, Some(receiver))
    } else {
        let (reader, sender) = child(read, n, bytes)?;
        children.push(reader);
        (sender, None)
    };
    for _ in 0..writers {
        let (writer, give) = child::<IpcSender<C::Sender>>(write, n, bytes)?;
        children.push(writer);
        give.send(sender.clone())?;
    }
    drop(sender); // the end of the last sender is the end of the messages
    here.map_or(Ok(()), read_here)?;
    for mut child in children {
        expect(child.wait()?.success(), true)?;
    }
    Ok(())
}

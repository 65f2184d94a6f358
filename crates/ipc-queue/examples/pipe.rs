//! A pipe from one process to another, with a large value. It is the direct way: one sender, one receiver,
//! nothing in between. A queue is for several of them, and survives the kill of any.
//! The same in Python: pipe.py.

use std::error::Error;
use std::io::{self, Write};

use ipc_queue::{Process, Sender, Target, pipe, run_if_child};

type Picture = Vec<u8>;

static CAMERA: Target<(Sender<Picture>, u32), Result<(), ipc_queue::Error>> =
    Target::new("camera", |(sender, pictures)| {
        for n in 1..=pictures {
            sender.send(&vec![n as u8; 4 << 20])?; // 4 MiB
        }
        Ok(()) // the sender is dropped here, so the pipe ends
    });

fn main() -> Result<(), Box<dyn Error>> {
    run_if_child(&[&CAMERA]);
    let (sender, receiver) = pipe()?;
    let mut camera = Process::start(&CAMERA, (sender, 3))?; // the sender moves to the child
    for picture in receiver.iter() {
        let picture = picture?;
        writeln!(io::stdout(), "{} bytes of {}", picture.len(), picture[0])?;
    }
    match camera.join()?.success() {
        true => Ok(writeln!(io::stdout(), "the camera has ended")?),
        false => Err("the camera failed".into()),
    }
}

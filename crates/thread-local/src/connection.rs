//! A connection for each thread: opened when the thread first needs it, then used again.
//!
//! Two threads that write to one connection mix their questions, and a lock around it makes one wait
//! for the other. With one each there is nothing to share.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::Builder;

thread_local! {
    static CONNECTION: RefCell<Option<(SocketAddr, BufReader<TcpStream>)>> =
        const { RefCell::new(None) };
}

/// Sends one line to the server at `address` on this thread's connection, and answers its line.
///
/// The connection closes when the thread ends, after an error, or when another address is asked.
///
/// # Errors
///
/// What connecting, writing or reading answers; [`io::ErrorKind::UnexpectedEof`] if the server
/// closed the connection instead of answering.
///
/// ```
/// let server = thread_local::connection::serve(1)?;
/// assert_eq!(thread_local::connection::ask(server, "hello")?, "hello on connection 1");
/// assert_eq!(thread_local::connection::ask(server, "again")?, "again on connection 1");
/// # std::io::Result::Ok(())
/// ```
pub fn ask(address: SocketAddr, question: &str) -> io::Result<String> {
    CONNECTION.with_borrow_mut(|open| {
        // Taken out, so that after an error it is closed and the next question opens a new one.
        let mut connection = match open.take() {
            Some((to, connection)) if to == address => connection,
            _ => BufReader::new(TcpStream::connect(address)?),
        };
        connection.get_mut().write_all(format!("{question}\n").as_bytes())?;
        let mut answer = String::new();
        if connection.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *open = Some((address, connection));
        Ok(answer.trim_end().to_string())
    })
}

/// Starts a server on this machine that answers each line with the line and the number of the
/// connection that it came on. It takes so many `connections`, then its port is closed, and its
/// threads end with the connections.
///
/// # Errors
///
/// What opening the port or starting the thread answers.
///
/// The example of [`ask`] shows it.
pub fn serve(connections: usize) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    Builder::new().name("server".into()).spawn(move || {
        for (connection, number) in listener.incoming().take(connections).zip(1u32..) {
            // A connection that fails, or finds no thread, is its client's to notice: it ends.
            let run = move || connection.and_then(|connection| answer(&connection, number));
            let _ = Builder::new().spawn(run);
        }
    })?;
    Ok(address)
}

fn answer(mut connection: &TcpStream, number: u32) -> io::Result<()> {
    for line in BufReader::new(connection).lines() {
        connection.write_all(format!("{} on connection {number}\n", line?).as_bytes())?;
    }
    Ok(())
}

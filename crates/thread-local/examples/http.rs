//! A real HTTP server: a request's id reaches the innermost function and the log line without being a
//! parameter. `cargo run -p thread-local --example http` starts it and two clients at once;
//! `… -- --serve 8080` serves until Ctrl-C (`curl -i localhost:8080/students/Alice`).

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write, stderr};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use std::{env, process, thread};

use oxhttp::model::{Body, HeaderValue, Request, Response, StatusCode};
use oxhttp::{ListeningServer, Server};
use thread_local::{current, with};

const ID: &str = "x-request-id";

thread_local! { static REQUEST: RefCell<Option<HeaderValue>> = const { RefCell::new(None) } }

/// The request's id is the one in its header, or else the next number. A thread handles all requests
/// of one connection, and `with` makes sure that none is logged with the previous one's id.
fn handle(request: &mut Request<Body>) -> Response<Body> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let in_header = request.headers().get(ID).filter(|id| id.to_str().is_ok()).cloned();
    let id = in_header.unwrap_or_else(|| NEXT.fetch_add(1, Relaxed).into());
    let mut response = with(&REQUEST, id.clone(), || route(request.uri().path()));
    response.headers_mut().insert(ID, id);
    response
}

fn route(path: &str) -> Response<Body> {
    let mut response = Response::default();
    match path.strip_prefix("/students/").and_then(greeting) {
        Some(greeting) => *response.body_mut() = greeting.into(),
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    response
}

/// The innermost function: it has no parameter for the request.
fn greeting(student: &str) -> Option<String> {
    log(format_args!("looking for {student}"));
    thread::sleep(Duration::from_millis(50)); // stands for a database
    let found = ["Alice", "Bob"].contains(&student);
    log(if found { "found" } else { "not found" });
    found.then(|| format!("Hello {student}"))
}

fn log(message: impl Display) {
    let id = current(&REQUEST);
    let id = id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or("none");
    let _ = say(format_args!("[request {id}] {message}")); // a closed log doesn't fail the request
}

/// Starts the server at a port, or at a free one for 0. It has a thread for each connection.
fn serve(port: u16) -> io::Result<(SocketAddr, ListeningServer)> {
    // The server doesn't say which free port it has chosen, so choose one here and let it bind that.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?;
    let server = Server::new(handle).bind(address).with_max_concurrent_connections(100);
    match server.with_global_timeout(Duration::from_secs(10)).spawn() {
        Err(error) if error.kind() == ErrorKind::AddrInUse && port == 0 => serve(0), // another program was faster
        started => Ok((address, started?)),
    }
}

/// Sends one request as a client; returns the status line and the body.
fn get(server: SocketAddr, path: &str, id: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(server)?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{id}\r\n");
    connection.write_all(head.as_bytes())?;
    let mut response = String::new();
    connection.read_to_string(&mut response)?;
    let status = response.lines().next().unwrap_or_default();
    let body = response.rsplit("\r\n").next().unwrap_or_default();
    Ok(format!("{status} {body}"))
}

fn main() -> io::Result<()> {
    let args: Vec<_> = env::args().skip(1).collect();
    match &args[..] {
        [] => ask(),
        [flag, port]
            if flag == "--serve"
                && let Ok(port) = port.parse() =>
        {
            let (address, server) = serve(port)?;
            say(format_args!("http://{address}"))?;
            server.join()
        }
        _ => {
            writeln!(stderr(), "unknown arguments {args:?}: give --serve PORT, or none")?;
            process::exit(2)
        }
    }
}

/// Starts the server and two clients of it.
fn ask() -> io::Result<()> {
    let (address, _server) = serve(0)?;
    let responses = thread::scope(|scope| {
        let alice = scope.spawn(move || get(address, "/students/Alice", "X-Request-Id: a-7\r\n"));
        let carol = scope.spawn(move || get(address, "/students/Carol", ""));
        [alice, carol].map(|client| {
            client.join().unwrap_or_else(|_| Err(io::Error::other("a client panicked")))
        })
    });
    responses.into_iter().try_for_each(|response| say(response?.trim_end()))
}

fn say(line: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}

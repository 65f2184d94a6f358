//! A real HTTP request: its id reaches the innermost function and the log line, and nobody hands it
//! on. `cargo run -p thread-local --example http` asks itself, two clients at once; `… -- --serve 8080`
//! serves until Ctrl-C (`curl -i localhost:8080/students/Alice`).

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use std::{env, thread};

use oxhttp::model::{Body, HeaderValue, Request, Response, StatusCode};
use oxhttp::{ListeningServer, Server};
use thread_local::{current, with};

const ID: &str = "x-request-id";

thread_local! { static REQUEST: RefCell<Option<HeaderValue>> = const { RefCell::new(None) } }

/// The request's id is the one that it brought, or the next number. The thread serves all requests
/// of one connection: `with` sees to it that none is logged with the id of the one before.
fn answer(request: &mut Request<Body>) -> Response<Body> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let brought = request.headers().get(ID).filter(|id| id.to_str().is_ok()).cloned();
    let id = brought.unwrap_or_else(|| NEXT.fetch_add(1, Relaxed).into());
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

/// The innermost function: it knows nothing of requests.
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
    let _ = say(format_args!("[request {id}] {message}")); // a log that nobody reads stops nobody
}

/// Starts the server at a port, or at a free one for 0. It keeps a thread for each connection.
fn serve(port: u16) -> io::Result<(SocketAddr, ListeningServer)> {
    // The server doesn't tell which free port it took: so we choose one, and it binds it anew.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?.local_addr()?;
    let server = Server::new(answer).bind(address).with_max_concurrent_connections(100);
    match server.with_global_timeout(Duration::from_secs(10)).spawn() {
        Err(error) if error.kind() == ErrorKind::AddrInUse && port == 0 => serve(0), // gone already
        started => Ok((address, started?)),
    }
}

/// A client's one request; answers the status and what came.
fn ask(server: SocketAddr, path: &str, id: &str) -> io::Result<String> {
    let mut connection = TcpStream::connect(server)?;
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{id}\r\n");
    connection.write_all(head.as_bytes())?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer)?;
    let status = answer.lines().next().unwrap_or_default();
    let body = answer.rsplit("\r\n").next().unwrap_or_default();
    Ok(format!("{status} {body}"))
}

fn main() -> io::Result<()> {
    if let Some(port) = env::args().skip_while(|arg| arg != "--serve").nth(1) {
        let (address, server) = serve(port.parse().map_err(io::Error::other)?)?;
        say(format_args!("http://{address}"))?;
        return server.join();
    }
    let (address, _server) = serve(0)?;
    let answers = thread::scope(|scope| {
        let alice = scope.spawn(move || ask(address, "/students/Alice", "X-Request-Id: a-7\r\n"));
        let carol = scope.spawn(move || ask(address, "/students/Carol", ""));
        [alice, carol].map(|client| {
            client.join().unwrap_or_else(|_| Err(io::Error::other("a client panicked")))
        })
    });
    answers.into_iter().try_for_each(|answer| say(answer?.trim_end()))
}

fn say(line: impl Display) -> io::Result<()> {
    io::stdout().write_all(format!("{line}\n").as_bytes())
}

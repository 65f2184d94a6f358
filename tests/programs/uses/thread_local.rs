//! The real uses of `thread-local`.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::{fs, thread};

fn example(name: &str) -> Command {
    let mut command = Command::new(tests::example(name).unwrap());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn stdout(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn visits(file: &Path) -> Command {
    let mut command = example("sqlite");
    command.arg(file);
    command
}

fn counted(rows: u32) -> String {
    let changes = |name: &str| format!("{name}: 500 changes over one connection\n");
    format!("{}{}{rows} rows in the file\n", changes("Alice"), changes("Bob"))
}

#[test]
fn two_threads_write_to_one_real_database_file_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("school.db");
    assert_eq!(stdout(visits(&file)), counted(1_000));
    assert_eq!(stdout(visits(&file)), counted(2_000)); // the file was kept
    let head = fs::read(&file).unwrap();
    assert!(head.starts_with(b"SQLite format 3\0"));
    assert_eq!(head[18..20], [2, 2], "it has a write-ahead log");
}

#[test]
fn several_processes_write_to_the_same_file_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("school.db");
    let started = [0; 3].map(|_| visits(&file).spawn().unwrap());
    for child in started {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
    assert_eq!(stdout(visits(&file)), counted(4_000));
}

#[test]
fn without_a_path_the_database_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = example("sqlite");
    command.env("TMPDIR", folder.path()).env("TMP", folder.path());
    assert_eq!(stdout(command), counted(1_000));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// `http --serve`, which ends with the test.
struct Serving {
    process: Child,
    stdout: BufReader<ChildStdout>,
    address: String,
}

impl Serving {
    fn start() -> Self {
        let mut process = example("http").args(["--serve", "0"]).spawn().unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("http://").unwrap().to_string();
        Serving { process, stdout, address }
    }

    fn connect(&self) -> BufReader<TcpStream> {
        BufReader::new(TcpStream::connect(&self.address).unwrap())
    }

    /// Ends it, and returns what it logged.
    fn log(mut self) -> Vec<String> {
        self.process.kill().unwrap();
        let mut log = String::new();
        self.stdout.read_to_string(&mut log).unwrap();
        log.lines().map(str::to_string).collect()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends one request; returns the status line, the id in the response's header, and the body.
fn get(
    connection: &mut BufReader<TcpStream>,
    path: &str,
    id: Option<&str>,
) -> (String, String, String) {
    let id = id.map_or_else(String::new, |id| format!("X-Request-Id: {id}\r\n"));
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{id}\r\n");
    connection.get_mut().write_all(request.as_bytes()).unwrap();
    let mut head = connection.by_ref().lines().map(Result::unwrap);
    let head: Vec<_> = head.by_ref().take_while(|line| !line.is_empty()).collect();
    let value = |name: &str| {
        let named = |line: &&String| line.to_lowercase().starts_with(&format!("{name}: "));
        head.iter().find(named).map(|line| line[name.len() + 2..].to_string()).unwrap()
    };
    let mut body = vec![0; value("content-length").parse().unwrap()];
    connection.read_exact(&mut body).unwrap();
    (head[0].clone(), value("x-request-id"), String::from_utf8(body).unwrap())
}

#[test]
fn a_requests_id_reaches_the_log_line_and_the_response() {
    let server = Serving::start();
    let (status, id, body) = get(&mut server.connect(), "/students/Alice", Some("test-42"));
    assert_eq!((&*status, &*id, &*body), ("HTTP/1.1 200 OK", "test-42", "Hello Alice"));
    assert_eq!(server.log(), ["[request test-42] looking for Alice", "[request test-42] found"]);
}

#[test]
fn the_next_request_on_the_same_connection_has_an_id_of_its_own() {
    let server = Serving::start();
    let mut connection = server.connect(); // a thread of the server
    get(&mut connection, "/students/Alice", Some("alices"));
    let (status, id, _) = get(&mut connection, "/students/Carol", None);
    assert_eq!((&*status, &*id), ("HTTP/1.1 404 Not Found", "1"));
    assert_eq!(server.log()[2..], ["[request 1] looking for Carol", "[request 1] not found"]);
}

#[test]
fn requests_at_the_same_time_keep_their_own_ids() {
    let server = Serving::start();
    thread::scope(|scope| {
        for client in 0..8 {
            let mut connection = server.connect();
            scope.spawn(move || {
                for n in 0..10 {
                    let mine = format!("{client}-{n}");
                    let (_, id, _) =
                        get(&mut connection, &format!("/students/{mine}"), Some(&mine));
                    assert_eq!(id, mine);
                }
            });
        }
    });
    // Each request asks for a student named as its id, so each log line shows whether they agree.
    let log: BTreeSet<_> = server.log().into_iter().collect();
    let ids = (0..8).flat_map(|client| (0..10).map(move |n| format!("{client}-{n}")));
    let expected = ids.flat_map(|id| {
        [format!("[request {id}] looking for {id}"), format!("[request {id}] not found")]
    });
    assert_eq!(log, expected.collect());
}

#[test]
fn two_clients_at_once_get_their_responses() {
    let text = stdout(example("http"));
    let (log, responses) = text.split_at(text.find("HTTP/1.1").unwrap());
    assert_eq!(responses, "HTTP/1.1 200 OK Hello Alice\nHTTP/1.1 404 Not Found\n");
    let expected = [
        "[request 1] looking for Carol",
        "[request 1] not found",
        "[request a-7] found",
        "[request a-7] looking for Alice",
    ];
    let log: BTreeSet<_> = log.lines().collect();
    assert_eq!(log, expected.into());
}

#[test]
fn an_accounts_role_belongs_to_its_thread() {
    let expected = "\
        Alice, teacher:
  in its own thread: Alice grades Carol, Alice grades Dave
  in a thread that it starts: denied, nobody is logged in
  in a thread that logs in: Alice grades Erin
Bob, student:
  in its own thread: denied, Bob is not a teacher
  in a thread that it starts: denied, nobody is logged in
  in a thread that logs in: denied, Bob is not a teacher
";
    assert_eq!(stdout(example("roles")), expected);
}

//! One tab of a headless Chromium, spoken to in its own protocol
//! (<https://chromedevtools.github.io/devtools-protocol/>).

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, process, thread};

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};
use url::Url;

pub struct Chromium {
    process: Child,
    socket: WebSocket<TcpStream>,
    session: Value,
    calls: u64,
    /// Whether the page that was asked for last is there, with its pictures and scripts.
    loaded: bool,
    /// What the pages so far have written on the console as an error or a warning.
    pub errors: Vec<String>,
}

/// The address of a file.
pub fn url(file: &Path) -> String {
    Url::from_file_path(file).unwrap().into()
}

impl Chromium {
    pub fn start() -> Self {
        let (process, address) = start();
        let host = address.trim_start_matches("ws://").split('/').next().unwrap();
        let stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let (socket, _) = tungstenite::client(&address, stream).unwrap();
        let (calls, loaded, errors) = (0, false, vec![]);
        let mut chromium = Self { process, socket, session: Value::Null, calls, loaded, errors };
        let tab = chromium.call("Target.createTarget", json!({"url": "about:blank"}));
        let attach = json!({"targetId": tab["targetId"], "flatten": true});
        chromium.session = chromium.call("Target.attachToTarget", attach)["sessionId"].clone();
        for events in ["Page.enable", "Log.enable", "Runtime.enable"] {
            chromium.call(events, json!({}));
        }
        chromium
    }

    /// Opens a page and returns the address of what is shown then.
    pub fn open(&mut self, page: &Path) -> String {
        self.loaded = false;
        self.call("Page.navigate", json!({"url": url(page)}));
        self.shown()
    }

    /// Runs what leads to another page, and returns that one's address.
    pub fn click(&mut self, script: &str) -> String {
        self.loaded = false;
        self.ask(script);
        self.shown()
    }

    fn shown(&mut self) -> String {
        while !self.loaded {
            self.read();
        }
        self.ask("location.href").as_str().unwrap().to_string()
    }

    /// Sets how wide the window is, and what the system prefers.
    pub fn look(&mut self, width: u32, dark: bool) {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", size);
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", media);
    }

    /// Returns the value of an expression of JavaScript on this page; a promise is waited for.
    pub fn ask(&mut self, script: &str) -> Value {
        let call = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", call);
        assert!(answer["exceptionDetails"].is_null(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.calls += 1;
        let mut call = json!({"id": self.calls, "method": method, "params": parameters});
        if !self.session.is_null() {
            call["sessionId"] = self.session.clone();
        }
        self.socket.send(Message::text(call.to_string())).unwrap();
        loop {
            let message = self.read();
            if message["id"] == self.calls {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    fn read(&mut self) -> Value {
        let message = self.socket.read().expect("Chromium says nothing for a minute");
        let message: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        match message["method"].as_str() {
            Some("Page.loadEventFired") => self.loaded = true,
            Some("Log.entryAdded" | "Runtime.exceptionThrown") => {
                self.errors.push(message.to_string())
            }
            Some("Runtime.consoleAPICalled") if message["params"]["type"] != "log" => {
                self.errors.push(message.to_string());
            }
            _ => {}
        }
        message
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Starts the browser with an empty profile, and returns the address at which it listens.
fn start() -> (Child, String) {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let names = env::var("CHROME").into_iter().chain(names.map(str::to_string));
    let profile =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chromium-{}", process::id()));
    let _ = fs::remove_dir_all(&profile); // of an earlier process of this number
    let flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --remote-debugging-port=0 \
        --disable-background-networking --disable-component-update --disable-sync";
    let mut found = names.filter_map(|name| {
        let mut command = Command::new(name);
        command
            .args(flags.split_whitespace())
            .arg(format!("--user-data-dir={}", profile.display()));
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().ok()
    });
    let mut process =
        found.next().expect("this test needs Chromium; the variable CHROME says where");
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let address = lines
        .find_map(|line| line.unwrap().strip_prefix("DevTools listening on ").map(str::to_string));
    thread::spawn(move || lines.for_each(drop)); // or it would wait for a reader
    (process, address.expect("Chromium ended"))
}

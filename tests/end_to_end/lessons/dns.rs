//! The two lessons that call nslookup, against a real DNS server with the notebook's records.
//!
//! In namespaces of their own, where the notebook's server address is this machine's: there the whole
//! recorded output can be compared. Two servers, as in real life: one has the records, the other
//! has them in its cache, so its answers aren't authoritative.

use std::process::{Command, Output, Stdio};

use libtest_mimic::Trial;
use tests::{binary, blocks, root};

const SETUP: &str = r#"
set -e
ip link set lo up
ip addr add 116.228.111.118/32 dev lo
mount -t tmpfs none "$FOLDER"
echo "nameserver 116.228.111.118" > "$FOLDER/resolv.conf"
mount --bind "$FOLDER/resolv.conf" "$(realpath /etc/resolv.conf)"
# Each returns once its port is open.
serve() { dnsmasq --conf-file=/dev/null --no-hosts --no-resolv --user=root --bind-interfaces "$@"; }
serve --pid-file="$FOLDER/1" --port=5353 --listen-address=127.0.0.1 --local-ttl=300 \
    --cname=www.python.org,dualstack.python.map.fastly.net \
    --host-record=dualstack.python.map.fastly.net,151.101.76.223 \
    --mx-host=python.org,mail.python.org,50 --local=/org/ --local=/net/
serve --pid-file="$FOLDER/2" --port=53 --listen-address=116.228.111.118 \
    --server=127.0.0.1#5353 --cache-rr=MX
nslookup www.python.org > "$FOLDER/warm"
nslookup -q=mx python.org >> "$FOLDER/warm"
exec "$@"
"#;

pub fn trials() -> Vec<Trial> {
    let lessons = ["subprocess-call", "communicate"];
    let trials = lessons.map(|lesson| {
        let name = format!("{}_prints_all_that_the_notebook_recorded", lesson.replace('-', "_"));
        tests::test_unless(missing, name, move || as_recorded(lesson))
    });
    trials.into()
}

fn missing() -> Option<String> {
    let in_path = |tool: &str| Command::new("sh").args(["-c", "command -v \"$0\"", tool]).output();
    let has = |tool: &&str| in_path(tool).is_ok_and(|output| output.status.success());
    if let Some(tool) = ["unshare", "ip", "dnsmasq", "nslookup"].iter().find(|tool| !has(tool)) {
        return Some((*tool).into());
    }
    let possible = in_namespace("true").is_ok_and(|output| output.status.success());
    (!possible).then(|| "the right to make namespaces and a DNS server in them".into())
}

/// The recorded answer stands in the lesson's README, in the block that is marked `dns`.
fn as_recorded(lesson: &str) {
    let readme = root().join("crates").join(lesson).join("README.md");
    let block =
        blocks(&readme).unwrap().into_iter().find(|block| block.info == "console dns").unwrap();
    let (command, shown) = block.commands().remove(0);
    assert_eq!(command, format!("cargo run -q -p {lesson}"));
    let output = in_namespace(binary(lesson).unwrap().to_str().unwrap()).unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().collect::<Vec<_>>(), shown);
}

fn in_namespace(program: &str) -> std::io::Result<Output> {
    let folder = tempfile::tempdir()?;
    // Root may; who isn't may be root in a namespace of their own, on most systems.
    let mut last = None;
    for flags in ["-mnpf", "-Urmnpf"] {
        let mut unshare = Command::new("unshare");
        unshare.args([flags, "--kill-child", "sh", "-c", SETUP, "setup", program]);
        let output = unshare.env("FOLDER", folder.path()).stdin(Stdio::null()).output()?;
        let started = output.status.success();
        last = Some(output);
        if started {
            break;
        }
    }
    last.ok_or_else(|| std::io::ErrorKind::NotFound.into())
}

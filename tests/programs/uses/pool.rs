//! The real uses of `pool`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

// As FIPS 180-2 and sha256sum say.
const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const OF_A_MILLION_A: &str = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

fn checksums(folder: &Path) -> Output {
    let mut command = Command::new(tests::example("checksums").unwrap());
    command.arg("photos").current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

/// A folder with a folder `photos` in it, with three files.
fn photos() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let photos = folder.path().join("photos");
    fs::create_dir_all(photos.join("old")).unwrap();
    fs::write(photos.join("c"), "").unwrap();
    fs::write(photos.join("a.jpg"), vec![b'a'; 1_000_000]).unwrap();
    fs::write(photos.join("old/b b"), "abc").unwrap();
    folder
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap().replace(r"photos\", "photos/").replace(r"old\", "old/")
}

#[test]
fn checksums_are_those_of_sha256sum_in_the_order_of_the_names() {
    let folder = photos();
    let output = checksums(folder.path());
    // No progress bar where stderr is no terminal.
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let expected = format!(
        "{OF_A_MILLION_A}  photos/a.jpg\n{OF_NOTHING}  photos/c\n{OF_ABC}  photos/old/b b\n"
    );
    assert_eq!(text(output.stdout), expected);
}

#[cfg(unix)]
#[test]
fn what_cant_be_read_is_told_and_the_rest_is_there() {
    use std::os::unix::{ffi::OsStrExt, fs::symlink};
    let folder = photos();
    let photos = folder.path().join("photos");
    symlink("nowhere", photos.join("b")).unwrap();
    symlink(".", photos.join("loop")).unwrap(); // a linked folder is left out
    fs::write(photos.join("line\nbreak"), "abc").unwrap();
    let no_text = std::ffi::OsStr::from_bytes(b"\xff");
    let odd = fs::write(photos.join(no_text), "abc").is_ok(); // macOS refuses the name
    let output = checksums(folder.path());
    assert_eq!(output.status.code(), Some(1));
    let message = text(output.stderr);
    assert!(message.starts_with("checksums: photos/b: No such file"), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    let mut expected = format!(
        "{OF_A_MILLION_A}  photos/a.jpg\n{OF_NOTHING}  photos/c\n\
         \\{OF_ABC}  photos/line\\nbreak\n{OF_ABC}  photos/old/b b\n"
    )
    .into_bytes();
    if odd {
        expected.extend([OF_ABC.as_bytes(), b"  photos/\xff\n"].concat());
    }
    assert_eq!(output.stdout.escape_ascii().to_string(), expected.escape_ascii().to_string());
}

#[test]
fn checksums_want_one_folder_that_is_there() {
    let empty = tempfile::tempdir().unwrap();
    let missing = checksums(empty.path());
    assert_eq!(missing.status.code(), Some(1));
    assert!(missing.stderr.starts_with(b"checksums: photos: "), "{missing:?}");
    let wrong = Command::new(tests::example("checksums").unwrap()).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stderr.starts_with(b"checksums: give it one folder"), "{wrong:?}");
}

// Ctrl-C reaches a process as SIGINT on Unix; how Windows sends it can't be done by std.
#[cfg(unix)]
#[test]
fn ctrl_c_in_the_middle_ends_the_checksums_and_leaves_nobody() {
    use std::io::{BufRead, BufReader, Read};
    let folder = photos();
    // All zeros, which take no place on the disk, and more of them than can be read in an hour.
    let endless = fs::File::create(folder.path().join("photos/b")).unwrap();
    endless.set_len(1 << 42).unwrap();
    let example = tests::example("checksums").unwrap();
    let mut command = tests::interruptible(&example);
    command.arg("photos").current_dir(folder.path()).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The workers hold both pipes too: their end is the end of all of them.
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut rest = String::new();
    stdout.read_line(&mut rest).unwrap();
    assert_eq!(rest, format!("{OF_A_MILLION_A}  photos/a.jpg\n"));
    tests::interrupt(&child).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    rest.clear();
    stdout.read_to_string(&mut rest).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

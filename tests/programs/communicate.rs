use communicate::communicate;
use std::process::Command;

fn main() -> Result<(), communicate::Error> {
    let mut rustc = Command::new("rustc");
    let output = communicate(rustc.args(["-", "--print", "crate-name"]), b"fn main() {}")?;
    assert_eq!(output.returncode, 0);
    assert_eq!(output.stdout, b"rust_out\n");
    Ok(())
}

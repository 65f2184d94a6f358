//! A block of a text, and the commands that a console block shows.

/// A fenced block of a README.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The words after the fence: `console`, `console concurrent`, `sh`, …
    pub info: String,
    /// The line in the file at which its text starts.
    pub line: usize,
    /// Its lines.
    pub text: Vec<String>,
}

impl Block {
    /// The commands of a console block, each with the output that is shown below it.
    #[must_use]
    pub fn commands(&self) -> Vec<(String, Vec<String>)> {
        let mut commands: Vec<(String, Vec<String>)> = Vec::new();
        for (number, line) in self.text.iter().enumerate() {
            match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) if is_command(command, number == 0) => {
                    commands.push((command.into(), Vec::new()));
                }
                (_, Some((_, output))) => output.push(line.clone()),
                (_, None) => {}
            }
        }
        commands
    }
}

/// A program may print such a line itself, as the cells with nslookup do: `$ cargo --no-such-flag`.
/// So below the first line only what is typed here counts: a cargo command, a file of Python's.
fn is_command(line: &str, is_first: bool) -> bool {
    let mut words = line.split(' ').skip_while(|word| word.contains('='));
    match (words.next(), words.next()) {
        (Some("cargo"), Some(what)) => is_first || !what.starts_with('-'),
        (Some("python3"), Some(file)) => is_first || file.ends_with(".py"),
        _ => false,
    }
}

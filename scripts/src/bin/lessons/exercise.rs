//! What a learner is told about an exercise: hints, one at a time, and the solution with its reason.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use scripts::root;

use crate::columns;
use crate::course::{Lesson, read};
use crate::language::Language;
use crate::markdown;
use crate::screen::{paragraph, show};

type Done<T> = Result<T, Box<dyn Error>>;

/// The texts of an exercise, in `examples/hints.md` or `hints.zh.md`.
struct Texts {
    hints: Vec<String>,
    why: String,
}

fn texts(lesson: &Lesson, language: Language) -> Done<Texts> {
    let file = lesson.folder().join("examples").join(language.say("hints.md", "hints.zh.md"));
    let article = markdown::read(&read(&file)?);
    match <[_; 2]>::try_from(article.sections) {
        Ok([hints, why]) => Ok(Texts { hints: hints.bullets, why: why.text.unwrap_or_default() }),
        Err(_) => Err(format!("{}: not two sections", file.display()).into()),
    }
}

/// `cargo lessons hint lock`: the first hint, or the one of this number.
pub fn hint(lesson: &Lesson, number: Option<&str>, language: Language) -> Done<ExitCode> {
    let Texts { hints, .. } = texts(lesson, language)?;
    let (name, count) = (lesson.name, hints.len());
    let number: usize = number.unwrap_or("1").parse().unwrap_or_default();
    let Some(hint) = number.checked_sub(1).and_then(|place| hints.get(place)) else {
        let wrong = language.say(
            format!("lesson {name} has the hints 1 to {count}"),
            format!("{name} 这一课有第 1 到第 {count} 条提示"),
        );
        return Err(lexopt::Error::from(wrong).into());
    };
    let title = language
        .say(format!("Hint {number} of {count}: "), format!("提示 {number}（共 {count} 条）："));
    let next = match number == count {
        false => format!("cargo lessons hint {name} {}", number + 1),
        true => format!("cargo lessons check {name} --solution"),
    };
    let next = match number == count {
        false => language.say(format!("The next hint: {next}"), format!("下一条：{next}")),
        true => language.say(
            format!("That was the last hint. The solution: {next}"),
            format!("提示到此为止。参考答案：{next}"),
        ),
    };
    show(&(paragraph("", &(title + hint)) + "\n" + &next + "\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// The solution and why it is as it is; beside it the answer, where there is one.
pub fn solved(lesson: &Lesson, answer: Option<&Path>, language: Language) -> Done<String> {
    let name = format!("crates/{}/examples/solution.rs", lesson.name);
    let solution = code(&root().join(&name))?;
    let columns = match answer {
        Some(file) => columns::show_code((&from_the_top(file), &code(file)?), (&name, &solution)),
        None => columns::stacked((&name, &solution)),
    };
    Ok(format!("\n{columns}\n{}", paragraph("", &texts(lesson, language)?.why)))
}

/// Code without the comment at its top and the `main` at its end.
fn code(file: &Path) -> Done<Vec<String>> {
    let text = read(file)?;
    let (text, _) = text.split_once("\nfn main()").unwrap_or((&text, ""));
    let lines =
        text.trim_end().lines().skip_while(|line| line.starts_with("//!") || line.is_empty());
    Ok(lines.map(str::to_string).collect())
}

/// A file as it is named from the top folder.
pub fn from_the_top(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}

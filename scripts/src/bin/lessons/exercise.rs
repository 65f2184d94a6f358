//! What a learner is told about an exercise: hints, one at a time, and the solution with its reason.

use std::path::Path;

use scripts::Done;

use crate::columns::{self, Column};
use crate::course::{Lesson, from_the_top, read};
use crate::language::text;
use crate::markdown;
use crate::screen::{paragraph, show};

/// The hints and the paragraph on why the solution works, from `examples/hints.md` or `hints.zh.md`.
fn hints_and_reason(lesson: &Lesson) -> Done<(Vec<String>, String)> {
    let file = lesson.folder().join("examples").join(text("hints.md", "hints.zh.md"));
    let [hints, why] = &markdown::read(&read(&file)?).sections[..] else {
        return Err(format!("{}: not two sections", file.display()).into());
    };
    Ok((hints.items.clone(), why.paragraphs.join("\n\n")))
}

/// `cargo lessons hint lock 2`: the hint of this number.
pub fn hint(lesson: &Lesson, number: &str) -> Done<bool> {
    let (name, (hints, _)) = (lesson.name, hints_and_reason(lesson)?);
    let count = hints.len();
    let number: usize = number.parse().unwrap_or_default();
    let Some(hint) = number.checked_sub(1).and_then(|place| hints.get(place)) else {
        return Err(lexopt::Error::from(text(
            format!("lesson {name} has the hints 1 to {count}"),
            format!("{name} 这一课有第 1 到第 {count} 条提示"),
        ))
        .into());
    };
    let title =
        text(format!("Hint {number} of {count}: "), format!("提示 {number}（共 {count} 条）："));
    let next = if number < count {
        text("The next hint", "下一条").to_string()
            + &format!("{}cargo lessons hint {name} {}", text(": ", "："), number + 1)
    } else {
        text("That was the last hint. The solution: ", "提示到此为止。参考答案：").to_string()
            + &format!("cargo lessons check {name} --solution")
    };
    show(&format!("{}\n{next}\n", paragraph("", &(title + hint))))?;
    Ok(true)
}

/// The solution and why it is as it is; beside it the answer, where there is one.
pub fn solved(lesson: &Lesson, answer: Option<&Path>) -> Done<String> {
    let solution = column(&lesson.folder().join("examples/solution.rs"))?;
    let code = match answer {
        Some(file) => columns::show(&column(file)?, &solution),
        None => solution.show(),
    };
    let (_, why) = hints_and_reason(lesson)?;
    Ok(format!("\n{code}\n{}", paragraph("", &why)))
}

/// Code without the comment at its top and the `main` at its end.
fn column(file: &Path) -> Done<Column> {
    let code = read(file)?;
    let (code, _main) = code.split_once("\nfn main()").unwrap_or((&code, ""));
    let lines = code.trim_end().lines();
    let lines = lines.skip_while(|line| line.starts_with("//!") || line.is_empty());
    Ok(Column { title: from_the_top(file), lines: lines.map(str::to_string).collect() })
}

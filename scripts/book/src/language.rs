//! The two languages, and the few words that the book adds to the READMEs.

/// A language of the book.
pub struct Language {
    /// What HTML calls it, and the folder of its pages.
    pub code: &'static str,
    /// What it calls itself.
    pub name: &'static str,
    /// The name of its READMEs.
    pub readme: &'static str,
    /// Above the files of code in the table of contents.
    pub code_title: &'static str,
    /// Above the folded hint of an exercise.
    pub hint: &'static str,
    /// Above the folded solution of an exercise.
    pub solution: &'static str,
    /// The heading of a section that is folded, since one should think first.
    pub answers: &'static str,
    /// Above the folded answers.
    pub show_answers: &'static str,
}

/// The languages of the READMEs; without a file of its own, a text is shown in the first one's.
pub const LANGUAGES: [&Language; 2] = [
    &Language {
        code: "en",
        name: "English",
        readme: "README.md",
        code_title: "Code",
        hint: "Hint",
        solution: "Solution",
        answers: "Answers",
        show_answers: "Show the answers",
    },
    &Language {
        code: "zh",
        name: "中文",
        readme: "README.zh.md",
        code_title: "代码",
        hint: "提示",
        solution: "参考答案",
        answers: "答案",
        show_answers: "显示答案",
    },
];

//! `cargo book` builds the book, which is the READMEs as web pages, in English and in Chinese.
//! `cargo book --open` then opens it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use anyhow::{Context, Result};
use mdbook_driver::MDBook;
use mdbook_driver::book::{Book, BookItem, Chapter, SectionNumber};
use mdbook_driver::config::Config;

mod language;
mod links;
mod outline;
mod pages;
mod readme;

use language::{LANGUAGES, Language};
use pages::{Page, Pages};

fn main() -> Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let open = arguments == ["--open"];
    if !open && !arguments.is_empty() {
        eprintln!("usage: cargo book [--open]");
        process::exit(2);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("no repository")?;
    let out = root.join("target/book");
    for language in LANGUAGES {
        build(root, &out.join(language.code), language)
            .with_context(|| format!("can't build the book in {}", language.name))?;
    }
    let index = out.join("index.html");
    fs::write(&index, include_str!("choose.html"))?;
    println!("{}", index.display());
    if open {
        opener::open(&index).with_context(|| format!("can't open {}", index.display()))?;
    }
    Ok(())
}

/// Builds the book of one language in the folder `out`.
fn build(root: &Path, out: &Path, language: &Language) -> Result<()> {
    let pages = Pages::find(root, language)?;
    let mut config: Config = include_str!("../book.toml").parse()?;
    config.set("book.language", language.code)?;
    config.set("book.title", &pages.chapters[0].title)?;
    config.set("build.build-dir", out)?;
    // Who searches looks for the text. The code would hide it: every lesson's has the same words.
    let no_search = HashMap::from([("enable", false)]);
    let code: HashMap<_, _> = pages.code().map(|page| (page.chapter_path(), &no_search)).collect();
    config.set("output.html.search.chapter", code)?;

    let mut book = MDBook::load_with_config_and_summary(
        env!("CARGO_MANIFEST_DIR"),
        config,
        Default::default(),
    )?;
    book.book = Book::new_with_items(items(&pages, language));
    book.build()?;
    for picture in &pages.pictures {
        let to = out.join(picture);
        fs::create_dir_all(to.parent().unwrap_or(out))?;
        fs::copy(root.join(picture), to)?;
    }
    Ok(())
}

/// The texts in their order, and behind them the code: who turns the pages comes to the next lesson.
fn items(pages: &Pages, language: &Language) -> Vec<BookItem> {
    let with_files = pages.chapters.iter().filter(|page| !page.files.is_empty());
    let code = with_files.zip(1..).map(|(page, n)| {
        let mut folder = Chapter::new_draft(page.folder(), vec![]);
        folder.number = Some(SectionNumber::new([n]));
        let files = page.files.iter().zip(1..).map(|(file, m)| {
            let mut file = chapter(file, vec![page.folder().to_string()]);
            file.number = Some(SectionNumber::new([n, m])); // says that it is below the folder
            BookItem::Chapter(file)
        });
        folder.sub_items = files.collect();
        BookItem::Chapter(folder)
    });
    let texts = pages.chapters.iter().map(|page| BookItem::Chapter(chapter(page, vec![])));
    texts.chain([BookItem::PartTitle(language.code_title.to_string())]).chain(code).collect()
}

fn chapter(page: &Page, parents: Vec<String>) -> Chapter {
    Chapter::new(&page.title, page.text.clone(), PathBuf::from(page.chapter_path()), parents)
}

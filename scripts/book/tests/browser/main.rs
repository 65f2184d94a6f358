//! The book in a real browser, Chromium or Chrome: every page in both languages, on a phone and on a desk, light and
//! dark. A variable `CHROME` names the browser where it isn't found.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // how a test says what must hold

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

mod chromium;

use chromium::Chromium;

const LANGUAGES: [&str; 2] = ["en", "zh"];

/// Builds the book, once for all checks, since one folder is written.
#[test]
fn the_book() {
    let built = Command::new(env!("CARGO_BIN_EXE_book")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let index = PathBuf::from(String::from_utf8(built.stdout).unwrap().trim());
    let book = index.parent().unwrap();
    let mut chromium = Chromium::start();
    every_page_is_whole(&mut chromium, book);
    every_lesson_has_its_parts(&mut chromium, book);
    the_search_finds_both_languages(&mut chromium, book);
    the_switch_stays_at_the_heading(&mut chromium, book);
    the_front_page_leads_to_a_language(&mut chromium, &index);
    assert_eq!(chromium.errors, Vec::<String>::new(), "on the console");
}

/// What is too wide for the window, the pictures that aren't there, text that was meant to be bold (in
/// `**锁。**在` the marks stay, as on GitHub, for want of a space; `**锁**。在` is right), and mdBook's labels that
/// are English on a Chinese page.
const PAGE: &str = "({
    dark: document.documentElement.classList.contains('navy'),
    wide: ['html', 'body', '#mdbook-content'].filter((name) => {
        const element = document.querySelector(name);
        return element.scrollWidth > element.clientWidth;
    }).join(),
    pictures: [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src).join(),
    marks: [...document.querySelectorAll('main :is(p, li, td)')]
        .map((text) => text.innerText)
        .filter((text) => /\\*\\*[\\u3000-\\uffff]/.test(text)).join(),
    labels: [...document.querySelectorAll(':lang(zh) :is([title], [placeholder])')]
        .map((element) => element.title || element.placeholder)
        .filter((label) => !/[\\u4e00-\\u9fff]/.test(label)).join(),
})";

fn every_page_is_whole(chromium: &mut Chromium, book: &Path) {
    let mut wrong = vec![];
    let mut links = BTreeSet::new();
    let pages = pages(book);
    assert!(pages.iter().filter(|page| page.ends_with("index.html")).count() >= 16, "{pages:?}");
    for (dark, width) in [(false, 390), (false, 1280), (true, 390), (true, 1280)] {
        chromium.look(width, dark);
        for page in &pages {
            assert_eq!(chromium.open(page), chromium::url(page));
            let seen = chromium.ask(PAGE);
            if seen != json!({"dark": dark, "wide": "", "pictures": "", "marks": "", "labels": ""})
            {
                wrong.push(format!("{} at {width}: {seen}", page.display()));
            }
            let found = chromium.ask("[...document.links].map((link) => link.href)");
            let found: Vec<String> = serde_json::from_value(found).unwrap();
            let other = chromium::url(&in_the_other_language(page, book));
            if !found.contains(&other) {
                wrong.push(format!("{}: no link to {other}", page.display()));
            }
            links.extend(found);
        }
    }
    wrong.extend(links.iter().filter_map(|link| broken(link)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} pages, {} links", pages.len(), links.len());
}

fn in_the_other_language(page: &Path, book: &Path) -> PathBuf {
    let [english, chinese] = LANGUAGES.map(|language| book.join(language));
    match page.strip_prefix(&english) {
        Ok(page) => chinese.join(page),
        Err(_) => english.join(page.strip_prefix(&chinese).unwrap()),
    }
}

/// What is wrong with a link that leads into the book.
fn broken(link: &str) -> Option<String> {
    let Some(path) = link.strip_prefix("file://") else {
        return (!link.starts_with("https://")).then(|| format!("{link}: not https"));
    };
    let (path, anchor) = path.split_once('#').unwrap_or((path, ""));
    let path = percent_decoded(path);
    let Ok(text) = fs::read_to_string(path) else { return Some(format!("{link}: no such page")) };
    let there = anchor.is_empty() || text.contains(&format!("id=\"{}\"", percent_decoded(anchor)));
    (!there).then(|| format!("{link}: no such place in the page"))
}

fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
        bytes.extend(&part.as_bytes()[2..]);
    }
    String::from_utf8(bytes).unwrap()
}

/// The cell beside main.rs, and what is folded.
const LESSON: &str = "(() => {
    const blocks = [...document.querySelectorAll('.beside > pre > code')];
    const tops = blocks.map((block) => block.getBoundingClientRect().top);
    const folded = [...document.querySelectorAll('details')];
    const answers = [...document.querySelectorAll('main :is(h2, h3)')]
        .filter((heading) => ['Answers', '答案'].includes(heading.textContent));
    return {
        beside: blocks.map((block) => [block.className.match(/language-(\\w+)/)[1], block.textContent]),
        level: tops[0] === tops[1],
        open: folded.filter((details) => details.open).length,
        summaries: folded.map((details) => details.querySelector('summary').textContent),
        folded: folded.map((details) => details.textContent).join(),
        openAnswers: answers.filter((heading) => heading.nextElementSibling.tagName !== 'DETAILS').length,
    };
})()";

fn every_lesson_has_its_parts(chromium: &mut Chromium, book: &Path) {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates");
    let folders = fs::read_dir(crates).unwrap().map(|folder| folder.unwrap().path());
    let lessons: Vec<_> = folders.filter(|folder| folder.join("notebook.py").exists()).collect();
    assert!(lessons.len() >= 7, "{lessons:?}");
    chromium.look(1280, false);
    for folder in lessons {
        let page = Path::new("crates").join(folder.file_name().unwrap()).join("index.html");
        for (language, summaries) in [("en", ["Hint", "Solution"]), ("zh", ["提示", "参考答案"])]
        {
            chromium.open(&book.join(language).join(&page));
            let seen = chromium.ask(LESSON);
            has_its_parts(&folder, &seen, summaries);
        }
    }
}

fn has_its_parts(folder: &Path, seen: &Value, summaries: [&str; 2]) {
    let text = |file: &str| fs::read_to_string(folder.join(file)).unwrap();
    assert_eq!(seen["beside"][0][0], "python", "{folder:?}");
    assert_eq!(seen["beside"][0][1].as_str().unwrap().trim(), text("notebook.py").trim());
    assert_eq!(seen["beside"][1][0], "rust", "{folder:?}");
    assert_eq!(seen["level"], true, "{folder:?}: Python isn't beside Rust");
    assert_eq!((&seen["open"], &seen["openAnswers"]), (&json!(0), &json!(0)), "{folder:?}");
    assert!(seen["folded"].as_str().unwrap().contains(&text("examples/solution.rs")), "{folder:?}");
    for summary in summaries {
        assert!(
            seen["summaries"].as_array().unwrap().contains(&summary.into()),
            "{folder:?}: {seen}"
        );
    }
}

/// The pages that a search finds, by what a reader does.
const SEARCH: &str = "(async () => {
    const bar = document.getElementById('mdbook-searchbar');
    const header = document.getElementById('mdbook-searchresults-header');
    if (bar.offsetParent === null) document.getElementById('mdbook-search-toggle').click();
    const changed = new Promise((done) => new MutationObserver(done).observe(header, { childList: true }));
    bar.value = 'WORD';
    bar.dispatchEvent(new KeyboardEvent('keyup'));
    await changed;
    return [...document.querySelectorAll('#mdbook-searchresults a')].map((found) => found.href);
})()";

/// What is said above the results of the search that is part of the address, once it is done.
const RESULTS: &str = "(async () => {
    const header = document.getElementById('mdbook-searchresults-header');
    while (!header.textContent) await new Promise((done) => setTimeout(done, 50));
    return header.textContent;
})()";

fn the_search_finds_both_languages(chromium: &mut Chromium, book: &Path) {
    for (language, word) in [("en", "deadlock"), ("zh", "死锁"), ("zh", "deadlock")] {
        chromium.open(&book.join(language).join("index.html"));
        let search = SEARCH.replace("WORD", word);
        let found = chromium.ask(&search);
        let found: Vec<_> = found.as_array().unwrap().iter().map(Value::to_string).collect();
        for lesson in ["lock", "communicate"] {
            let page = format!("{language}/crates/{lesson}/index.html");
            let hits = found.iter().filter(|hit| hit.contains(&page));
            assert!(hits.count() > 0, "{word:?} isn't found in {page}, but in {found:?}");
        }
        let nothing = chromium.ask(&SEARCH.replace("WORD", "xyzzy不在"));
        assert_eq!(nothing, json!([]));
    }
    chromium.open(&book.join("zh/index.html"));
    chromium.click("location.search = '?search=死锁'");
    let message = chromium.ask(RESULTS);
    assert!(message.as_str().unwrap().starts_with("“死锁”："), "{message}");
    assert!(!message.as_str().unwrap().contains("没有"), "{message}");
}

/// The number and the text of the last heading that isn't below the top of the window.
const HEADING: &str = "(() => {
    const headings = [...document.querySelectorAll('main :is(h1, h2, h3)')];
    const above = headings.filter((heading) => heading.getBoundingClientRect().top < 100);
    return [above.length, above.at(-1).textContent];
})()";

fn the_switch_stays_at_the_heading(chromium: &mut Chromium, book: &Path) {
    chromium.open(&book.join("en/crates/lock/index.html"));
    chromium.ask("document.getElementById('exercise').scrollIntoView()");
    let from = chromium.ask(HEADING);
    assert_eq!(from[1], "Exercise");
    let page = chromium.click("document.querySelector('.language').click()");
    assert!(page.contains("zh/crates/lock/index.html"), "{page}");
    assert_eq!(chromium.ask(HEADING), json!([from[0], "练习"]));
}

fn the_front_page_leads_to_a_language(chromium: &mut Chromium, index: &Path) {
    let page = chromium.open(index);
    assert!(page.ends_with("/en/index.html"), "{page}");
}

/// The pages of the book, but for the table of contents, which is shown in a frame.
fn pages(book: &Path) -> Vec<PathBuf> {
    let mut pages = vec![];
    let mut folders: Vec<_> = LANGUAGES.iter().map(|language| book.join(language)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "html")
                && !path.ends_with("toc.html")
            {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

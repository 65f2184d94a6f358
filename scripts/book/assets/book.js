// What the book's pages do that mdBook's don't.
"use strict";
(() => {
    const chinese = document.documentElement.lang === "zh";
    switchLanguage(chinese ? "en" : "zh", chinese ? "English" : "中文");
    if (chinese) {
        translateLabels();
        elasticlunr.Index.prototype.search = searchText;
        searchAgain();
    }

    // A link in the bar to this page in the other language, at the heading that is being read: both
    // languages have the same headings.
    function switchLanguage(code, name) {
        const headings = [...document.querySelectorAll(":is(h1, h2, h3, h4)[id]")];
        const [, number] = location.hash.match(/^#heading-(\d+)$/) ?? [];
        headings[number]?.scrollIntoView();

        const root = new URL(path_to_root || "./", location.href);
        const page = location.pathname.slice(root.pathname.length) || "index.html";
        const link = document.createElement("a");
        Object.assign(link, { className: "language", lang: code, textContent: name });
        link.href = new URL(`../${code}/${page}`, root);
        link.addEventListener("click", () => {
            const above = headings.filter((heading) => heading.getBoundingClientRect().top < 100);
            link.hash = above.length > 1 ? `heading-${above.length - 1}` : "";
        });
        document.querySelector(".right-buttons").prepend(link);
    }

    // mdBook has its labels in English only. Some change later: that of hidden lines, the number of results.
    function translateLabels() {
        const labels = {
            "Table of contents": "目录", "Toggle Table of Contents": "显示或隐藏目录",
            "Change theme": "切换主题", Themes: "主题", Auto: "跟随系统", Light: "浅色", Rust: "铁锈色",
            Coal: "炭黑", Navy: "深蓝", Ayu: "Ayu",
            "Search (`/`)": "搜索（`/`）", "Toggle Searchbar": "显示或隐藏搜索栏", "Search this book ...": "搜索本书……",
            "Page navigation": "翻页", "Previous chapter": "上一章", "Next chapter": "下一章",
            "Copy to clipboard": "复制到剪贴板", "Show hidden lines": "显示隐藏的行", "Hide lines": "隐藏这些行",
        };
        const translate = (element) => {
            for (const name of ["title", "aria-label", "placeholder"]) {
                const label = labels[element.getAttribute(name)];
                if (label) element.setAttribute(name, label);
            }
        };
        document.querySelectorAll("[title], [aria-label], [placeholder]").forEach(translate);
        for (const theme of document.querySelectorAll("button.theme")) {
            theme.textContent = labels[theme.textContent] ?? theme.textContent;
        }
        new MutationObserver((changes) => changes.forEach(({ target }) => translate(target)))
            .observe(document.body, { subtree: true, attributeFilter: ["title", "aria-label"] });

        const results = document.getElementById("mdbook-searchresults-header");
        new MutationObserver(() => {
            const [, number, words] = results.textContent.match(/^(No|\d+) search results? for '(.*)'/s) ?? [];
            if (number) results.textContent = `“${words}”：${number === "No" ? "没有" : number + " 个"}结果`;
        }).observe(results, { childList: true });
    }

    // mdBook's index has the words between spaces, which Chinese doesn't write. So the texts themselves are
    // searched: each word of the query must be there, and counts more in a title.
    function searchText(query) {
        const words = query.toLowerCase().split(/\s+/).filter((word) => word);
        const times = (text, word) => text.toLowerCase().split(word).length - 1;
        const found = Object.entries(this.documentStore.docs).map(([ref, doc]) => {
            const scores = words.map((word) => 10 * times(doc.breadcrumbs, word) + times(doc.body, word));
            const score = scores.includes(0) ? 0 : scores.reduce((sum, one) => sum + one, 0);
            return { ref, score, doc: { ...doc, body: excerpt(doc.body, words) } };
        });
        return found.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
    }

    // The words of an address with `?search=` may have been searched before, in mdBook's way. It doesn't search for
    // the same words twice.
    function searchAgain() {
        const bar = document.getElementById("mdbook-searchbar");
        const words = bar.value;
        for (const value of words ? [`${words}…`, words] : []) {
            bar.value = value;
            bar.dispatchEvent(new KeyboardEvent("keyup"));
        }
    }

    // The text around the first word that is found, with spaces around it, by which mdBook knows it again.
    function excerpt(body, words) {
        const places = words.map((word) => body.toLowerCase().indexOf(word)).filter((place) => place >= 0);
        const from = Math.max(0, Math.min(...(places.length ? places : [0])) - 40);
        const part = body.slice(from, from + 120);
        return words.reduce((text, word) => text.replaceAll(word, ` ${word} `), part);
    }
})();

// Search: suggestions under the box while typing, and marks on the page that a result leads to.
"use strict";

(() => {
    // --- suggestions

    const DELAY = 120;

    function suggestFor(input) {
        const form = input.form;
        let list = null;
        let timer = 0;
        let asked = "";

        function close() {
            if (list) list.remove();
            list = null;
        }

        function show(suggestions) {
            close();
            if (!suggestions.length || document.activeElement !== input) return;
            list = document.createElement("ul");
            list.className = "suggestions";
            for (const { kind, name, url } of suggestions) {
                const link = document.createElement("a");
                link.href = url;
                link.textContent = name;
                const label = document.createElement("small");
                label.textContent = kind;
                link.append(label);
                const item = document.createElement("li");
                item.append(link);
                list.append(item);
            }
            input.after(list);
        }

        async function ask() {
            const words = input.value.trim();
            if (words === asked) return;
            asked = words;
            if (!words) return close();
            try {
                const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`);
                const found = await response.json();
                if (words === asked) show(found.suggestions);
            } catch {
                close();
            }
        }

        input.addEventListener("input", (event) => {
            clearTimeout(timer);
            if (!event.isComposing) timer = setTimeout(ask, DELAY);
        });
        input.addEventListener("compositionend", ask);
        form.addEventListener("keydown", (event) => {
            if (event.key === "Escape") {
                close();
                input.focus();
            }
            if (!list || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
            const stops = [input, ...list.querySelectorAll("a")];
            const step = event.key === "ArrowDown" ? 1 : -1;
            const next = stops[stops.indexOf(document.activeElement) + step];
            if (next) next.focus();
            event.preventDefault();
        });
        form.addEventListener("focusout", (event) => {
            if (!form.contains(event.relatedTarget)) setTimeout(close, 150);
        });
    }

    for (const input of document.querySelectorAll("input[data-suggest]")) suggestFor(input);

    // --- marks: the words of a result are kept until its page is open

    const KEY = "search-marks";

    for (const hit of document.querySelectorAll(".hit")) {
        hit.addEventListener("click", (event) => {
            const link = event.target.closest("a");
            if (!link || link.search) return;
            const words = [...hit.querySelectorAll("mark")].map((mark) => mark.textContent.trim());
            try {
                sessionStorage.setItem(KEY, JSON.stringify({ path: link.pathname, words: [...new Set(words)] }));
            } catch { /* storage is off: the anchor remains */ }
        });
    }

    function wanted() {
        try {
            const kept = JSON.parse(sessionStorage.getItem(KEY));
            if (!kept || kept.path !== location.pathname) return [];
            sessionStorage.removeItem(KEY);
            return kept.words.filter(Boolean).slice(0, 20);
        } catch {
            return [];
        }
    }

    function mark(root, words) {
        const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
        const pattern = new RegExp(escaped.sort((a, b) => b.length - a.length).join("|"), "giu");
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        const nodes = [];
        while (walker.nextNode() && nodes.length < 20000) nodes.push(walker.currentNode);
        const marks = [];
        for (const node of nodes) {
            if (node.parentElement.closest("script, style, mark, button, select")) continue;
            const found = [...node.data.matchAll(pattern)].reverse();
            for (const match of found) {
                const rest = node.splitText(match.index);
                rest.splitText(match[0].length);
                const element = document.createElement("mark");
                rest.replaceWith(element);
                element.append(rest);
                marks.push(element);
            }
            if (marks.length > 500) break;
        }
        return marks;
    }

    function land(root, words) {
        const marks = mark(root, words);
        const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        const first = marks.find((each) => !target || target.contains(each))
            || marks.find((each) => target.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
        if (!first) return;
        for (let fold = first.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
        first.scrollIntoView({ block: "center" });
    }

    const article = document.querySelector("article.episode");
    const words = article ? wanted() : [];
    if (words.length) land(article, words);
})();

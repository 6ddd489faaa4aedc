// Enhancements of an episode page: folds and glosses by touch, reading position, selection toolbar. Sends no data.
"use strict";

(() => {
    const episode = document.querySelector(".episode");
    if (!episode) return;
    const main = episode.closest("main");
    const text = episode.querySelector(".text");
    const words = episode.dataset;
    const wide = matchMedia("(min-width: 48rem)");

    // --- contents follow the scroll position

    const rail = new Map();
    for (const link of episode.querySelectorAll(".rail a")) {
        const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
        if (target) rail.set(target, link);
    }
    const anchors = () => [...text.querySelectorAll("[id^='p-'], [id^='c'][data-start], [id^='s-'], [id^='q'], .page-section[id]")];
    const marked = anchors();

    function isAbove(element, edge, line) {
        return element.getBoundingClientRect()[edge] < line;
    }

    function firstVisible(elements) {
        // Binary search: elements are in document order.
        let low = 0;
        let high = elements.length;
        while (low < high) {
            const middle = (low + high) >> 1;
            if (isAbove(elements[middle], "bottom", 60)) low = middle + 1;
            else high = middle;
        }
        return elements[low];
    }

    let followed = null;

    function follow() {
        let here = null;
        for (const target of rail.keys()) {
            if (!isAbove(target, "top", innerHeight / 3)) break;
            here = target;
        }
        if (here === followed) return;
        if (followed) rail.get(followed).removeAttribute("aria-current");
        followed = here;
        if (!here) return;
        const link = rail.get(here);
        link.setAttribute("aria-current", "true");
        const box = link.closest(".sticky");
        box.scrollTop = link.offsetTop - box.clientHeight / 2;
    }

    // --- reading position, in localStorage

    const key = `read:${words.slug}`;
    const store = {
        get: () => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
        set: (value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* full, or forbidden */ } },
        drop: () => { try { localStorage.removeItem(key); } catch { /* forbidden */ } },
    };

    function headingOf(element) {
        const before = [...rail.entries()].filter(([target]) =>
            target === element || target.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
        return before.length ? before.at(-1)[1].textContent.trim() : "";
    }

    function remember() {
        const end = scrollY + innerHeight > document.documentElement.scrollHeight - 400;
        if (scrollY < innerHeight || end) return end && store.drop();
        const here = firstVisible(marked);
        if (here) store.set({ id: here.id, at: headingOf(here) });
    }

    function offerToContinue() {
        const kept = store.get();
        const target = kept && kept.id && document.getElementById(kept.id);
        if (!target || location.hash || new URLSearchParams(location.search).has("t")) return;
        const bar = document.createElement("p");
        bar.className = "continue-reading";
        const link = document.createElement("a");
        link.href = `#${kept.id}`;
        link.textContent = kept.at ? words.continueAt.replace("%s", kept.at) : words.continue;
        const close = document.createElement("button");
        close.type = "button";
        close.textContent = "×";
        close.setAttribute("aria-label", words.dismiss);
        bar.append(link, close);
        link.addEventListener("click", () => bar.remove());
        close.addEventListener("click", () => { store.drop(); bar.remove(); });
        // First in <main>, so that Tab reaches it first.
        main.prepend(bar);
        const goneOn = () => {
            if (scrollY > innerHeight * 2) { bar.remove(); removeEventListener("scroll", goneOn); }
        };
        addEventListener("scroll", goneOn, { passive: true });
    }

    let waiting = 0;
    addEventListener("scroll", () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => { follow(); remember(); }, 120);
    }, { passive: true });

    // --- folds: opened by a tap on the paragraph, which keeps its position

    function keepingInPlace(element, change) {
        const before = element.getBoundingClientRect().top;
        change();
        scrollBy({ top: element.getBoundingClientRect().top - before, behavior: "instant" });
    }

    text.addEventListener("click", (event) => {
        if (event.target.closest("a, button, summary, details, input, label, [popover]")) return;
        const block = event.target.closest("p, li");
        const original = block && block.nextElementSibling;
        if (!original || !original.matches("details.original") || String(getSelection())) return;
        keepingInPlace(block, () => { original.open = !original.open; });
    });

    const all = document.getElementById("originals");
    if (all) {
        all.addEventListener("change", () => {
            keepingInPlace(firstVisible(marked) || text, () => {
                for (const original of text.querySelectorAll(".original")) original.open = all.checked;
            });
        });
        all.checked = false;
    }

    // --- glosses: popovers also open on hover and focus

    function placeNote(term, note) {
        note.classList.toggle("floating", wide.matches);
        if (!wide.matches) return;
        const box = term.getBoundingClientRect();
        const width = note.offsetWidth;
        const left = Math.min(Math.max(8, box.left), innerWidth - width - 16);
        const below = box.bottom + note.offsetHeight + 12 < innerHeight;
        note.style.left = `${left}px`;
        note.style.top = `${below ? box.bottom + 6 : box.top - note.offsetHeight - 6}px`;
    }

    function noteOf(term) {
        return document.getElementById(term.getAttribute("popovertarget"));
    }

    text.addEventListener("toggle", (event) => {
        if (!event.target.matches(".explanation") || event.newState !== "open") return;
        placeNote(event.target.previousElementSibling, event.target);
    }, true);
    text.addEventListener("pointerover", (event) => {
        const term = event.pointerType === "mouse" && event.target.closest(".folded > .term");
        if (!term) return;
        const note = noteOf(term);
        if (note.matches(":popover-open")) return;
        note.showPopover();
        term.addEventListener("pointerleave", () => { if (note.matches(":popover-open")) note.hidePopover(); }, { once: true });
    });
    text.addEventListener("focusin", (event) => {
        if (!event.target.matches(".folded > .term:focus-visible")) return;
        const note = noteOf(event.target);
        if (!note.matches(":popover-open")) note.showPopover();
        event.target.addEventListener("blur", () => { if (note.matches(":popover-open")) note.hidePopover(); }, { once: true });
    });

    // --- scrollable blocks: focusable, because not every browser allows keyboard scrolling otherwise

    const scrolling = new ResizeObserver((entries) => {
        for (const { target } of entries) {
            if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
            else target.removeAttribute("tabindex");
        }
    });
    for (const each of text.querySelectorAll(".prose :is(pre, table, math[display=block])")) {
        // Until the observer reports its size.
        each.tabIndex = 0;
        scrolling.observe(each);
    }

    // --- selection: link to the paragraph, copy with source, report an error

    let handle = null;

    function addressOf(id) {
        return `${location.origin}${location.pathname}${id ? `#${id}` : ""}`;
    }

    function button(label, act) {
        const made = document.createElement("button");
        made.type = "button";
        made.textContent = label;
        made.addEventListener("click", act);
        return made;
    }

    async function copy(value, place) {
        try {
            await navigator.clipboard.writeText(value);
            place.textContent = words.copied;
        } catch {
            place.textContent = value;
        }
    }

    function showHandle() {
        const selection = getSelection();
        const chosen = String(selection).trim();
        if (handle && handle.contains(document.activeElement)) return;
        if (handle) handle.remove();
        handle = null;
        if (!chosen || !selection.rangeCount || !text.contains(selection.anchorNode)) return;
        const node = selection.anchorNode;
        const from = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("[id]");
        const id = from && text.contains(from) ? from.id : "";
        const box = selection.getRangeAt(0).getBoundingClientRect();
        const made = document.createElement("div");
        made.className = "selection-toolbar";
        made.append(
            button(words.copyLink, (event) => copy(addressOf(id), event.currentTarget)),
            button(words.copyText, (event) => copy(`“${chosen}”\n— ${document.title.trim()}\n${addressOf(id)}`, event.currentTarget)),
        );
        if (words.report) {
            const link = document.createElement("a");
            link.href = `${words.report}?${new URLSearchParams({ at: id, words: chosen.slice(0, 300) })}`;
            link.textContent = words.reportLabel;
            made.append(link);
        }
        main.append(made);
        handle = made;
        const left = Math.min(Math.max(8, box.left), innerWidth - made.offsetWidth - 12);
        made.style.left = `${left + scrollX}px`;
        made.style.top = `${box.bottom + scrollY + 10}px`;
    }

    let settling = 0;
    document.addEventListener("selectionchange", () => {
        clearTimeout(settling);
        settling = setTimeout(showHandle, 250);
    });
    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && handle) { handle.remove(); handle = null; }
    });

    follow();
    offerToContinue();
})();

// Copy buttons.
document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    try {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = button.dataset.copied;
    } catch {
        button.hidden = true;
    }
});

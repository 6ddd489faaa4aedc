/* Puts text selected in a section into the form for it; w opens the form. */
window.reviewSelect = (() => {
    const box = document.getElementById("review-select");
    const fold = box.querySelector("details");

    /* Returns which occurrence was selected: the number of equal texts before it. */
    const before = (prose, range, words) => {
        const head = document.createRange();
        head.selectNodeContents(prose);
        head.setEnd(range.startContainer, range.startOffset);
        const bare = (text) => text.replace(/\s+/g, "");
        const wanted = bare(words);
        return wanted ? bare(head.toString()).split(wanted).length - 1 : 0;
    };

    const take = () => {
        const selection = document.getSelection();
        const prose = document.querySelector("#review-panel .prose");
        const words = selection.toString().trim();
        if (!prose || !words || selection.rangeCount === 0 || !prose.contains(selection.getRangeAt(0).commonAncestorContainer)) {
            return false;
        }
        box.elements.words.value = words;
        box.elements.to.value = words;
        box.elements.nth.value = before(prose, selection.getRangeAt(0), words);
        return true;
    };

    document.addEventListener("selectionchange", () => {
        if (!box.hidden && take()) {
            box.classList.add("filled");
        }
    });

    return {
        open() {
            if (box.hidden) {
                return;
            }
            take();
            fold.open = true;
            const target = box.elements.words.value ? box.elements.to : box.elements.words;
            target.focus();
            target.select();
        },
    };
})();

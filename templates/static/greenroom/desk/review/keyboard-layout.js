/* Which key of the review screen a press means, whatever layout the keyboard has, and a word where it can mean none. */
window.reviewLayout = (() => {
    const place = document.getElementById("review-input-method");
    // Keys whose place says what they are, where the layout has no Latin letter for them.
    const PLACES = { BracketLeft: "[", BracketRight: "]", Space: " " };

    const isComposing = (event) => event.isComposing || event.key === "Process" || event.keyCode === 229;

    const isModified = (event) =>
        event.ctrlKey || event.metaKey || event.altKey || Boolean(event.getModifierState?.("AltGraph"));

    const byPlace = (code) => code?.match(/^Key([A-Z])$/)?.[1].toLowerCase() || PLACES[code] || "";

    /* The key by its name on this screen: "j", "1", "[", " ", "?", "Escape"; empty for what means nothing here. */
    const keyOf = (event) => {
        if (isModified(event)) {
            return "";
        }
        // Full-width letters are those letters: NFKC makes ｊ j, and ？ ?.
        const key = (event.key || "").normalize("NFKC");
        if (event.shiftKey) {
            // A question mark is typed with Shift on most keyboards. Nothing else is.
            return key === "?" ? key : "";
        }
        if (key.length > 1) {
            return key === "Unidentified" ? byPlace(event.code) : key;
        }
        const digit = event.code?.match(/^(?:Digit|Numpad)([0-9])$/)?.[1];
        if (digit) {
            // French keyboards have digits above the signs, and none without Shift.
            return digit;
        }
        // Where the layout has a Latin letter it is meant, wherever it lies (Dvorak); Caps Lock makes it a capital.
        return /^[\x20-\x7e]$/.test(key) ? key.toLowerCase() : byPlace(event.code);
    };

    /* Says that an input method takes the keys, until one arrives again. */
    const tell = (composes) => {
        const text = composes ? place.parentElement.dataset.inputMethod : "";
        if (place.textContent.trim() !== text) {
            place.textContent = text;
        }
    };

    return { isComposing, keyOf, tell };
})();

/* Maps key events to the keys of the review screen on any keyboard layout; shows a hint if an input method is on. */
window.reviewLayout = (() => {
    const place = document.getElementById("review-input-method");
    // Keys by position, for layouts without Latin letters.
    const PLACES = { BracketLeft: "[", BracketRight: "]", Space: " " };

    const isComposing = (event) => event.isComposing || event.key === "Process" || event.keyCode === 229;

    const isModified = (event) =>
        event.ctrlKey || event.metaKey || event.altKey || Boolean(event.getModifierState?.("AltGraph"));

    const byPlace = (code) => code?.match(/^Key([A-Z])$/)?.[1].toLowerCase() || PLACES[code] || "";

    /* Returns the key's name on this screen: "j", "1", "[", " ", "?", "Escape"; "" for other keys. */
    const keyOf = (event) => {
        if (isModified(event)) {
            return "";
        }
        // Full-width letters are those letters: NFKC makes ｊ j, and ？ ?.
        const key = (event.key || "").normalize("NFKC");
        if (event.shiftKey) {
            // Only the question mark may need Shift.
            return key === "?" ? key : "";
        }
        if (key.length > 1) {
            return key === "Unidentified" ? byPlace(event.code) : key;
        }
        const digit = event.code?.match(/^(?:Digit|Numpad)([0-9])$/)?.[1];
        if (digit) {
            // French keyboards need Shift for digits.
            return digit;
        }
        // A Latin letter counts wherever the layout has it (Dvorak); Caps Lock makes it a capital.
        return /^[\x20-\x7e]$/.test(key) ? key.toLowerCase() : byPlace(event.code);
    };

    /* Shows that an input method takes the keys, until one arrives again. */
    const tell = (composes) => {
        const text = composes ? place.parentElement.dataset.inputMethod : "";
        if (place.textContent.trim() !== text) {
            place.textContent = text;
        }
    };

    return { isComposing, keyOf, tell };
})();

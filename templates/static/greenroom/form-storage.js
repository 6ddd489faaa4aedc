/* Unsaved text, stored in this browser by user, item and version. Nothing is sent, and nothing is put into a form
   without a request. Passwords, files and hidden fields (such as CSRF tokens) are never stored. */
window.deskKept = (() => {
    const PREFIX = "greenroom-typed:";
    // Entries per user; days; characters per entry (browsers store about five million per site).
    const MOST = 40;
    const DAYS = 14;
    const LONGEST = 400000;
    const DAY = 24 * 60 * 60 * 1000;

    const safely = (work, otherwise) => {
        try {
            return work();
        } catch {
            // Storage is full or forbidden.
            return otherwise;
        }
    };

    const keysOf = (prefix) =>
        safely(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix)), []);

    const read = (key) => safely(() => JSON.parse(localStorage.getItem(key)), null);

    const remove = (key) => safely(() => localStorage.removeItem(key));

    // Ignores the language prefix: the same page in another language has the same text.
    const bare = (path) => path.replace(/^\/[a-z]{2}(-[a-z]+)?(?=\/admin\/)/, "");

    const entries = (prefix) =>
        keysOf(prefix)
            .map((key) => ({ key, ...read(key) }))
            .sort((one, other) => (other.at || 0) - (one.at || 0));

    const prune = (user) => {
        const now = Date.now();
        entries(PREFIX).filter((entry) => !(now - entry.at < (entry.days || DAYS) * DAY)).forEach((entry) => remove(entry.key));
        entries(`${PREFIX}${user}:`).slice(MOST).forEach((entry) => remove(entry.key));
    };

    const write = (key, text) => {
        localStorage.setItem(key, text);
        return true;
    };

    /* Deletes older entries if there is no room. Returns whether it was written. */
    const written = (key, text) => {
        if (safely(() => write(key, text), false)) {
            return true;
        }
        const oldest = entries(PREFIX).filter((entry) => entry.key !== key).pop();
        if (oldest) {
            remove(oldest.key);
        }
        return safely(() => write(key, text), false);
    };

    /* The entry for one visit to an item, so that earlier text that is only offered is not overwritten. */
    const slot = (user, item, version, days = DAYS) => {
        const visit = Date.now().toString(36) + Math.random().toString(36).slice(2, 6);
        const key = `${PREFIX}${user}:${item}|${version}|${visit}`;
        return {
            key,
            version,
            keep(fields) {
                const text = JSON.stringify({ at: Date.now(), version, days, fields });
                if (text.length > LONGEST || !written(key, text)) {
                    return false;
                }
                prune(user);
                return true;
            },
            drop: () => remove(key),
        };
    };

    /* The newest entry of an item in any version, except for one entry; null if there is none. */
    const find = (user, item, but = "") =>
        entries(`${PREFIX}${user}:${item}|`).find((entry) => entry.fields && entry.key !== but) || null;

    const dropUser = (user) => keysOf(`${PREFIX}${user}:`).forEach(remove);

    // --- inputs of a form

    const UNKEPT = new Set(["hidden", "password", "file", "submit", "button", "reset", "image"]);

    const isBox = (box) =>
        box.name && !UNKEPT.has(box.type) && box.matches("input, textarea, select") && box.autocomplete !== "current-password";

    const boxesOf = (root) => [...root.querySelectorAll("input, textarea, select")].filter(isBox);

    /* A unique name for each input: inputs of the same name are numbered. */
    const named = (root) => {
        const counts = new Map();
        return boxesOf(root).map((box) => {
            const label = box.form?.elements.namedItem("label");
            const name = label?.type === "hidden" ? `${box.name}@${label.value}` : box.name;
            const count = counts.get(name) || 0;
            counts.set(name, count + 1);
            return [count ? `${name}#${count}` : name, box];
        });
    };

    const isCheck = (box) => box.type === "checkbox" || box.type === "radio";

    const chosenFirst = (select) => {
        const first = [...select.options].filter((option) => option.defaultSelected);
        return first.length || select.multiple ? first : [...select.options].slice(0, 1);
    };

    const isChanged = (box) => {
        if (isCheck(box)) {
            return box.checked !== box.defaultChecked;
        }
        if (box.tagName === "SELECT") {
            const first = chosenFirst(box);
            const now = [...box.selectedOptions];
            return first.length !== now.length || first.some((option) => !now.includes(option));
        }
        return box.value !== box.defaultValue;
    };

    const valueOf = (box) => {
        if (isCheck(box)) {
            return box.checked;
        }
        return box.tagName === "SELECT" ? [...box.selectedOptions].map((option) => [option.value, option.text]) : box.value;
    };

    const choose = (select, chosen) => {
        const values = new Set(chosen.map(([value]) => value));
        for (const [value, text] of chosen) {
            if (![...select.options].some((option) => option.value === value)) {
                // An autocomplete box has only its selected option.
                select.add(new Option(text, value));
            }
        }
        [...select.options].forEach((option) => (option.selected = values.has(option.value)));
    };

    const put = (box, value) => {
        if (isCheck(box)) {
            box.checked = value;
        } else if (box.tagName === "SELECT") {
            choose(box, value);
        } else {
            box.value = value;
        }
        for (let fold = box.closest("details"); fold; fold = fold.parentElement.closest("details")) {
            fold.open = true;
        }
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.dispatchEvent(new Event("change", { bubbles: true }));
    };

    const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

    /* The displayed value: the label of an option, a mark for a checkbox. */
    const shown = (value) =>
        Array.isArray(value) ? value.map(([, text]) => text).join(", ") : typeof value === "boolean" ? (value ? "✓" : "–") : value;

    return { bare, slot, find, drop: remove, dropUser, prune, named, isChanged, valueOf, put, isSame, shown };
})();

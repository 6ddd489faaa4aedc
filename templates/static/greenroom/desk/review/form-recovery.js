/* Unsaved text on the review screen: stored in the browser by thing and version, carried over when the thing is rendered
   again, offered when the user returns to it. */
window.reviewTyped = (() => {
    const session = window.deskSession;
    const kept = window.deskKept;
    const root = document.getElementById("review");
    const select = document.getElementById("review-select");
    const address = kept.bare(root.dataset.address);
    // Inputs changed by typing (the one for selected text fills itself); inputs with their saved values.
    const touched = new WeakSet();
    const saved = new WeakMap();
    const slots = new WeakMap();
    // Requests without an answer yet.
    let onTheWay = 0;

    const panel = () => document.querySelector("#review-panel > article");
    const idOf = (place) => (place === select ? `${select.elements.thing.value}:select` : place.dataset.id);
    const versionOf = () => panel()?.querySelector("input[name=seen]")?.value || "";

    const slotOf = (place) => {
        if (!slots.has(place)) {
            const version = place === select ? versionOf() : place.querySelector("input[name=seen]")?.value || "";
            slots.set(place, kept.slot(session.user, address + idOf(place), version));
        }
        return slots.get(place);
    };

    const isText = (box) => box.matches("textarea, input[type=text], input:not([type])");

    /* Inputs of a refused form are typed and not saved. Checkboxes do not count. */
    const isUnsavedBox = (box) => {
        if (box.matches("[type=checkbox], [type=radio]") || (box.form === select && !touched.has(box))) {
            return false;
        }
        const typed = kept.isChanged(box) || (box.form && "typed" in box.form.dataset && isText(box));
        return typed && !(saved.has(box) && kept.isSame(saved.get(box), kept.valueOf(box)));
    };

    const unsavedIn = (place) =>
        place && !place.dataset.sent ? kept.named(place).filter(([, box]) => isUnsavedBox(box)) : [];

    /* Returns false if there is text that the browser cannot store. */
    const store = (place, words = unsavedIn(place)) => {
        if (words.length) {
            return slotOf(place).keep(Object.fromEntries(words.map(([name, box]) => [name, kept.valueOf(box)])));
        }
        slotOf(place).drop();
        return true;
    };

    const isUnsaved = () => onTheWay > 0 || [panel(), select].some((place) => unsavedIn(place).length > 0);

    const mayLeave = () => [panel(), select].every((place) => unsavedIn(place).length === 0 || store(place));

    const placeOf = (box) => (box.form === select ? select : box.closest("#review-panel > article"));

    let soon = 0;
    const storeSoon = (event) => {
        touched.add(event.target);
        const place = placeOf(event.target);
        if (place) {
            clearTimeout(soon);
            soon = setTimeout(() => place.isConnected && !place.dataset.sent && store(place), 300);
        }
    };
    root.addEventListener("input", storeSoon);
    root.addEventListener("change", storeSoon);
    window.addEventListener("pagehide", mayLeave);

    // --- sending

    /* A reason is submitted by its own button only. */
    const takes = (act, box) => {
        const [, reason] = box.name.match(/^reason-(.+)$/) || [];
        return !reason || act === (reason === "request" ? reason : `waive:${reason}`);
    };

    /* Registers a request. `saved` is called when it succeeds, `over` when it ends. */
    const sending = (form, act) => {
        const place = form === select ? select : form.closest("#review-panel > article");
        const all = act === "later" ? [] : unsavedIn(place);
        const sent = all.filter(([, box]) => box.form === form && takes(act, box));
        const values = sent.map(([, box]) => kept.valueOf(box));
        const slot = all.length ? slotOf(place) : null;
        if (sent.length) {
            store(place, all);
            onTheWay += 1;
        }
        return {
            saved() {
                sent.forEach(([, box], i) => saved.set(box, values[i]));
                const rest = all.filter((word) => !sent.includes(word));
                if (rest.length) {
                    slot.keep(Object.fromEntries(rest.map(([name, box]) => [name, kept.valueOf(box)])));
                } else {
                    slot?.drop();
                }
            },
            over() {
                onTheWay -= sent.length ? 1 : 0;
            },
        };
    };

    /* Removes unsaved text from the data to be sent and stores it. Returns a message. */
    const takeOut = (article, data) => {
        const words = unsavedIn(article);
        if (!words.length || !store(article)) {
            return "";
        }
        words.forEach(([, box]) => data.delete(box.name));
        return session.words.kept;
    };

    // --- showing

    const offer = (place) => {
        const entry = place && kept.find(session.user, address + idOf(place), slotOf(place).key);
        if (!entry) {
            return;
        }
        const offered = window.deskOffer.offer(place, entry, {
            version: slotOf(place).version,
            done(restored) {
                kept.drop(entry.key);
                kept.named(place).forEach(([, box]) => restored && touched.add(box));
                store(place);
                if (!restored) {
                    offer(place);
                }
            },
        });
        if (offered) {
            place.querySelector(place === select ? "summary" : ".judge-head, h2").after(offered);
        } else {
            // Already in the inputs, and stored as theirs from now on.
            kept.drop(entry.key);
            store(place);
            offer(place);
        }
    };

    const baseOf = (box) => (box.tagName === "SELECT" ? [...box.options].filter((option) => option.defaultSelected).map((option) => option.value) : box.defaultValue);

    const focus = (article) => {
        const box = lastBox.get(article);
        const target = box?.isConnected ? box : article.querySelector("form.label.open") || article;
        target.focus({ preventScroll: true });
    };

    /* The last focused input of each article. */
    const lastBox = new WeakMap();
    root.addEventListener("focusin", (event) => {
        const article = event.target.closest("#review-panel > article");
        if (article) {
            lastBox.set(article, isText(event.target) || event.target.matches("select") ? event.target : null);
        }
    });

    /* The same thing is rendered again: typed text stays, unless the saved text has changed. */
    const carry = (words, article, cursor) => {
        const boxes = new Map(kept.named(article));
        for (const [name, box, value, base] of words) {
            const now = boxes.get(name);
            if (now && !kept.isSame(kept.valueOf(now), value) && (kept.isSame(baseOf(now), base) || saved.has(box))) {
                kept.put(now, value);
                if (box === cursor?.box) {
                    now.focus({ preventScroll: true });
                    now.setSelectionRange?.(cursor.at, cursor.at);
                }
            }
        }
        store(article);
    };

    const clearSelect = (id) => {
        if (id !== select.elements.thing.value && unsavedIn(select).length) {
            store(select);
            select.reset();
            kept.named(select).forEach(([, box]) => touched.delete(box));
        }
        if (id !== select.elements.thing.value) {
            slots.delete(select);
            select.querySelectorAll(".unsaved-offer").forEach((each) => each.remove());
        }
    };

    /* Called before the shown thing is replaced. `arrive` is called with the new article;
       `message`: the message about text that is no longer visible. */
    const leave = (article, id) => {
        clearSelect(id);
        const words = unsavedIn(article).map(([name, box]) => [name, box, kept.valueOf(box), baseOf(box)]);
        const isSame = article?.dataset.id === id;
        const box = document.activeElement;
        const cursor = article?.contains(box) ? { box, at: box.selectionStart } : null;
        if (words.length) {
            store(article);
        }
        return {
            message: words.length && !isSame ? session.words.kept : "",
            arrive(next) {
                if (!next) {
                    return;
                }
                if (isSame && words.length) {
                    const before = slotOf(article);
                    carry(words, next, cursor);
                    const now = new Map(kept.named(next).map(([name, each]) => [name, kept.valueOf(each)]));
                    if (words.every(([name, , value]) => kept.isSame(now.get(name), value))) {
                        before.drop();
                    }
                }
                offer(next);
                if (!select.hidden) {
                    offer(select);
                }
            },
        };
    };

    return { isUnsaved, mayLeave, sending, takeOut, offer, leave, focus };
})();

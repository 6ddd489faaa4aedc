/* Offers stored unsaved text: it is shown, and restored only on request. */
window.deskOffer = (() => {
    const { words, element } = window.deskSession;
    const kept = window.deskKept;

    const button = (text, press) => {
        const made = element("button", { type: "button", className: "desk-button", textContent: text });
        made.addEventListener("click", press);
        return made;
    };

    /* The name of an input: its label without nested inputs, else its column heading. */
    const labelOf = (box) => {
        const label = box?.labels?.[0];
        const column = box?.closest("td")?.matches("[class^=field-]") && box.closest("table")?.querySelector(`th.column-${box.closest("td").className.split(" ")[0].slice(6)}`);
        const found = box?.getAttribute("aria-label") || (label?.querySelector("span") || label)?.firstChild?.textContent || column?.textContent;
        return found?.trim().replace(/[:：]$/, "") || "";
    };

    const listed = (root, fields) => {
        const list = element("dl", {});
        const boxes = new Map(kept.named(root));
        for (const [name, value] of Object.entries(fields)) {
            const label = labelOf(boxes.get(name)) || name;
            list.append(element("dt", { textContent: label }), element("dd", { textContent: kept.shown(value) }));
        }
        return list;
    };

    /* The inputs of an entry, created where possible; each is [name, value, input or undefined]. */
    const placed = (root, fields, make) => {
        const find = () => new Map(kept.named(root));
        let boxes = find();
        return Object.entries(fields).map(([name, value]) => {
            if (!boxes.has(name) && make?.(name)) {
                boxes = find();
            }
            return [name, value, boxes.get(name)];
        });
    };

    /* The parts of an entry that differ from the form. */
    const differs = (root, fields) => {
        const boxes = new Map(kept.named(root));
        return Object.entries(fields).some(([name, value]) => !boxes.has(name) || !kept.isSame(kept.valueOf(boxes.get(name)), value));
    };

    /* root: element with the inputs; entry: stored text; version: saved version; make: adds the row of an input's name;
       done: called with true after a restore, false after a discard. Returns the element of the offer, or null. */
    const offer = (root, entry, { version, make, done }) => {
        if (!entry || !differs(root, entry.fields)) {
            return null;
        }
        const when = new Date(entry.at).toLocaleString(document.documentElement.lang || undefined, {
            dateStyle: "medium",
            timeStyle: "short",
        });
        const made = element(
            "section",
            { className: "unsaved-offer" },
            element("p", {}, element("strong", { textContent: words.offer.replace("{when}", when) })),
        );
        made.setAttribute("aria-label", words.offered);
        if (entry.version !== version) {
            made.append(element("p", { className: "moved", textContent: words.moved }));
        }
        made.append(element("details", {}, element("summary", { textContent: words.show }), listed(root, entry.fields)));
        const restore = () => {
            const found = placed(root, entry.fields, make);
            const homeless = Object.fromEntries(found.filter(([, , box]) => !box));
            found.filter(([, , box]) => box).forEach(([, value, box]) => kept.put(box, value));
            const first = found.find(([, , box]) => box?.matches("textarea, input"))?.[2];
            if (Object.keys(homeless).length) {
                made.replaceChildren(element("p", { textContent: words.homeless }), listed(root, homeless), button(words.discard, discard));
            } else {
                made.replaceChildren(element("p", { textContent: words.restored }));
            }
            done?.(true);
            first?.focus();
        };
        const discard = () => {
            made.remove();
            done?.(false);
        };
        made.append(element("div", { className: "offer-acts" }, button(words.restore, restore), button(words.discard, discard)));
        return made;
    };

    return { offer };
})();

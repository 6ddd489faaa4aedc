/* Keyboard shortcuts of the review screen. A key presses the button with its name, so each has a button. */
window.reviewKeys = (() => {
    const STORE = "greenroom-review-keys";
    const STEPS = ["j", "k", "[", "]"];
    const box = document.getElementById("review-keys-on");
    // The meaning of the next digit after x or s.
    let waiting = null;

    const on = () => localStorage.getItem(STORE) !== "off";
    box.checked = on();
    box.addEventListener("change", () => localStorage.setItem(STORE, box.checked ? "on" : "off"));

    const { isComposing } = window.reviewLayout;

    const isBox = (target) =>
        target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox]):not([type=radio])");

    const panel = () => document.querySelector("#review-panel > article");

    const button = (key) => {
        const name = `[data-key="${CSS.escape(key)}"]`;
        return panel()?.querySelector(name) || document.querySelector(`.review-head ${name}`);
    };

    const wait = (what) => {
        waiting = what;
        document.getElementById("review").dataset.waiting = what || "";
    };

    /* Uses the focused name if nothing in the grid is selected. */
    const choose = () => {
        const cell = document.activeElement?.closest(".cell")?.querySelector("input");
        if (cell && !panel().querySelector(".cell input:checked")) {
            cell.checked = true;
        }
    };

    /* Presses a button, opens a <details> and focuses its content, or follows a link. */
    const press = (target) => {
        if (target.tagName === "SUMMARY") {
            target.parentElement.open = true;
        } else {
            target.click();
        }
    };

    const digit = (n) => {
        const speaker = panel()?.querySelector("select[name=speaker]");
        if (waiting === "s" && speaker) {
            if (speaker.options[n]) {
                speaker.selectedIndex = n;
                speaker.dispatchEvent(new Event("change", { bubbles: true }));
            }
            return true;
        }
        const within = waiting === "x" ? panel() : document.activeElement?.closest("form.label") || panel()?.querySelector("form.label.open");
        const target = within?.querySelector(`button[data-digit="${n}"]`);
        if (target && (waiting === "x" || within.matches("form.label"))) {
            target.click();
            return true;
        }
        return false;
    };

    const stepTime = (by) => panel()?.querySelector(`.time-step[data-step="${by}"]`)?.click();

    const cells = (step) => {
        const all = [...panel().querySelectorAll(".cell input, form.label.open")];
        const at = all.indexOf(document.activeElement?.closest("form.label") || document.activeElement);
        const next = all[at + step];
        next?.focus();
        return Boolean(next);
    };

    const handlers = {
        "[": () => stepTime(-1),
        "]": () => stepTime(1),
        e: () => {
            const summary = button("e");
            if (summary) {
                summary.parentElement.open = true;
                const area = summary.parentElement.querySelector("textarea, input");
                area.focus();
                area.setSelectionRange?.(area.value.length, area.value.length);
            }
        },
        x: () => {
            const summary = button("x");
            if (summary) {
                summary.parentElement.open = true;
                wait("x");
            }
        },
        s: () => panel()?.querySelector("select[name=speaker]") && wait("s"),
        w: () => window.reviewSelect?.open(),
        "?": () => {
            const help = document.getElementById("review-help");
            help.open = !help.open;
            help.querySelector("summary").focus();
        },
        j: () => (panel()?.matches(".screen") && cells(1)) || (button("j") && press(button("j"))),
        k: () => (panel()?.matches(".screen") && cells(-1)) || (button("k") && press(button("k"))),
        Escape: () => {
            panel()?.querySelectorAll("details[open]").forEach((fold) => (fold.open = false));
        },
    };

    document.addEventListener("keydown", (event) => {
        const key = window.reviewLayout.keyOf(event);
        // Key repeat is ignored, except for next and previous.
        const held = event.repeat && !STEPS.includes(key);
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form?.matches(".judge")) {
            event.preventDefault();
            if (held) {
                return;
            }
            const form = event.target.form;
            (form.querySelector('[data-key="a"]') || form.querySelector("[value=save]")).click();
            return;
        }
        // Enter in an input with a button of its own (a reason, a name) presses that button.
        const own = event.key === "Enter" && !event.isComposing && event.target.matches("input[type=text]") &&
            event.target.parentElement.querySelector(":scope > input + button[type=submit]");
        if (own && !held) {
            event.preventDefault();
            own.click();
            return;
        }
        const inBox = isBox(event.target);
        if (event.key === "Escape" && inBox && !isComposing(event)) {
            panel()?.focus();
            return;
        }
        if (!on() || inBox) {
            return;
        }
        window.reviewLayout.tell(isComposing(event));
        if (isComposing(event) || !key) {
            return;
        }
        if (held) {
            event.preventDefault();
            return;
        }
        if (/^[1-9]$/.test(key)) {
            if (digit(Number(key))) {
                event.preventDefault();
            }
            wait(null);
            return;
        }
        wait(null);
        // On an input or button the space bar keeps its own function.
        if (key === " " && event.target.matches("input, button, summary, a")) {
            return;
        }
        const handler = handlers[key];
        const target = handler ? null : button(key);
        if (key === "a" || key === "x") {
            choose();
        }
        if (handler || target) {
            event.preventDefault();
            if (handler) {
                handler();
            } else {
                press(target);
            }
        }
    });

    return { on };
})();

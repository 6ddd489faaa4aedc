/* Forms of the desk: what is typed in them is kept until it is saved, leaving asks first, and a form whose session has
   ended is not sent. The review screen's own forms are review/form-recovery.js. */
{
    const session = window.deskSession;
    const kept = window.deskKept;
    // Of this tab: which form was sent last, and who has just pressed "Log out".
    const SENT = "greenroom-sent";
    const OUT = "greenroom-logout";
    const isPopup = document.body.classList.contains("popup");

    /* Not those that log in or out or hold a password, and none that only asks (GET). */
    const isCovered = (form) =>
        form.method === "post" && session.user && !form.matches("#login-form, #logout-form, .desk-login-form") &&
        !form.querySelector("input[type=password]") && !(form.closest("#review") && !form.hasAttribute("action"));

    const isText = ([, box]) => box.matches("textarea, input:not([type=checkbox], [type=radio])");

    /* A list has boxes for its actions, and no words. */
    const holdsWords = (form) => isCovered(form) && form.id !== "changelist-form" && kept.named(form).some(isText);

    const itemOf = (form) => {
        const to = form.elements.namedItem("to");
        return kept.bare(new URL(form.getAttribute("action") || "", location.href).pathname) + (to?.type === "hidden" ? `:${to.value}` : "");
    };

    const versionOf = (form) =>
        form.elements.namedItem("version")?.value || document.querySelector("input[name=version]")?.value || "";

    const isRefused = (form) => Boolean(form.querySelector(".errornote, .errorlist"));

    const isUnsaved = (form) =>
        form.dataset.unsaved !== "no" && (isRefused(form) || kept.named(form).some(([, box]) => kept.isChanged(box)));

    const forms = () => [...document.forms].filter(holdsWords);

    const slots = new WeakMap();
    // Boxes that came back with a refusal: they take what was typed for what they began with.
    const returned = new WeakMap();

    const slotOf = (form) => {
        if (!slots.has(form)) {
            slots.set(form, kept.slot(session.user, itemOf(form), versionOf(form)));
        }
        return slots.get(form);
    };

    const store = (form) => {
        if (isPopup) {
            return;
        }
        const typed = kept.named(form).filter(([name, box]) => kept.isChanged(box) || returned.get(form)?.has(name));
        // A box of a row that is only the pattern for new ones.
        const own = typed.filter(([name]) => !name.includes("__prefix__"));
        if (own.length) {
            slotOf(form).keep(Object.fromEntries(own.map(([name, box]) => [name, kept.valueOf(box)])));
        } else {
            slotOf(form).drop();
        }
    };

    let soon = 0;
    const changed = (form) => {
        delete form.dataset.unsaved;
        form.dataset.touched = "";
        clearTimeout(soon);
        soon = setTimeout(() => store(form), 300);
    };

    const ofForm = (event) => event.target.closest?.("form") || event.target.form;

    for (const kind of ["input", "change"]) {
        document.addEventListener(kind, (event) => {
            const form = ofForm(event);
            // The admin triggers "change" itself when it begins.
            if (form && holdsWords(form) && (kind === "input" || event.isTrusted)) {
                changed(form);
            }
        });
    }
    // Autocomplete boxes tell of a choice through jQuery only.
    window.django?.jQuery?.(document).on("select2:select select2:unselect", (event) => {
        const form = ofForm(event);
        if (form && holdsWords(form)) {
            changed(form);
        }
    });

    // --- sending

    const withUser = (form) => {
        if (!form.elements.namedItem("desk_user")) {
            form.append(session.element("input", { type: "hidden", name: "desk_user", value: session.user }));
        }
    };

    document.addEventListener("submit", (event) => {
        const form = event.target;
        if (form.matches("#logout-form")) {
            sessionStorage.setItem(OUT, session.user);
            return;
        }
        if (event.defaultPrevented || !isCovered(form) || event.submitter?.formTarget === "_blank") {
            return;
        }
        const unsaved = holdsWords(form) && isUnsaved(form);
        if (unsaved) {
            store(form);
            if (!session.isReady()) {
                event.preventDefault();
                return;
            }
            sessionStorage.setItem(SENT, slotOf(form).key);
        }
        withUser(form);
        form.dataset.unsaved = "no";
    });

    window.addEventListener("beforeunload", (event) => {
        if (forms().some((form) => isUnsaved(form))) {
            event.preventDefault();
        }
    });
    window.addEventListener("pagehide", () => {
        forms().filter((form) => "touched" in form.dataset && form.dataset.unsaved !== "no").forEach(store);
    });
    // A page that the browser kept whole comes back: what it sent may have been refused.
    window.addEventListener("pageshow", (event) => {
        if (event.persisted) {
            forms().forEach((form) => delete form.dataset.unsaved);
        }
    });

    // --- coming back

    /* A form that was sent is saved where the next page says so, and says nothing of an error. */
    const settle = () => {
        const sent = sessionStorage.getItem(SENT);
        if (sent && document.querySelector(".messagelist .success") && !document.querySelector(".messagelist .error, .errornote, .errorlist")) {
            kept.drop(sent);
            sessionStorage.removeItem(SENT);
        }
    };

    /* Adds rows to an inline until there is one of this number. */
    const addRow = (name) => {
        const [, prefix, number] = name.match(/^(.+)-(\d+)-[^-]+$/) || [];
        const total = document.getElementById(`id_${prefix}-TOTAL_FORMS`);
        const add = document.querySelector(`#${CSS.escape(prefix || "")}-group .add-row a`);
        for (let i = 0; total && add && Number(total.value) <= Number(number) && i < 50; i += 1) {
            add.click();
        }
        return Boolean(total) && Number(total.value) > Number(number);
    };

    const offer = (form) => {
        const entry = kept.find(session.user, itemOf(form), slotOf(form).key);
        if (!entry) {
            return;
        }
        const offered = window.deskOffer.offer(form, entry, {
            version: versionOf(form),
            make: addRow,
            done(restored) {
                kept.drop(entry.key);
                if (restored) {
                    changed(form);
                    store(form);
                } else {
                    offer(form);
                }
            },
        });
        if (offered) {
            form.before(offered);
            return;
        }
        // It is in the form already: saved, or come back with a refusal.
        kept.drop(entry.key);
        if (isRefused(form)) {
            returned.set(form, new Set(Object.keys(entry.fields)));
            store(form);
        }
        offer(form);
    };

    // Who has logged out leaves nothing behind; who was asked and stayed keeps it.
    const out = sessionStorage.getItem(OUT);
    if (out && out !== session.user) {
        kept.dropUser(out);
    }
    sessionStorage.removeItem(OUT);

    if (session.user) {
        settle();
        if (!isPopup) {
            // After the admin has made its boxes.
            window.addEventListener("load", () => forms().forEach(offer));
        }
    }
}

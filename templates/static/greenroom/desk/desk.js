/* Forms of the desk: unsaved text is stored in the browser, leaving asks for confirmation, and a form is not sent if the
   session has ended. For the forms of the review screen see review/form-recovery.js. */
{
    const session = window.deskSession;
    const kept = window.deskKept;
    // Session storage of this tab: the form sent last, and the user who has just logged out.
    const SENT = "greenroom-sent";
    const OUT = "greenroom-logout";
    const isPopup = document.body.classList.contains("popup");

    /* Excludes login, logout and password forms, and GET forms. */
    const isCovered = (form) =>
        form.method === "post" && session.user && !form.matches("#login-form, #logout-form, .desk-login-form") &&
        !form.querySelector("input[type=password]") && !(form.closest("#review") && !form.hasAttribute("action"));

    const isText = ([, box]) => box.matches("textarea, input:not([type=checkbox], [type=radio])");

    /* Change lists have inputs for actions only. */
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
    // Inputs of a refused form: their initial value is the submitted one.
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
        // An input of the template row for new inlines.
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
            // The admin triggers "change" on load.
            if (form && holdsWords(form) && (kind === "input" || event.isTrusted)) {
                changed(form);
            }
        });
    }
    // Autocomplete boxes report changes through jQuery only.
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
    // Restored from the back/forward cache: the form it sent may have been refused.
    window.addEventListener("pageshow", (event) => {
        if (event.persisted) {
            forms().forEach((form) => delete form.dataset.unsaved);
        }
    });

    // --- loading

    /* A sent form counts as saved if the next page shows a success message and no error. */
    const settle = () => {
        const sent = sessionStorage.getItem(SENT);
        if (sent && document.querySelector(".messagelist .success") && !document.querySelector(".messagelist .error, .errornote, .errorlist")) {
            kept.drop(sent);
            sessionStorage.removeItem(SENT);
        }
    };

    /* Adds rows to an inline until the row with this number exists. */
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
        // Already in the form: saved, or shown again after a refusal.
        kept.drop(entry.key);
        if (isRefused(form)) {
            returned.set(form, new Set(Object.keys(entry.fields)));
            store(form);
        }
        offer(form);
    };

    // Stored text is deleted after a logout, but kept if the user was asked and stayed.
    const out = sessionStorage.getItem(OUT);
    if (out && out !== session.user) {
        kept.dropUser(out);
    }
    sessionStorage.removeItem(OUT);

    if (session.user) {
        settle();
        if (!isPopup) {
            // After the admin has initialised its widgets.
            window.addEventListener("load", () => forms().forEach(offer));
        }
    }
}

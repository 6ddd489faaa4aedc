/* Checks the session before forms are sent. If it has ended, or another user has logged in, the form stays as it is and
   a login form is shown in place. Only the user for whom the page was rendered may send its forms. */
window.deskSession = (() => {
    const words = document.getElementById("desk-words").dataset;
    let box = null;
    // The focused element, to be focused again after the login.
    let before = null;

    const filled = (text, info) => text.replaceAll("{name}", words.name).replaceAll("{now}", info?.name || "");

    /* A login changes the CSRF token; forms opened before it have the old one. */
    const renew = (token, root = document) => {
        if (token) {
            root.querySelectorAll("input[name=csrfmiddlewaretoken]").forEach((input) => (input.value = token));
        }
    };

    const isOwn = (info) => Boolean(info) && info.user === words.user;

    const ask = async () => {
        const answer = await fetch(words.login, { headers: { Accept: "application/json" }, cache: "no-store" });
        return answer.json();
    };

    /* Synchronous, because a submit event cannot wait for an answer. */
    const askNow = () => {
        const request = new XMLHttpRequest();
        request.open("GET", words.login, false);
        request.setRequestHeader("Accept", "application/json");
        try {
            request.send();
            return request.status === 200 ? JSON.parse(request.responseText) : null;
        } catch {
            return null;
        }
    };

    const element = (name, properties, ...children) => {
        const made = Object.assign(document.createElement(name), properties);
        made.append(...children);
        return made;
    };

    const say = (text) => {
        box.querySelector("p").textContent = text;
    };

    const hide = () => {
        box?.remove();
        box = null;
    };

    const back = () => {
        if (before?.isConnected) {
            before.focus({ preventScroll: true });
        }
    };

    const succeeded = (info) => {
        renew(info.token);
        box.querySelector("form").hidden = true;
        say(words.again);
        back();
    };

    const enter = async (event) => {
        event.preventDefault();
        const form = event.target;
        const now = await ask().catch(() => null);
        const data = new FormData(form);
        data.set("csrfmiddlewaretoken", now?.token || "");
        // The login redirects here; for scripts the answer is short.
        data.set("next", words.login);
        form.elements.password.value = "";
        await fetch(words.login, { method: "POST", body: data, headers: { Accept: "application/json" } }).catch(() => null);
        const info = await ask().catch(() => null);
        if (isOwn(info)) {
            succeeded(info);
        } else {
            say(words.refused);
            form.elements.password.focus();
        }
    };

    const built = () => {
        const password = element("input", { type: "password", name: "password", required: true, autocomplete: "current-password" });
        const form = element(
            "form",
            { className: "desk-login-form" },
            element("input", { type: "hidden", name: "username", value: words.name }),
            element("label", {}, `${filled(words.password)} `, password),
            element("button", { type: "submit", className: "desk-button move-accepted", textContent: words.enter }),
            element("a", { href: words.login, target: "_blank", rel: "noopener", textContent: words.elsewhere }),
        );
        form.addEventListener("submit", enter);
        const made = element("section", { id: "desk-login", className: "desk-login" }, element("p", {}), form);
        made.setAttribute("aria-label", words.enter);
        made.querySelector("p").setAttribute("role", "alert");
        return made;
    };

    /* Shows why nothing was sent. info: the logged-in user; null if the server cannot be reached. */
    const show = (info) => {
        before = before?.isConnected && box ? before : document.activeElement;
        hide();
        box = built();
        document.body.append(box);
        box.querySelector("form").hidden = !info;
        say(filled(!info ? words.unreachable : info.user ? words.mismatch : words.signedOut, info));
        if (info) {
            box.querySelector("input[type=password]").focus({ preventScroll: true });
        }
    };

    /* Returns whether forms may be sent, after updating their tokens; shows the reason otherwise. */
    const isReady = () => {
        const info = askNow();
        if (!isOwn(info)) {
            show(info);
            return false;
        }
        renew(info.token);
        hide();
        return true;
    };

    /* The user returns to this tab after logging in in another one. */
    window.addEventListener("focus", async () => {
        if (box && !box.querySelector("form").hidden) {
            const info = await ask().catch(() => null);
            if (box && isOwn(info)) {
                succeeded(info);
            }
        }
    });

    window.addEventListener("online", () => {
        if (box?.querySelector("form").hidden) {
            hide();
            back();
        }
    });

    return { user: words.user, words, ask, isReady, isOwn, renew, show, hide, element };
})();

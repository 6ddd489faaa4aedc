/* The review screen: one request per decision. The next thing is already loaded and shown at once; if the server refuses
   the decision, the thing is shown again with the reason. Without script, each button submits a form. */
{
    const root = document.getElementById("review");
    const place = document.getElementById("review-panel");
    const message = document.getElementById("review-message");
    const session = window.deskSession;
    const typed = window.reviewTyped;
    const ahead = { id: "", html: "" };
    let later = new URLSearchParams(location.search).get("later") || "";
    // Requests are sent one after another: a decision must not overtake the previous one.
    let line = Promise.resolve();
    let waiting = 0;

    const stored = document.getElementById("review-ahead");
    ahead.id = stored.dataset.id;
    ahead.html = stored.innerHTML;

    const panel = () => place.querySelector("article");

    const tell = (text, wrong = false) => {
        message.textContent = text;
        message.classList.toggle("wrong", wrong);
    };

    /* Returns a message if unsaved text was replaced by what is shown now. */
    const show = (id, html, focus = true) => {
        const leave = typed.leave(panel(), id);
        place.innerHTML = html;
        const article = panel();
        const box = document.getElementById("review-select");
        box.hidden = article?.dataset.kind !== "section";
        box.elements.thing.value = id;
        box.querySelector("details").open = false;
        // Shows the undone thing, or stays if there is none.
        document.querySelector(".review-head input[name=thing]").value = id || "summary";
        if (focus) {
            (article?.querySelector("form.label.open") || article)?.focus({ preventScroll: true });
            window.scrollTo(0, Math.min(window.scrollY, root.offsetTop));
        }
        const query = new URLSearchParams(location.search);
        query.set("at", id);
        query.delete("go");
        history.replaceState(null, "", `?${query}`);
        leave.arrive(panel());
        return leave.message;
    };

    const keep = (next) => {
        ahead.id = next?.id || "";
        ahead.html = next?.html || "";
    };

    const progress = (answer) => {
        document.getElementById("review-progress").textContent = answer.progress;
        const bar = document.getElementById("review-bar");
        bar.value = answer.done;
        bar.max = answer.total;
        if (answer.status) {
            const state = document.querySelector("#review-status .state");
            state.textContent = answer.status;
        }
        const release = document.getElementById("review-release");
        if (release && "release" in answer) {
            release.hidden = !answer.release;
        }
        for (const step of answer.rail || []) {
            const item = document.querySelector(`#review-rail [data-group="${step.group}"]`);
            if (item) {
                item.classList.toggle("done", !step.left);
                item.querySelector("b").textContent = step.left;
                const link = item.querySelector("a");
                link.href = `?at=${step.first}`;
                link.toggleAttribute("aria-current", step.here);
            }
        }
    };

    /* The session has ended or another user has logged in: nothing was sent. */
    class NoSession extends Error {
        constructor(info) {
            super("no session");
            this.info = info;
        }
    }

    /* Sends a request; sends it again with the new CSRF token after a login in another tab. */
    const fetched = async (address, { body, ...options } = {}, again = true) => {
        const headers = { Accept: "application/json", "X-Desk-User": session.user };
        const answer = await fetch(address, { headers, credentials: "same-origin", body, ...options });
        if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
            // Redirected to the login page, or a server error.
            const info = answer.redirected ? await session.ask() : null;
            throw info && !session.isOwn(info) ? new NoSession(info) : new Error(String(answer.status));
        }
        const found = await answer.json();
        if (!found.error) {
            session.hide();
            return found;
        }
        if (!session.isOwn(found) || !again) {
            throw new NoSession(found);
        }
        session.renew(found.token);
        body?.set("csrfmiddlewaretoken", found.token);
        return fetched(address, { body, ...options }, false);
    };

    const received = (answer, shown) => {
        progress(answer);
        later = answer.later ?? later;
        // A user who has gone on is brought back for refusals only.
        const html = answer.next.html;
        const hidden = [];
        if (html !== undefined && (answer.refused || panel()?.dataset.id === shown || waiting <= 1)) {
            hidden.push(show(answer.next.id, html));
        }
        tell([...new Set([...answer.messages, ...hidden])].filter(Boolean).join(" "), Boolean(answer.refused));
        if (!answer.refused) {
            keep(answer.ahead);
        }
    };

    /* The network or the session is gone: shows the unsent thing again with everything that was typed. */
    const failed = (sent, error) => {
        // Stays at the first failed request; later ones are still open and their text is stored.
        if (sent && (panel() === sent || !("failed" in (panel()?.dataset || {})))) {
            place.replaceChildren(sent);
            delete sent.dataset.sent;
            sent.dataset.failed = "";
            typed.focus(sent);
        }
        if (error instanceof NoSession) {
            tell("");
            session.show(error.info);
        } else {
            tell(root.dataset.failed, true);
        }
    };

    const count = (by) => {
        waiting += by;
        root.setAttribute("aria-busy", String(waiting > 0));
    };

    const queue = (work, sent) => {
        count(1);
        line = line.then(work).catch((error) => failed(sent, error)).finally(() => count(-1));
        return line;
    };

    /* Actions that lead to the next thing, which is shown before the answer arrives. */
    const leadsOn = (act) => /^(accept|verify|reject|duplicate|later)(:|$)/.test(act);

    const send = (form, submitter) => {
        const data = new FormData(form, submitter);
        const act = data.get("act") || "";
        data.set("later", later);
        data.set("mode", root.dataset.mode);
        const sent = panel();
        // A key pressed before the answer is meant for the next thing, so it is ignored.
        if (form.matches(".judge") && sent.dataset.sent && leadsOn(act)) {
            return;
        }
        delete sent?.dataset.failed;
        // Postponing does not save unfinished text.
        const put = act === "later" && sent ? typed.takeOut(sent, data) : "";
        const way = typed.sending(form, act);
        let shown = "";
        if (form.matches(".judge") && leadsOn(act)) {
            sent.dataset.sent = act;
            if (ahead.html) {
                shown = ahead.id;
                data.set("shown", shown);
                show(ahead.id, ahead.html);
                keep(null);
            }
        }
        queue(async () => {
            try {
                const answer = await fetched(root.dataset.address, { method: "POST", body: data });
                if (!answer.refused) {
                    way.saved();
                    delete sent?.dataset.sent;
                    answer.messages.push(put);
                }
                received(answer, shown);
            } finally {
                way.over();
            }
        }, sent);
    };

    /* Moves on without deciding or saving; typed text is stored in the browser. */
    const go = (href) => {
        if (!typed.mayLeave()) {
            tell(session.words.full, true);
            return;
        }
        queue(async () => {
            const address = new URL(href, location.href);
            address.searchParams.set("panel", "1");
            address.searchParams.set("later", later);
            if (root.dataset.mode) {
                address.searchParams.set("mode", root.dataset.mode);
            }
            const answer = await fetched(address);
            progress(answer);
            const hidden = show(answer.next.id, answer.next.html);
            keep(answer.ahead);
            tell([...answer.messages, hidden].filter(Boolean).join(" "));
        });
    };

    document.addEventListener("submit", (event) => {
        const form = event.target;
        // A form with its own action (approve, mark as fully checked) leaves the page.
        if (form.closest("#review") && !form.hasAttribute("action")) {
            event.preventDefault();
            send(form, event.submitter);
        }
    });

    document.addEventListener("click", (event) => {
        const step = event.target.closest(".steps a, .acts a[data-key=j], #review-rail a");
        if (step && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            go(step.getAttribute("href"));
            return;
        }
        const stepButton = event.target.closest(".time-step");
        if (stepButton) {
            const input = stepButton.closest(".time").querySelector("input");
            const seconds = input.value.split(":").reduce((sum, part) => sum * 60 + Number(part || 0), 0);
            const at = Math.max(0, (Number.isFinite(seconds) ? seconds : 0) + Number(stepButton.dataset.step));
            const parts = [Math.floor(at / 3600), Math.floor(at / 60) % 60, at % 60];
            input.value = parts.map((part) => String(part).padStart(2, "0")).join(":");
            input.dispatchEvent(new Event("input", { bubbles: true }));
            tell(input.value);
            return;
        }
        const play = event.target.closest("a[data-key=p]");
        if (play && (play.dataset.embed || play.dataset.audio)) {
            event.preventDefault();
            const player = play.parentElement.querySelector(".player");
            const media = document.createElement(play.dataset.embed ? "iframe" : "audio");
            media.src = play.dataset.embed || play.dataset.audio;
            if (play.dataset.embed) {
                media.allow = "autoplay; encrypted-media; picture-in-picture";
                media.referrerPolicy = "strict-origin-when-cross-origin";
                media.title = play.textContent.trim();
            } else {
                media.controls = media.autoplay = true;
            }
            player.replaceChildren(media);
            player.hidden = false;
        }
    });

    window.addEventListener("beforeunload", (event) => {
        if (typed.isUnsaved()) {
            event.preventDefault();
        }
    });
    // Online again: focus where the user was when sending failed.
    window.addEventListener("online", () => {
        const article = panel();
        if (article && "failed" in article.dataset && !article.contains(document.activeElement)) {
            typed.focus(article);
        }
    });

    panel()?.focus({ preventScroll: true });
    typed.offer(panel());
}

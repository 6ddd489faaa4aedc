/* The review screen: one decision is one request. The next thing is here already and is shown at once; what the server
   says comes after, and where it refuses the thing comes back with the reason. Without this file everything is a form. */
{
    const root = document.getElementById("review");
    const place = document.getElementById("review-panel");
    const said = document.getElementById("review-said");
    const ahead = { id: "", html: "" };
    let later = new URLSearchParams(location.search).get("later") || "";
    // Requests go one after another: a decision must not overtake the one before it.
    let line = Promise.resolve();
    let waiting = 0;

    const stored = document.getElementById("review-ahead");
    ahead.id = stored.dataset.id;
    ahead.html = stored.innerHTML;

    const panel = () => place.querySelector("article");

    const tell = (text, wrong = false) => {
        said.textContent = text;
        said.classList.toggle("wrong", wrong);
    };

    const show = (id, html, focus = true) => {
        place.innerHTML = html;
        const article = panel();
        const box = document.getElementById("review-select");
        box.hidden = article?.dataset.kind !== "section";
        box.elements.thing.value = id;
        box.querySelector("details").open = false;
        if (focus) {
            (article?.querySelector("form.label.open") || article)?.focus({ preventScroll: true });
            window.scrollTo(0, Math.min(window.scrollY, root.offsetTop));
        }
        const query = new URLSearchParams(location.search);
        query.set("at", id);
        query.delete("go");
        history.replaceState(null, "", `?${query}`);
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

    const fetched = async (address, options) => {
        const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin", ...options });
        if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
            // Signed out, or the server is in trouble: the whole page says it better.
            throw new Error(String(answer.status));
        }
        return answer.json();
    };

    const received = (answer, shown) => {
        progress(answer);
        later = answer.later ?? later;
        tell(answer.said.join(" "), Boolean(answer.refused));
        // Somebody who has gone on meanwhile is called back only for what was refused.
        const html = answer.next.html;
        if (html !== undefined && (answer.refused || panel()?.dataset.id === shown || waiting <= 1)) {
            show(answer.next.id, html);
        }
        if (!answer.refused) {
            keep(answer.ahead);
        }
    };

    /* The network or the session is gone: what was on its way comes back with everything that was typed. */
    const failed = (sent) => {
        if (sent) {
            place.replaceChildren(sent);
            delete sent.dataset.sent;
            sent.focus();
        }
        tell(root.dataset.failed, true);
    };

    const count = (by) => {
        waiting += by;
        root.setAttribute("aria-busy", String(waiting > 0));
    };

    const queue = (work, sent) => {
        count(1);
        line = line.then(work).catch(() => failed(sent)).finally(() => count(-1));
        return line;
    };

    /* Acts that lead to the next thing, so that it may be shown before the answer is there. */
    const leadsOn = (act) => /^(accept|verify|reject|duplicate|later)(:|$)/.test(act);

    const send = (form, submitter) => {
        const data = new FormData(form, submitter);
        const act = data.get("act") || "";
        data.set("later", later);
        data.set("mode", root.dataset.mode);
        const sent = panel();
        let shown = "";
        if (form.matches(".judge") && leadsOn(act)) {
            // A second key before the answer is meant for the next thing, which is not there yet.
            if (sent.dataset.sent) {
                return;
            }
            sent.dataset.sent = act;
            if (ahead.html) {
                shown = ahead.id;
                data.set("shown", shown);
                show(ahead.id, ahead.html);
                keep(null);
            }
        }
        queue(async () => received(await fetched(root.dataset.address, { method: "POST", body: data }), shown), sent);
    };

    const changed = (form) =>
        [...form.elements].some((field) =>
            field.matches("textarea, input[type=text]") ? field.value !== field.defaultValue
                : field.matches("select") ? ![...field.options].every((option) => option.selected === option.defaultSelected)
                    : false);

    /* Moves on without deciding. Words that were changed are saved first. */
    const go = (href) => {
        const form = panel()?.querySelector("form.judge");
        let stopped = false;
        if (form && changed(form)) {
            const data = new FormData(form);
            data.set("act", "save");
            data.set("mode", root.dataset.mode);
            queue(async () => {
                const answer = await fetched(root.dataset.address, { method: "POST", body: data });
                stopped = answer.refused;
                received(answer, "");
            }, panel());
        }
        queue(async () => {
            if (stopped) {
                return;
            }
            const address = new URL(href, location.href);
            address.searchParams.set("panel", "1");
            address.searchParams.set("later", later);
            if (root.dataset.mode) {
                address.searchParams.set("mode", root.dataset.mode);
            }
            const answer = await fetched(address);
            progress(answer);
            show(answer.next.id, answer.next.html);
            keep(answer.ahead);
            tell(answer.said.join(" "));
        });
    };

    document.addEventListener("submit", (event) => {
        const form = event.target;
        // A form with an address of its own (approve, grow evergreen) leads away from here.
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
        const nudge = event.target.closest(".nudge");
        if (nudge) {
            const input = nudge.closest(".time").querySelector("input");
            const seconds = input.value.split(":").reduce((sum, part) => sum * 60 + Number(part || 0), 0);
            const at = Math.max(0, (Number.isFinite(seconds) ? seconds : 0) + Number(nudge.dataset.nudge));
            const parts = [Math.floor(at / 3600), Math.floor(at / 60) % 60, at % 60];
            input.value = parts.map((part) => String(part).padStart(2, "0")).join(":");
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

    panel()?.focus({ preventScroll: true });
}

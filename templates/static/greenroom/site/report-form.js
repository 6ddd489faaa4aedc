/* Keep an unsent report in this browser for a day and offer to restore it; warn before leaving. See form-storage.js. */
{
    const kept = window.deskKept;
    const form = document.querySelector("form.report");
    const words = form.dataset;
    const boxes = () => kept.named(form).filter(([name]) => name === "message" || name === "kind");
    // A refused report comes back in the form.
    const isReturned = Boolean(document.querySelector("main [role=alert]"));
    const hasWords = () => form.elements.message.value.trim() !== "";
    const slot = kept.slot("", form.getAttribute("action").replace(/^\/en(?=\/)/, ""), form.elements.at?.value || "", 1);
    const item = slot.key.split("|")[0].split(":").slice(2).join(":");
    let isSent = false;

    const store = () => {
        if (hasWords()) {
            slot.keep(Object.fromEntries(boxes().map(([name, box]) => [name, kept.valueOf(box)])));
        } else {
            slot.drop();
        }
    };

    form.addEventListener("input", store);
    form.addEventListener("submit", () => {
        isSent = true;
        sessionStorage.setItem("greenroom-report", slot.key);
    });
    window.addEventListener("pageshow", (event) => {
        isSent = isSent && !event.persisted;
    });
    window.addEventListener("beforeunload", (event) => {
        if (!isSent && hasWords() && (isReturned || form.elements.message.value !== form.elements.message.defaultValue)) {
            event.preventDefault();
        }
    });

    const entry = kept.find("", item, slot.key);
    const message = entry?.fields.message || "";
    if (entry && (!message.trim() || message === form.elements.message.value)) {
        kept.drop(entry.key);
        if (isReturned) {
            store();
        }
    } else if (entry) {
        const offer = document.getElementById("report-kept").content.firstElementChild.cloneNode(true);
        offer.querySelector(".words").textContent = message;
        const when = new Date(entry.at).toLocaleString(document.documentElement.lang || undefined, { dateStyle: "medium", timeStyle: "short" });
        offer.querySelector("[data-when]").textContent = words.offer.replace("{when}", when);
        offer.addEventListener("click", (event) => {
            if (!event.target.matches("button")) {
                return;
            }
            kept.drop(entry.key);
            if (event.target.value === "restore") {
                boxes().forEach(([name, box]) => name in entry.fields && kept.put(box, entry.fields[name]));
                form.elements.message.focus();
            }
            offer.remove();
        });
        form.before(offer);
    }
}

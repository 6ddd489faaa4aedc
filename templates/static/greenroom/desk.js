/* Asks before a page is left whose form holds something unsaved: the buttons above it act on what is stored. */
{
    const form = document.querySelector("#content-main > form");
    let unsaved = false;
    const changed = () => {
        unsaved = true;
    };
    if (form) {
        form.addEventListener("input", changed);
        // Autocomplete boxes tell of a choice through jQuery only. Not "change": the admin triggers that when it begins.
        django.jQuery(form).on("select2:select select2:unselect", changed);
        form.addEventListener("submit", (event) => {
            if (event.submitter?.formTarget !== "_blank") {
                unsaved = false;
            }
        });
        window.addEventListener("beforeunload", (event) => {
            if (unsaved) {
                event.preventDefault();
            }
        });
    }
}

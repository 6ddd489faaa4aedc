/* On the page that thanks for a report: what was kept of it in the browser goes. */
try {
    localStorage.removeItem(sessionStorage.getItem("greenroom-report"));
    sessionStorage.removeItem("greenroom-report");
} catch {
    // Storage is forbidden, and nothing was kept.
}

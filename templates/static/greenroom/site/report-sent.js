/* Remove the stored report after it was sent. */
try {
    localStorage.removeItem(sessionStorage.getItem("greenroom-report"));
    sessionStorage.removeItem("greenroom-report");
} catch {
    // Storage is disabled.
}

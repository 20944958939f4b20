// For scripts that must act before the page is painted.

/** Call `act` whenever more of the page has been read, before that is painted. */
globalThis.whileReading = (act) => {
  const watch = new MutationObserver(act);
  watch.observe(document, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    watch.disconnect();
    act();
  });
};

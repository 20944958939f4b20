// A page that was opened as a file gets no scripts from its browser but this kind: it says so.

if (location.protocol === "file:") {
  document.documentElement.dataset.opened = "as-file";
  document.addEventListener("DOMContentLoaded", () => {
    const note = document.createElement("p");
    note.className = "opened-as-file";
    note.textContent =
      "This page was opened as a file. Browsers run no code on such a page: " +
      "make serve, in the course's folder, shows it with everything that runs.";
    document.querySelector("article h1")?.after(note);
  });
}

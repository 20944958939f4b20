// Answers that this browser keeps have their place before the page is painted, so that nothing moves
// when their editors come.

(() => {
  const seen = new WeakSet();
  let answers;

  whileReading(() => {
    const panel = document.querySelector(".exercise-bar");
    if (!panel) return;
    answers ??= keptFor(panel.dataset);
    for (const bar of document.querySelectorAll(".run-bar[data-id]")) {
      if (seen.has(bar) || !answers.has(bar.dataset.id)) continue;
      seen.add(bar);
      const place = bar.closest(".cell").querySelector(".cell_input pre");
      const source = answers.get(bar.dataset.id);
      if (source.trimEnd() !== place.textContent.trimEnd()) place.textContent = `${source}\n`;
    }
  });

  /** Sources by cell, of the same release; those of another are carried over later. */
  function keptFor({ file, release }) {
    try {
      const kept = JSON.parse(localStorage.getItem(`exercise ${file}`));
      if (kept?.release !== release) return new Map();
      return new Map(kept.notebook.cells.map(({ id, source }) => [id, [].concat(source).join("")]));
    } catch {
      return new Map();
    }
  }
})();

// An editor for code: CodeMirror, which comes when it is first wanted, or a plain field without it.

let bundle;

/**
 * An editor at the end of `place`: { element, source, focus(), remove() }.
 *
 * `label` says aloud what is edited, `changed` is called when something is typed, `run` for
 * Ctrl-Enter and Shift-Enter.
 */
export async function openEditor(place, wishes) {
  bundle ??= import("./codemirror.js").catch(() => undefined);
  const made = await bundle;
  return made ? made.edit(place, wishes) : plainField(place, wishes);
}

function plainField(place, { source, label, changed, run }) {
  const area = document.createElement("textarea");
  area.className = "run-source";
  area.spellcheck = false;
  area.setAttribute("aria-label", label);
  const fit = () => (area.rows = area.value.split("\n").length + 1);
  area.addEventListener("input", () => (fit(), changed()));
  area.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || event.shiftKey)) return;
    event.preventDefault();
    run();
  });
  area.value = source;
  fit();
  place.append(area);
  return {
    element: area,
    get source() {
      return area.value;
    },
    set source(text) {
      area.value = text;
      fit();
      changed();
    },
    focus: () => area.focus(),
    remove: () => area.remove(),
  };
}

// A code cell of a page: its buttons, its editor, and the place where its output goes.

import { openEditor } from "./editor.js";
import { BROKEN, DONE, RAISED, STOPPED, capital } from "./page-python.js";

export const ENDS = {
  [DONE]: "Done.",
  [RAISED]: "Stopped at an error.",
  [STOPPED]: "Stopped. Run starts anew.",
  [BROKEN]: "Nothing was run.",
};

export class RunCell {
  ends = ENDS;

  constructor(bar, source) {
    this.bar = bar;
    this.original = source;
    this.name = `cell ${bar.dataset.cell}`;
    this.whole = bar.closest(".cell");
    const output = this.whole.querySelector(".cell_output");
    this.before = output?.closest("details.hide") ?? output;
    this.caption = output?.querySelector("figcaption");
    this.output = bar.nextElementSibling;
    this.input = this.whole.querySelector(".cell_input .highlight");
    this.pre = this.input.querySelector("pre");
    this.says = bar.querySelector(".run-says");
    this.start = this.button("start", () => (this.running ? this.sequence.stop() : this.run()));
    this.button("restart", () => this.forget());
    this.button("edit", () => this.open(this.original, { focus: true }));
    this.button("reset", () => this.reset());
    this.does = { word: this.start.textContent, label: this.start.getAttribute("aria-label") };
  }

  button(name, press) {
    const found = this.bar.querySelector(`.run-${name}`);
    found?.addEventListener("click", press);
    return found;
  }

  hide(name, hidden = true) {
    const found = this.bar.querySelector(`.run-${name}`);
    if (found) found.hidden = hidden;
  }

  get source() {
    return this.editor?.source ?? this.original;
  }

  /** Run this cell, and first the cells above that have not run; how it ended. */
  async run() {
    if (this.running) return STOPPED;
    this.running = true;
    this.offer({ word: "Stop", label: `Stop ${this.name}` });
    this.clear();
    const { ended, at } = await this.sequence.run(this, (told) =>
      told.says ? this.tell(told.says) : this.show(told),
    );
    this.running = false;
    this.offer(this.does);
    if (ended === DONE && this.caption) this.output.append(this.captionAgain());
    const above = ended === RAISED && at !== this;
    this.tell(above ? `${capital(at.name)}, above, stopped at an error.` : this.ends[ended]);
    this.hide("restart", ended === STOPPED || ended === BROKEN);
    return ended;
  }

  /** Start Python anew, when this or another cell is run next. */
  forget() {
    this.sequence.stop();
    this.hide("restart");
    this.tell("Python has forgotten everything. Run starts it anew.");
    this.start.focus();
  }

  offer({ word, label }) {
    this.start.textContent = word;
    this.start.setAttribute("aria-label", label);
  }

  tell(words) {
    this.says.textContent = words;
  }

  clear() {
    this.output.replaceChildren();
    this.output.hidden = true;
    if (this.before) this.before.hidden = true;
  }

  show({ kind, content }) {
    this.output.hidden = false;
    const last = this.output.lastElementChild;
    if (kind === "text" && last?.matches("pre.run-text")) {
      last.append(content);
    } else if (kind === "html") {
      const box = document.createElement("div");
      box.innerHTML = content;
      this.output.append(box);
    } else {
      const text = document.createElement("pre");
      text.className = `run-${kind}`;
      text.append(content);
      this.output.append(text);
    }
  }

  /** What the figure's caption says, for the figure that this run has drawn. */
  captionAgain() {
    const copy = this.caption.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("[id]")]) one.removeAttribute("id");
    return copy;
  }

  /** Put an editor in the place of the source. */
  async open(source, { focus = false } = {}) {
    this.opening ??= this.edit(source);
    await this.opening;
    if (focus) this.editor?.focus();
  }

  async edit(source) {
    this.input.closest("details")?.setAttribute("open", "");
    this.editor = await openEditor(this.input, {
      source,
      label: `Source of ${this.name}`,
      changed: () => this.changed(),
      run: () => this.run(),
    });
    this.pre.hidden = true;
    this.hide("edit");
    this.hide("reset", this.source === this.original);
  }

  changed() {
    this.sequence.forgetFrom(this);
    this.hide("reset", this.source === this.original);
    if (this.output.querySelector(".run-error")) {
      this.clear();
      this.tell("");
    }
  }

  /** Bring back the source that the page came with, and what it gave. */
  reset() {
    this.editor.remove();
    this.editor = this.opening = undefined;
    this.pre.hidden = false;
    this.hide("reset");
    this.hide("edit", false);
    this.output.hidden = true;
    if (this.before) this.before.hidden = false;
    this.tell("");
    this.sequence.forgetFrom(this);
  }
}

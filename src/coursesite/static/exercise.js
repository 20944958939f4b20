// A graded exercise in the page: answers are typed, checked, kept, and leave as the notebook to
// hand in.  That notebook is all there is to keep: whatever is typed goes into it at once.

import { ExerciseCell } from "./exercise-cell.js";
import { Status } from "./exercise-status.js";
import { Verdicts } from "./exercise-verdicts.js";
import { keep, kept } from "./kept.js";
import * as nb from "./notebook.js";
import { BROKEN, Sequence, STOPPED } from "./page-python.js";

const LARGEST_BYTES = 20e6;
const SAVED_MS = 60e3;

class Exercise {
  constructor(bar) {
    this.bar = bar;
    this.file = bar.dataset.file;
    this.name = `exercise ${this.file}`;
    this.status = new Status(bar.querySelector(".exercise-says"), bar.querySelector(".exercise-foot"));
    this.check = bar.querySelector(".exercise-check");
    this.picker = bar.querySelector("input[type=file]");
    this.released = JSON.parse(document.getElementById("exercise").textContent);
    this.notebook = structuredClone(this.released);
    const passOver = (above, cell) => !(above.isAnswer && this.verdicts.cellsOf(cell).includes(above));
    this.sequence = new Sequence([], { passOver, anew: true });
    this.verdicts = new Verdicts(bar.querySelectorAll("[data-part]"), this.sequence);
    this.cells = new Map();
    for (const one of document.querySelectorAll("div.run-bar")) this.add(one, one.dataset.id);
    this.listen();
    this.restore();
  }

  add(bar, id) {
    const cell = this.notebook.cells.find((one) => one.id === id);
    this.cells.set(id, new ExerciseCell(bar, this, cell));
  }

  listen() {
    const on = (names, press) => {
      for (const one of document.querySelectorAll(names)) one.addEventListener("click", press);
    };
    on(".exercise-check", () => (this.checking ? this.sequence.stop() : this.checkAll()));
    on(".exercise-download", () => this.download());
    on(".exercise-open", () => this.picker.click());
    on(".exercise-clear", () => this.startOver());
    this.picker.addEventListener("change", () => this.read(this.picker.files[0]));
    addEventListener("beforeunload", (event) => this.unkept && event.preventDefault());
    addEventListener("storage", ({ key }) => key === this.name && this.restore());
  }

  /** Go on where this browser left off; in a new release with what fits into it. */
  async restore() {
    const { release, notebook, verdicts, before } = kept(this.name) ?? {};
    if (!notebook) return this.show(this.notebook);
    this.verdicts.made = verdicts;
    if (release === this.bar.dataset.release) {
      this.before = before;
      await this.show(notebook);
      if (before) this.offerUndo();
      return;
    }
    try {
      await this.show(nb.carryOver(this.released, notebook).notebook);
      this.status.tell("The exercise has changed since you were here. Your answers are in the new one.");
    } catch (error) {
      keep(`${this.name}, put aside`, notebook);
      await this.show(this.notebook);
      this.status.tell(`What this browser kept does not fit and was put aside: ${error.message}.`);
    }
  }

  /** Put a notebook into the page. */
  async show(notebook) {
    this.showing = true;
    this.notebook = notebook;
    for (const one of document.querySelectorAll(".exercise-own")) one.remove();
    for (const id of [...this.cells.keys()]) if (this.isOwn({ id })) this.cells.delete(id);
    this.placeOwn();
    this.sequence.cells = notebook.cells.map(({ id }) => this.cells.get(id)).filter(Boolean);
    for (const cell of this.sequence.cells) {
      await cell.write(nb.sourceOf(notebook.cells.find(({ id }) => id === cell.id)));
    }
    this.showing = false;
    this.verdicts.show();
  }

  isOwn({ id }) {
    return !this.released.cells.some((cell) => cell.id === id);
  }

  asReleased(cell) {
    return this.released.cells.find(({ id }) => id === cell.id) ?? cell;
  }

  /** Own cells stand below the cell that they follow; those that follow text, above the next. */
  placeOwn() {
    const { cells } = this.notebook;
    let last;
    let afterText = true;
    cells.forEach((cell, at) => {
      if (!this.isOwn(cell)) {
        afterText = cell.cell_type !== "code";
        if (!afterText) last = this.cells.get(cell.id).whole;
        return;
      }
      const next = cells.slice(at).map(({ id }) => this.cells.get(id)).find(Boolean);
      const made = this.build(cell);
      if (afterText && next) next.whole.before(made);
      else last.after(made);
      if (cell.cell_type === "code") this.add(made.querySelector(".run-bar"), cell.id);
      last = made;
      afterText = false;
    });
  }

  build(cell) {
    const name = cell.cell_type === "code" ? "own-code" : "own-text";
    const made = document.getElementById(name).content.firstElementChild.cloneNode(true);
    made.querySelector("pre").textContent = nb.sourceOf(cell);
    return made;
  }

  addBelow(above) {
    const notebook = structuredClone(this.notebook);
    const made = nb.ownCell();
    notebook.cells.splice(notebook.cells.findIndex(({ id }) => id === above.id) + 1, 0, made);
    this.show(notebook).then(() => this.cells.get(made.id).editor.focus());
    this.save();
  }

  remove(cell) {
    const cells = this.notebook.cells.filter(({ id }) => id !== cell.id);
    this.take(structuredClone({ ...this.notebook, cells }), "Your cell is gone.");
  }

  startOver() {
    this.verdicts.made = {};
    this.take(structuredClone(this.released), "All is as released.");
  }

  bringBack(cell) {
    const notebook = structuredClone(this.notebook);
    nb.setSource(notebook.cells.find(({ id }) => id === cell.id), cell.original);
    this.take(notebook, `As released: ${cell.name}.`);
  }

  /** Go on with another notebook; the one before can be brought back, after a reload as well. */
  async take(notebook, words) {
    this.before = { notebook: structuredClone(this.notebook), words };
    this.sequence.forgetFrom(this.sequence.cells[0]);
    await this.show(notebook);
    this.save();
    this.offerUndo();
  }

  offerUndo() {
    const { notebook, words } = this.before;
    this.status.tell(words, () => this.take(notebook, "All is as it was before."));
  }

  typed(cell) {
    if (this.showing) return;
    nb.setSource(this.notebook.cells.find(({ id }) => id === cell.id), cell.source);
    this.status.rest();
    this.save();
    this.verdicts.show();
  }

  save() {
    const { notebook, verdicts, before } = this;
    const { release } = this.bar.dataset;
    this.unkept = !keep(this.name, { release, notebook, verdicts: verdicts.made, before });
    if (this.unkept) this.status.tell("This browser keeps nothing: download your notebook before you leave.");
  }

  judge({ part }, passes, answers) {
    this.verdicts.made[part] = { passes, answers };
    this.save();
    this.verdicts.show();
  }

  /** Run all visible checks in a Python that knows nothing yet, as the grading does. */
  async checkAll() {
    this.checking = true;
    this.check.textContent = "Stop";
    this.sequence.stop();
    const checks = this.sequence.cells.filter(({ part }) => part);
    let ended;
    for (const [at, cell] of checks.entries()) {
      this.status.tell(`Checking part ${at + 1} of ${checks.length}…`);
      ended = await cell.run();
      if (ended === STOPPED || ended === BROKEN) break;
    }
    const early = { [STOPPED]: "Stopped.", [BROKEN]: "Nothing was run: Python could not be started." };
    this.status.tell(early[ended] ?? this.verdicts.show());
    this.check.textContent = "Check all";
    this.checking = false;
  }

  download() {
    const link = document.createElement("a");
    const content = new Blob([nb.asFile(this.notebook)], { type: "application/x-ipynb+json" });
    link.href = URL.createObjectURL(content);
    link.download = this.file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), SAVED_MS);
    this.status.tell(`${this.file} is among your downloads. That is the file to hand in.`);
  }

  async read(file) {
    this.picker.value = "";
    try {
      if (file.size > LARGEST_BYTES) throw new Error(`it has ${Math.round(file.size / 1e6)} MB`);
      const { notebook, changed } = nb.carryOver(this.released, nb.notebookIn(await file.text()));
      const less = changed ? ` ${changed} cells that are not yours to change are as released.` : "";
      await this.take(notebook, `Here is what ${file.name} has in it.${less}`);
    } catch (error) {
      this.status.tell(`${file.name} was not opened: ${error.message}. What is here stays.`);
    }
  }
}

new Exercise(document.querySelector(".exercise-bar"));

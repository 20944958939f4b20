// The cells of a chapter.  What is edited is kept until the tab is closed.

import { keep, kept } from "./kept.js";
import { Sequence } from "./page-python.js";
import { RunCell } from "./run-cell.js";

const name = `cells ${location.pathname}`;
const tab = () => sessionStorage;
const sources = JSON.parse(document.getElementById("cells").textContent);
const cells = sources.map((source, at) => ({ name: `cell ${at + 1}`, source, skip: source === null }));
const sequence = new Sequence(cells);
const edited = kept(name, tab) ?? {};

class ChapterCell extends RunCell {
  sequence = sequence;

  changed() {
    super.changed();
    edited[this.name] = { was: this.original, is: this.source };
    keep(name, edited, tab);
  }

  reset() {
    super.reset();
    delete edited[this.name];
    keep(name, edited, tab);
  }
}

for (const bar of document.querySelectorAll("div.run-bar")) {
  const at = Number(bar.dataset.cell) - 1;
  const cell = new ChapterCell(bar, sources[at]);
  cells[at] = cell;
  const last = edited[cell.name];
  if (last?.was === cell.original && last.is !== last.was) cell.open(last.is);
}

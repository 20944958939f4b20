/**
 * `<course-hunt>`: the reader marks what holds and what is a slip, and asks for the verdict.
 *
 * A statement that is marked as a slip is settled by the verdict.  Of those that are marked as
 * holding only the number that do is told, so that the hunt goes on until all slips are found.
 */

import { keep, kept } from "./kept.js";
import { BROKEN, DONE, RAISED, STOPPED, Sequence } from "./page-python.js";

const SLIP = "slip";
const HOLDS = "holds";
const ENDS = {
  [DONE]: "",
  [RAISED]: "Stopped at an error.",
  [STOPPED]: "Stopped.",
  [BROKEN]: "Nothing was run.",
};
const VERDICTS = {
  found: "Found: a slip.",
  alarm: "A false alarm: this one holds.",
  missed: "This one was a slip.",
  holds: "It holds.",
};
const count = (n, one, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

/** One statement of the hunt. */
class Statement {
  constructor(place) {
    this.place = place;
    this.key = place.dataset.key;
    this.slip = place.dataset.slip === "1";
    this.marks = place.querySelector(".hunt-marks");
    this.inputs = [...place.querySelectorAll("input")];
    this.verdict = place.querySelector(".hunt-verdict");
    this.answer = place.querySelector(".hunt-answer");
    this.answer.querySelector("summary").textContent = "Why";
  }

  get mark() {
    return this.inputs.find((one) => one.checked)?.value;
  }

  set mark(wanted) {
    for (const one of this.inputs) one.checked = one.value === wanted;
  }

  /** What the verdict is called: undefined while it is open. */
  get settled() {
    return this.place.dataset.settled;
  }

  /** Show the verdict in the place of the marks; `open` its reasons, too. */
  settle(how, { open }) {
    this.place.dataset.settled = how;
    this.verdict.textContent = VERDICTS[how];
    this.show(true);
    this.answer.open = open;
  }

  reopen() {
    delete this.place.dataset.settled;
    this.mark = undefined;
    this.show(false);
    this.answer.open = false;
  }

  show(settled) {
    this.marks.hidden = settled;
    this.verdict.hidden = !settled;
    this.answer.hidden = !settled;
  }
}

class Hunt extends HTMLElement {
  connectedCallback() {
    if (this.statements) return;
    this.name = `hunt ${this.dataset.hunt}`;
    this.statements = [...this.querySelectorAll(".hunt-statement")].map((one) => new Statement(one));
    this.says = this.querySelector(".hunt-says");
    this.slips = this.statements.filter((one) => one.slip).length;
    this.on(".hunt-check", () => this.check());
    this.on(".hunt-show", () => this.giveUp());
    this.on(".hunt-again", () => this.again());
    this.addEventListener("change", () => this.remember());
    this.python();
    this.recall();
  }

  on(selector, press) {
    this.querySelector(selector).addEventListener("click", press);
  }

  get open() {
    return this.statements.filter((one) => !one.settled);
  }

  get found() {
    return this.statements.filter((one) => one.settled === "found").length;
  }

  remember() {
    const marks = this.open.filter((one) => one.mark).map((one) => [one.key, one.mark]);
    const settled = this.statements.filter((one) => one.settled).map((one) => [one.key, one.settled]);
    this.keeps = keep(this.name, { marks, settled });
  }

  /** What was marked and found here before: reasons stay on their fold, so that nothing moves. */
  recall() {
    const known = kept(this.name);
    const [marks, settled] = ["marks", "settled"].map((what) =>
      new Map(Array.isArray(known?.[what]) ? known[what].filter(Array.isArray) : []));
    for (const one of this.statements) {
      one.show(false);
      one.mark = marks.get(one.key);
      const how = settled.get(one.key);
      if (Object.hasOwn(VERDICTS, how)) one.settle(how, { open: false });
    }
    this.tell(this.open.length < this.statements.length ? this.standing() : this.task());
  }

  tell(...sentences) {
    this.says.textContent = sentences.filter(Boolean).join(" ");
  }

  task() {
    return `${count(this.statements.length, "statement")}, ${count(this.slips, "slip")} among them.`;
  }

  standing() {
    return this.found === this.slips
      ? `All ${this.slips} slips are found.`
      : `${this.found} of ${this.slips} slips found.`;
  }

  check() {
    const before = this.found;
    const marked = this.open.filter((one) => one.mark);
    if (!marked.length) return this.tell("Mark a statement first: it holds, or it is a slip.");
    const alarms = [];
    for (const one of marked.filter(({ mark }) => mark === SLIP)) {
      if (!one.slip) alarms.push(one);
      one.settle(one.slip ? "found" : "alarm", { open: true });
    }
    const calm = marked.filter(({ mark }) => mark === HOLDS);
    const right = calm.filter((one) => !one.slip).length;
    if (this.found === this.slips) this.unfold();
    this.remember();
    this.tell(
      this.standing(),
      this.found > before && this.found < this.slips ? "Well spotted." : "",
      alarms.length ? `${count(alarms.length, "false alarm")}: worth a doubt, but it comes out as printed.` : "",
      this.found < this.slips && calm.length ? holding(right, calm.length) : "",
      this.keeps ? "" : "This browser keeps nothing, so it is forgotten with the page.",
    );
  }

  /** Nothing is left to find: say of the rest what it is. */
  unfold() {
    for (const one of this.open) one.settle(one.slip ? "missed" : "holds", { open: false });
  }

  giveUp() {
    const found = this.found;
    this.unfold();
    for (const one of this.statements) one.answer.open = true;
    this.remember();
    this.tell(`${found} of ${this.slips} slips found; all is shown.`);
  }

  again() {
    for (const one of this.statements) one.reopen();
    this.remember();
    this.tell("All marks are cleared.", this.task());
    this.statements[0].inputs[0].focus();
  }

  /** The calculations, each by itself: what one defines no other needs. */
  python() {
    const cells = this.statements.map(({ place, key }) => ({
      name: `calculation of ${key}`, source: place.querySelector(".hunt-code code").textContent, skip: true,
    }));
    const sequence = new Sequence(cells);
    this.statements.forEach(({ place }, at) => new Calculation(place, sequence, cells[at]));
  }
}

/** How many that are marked as holding do. */
function holding(right, marked) {
  if (right === marked) return `What you marked as holding holds: ${marked} of ${marked}.`;
  return `Of ${count(marked, "statement")} that you marked as holding, ${count(right, "does", "do")}.`;
}

/** The button below a calculation, and what it gives. */
class Calculation {
  constructor(place, sequence, cell) {
    this.button = place.querySelector(".hunt-run");
    this.says = place.querySelector(".hunt-ran");
    this.sequence = sequence;
    this.cell = cell;
    this.button.addEventListener("click", () => (this.running ? sequence.stop() : this.run()));
  }

  async run() {
    this.running = true;
    this.button.textContent = "Stop";
    let given = "";
    const { ended } = await this.sequence.run(this.cell, ({ says, content }) => {
      if (content) given += content;
      this.says.textContent = says ?? given.trim();
    });
    this.running = false;
    this.button.textContent = "Run";
    this.says.textContent = [given.trim(), ENDS[ended]].filter(Boolean).join(" ");
  }
}

customElements.define("course-hunt", Hunt);

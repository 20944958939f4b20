// Python for one page: the cells of the page in their order, run one at a time by one worker.

const hosted = document.querySelector('meta[name="pyodide"]')?.content;
const engine = new URL(hosted ?? "../pyodide/", import.meta.url).href;
const resolve = import.meta.resolve ?? ((name) => new URL(name, import.meta.url).href);
const course = resolve("../pyodide/course.zip");
const program = resolve("./run-worker.js");

/** A cell gives true where it came to its end, false where it raised, and this where it was ended. */
export const STOPPED = "stopped";

/**
 * The cells of a page.  A cell is any object with `name` and `source`; the sequence keeps in `done`
 * whether what it makes is there.  One with `skip` does not run for the sake of those below it.
 *
 * A cell above that raises ends the run, or with `pastErrors` is passed over.
 */
export class Sequence {
  #worker;
  #ended;
  #turn = Promise.resolve();
  #starts = 0;

  constructor(cells, { pastErrors = false } = {}) {
    this.cells = cells;
    this.pastErrors = pastErrors;
  }

  /**
   * Run a cell, and first those above it that have not run; `tell` gets what is given and said.
   *
   * What runs already is waited for, and whoever ends that ends this as well.
   */
  run(cell, tell) {
    const asked = this.#starts;
    tell({ says: "Waiting for another cell…" });
    this.#turn = this.#turn.then(() => (asked === this.#starts ? this.#now(cell, tell) : STOPPED));
    return this.#turn;
  }

  /** What was run from this cell on no longer holds. */
  forgetFrom(cell) {
    for (const one of this.cells.slice(this.cells.indexOf(cell))) one.done = false;
  }

  /** End what runs, and forget all that was made. */
  stop() {
    this.#starts += 1;
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const one of this.cells) one.done = false;
    this.#ended?.(STOPPED);
  }

  async #now(cell, tell) {
    const above = this.cells.slice(0, this.cells.indexOf(cell));
    for (const one of above.filter(({ done, skip }) => !done && !skip)) {
      const ended = await this.#one(one, (told) => {
        if (told.says) tell({ says: `${capital(one.name)}, above: ${told.says}` });
        else if (told.kind === "error" && !this.pastErrors) tell(told);
      });
      if (ended === STOPPED || (ended === false && !this.pastErrors)) return ended;
    }
    return this.#one(cell, tell);
  }

  async #one(cell, tell) {
    this.#worker ??= new Worker(program, { type: "module" });
    const worker = this.#worker;
    const { name, source } = cell;
    const ended = await new Promise((resolve) => {
      const broken = (why) => {
        tell({ kind: "error", content: why });
        resolve(false);
        this.stop();
      };
      this.#ended = resolve;
      worker.onmessage = ({ data }) => {
        if ("ended" in data) resolve(data.ended);
        else if ("broken" in data) broken(data.broken);
        else tell(data);
      };
      worker.onerror = ({ message }) => broken(`Python could not be loaded: ${message ?? ""}`);
      worker.postMessage({ name, source, engine, course });
    });
    cell.done = ended === true && cell.source === source;
    return ended;
  }
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);

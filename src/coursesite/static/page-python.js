// Python for one page: the cells of the page in their order, run one at a time by one worker.

const hosted = document.querySelector('meta[name="pyodide"]')?.content;
const engine = new URL(hosted ?? "../pyodide/", import.meta.url).href;
const resolve = import.meta.resolve ?? ((name) => new URL(name, import.meta.url).href);
const course = resolve("../pyodide/course.zip");
const program = resolve("./run-worker.js");

/** How a cell ended. */
export const DONE = "done";
export const RAISED = "raised";
export const STOPPED = "stopped";
export const BROKEN = "broken";

/**
 * The cells of a page.  A cell is any object with `name` and `source`; the sequence keeps in `done`
 * whether what it makes is there.  One with `skip` does not run for the sake of those below it.
 *
 * A cell above that raises ends the run, unless `passOver(above, cell)`.  With `anew`, whatever
 * is changed has all run again, so that nothing is left of what stood there before.
 */
export class Sequence {
  #worker;
  #ended;
  #turn = Promise.resolve();
  #starts = 0;
  #anew = false;

  constructor(cells, { passOver = () => false, anew = false } = {}) {
    this.cells = cells;
    this.passOver = passOver;
    this.anew = anew;
  }

  /**
   * Run a cell, and first those above it that have not run; `tell` gets what is given and said.
   *
   * What runs already is waited for, and whoever ends that ends this as well.  It resolves to how
   * it ended, and to the cell `at` which it did.
   */
  run(cell, tell) {
    const asked = this.#starts;
    tell({ says: "Waiting for another cell…" });
    this.#turn = this.#turn.then(() =>
      asked === this.#starts ? this.#now(cell, tell) : { ended: STOPPED, at: cell },
    );
    return this.#turn;
  }

  /** What was run from this cell on no longer holds. */
  forgetFrom(cell) {
    const first = this.anew ? 0 : this.cells.indexOf(cell);
    for (const one of this.cells.slice(first)) one.done = false;
    this.#anew = this.anew;
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
      const silent = this.passOver(one, cell);
      const ended = await this.#one(one, (told) => {
        if (told.says) tell({ says: `${capital(one.name)}, above: ${told.says}` });
        else if (told.kind === "error" && !silent) tell(told);
      });
      if (ended !== DONE && !(ended === RAISED && silent)) return { ended, at: one };
    }
    return { ended: await this.#one(cell, tell), at: cell };
  }

  async #one(cell, tell) {
    this.#worker ??= new Worker(program, { type: "module" });
    const worker = this.#worker;
    const { name, source } = cell;
    const ended = await new Promise((resolve) => {
      const broken = (why) => {
        tell({ kind: "error", content: `Python could not be started: ${why}` });
        resolve(BROKEN);
        this.stop();
      };
      this.#ended = resolve;
      worker.onmessage = ({ data }) => {
        if ("ended" in data) resolve(data.ended ? DONE : RAISED);
        else if ("broken" in data) broken(data.broken);
        else tell(data);
      };
      worker.onerror = ({ message }) => broken(message || "is there no connection?");
      worker.postMessage({ name, source, engine, course, anew: this.#anew });
      this.#anew = false;
    });
    cell.done = ended === DONE && cell.source === source;
    return ended;
  }
}

export const capital = (words) => words[0].toUpperCase() + words.slice(1);

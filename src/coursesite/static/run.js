// Run, Edit, Stop and Restart for the code cells of a page.  One Python serves all of them.

const here = import.meta.url;
const hosted = document.querySelector('meta[name="pyodide"]')?.content;
const engine = new URL(hosted ?? "../pyodide/", here).href;
const course = new URL("../pyodide/course.zip", here).href;
const sources = JSON.parse(document.getElementById("cells").textContent);
const cells = new Map();

let worker;
let done = new Set();
let busy = false;
let waiting;

/** Run one source in the worker; `tell` gets what it prints and shows. */
function inWorker(number, source, tell) {
  worker ??= new Worker(new URL("run-worker.js", here), { type: "module" });
  return new Promise((resolve) => {
    waiting = resolve;
    worker.onmessage = ({ data }) => ("ended" in data ? resolve(data.ended) : tell(data));
    worker.onerror = ({ message }) => {
      tell({ kind: "error", content: `Python could not be loaded: ${message ?? ""}` });
      resolve(false);
    };
    worker.postMessage({ number, source, engine, course });
  });
}

function stop() {
  worker?.terminate();
  worker = undefined;
  done = new Set();
  waiting?.("stopped");
}

class Cell {
  constructor(bar) {
    this.number = Number(bar.dataset.cell);
    this.bar = bar;
    this.whole = bar.closest(".cell");
    this.before = this.whole.querySelector(".cell_output");
    this.output = bar.nextElementSibling;
    this.code = this.whole.querySelector(".cell_input pre");
    this.start = bar.querySelector(".run-start");
    this.edit = bar.querySelector(".run-edit");
    this.says = bar.querySelector(".run-says");
    this.start.addEventListener("click", () => (busy ? this.stop() : this.run()));
    this.edit.addEventListener("click", () => (this.area ? this.reset() : this.open()));
  }

  get source() {
    return this.area?.value ?? sources[this.number - 1];
  }

  /** Run this cell, and first the cells above that have not run. */
  async run() {
    busy = true;
    this.start.textContent = "Stop";
    this.clear();
    let ended = true;
    for (let number = 1; number < this.number && ended === true; number++) {
      const source = cells.get(number)?.source ?? sources[number - 1];
      if (source === null || done.has(number)) continue;
      ended = await inWorker(number, source, (told) => {
        if (told.kind === "error") this.show(told);
        else if (told.says) this.tell(`Cell ${number}, above: ${told.says}`);
      });
      if (ended === true) done.add(number);
    }
    if (ended === true) {
      ended = await inWorker(this.number, this.source, (told) =>
        told.says ? this.tell(told.says) : this.show(told),
      );
      if (ended === true) done.add(this.number);
    }
    busy = false;
    this.start.textContent = "Run";
    this.tell({ true: "Done.", false: "Stopped at an error." }[ended] ?? "Stopped. Run starts anew.");
  }

  stop() {
    stop();
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

  open() {
    this.area = document.createElement("textarea");
    this.area.className = "run-source";
    this.area.value = this.source;
    this.area.rows = this.source.split("\n").length + 1;
    this.area.spellcheck = false;
    this.area.setAttribute("aria-label", `Source of cell ${this.number}`);
    this.code.hidden = true;
    this.code.after(this.area);
    this.area.closest("details")?.setAttribute("open", "");
    this.area.addEventListener("input", () => this.forget());
    this.area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !busy) this.run();
    });
    this.edit.textContent = "Reset";
    this.edit.setAttribute("aria-label", `Bring back the source of cell ${this.number}`);
    this.area.focus();
  }

  reset() {
    this.area.remove();
    this.area = undefined;
    this.code.hidden = false;
    this.edit.textContent = "Edit";
    this.edit.setAttribute("aria-label", `Edit cell ${this.number}`);
    this.output.hidden = true;
    if (this.before) this.before.hidden = false;
    this.tell("");
    this.forget();
  }

  /** What was run from here on no longer holds. */
  forget() {
    done = new Set([...done].filter((number) => number < this.number));
  }
}

for (const bar of document.querySelectorAll("div.run-bar")) {
  const cell = new Cell(bar);
  cells.set(cell.number, cell);
}

// The reader's guesses, topic by topic, and how far off they were.

{
  const { allGuesses, guessesIn, keepAll, median, off, spoken, times } = globalThis.guesses;
  const FURTHEST = 6;
  const FEW = 3;
  const SVG = "http://www.w3.org/2000/svg";
  const day = (when) => new Date(when).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
  const name = ({ topic, id }) => `${topic}#${id}`;
  const count = (n) => (n === 1 ? "1 guess" : `${n} guesses`);

  /** The first guess at each question: a later one was made by somebody who had seen the answer. */
  function firsts(guesses) {
    const found = new Map();
    for (const one of guesses) if (!found.has(name(one))) found.set(name(one), one);
    return [...found.values()];
  }

  const factors = (guesses) => guesses.filter((one) => one.factor !== null).map((one) => times(one.factor));

  class Napkin extends HTMLElement {
    /** Begin as soon as all of it has been read. */
    settle() {
      if (!this.guesses && this.querySelector(".napkin-says")) this.begin();
    }

    begin() {
      const on = (selector, event, act) => this.querySelector(selector).addEventListener(event, act);
      on(".napkin-save", "click", () => this.save());
      on(".napkin-load input", "change", ({ target }) => this.load(target));
      on(".napkin-forget", "click", () => this.forget());
      addEventListener("resize", () => this.draw());
      addEventListener("storage", () => this.fill());
      this.fill();
    }

    tell(...words) {
      this.querySelector(".napkin-says").replaceChildren(...words);
    }

    fill() {
      this.guesses = allGuesses().sort((a, b) => a.when - b.when);
      for (const topic of this.querySelectorAll(".napkin-topic")) {
        const here = this.guesses.filter((one) => one.topic === topic.dataset.topic);
        for (const question of topic.querySelectorAll("tbody")) {
          list(question, here.filter((one) => one.id === question.dataset.id));
        }
        const known = factors(firsts(here));
        const line = topic.querySelector(".napkin-median");
        const words = () => `Median factor ${spoken(median(known))}, over ${count(known.length)}.`;
        line.textContent = known.length ? words() : "";
        line.hidden = !known.length;
      }
      this.querySelector(".napkin-sum").textContent = this.sum();
      this.draw();
    }

    sum() {
      const known = factors(firsts(this.guesses));
      if (!known.length) return "No number guessed yet. Each guess will be a dot in a picture here.";
      if (known.length < FEW) return `${count(known.length)} so far. From ${FEW} on, a median says more than each alone.`;
      const words = `Half of your first guesses lie within a factor of ${spoken(median(known))}.`;
      if (known.length < 6) return words;
      const half = known.length >> 1;
      const [older, newer] = [known.slice(0, half), known.slice(-half)].map((part) => spoken(median(part)));
      return `${words} Of the older half it is ${older}, of the newer half ${newer}.`;
    }

    /** A dot for each guess, in the order in which they were made. */
    draw() {
      const place = this.querySelector(".napkin-picture");
      const shown = this.guesses.filter((one) => one.factor !== null);
      place.hidden = shown.length === 0;
      if (place.hidden) return;
      const furthest = Math.max(...factors(shown), 10);
      const decades = Math.min(FURTHEST, Math.ceil(Math.log10(furthest)));
      const [width, height, left, top] = [Math.min(640, place.clientWidth), 240, 62, 22];
      const middle = top + (height - 2 * top) / 2;
      const y = (factor) => {
        const power = Math.max(-decades, Math.min(decades, Math.log10(factor)));
        return middle - (power / decades) * (middle - top);
      };
      const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img" });
      svg.setAttribute("aria-label", `${this.sum()} The table below has each guess.`);
      svg.append(shape("rect", { class: "near", x: left, width: width - left, y: y(2), height: y(1 / 2) - y(2) }));
      for (let power = -decades; power <= decades; power += decades > 3 ? 2 : 1) {
        const at = y(10 ** power);
        const label = power ? `${spoken(10 ** Math.abs(power))} ×` : "exact";
        svg.append(shape("line", { class: power ? "" : "exact", x1: left, x2: width, y1: at, y2: at }));
        svg.append(shape("text", { x: left - 8, y: at + 4, "text-anchor": "end" }, label));
      }
      svg.append(shape("text", { x: width, y: 12, "text-anchor": "end" }, "too large"));
      svg.append(shape("text", { x: width, y: height - 4, "text-anchor": "end" }, "too small"));
      svg.append(shape("text", { x: left, y: height - 4 }, `${day(shown[0].when)} →`));
      const first = new Set(firsts(shown));
      shown.forEach((one, n) => {
        const dot = { cx: left + ((n + 0.5) / shown.length) * (width - left), cy: y(one.factor), r: 5 };
        svg.append(shape("circle", { ...dot, class: first.has(one) ? "first" : "later" }));
      });
      place.replaceChildren(svg);
    }

    save() {
      const blob = new Blob([JSON.stringify(allGuesses(), null, 1)], { type: "application/json" });
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: "napkin.json" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }

    async load(field) {
      const [file] = field.files;
      try {
        const all = [...allGuesses(), ...guessesIn(await file.text())];
        const once = new Map(all.map((one) => [`${name(one)} ${one.when}`, one]));
        this.keep([...once.values()], `Read. The napkin has ${count(once.size)} now.`);
      } catch {
        this.tell(`“${file.name}” is no file that was saved here. Nothing has changed.`);
      }
      field.value = "";
    }

    forget() {
      const before = allGuesses();
      const back = document.createElement("button");
      back.type = "button";
      back.textContent = "Bring them back";
      back.addEventListener("click", () => {
        this.keep(before, "They are back.");
        this.querySelector(".napkin-forget").focus();
      });
      this.keep([], "All guesses are forgotten. ", back);
    }

    keep(guesses, ...words) {
      const kept = keepAll(guesses);
      this.tell(...words, kept ? "" : " This browser keeps nothing, so it lasts until you leave the page.");
      this.fill();
    }
  }

  /** The guesses at one question, each in a row below it. */
  function list(question, guesses) {
    const rows = guesses.map((one, n) => {
      const words = [one.said, one.shown, off(one).replace(" times", "\u00a0×")];
      const row = document.createElement("tr");
      row.className = n ? "later" : "first";
      row.title = day(one.when);
      row.append(...words.map((word) => Object.assign(document.createElement("td"), { textContent: word })));
      return row;
    });
    const [, none, ...before] = question.rows;
    for (const row of before) row.remove();
    none.hidden = rows.length > 0;
    question.append(...rows);
  }

  function shape(kind, attributes, words = "") {
    const made = document.createElementNS(SVG, kind);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(words);
    return made;
  }

  customElements.define("course-napkin", Napkin);
  whileReading(() => document.querySelectorAll("course-napkin").forEach((one) => one.settle()));
}

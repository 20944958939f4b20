/**
 * What every explorer is made from.  A topic's element extends `Explorer`, which reads the page's
 * JSON, sets controls above a plot and a readout below it, and keeps the table that the page
 * came with.  A subclass has `build` (once: what there is) and `update` (after each change).
 */

import {element} from "./explorer-controls.js";
import {Plot, svg} from "./explorer-plot.js";

export * from "./explorer-controls.js";
export * from "./explorer-plot.js";
export * from "./explorer-scales.js";

const QUIET_MS = 300;
const swatch = () => svg("svg", {"aria-hidden": "true"}, svg("rect", {class: "explorer-bar"}));

export class Explorer extends HTMLElement {
  connectedCallback() {
    if (this.data) return;
    this.data = JSON.parse(this.querySelector("script").textContent);
    this.fold = this.querySelector("details");
    this.fold.open = false;
    this.settings = element("div");
    this.plot = new Plot(this.getAttribute("aria-label"));
    this.facts = element("dl");
    this.sentence = element("p", {class: "explorer-sentence", "aria-live": "polite"});
    this.legend = element("p", {class: "explorer-legend"});
    const stage = element("div", {class: "explorer-stage"}, this.plot.svg);
    this.build();
    this.prepend(this.settings, stage, this.facts, this.sentence, this.legend);
    this.update();
    this.addEventListener("input", () => this.update());
    new ResizeObserver(() => this.update()).observe(stage);
  }

  /** Put controls above the plot, each row of them a list. */
  set(...rows) {
    this.settings.append(...rows.map(row =>
      element("div", {class: "explorer-row"}, ...row.map(control => control.element))));
  }

  /** Show named values; those that are there keep their place.  `hues` colours some of them. */
  tell(facts, hues = {}) {
    for (const [name, value] of Object.entries(facts)) {
      let shown = this.facts.querySelector(`[data-fact="${name}"]`);
      if (!shown) {
        shown = element("dd", {"data-fact": name});
        this.facts.append(element("div", {}, element("dt", {}, name), shown));
      }
      shown.textContent = value;
      shown.className = name in hues ? `explorer-hue-${hues[name]}` : "";
    }
  }

  /** Say what each colour is. */
  key(hues) {
    this.legend.replaceChildren(...Object.entries(hues).map(([name, hue]) =>
      element("span", {class: `explorer-key explorer-hue-${hue}`}, swatch(), name)));
  }

  /** Say a sentence, to screen readers too, once the reader's hand rests. */
  say(text) {
    clearTimeout(this.waiting);
    const write = () => { if (this.sentence.textContent !== text) this.sentence.textContent = text; };
    if (this.sentence.textContent) this.waiting = setTimeout(write, QUIET_MS);
    else write();
  }

  /** Fill the page's own table anew: its markup stays, its words change. */
  tabulate(caption, headers, rows) {
    this.fold.querySelector("p").textContent = caption;
    this.fold.querySelectorAll("th").forEach((cell, i) => { cell.textContent = headers[i]; });
    const body = this.fold.querySelector("tbody");
    const pattern = body.rows[0];
    body.replaceChildren(...rows.map(row => {
      const made = pattern.cloneNode(true);
      row.forEach((text, i) => { made.cells[i].textContent = text; });
      return made;
    }));
  }
}

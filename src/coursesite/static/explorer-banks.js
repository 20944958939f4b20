/** `<banks-explorer>`: a column of a tile in shared memory, dealt out to banks. */

import {Explorer, bands, formatNumber, linear, linearStops, roundAbove, select, slider} from "./explorer-kit.js";
import {columnWords, passes, wordsByBank} from "./banks-model.js";

const LEAST_HEIGHT = 8;
const BANKS_PER_LABEL = 8;
const clocks = count => `${count} clock${count > 1 ? "s" : ""}`;

class BanksExplorer extends Explorer {
  build() {
    const {start, widths, pads, layouts} = this.data;
    this.layout = select({
      label: "layout",
      options: Object.entries(layouts).map(([value, label]) => ({value, label})),
      value: start.layout,
    });
    this.columns = slider({label: "words in a row", stops: widths, value: start.columns});
    this.padWords = slider({label: "unused words after it", stops: pads, value: start.padWords});
    this.column = slider({label: "column", stops: linearStops(0, Math.min(...widths) - 1, 1), value: start.column});
    this.set([this.layout], [this.columns, this.padWords, this.column]);
  }

  update() {
    const tile = {
      columns: this.columns.value, padWords: this.padWords.value,
      layout: this.layout.value, column: this.column.value,
    };
    const wanted = wordsByBank(columnWords(this.data, tile), this.data.banks);
    this.draw(wanted);
    this.read(wanted, tile);
    this.list();
  }

  draw(wanted) {
    const {plot} = this;
    const most = passes(wanted);
    plot.frame(
      {scale: bands, domain: [...wanted.keys()], label: "bank", format: n => (n % BANKS_PER_LABEL ? "" : n)},
      {scale: linear, domain: [0, roundAbove(Math.max(LEAST_HEIGHT, 1.2 * most))], label: "words to show, one a clock", format: formatNumber},
    );
    wanted.forEach((words, bank) => plot.stack(bank, words.map(word => ({
      value: 1, kind: "hue-1", title: `bank ${bank} shows word ${word}`, text: "",
    }))));
    plot.level(most, clocks(most));
  }

  read(wanted, {columns, padWords, layout}) {
    const most = passes(wanted);
    const atWork = wanted.filter(words => words.length).length;
    this.tell({
      "clocks for the column": String(most),
      "banks at work": `${atWork} of ${wanted.length}`,
      "room, of the plain tile": formatNumber((columns + padWords) / columns),
    });
    const kept = layout === "xor" ? "swizzled" : "plain";
    const where = `Kept in ${kept} rows of ${columns + padWords} words, the column lies in ${atWork} bank${atWork > 1 ? "s" : ""}`;
    this.say(most === 1 ? `${where}: no conflict.` : `${where}, and the fullest has ${most} words to show.`);
  }

  list() {
    const count = (columns, padWords, layout) =>
      String(passes(wordsByBank(columnWords(this.data, {columns, padWords, layout, column: this.column.value}), this.data.banks)));
    this.tabulate(
      `Clocks to read a column of ${this.data.lanes} rows`,
      ["words in a row", "plain", "one word unused", this.data.layouts.xor],
      this.data.widths.map(columns =>
        [String(columns), count(columns, 0, "plain"), count(columns, 1, "plain"), count(columns, 0, "xor")]));
  }
}

customElements.define("banks-explorer", BanksExplorer);

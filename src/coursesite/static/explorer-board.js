/** A board of cells, of which one is chosen: to a screen reader a grid, to the keyboard one stop. */

import {element} from "./explorer-controls.js";

export class Board {
  /**
   * `rows` and `columns` are lists of {key, label}, `corner` says what the columns are; `move` is
   * told when another cell is chosen.
   */
  constructor({label, rows, columns, corner, chosen, move}) {
    this.rows = rows;
    this.columns = columns;
    this.move = move;
    this.element = element("div", {
      class: "explorer-board", role: "grid", "aria-label": label, style: `--columns: ${columns.length}`,
    });
    this.element.append(this.#row(
      element("span", {role: "columnheader"}, corner),
      ...columns.map(one => element("span", {role: "columnheader"}, one.label))));
    this.cells = rows.map(row => columns.map(() => element("span", {role: "gridcell", tabindex: -1})));
    rows.forEach((row, i) => this.element.append(
      this.#row(element("span", {role: "rowheader"}, row.label), ...this.cells[i])));
    this.at = [rows.findIndex(one => one.key === chosen[0]), columns.findIndex(one => one.key === chosen[1])];
    this.#mark();
    this.element.addEventListener("click", event => this.#press(event));
    this.element.addEventListener("keydown", event => this.#key(event));
  }

  #row(...cells) {
    return element("div", {role: "row"}, ...cells);
  }

  /** The keys of the row and the column of the chosen cell. */
  get chosen() {
    const [row, column] = this.at;
    return [this.rows[row].key, this.columns[column].key];
  }

  /** Give a cell its word and its colour; `said` is what a screen reader says of it. */
  paint(row, column, {text, hue, said}) {
    const i = this.rows.findIndex(one => one.key === row);
    const j = this.columns.findIndex(one => one.key === column);
    const cell = this.cells[i][j];
    cell.textContent = text;
    cell.className = hue ? `explorer-hue-${hue}` : "";
    cell.title = said;
    cell.setAttribute("aria-label", said);
  }

  #mark() {
    const [row, column] = this.at;
    for (const cell of this.cells.flat()) {
      const here = cell === this.cells[row][column];
      cell.tabIndex = here ? 0 : -1;
      cell.setAttribute("aria-selected", here);
    }
  }

  #choose(row, column) {
    this.at = [row, column];
    this.#mark();
    this.cells[row][column].focus({preventScroll: true});
    this.move();
  }

  #press({target}) {
    const row = this.cells.findIndex(cells => cells.includes(target));
    if (row >= 0) this.#choose(row, this.cells[row].indexOf(target));
  }

  #key(event) {
    const [row, column] = this.at;
    const [bottom, right] = [this.rows.length - 1, this.columns.length - 1];
    const to = {
      ArrowUp: [Math.max(row - 1, 0), column], ArrowDown: [Math.min(row + 1, bottom), column],
      ArrowLeft: [row, Math.max(column - 1, 0)], ArrowRight: [row, Math.min(column + 1, right)],
      Home: [row, 0], End: [row, right],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    this.#choose(...to);
  }
}

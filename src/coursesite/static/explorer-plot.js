/** A plot of SVG: axes, lines, dots and words, and a point that a reader moves. */

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = {top: 32, right: 20, bottom: 46, left: 52};
const SHAPE = {least: 280, most: 420, ratio: 0.6};
const NARROW_PX = 420;
const PX_PER_TICK = {x: 60, y: 32};
const LINE_PX = 17;
const START_PX = 14;
const BAR_SHARE = 0.84;
const KEYS_PER_AXIS = 76;
const PAGE_KEYS = 8;

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** What a shape or a word is, for the style sheet: "line hue-1", "thin", "name hue-2". */
const classes = kind => kind.split(" ").map(one => `explorer-${one}`).join(" ");

export class Plot {
  constructor(label) {
    this.ground = svg("g", {"aria-hidden": "true"});
    this.svg = svg("svg", {class: "explorer-plot", role: "group", "aria-label": label}, this.ground);
  }

  /** Begin anew: axes are {scale, domain, label, format}, with `scale` from `explorer-scales.js`. */
  frame(xAxis, yAxis) {
    const width = Math.max(this.svg.parentElement.clientWidth, 240);
    const height = Math.min(Math.max(width * SHAPE.ratio, SHAPE.least), SHAPE.most);
    this.narrow = width < NARROW_PX;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.style.height = `${height}px`;
    this.x = xAxis.scale(xAxis.domain, [MARGIN.left, width - MARGIN.right]);
    this.y = yAxis.scale(yAxis.domain, [height - MARGIN.bottom, MARGIN.top]);
    this.ground.replaceChildren();
    this.#axes(xAxis, yAxis, height);
  }

  #axes(xAxis, yAxis, height) {
    const [left, right] = this.x.range;
    const [bottom, top] = this.y.range;
    for (const value of this.x.ticks((right - left) / PX_PER_TICK.x)) {
      const at = this.x(value);
      if (!this.x.width) this.line([[at, bottom], [at, top]], "grid");
      this.write(xAxis.format(value), [at, bottom + 17], "tick", {"text-anchor": "middle"});
    }
    for (const value of this.y.ticks((bottom - top) / PX_PER_TICK.y)) {
      const at = this.y(value);
      this.line([[left, at], [right, at]], "grid");
      this.write(yAxis.format(value), [left - 8, at + 4], "tick", {"text-anchor": "end"});
    }
    this.write(xAxis.label, [(left + right) / 2, height - 8], "axis", {"text-anchor": "middle"});
    this.write(yAxis.label, [0, 13], "axis");
  }

  /** A line through places in pixels. */
  line(places, kind) {
    const d = `M${places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;
    return this.ground.appendChild(svg("path", {d, class: classes(kind)}));
  }

  /** A line through values of the axes. */
  curve(values, kind) {
    return this.line(values.map(([x, y]) => [this.x(x), this.y(y)]), kind);
  }

  /** Values that hold from one x to the next. */
  steps(values, kind) {
    const held = values.slice(1).map(([x], i) => [x, values[i][1]]);
    return this.curve(values.flatMap((value, i) => (held[i] ? [value, held[i]] : [value])), kind);
  }

  ring(x, y, kind, title) {
    const made = svg("circle", {cx: this.x(x), cy: this.y(y), r: 3.5, class: classes(`ring ${kind}`)});
    made.append(svg("title", {}, title));
    return this.ground.appendChild(made);
  }

  /** Parts on top of each other at a name of the x axis: {value, kind, title, text}. */
  stack(name, parts) {
    const width = BAR_SHARE * this.x.width;
    const middle = this.x(name);
    let below = 0;
    for (const {value, kind, title, text} of parts) {
      const [y, foot] = [this.y(below + value), this.y(below)];
      const box = {x: middle - width / 2, y, width, height: foot - y, class: classes(`bar ${kind}`)};
      this.ground.append(svg("rect", box, svg("title", {}, title)));
      const words = this.write(text, [middle, (y + foot) / 2 + 4], "inside", {"text-anchor": "middle"});
      if (foot - y < LINE_PX || width - 4 < words.getComputedTextLength()) words.remove();
      below += value;
    }
  }

  /**
   * A line across the bars, with its name above it; words of bars go below it, or away.
   *
   * `over` is a name of the x axis where no bar stands: the name, in several lines, goes there.
   */
  level(value, text, over) {
    const y = this.y(value);
    for (const words of this.ground.querySelectorAll(".explorer-inside")) {
      if (Math.abs(words.getAttribute("y") - y + LINE_PX / 4) >= LINE_PX) continue;
      const bar = words.previousElementSibling;
      const foot = Number(bar.getAttribute("y")) + Number(bar.getAttribute("height"));
      if (y + 2 * LINE_PX < foot) words.setAttribute("y", y + 1.5 * LINE_PX);
      else words.remove();
    }
    this.line(this.x.range.map(x => [x, y]), "line");
    if (over === undefined) {
      this.write(text, [this.x.range[0] + 4, y - 6], "name solid");
      return;
    }
    text.forEach((words, i) => this.write(
      words, [this.x(over), y - 6 - (text.length - 1 - i) * LINE_PX], "name", {"text-anchor": "middle"}));
  }

  write(text, [x, y], kind, attributes = {}) {
    return this.ground.appendChild(svg("text", {x, y, class: classes(kind), ...attributes}, text));
  }

  /** Words beside a place in pixels, on the side that has more room. */
  beside(text, [x, y], kind) {
    const left = x > (this.x.range[0] + this.x.range[1]) / 2;
    return this.write(text, [left ? x - 6 : x + 6, y], kind, {"text-anchor": left ? "end" : "start"});
  }

  /** Words along a line between two values of the axes: of `wordings`, the first that fits. */
  along(wordings, ends, kind) {
    const [[x0, y0], [x1, y1]] = ends.map(([x, y]) => [this.x(x), this.y(y)]);
    const angle = (Math.atan2(y1 - y0, x1 - x0) * 180) / Math.PI;
    const turn = {transform: `translate(${x0} ${y0}) rotate(${angle})`};
    for (const text of wordings) {
      const words = this.write(text, [START_PX, -6], kind, turn);
      if (START_PX + words.getComputedTextLength() <= Math.hypot(x1 - x0, y1 - y0)) break;
      if (text !== wordings.at(-1)) words.remove();
    }
  }
}

/**
 * A point that pointers drag and arrow keys move along x: to a screen reader, a slider.
 * `move` is told where it is wanted.
 */
export class Handle {
  constructor(plot, {label, move}) {
    this.plot = plot;
    this.move = value => move(plot.x.clamp(value));
    this.element = svg("g", {
      role: "slider", tabindex: 0, "aria-label": label,
    }, svg("circle", {r: 22, class: "explorer-reach"}), svg("circle", {r: 7, class: "explorer-point"}));
    plot.svg.append(this.element);
    this.element.addEventListener("pointerdown", event => this.#grab(event));
    this.element.addEventListener("pointermove", event => this.#drag(event));
    this.element.addEventListener("keydown", event => this.#key(event));
  }

  /** Stand at values of the axes; `text` is what a screen reader says. */
  place(x, y, kind, text) {
    this.element.setAttribute("class", classes(`handle ${kind}`));
    this.value = x;
    const [low, high] = this.plot.x.domain;
    const said = {"aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": x, "aria-valuetext": text};
    for (const [key, value] of Object.entries(said)) this.element.setAttribute(key, value);
    this.element.setAttribute("transform", `translate(${this.plot.x(x)} ${this.plot.y(y)})`);
  }

  #grab(event) {
    this.element.setPointerCapture(event.pointerId);
    this.element.focus({preventScroll: true, focusVisible: false});
    event.preventDefault();
  }

  #drag(event) {
    if (!this.element.hasPointerCapture(event.pointerId)) return;
    const inside = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(this.plot.svg.getScreenCTM().inverse());
    this.move(this.plot.x.invert(inside.x));
  }

  #key(event) {
    const [low, high] = this.plot.x.domain;
    const by = keys => this.plot.x.along(this.value, keys / KEYS_PER_AXIS);
    const to = {
      ArrowRight: () => by(1), ArrowUp: () => by(1), PageUp: () => by(PAGE_KEYS),
      ArrowLeft: () => by(-1), ArrowDown: () => by(-1), PageDown: () => by(-PAGE_KEYS),
      Home: () => low, End: () => high,
    }[event.key];
    if (!to) return;
    event.preventDefault();
    this.move(to());
  }
}

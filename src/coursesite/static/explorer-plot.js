/** A plot of SVG: axes, lines, dots and words, and a point that a reader moves. */

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = {top: 32, right: 20, bottom: 46, left: 52};
const SHAPE = {least: 280, most: 420, ratio: 0.6};
const NARROW_PX = 420;
const PX_PER_TICK = {x: 70, y: 44};

export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export class Plot {
  constructor(label) {
    this.ground = svg("g", {"aria-hidden": "true"});
    this.svg = svg("svg", {class: "explorer-plot", role: "group", "aria-label": label}, this.ground);
  }

  /** Begin anew: axes are {scale, domain, label, format}, with `scale` from explorer-scales. */
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
      this.line([[at, bottom], [at, top]], "grid");
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
    return this.ground.appendChild(svg("path", {d, class: `explorer-${kind}`}));
  }

  /** A line through values of the axes. */
  curve(values, kind) {
    return this.line(values.map(([x, y]) => [this.x(x), this.y(y)]), kind);
  }

  dot(x, y, kind, title, r = 3.5) {
    const made = svg("circle", {cx: this.x(x), cy: this.y(y), r, class: `explorer-${kind}`});
    made.append(svg("title", {}, title));
    return this.ground.appendChild(made);
  }

  write(text, [x, y], kind, attributes = {}) {
    return this.ground.appendChild(svg("text", {x, y, class: `explorer-${kind}`, ...attributes}, text));
  }
}

/**
 * A point that pointers drag and arrow keys move along x: to a screen reader, a slider.
 * `move` is told where it is wanted; `factor` is what one key multiplies by.
 */
export class Handle {
  constructor(plot, {label, move, factor = 2 ** 0.25}) {
    this.plot = plot;
    this.move = value => move(plot.x.clamp(value));
    this.factor = factor;
    this.mark = svg("circle", {r: 7});
    this.element = svg("g", {
      class: "explorer-handle", role: "slider", tabindex: 0, "aria-label": label,
    }, svg("circle", {r: 22, class: "explorer-reach"}), this.mark);
    plot.svg.append(this.element);
    this.element.addEventListener("pointerdown", event => this.#grab(event));
    this.element.addEventListener("pointermove", event => this.#drag(event));
    this.element.addEventListener("keydown", event => this.#key(event));
  }

  /** Stand at values of the axes; `text` is what a screen reader says. */
  place(x, y, kind, text) {
    this.value = x;
    const [low, high] = this.plot.x.domain;
    const said = {"aria-valuemin": low, "aria-valuemax": high, "aria-valuenow": x, "aria-valuetext": text};
    for (const [key, value] of Object.entries(said)) this.element.setAttribute(key, value);
    this.element.setAttribute("transform", `translate(${this.plot.x(x)} ${this.plot.y(y)})`);
    this.element.dataset.kind = kind;
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
    const to = {
      ArrowRight: this.value * this.factor, ArrowUp: this.value * this.factor,
      ArrowLeft: this.value / this.factor, ArrowDown: this.value / this.factor,
      PageUp: this.value * this.factor ** 8, PageDown: this.value / this.factor ** 8,
      Home: low, End: high,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.move(to);
  }
}

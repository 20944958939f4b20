/** `<flops-explorer>`: a kernel over a picture, its MACs, and what five profilers print for them. */

import {
  Explorer, bands, element, formatNumber, formatPercent, formatSi, linear, linearStops, roundAbove,
  select, slider, svg,
} from "./explorer-kit.js";
import {convolution, printed, total, under} from "./flops-model.js";
import {FLOP_PER_MAC} from "./units.js";

const HUES = {products: 1, biases: 2, relu: 3};
const WEIGHT_HUE = 4;
const DEPTHWISE = "depthwise";
const LONG = 7;
const CELL = {shown: 20, px: 20, side: 15, row: 22};
const plain = value => formatSi(value, "").trim();

class FlopsExplorer extends Explorer {
  build() {
    const {start, stops} = this.data;
    this.groups = select({
      label: "groups",
      options: [["1", "one"], ["4", "four"], [DEPTHWISE, "depthwise"]].map(([value, label]) => ({value, label})),
      value: String(start.groups),
    });
    this.bias = select({
      label: "bias",
      options: [{value: "1", label: "added"}, {value: "0", label: "none"}],
      value: String(start.bias),
    });
    this.sliders = Object.fromEntries(Object.entries(stops).map(([label, offered]) =>
      [label, slider({label, stops: offered, value: start[label]})]));
    this.along = slider({label: "kernel on its way down", stops: linearStops(0, 1, 0.05), value: 0, format: formatPercent});
    this.set([this.groups, this.bias], [...Object.values(this.sliders), this.along]);
    this.line = svg("svg", {
      class: "explorer-plot explorer-line-of-cells", "aria-hidden": "true",
      viewBox: `0 0 ${CELL.shown * CELL.px} ${3 * CELL.row}`,
    });
    this.where = element("p", {class: "explorer-legend"});
    this.settings.append(this.line, this.where);
    this.key(HUES);
  }

  update() {
    const settings = Object.fromEntries(
      Object.entries(this.sliders).map(([name, one]) => [name, one.value]));
    const groups = this.groups.value === DEPTHWISE ? settings.channels : Number(this.groups.value);
    const layer = convolution({...settings, groups, bias: Number(this.bias.value)});
    const totals = this.data.profilers.map(one => ({...one, parts: printed(one, layer)}));
    this.lay(settings, layer.high);
    this.draw(layer, totals);
    this.read(layer, totals);
    this.list(layer, totals);
  }

  /** A stretch of one column of the picture, and below it the kernel at one place and at the next. */
  lay(settings, places) {
    const {height, padding} = settings;
    const place = Math.round(this.along.value * (places - 1));
    const from = Math.max(-padding, Math.min(under(settings, place)[0] - 1, height + padding - CELL.shown));
    const to = Math.min(from + CELL.shown, height + padding);
    const real = at => at >= 0 && at < height;
    const cell = (at, row, kind) => svg("rect", {
      x: (at - from) * CELL.px + 1, y: row * CELL.row + 2, width: CELL.side, height: CELL.side,
      class: `explorer-${real(at) ? "bar" : "ring"} explorer-${kind}`,
    });
    const column = Array.from({length: to - from}, (_, i) => from + i);
    const kernels = [place, place + 1].filter(one => one < places).flatMap((one, i) =>
      under(settings, one).map(at => cell(at, i + 1, `hue-${WEIGHT_HUE}`)));
    this.line.replaceChildren(...column.map(at => cell(at, 0, "thin")), ...kernels);
    const next = place + 1 < places ? ", and at the next" : "";
    this.where.textContent = `The kernel at place ${place + 1} of ${places}${next}. Hollow squares are zeros, and weights that meet one.`;
  }

  draw({macs}, totals) {
    const {plot} = this;
    const label = name => (plot.narrow && name.length > LONG ? `${name.slice(0, LONG - 1)}.` : name);
    const highest = Math.max(...totals.map(({parts}) => total(parts)));
    plot.frame(
      {scale: bands, domain: totals.map(one => one.name), label: "profiler", format: label},
      {scale: linear, domain: [0, roundAbove(1.05 * highest)], label: "total that it prints", format: plain},
    );
    for (const {name, parts} of totals) {
      plot.stack(name, Object.entries(parts).map(([part, value]) => ({
        value, kind: `hue-${HUES[part]}`, title: `${part}: ${plain(value)}`, text: plain(value),
      })));
    }
    plot.level(macs, formatSi(macs, "MAC"));
  }

  read({high, wide, macs, realMacs, parameters}, totals) {
    this.tell({
      "places": `${high} × ${wide}`,
      "MAC": formatSi(macs, "MAC"),
      "FLOP": formatSi(FLOP_PER_MAC * macs, "FLOP"),
      "meet a zero": formatPercent(1 - realMacs / macs),
      "parameters": plain(parameters),
    });
    const printedTotals = totals.map(({parts}) => total(parts));
    const [least, most] = [Math.min(...printedTotals), Math.max(...printedTotals)];
    this.say(`The largest total, ${plain(most)}, is ${formatNumber(most / least)} times the smallest, ${plain(least)}.`);
  }

  list({macs}, totals) {
    this.tabulate(
      `What profilers print for ${formatSi(macs, "MAC")}, ${formatSi(FLOP_PER_MAC * macs, "FLOP")}, with ${this.bias.value === "1" ? "a bias and a relu" : "a relu and no bias"}`,
      ["profiler", "prints", "a MAC is", "for biases", "for the relu"],
      totals.map(({name, perMac, parts}) =>
        [name, formatSi(total(parts), ""), formatNumber(perMac), formatSi(parts.biases, ""), formatSi(parts.relu, "")]));
  }
}

customElements.define("flops-explorer", FlopsExplorer);

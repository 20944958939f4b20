/** `<flops-explorer>`: a kernel over a picture, its MACs, and what five profilers print for them. */

import {
  Explorer, bands, formatNumber, formatPercent, formatSi, linear, roundAbove, select, slider,
} from "./explorer-kit.js";
import {convolution, printed, total} from "./flops-model.js";

const HUES = {products: 1, biases: 2, relu: 3};
const DEPTHWISE = "depthwise";
const FLOP_PER_MAC = 2;
const LONG = 7;
const plain = value => formatSi(value, "").trim();

class FlopsExplorer extends Explorer {
  build() {
    const {start, stops} = this.data;
    this.groups = select({
      label: "groups",
      options: [["1", "one: every channel reads all"], ["4", "four"], [DEPTHWISE, "depthwise: one a channel"]]
        .map(([value, label]) => ({value, label})),
      value: String(start.groups),
    });
    this.sliders = Object.fromEntries(Object.entries(stops).map(([label, offered]) =>
      [label, slider({label, stops: offered, value: start[label]})]));
    this.set([this.groups], Object.values(this.sliders));
    this.key(HUES);
  }

  update() {
    const settings = Object.fromEntries(
      Object.entries(this.sliders).map(([name, one]) => [name, one.value]));
    const groups = this.groups.value === DEPTHWISE ? settings.channels : Number(this.groups.value);
    const layer = convolution({...settings, groups});
    const totals = this.data.profilers.map(one => ({...one, parts: printed(one, layer)}));
    this.draw(layer, totals);
    this.read(layer, totals);
    this.list(layer, totals);
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
      `What profilers print for ${formatSi(macs, "MAC")}, ${formatSi(FLOP_PER_MAC * macs, "FLOP")}, with a bias and a relu`,
      ["profiler", "prints", "a MAC is", "for biases", "for the relu"],
      totals.map(({name, perMac, parts}) =>
        [name, formatSi(total(parts), ""), formatNumber(perMac), formatSi(parts.biases, ""), formatSi(parts.relu, "")]));
  }
}

customElements.define("flops-explorer", FlopsExplorer);

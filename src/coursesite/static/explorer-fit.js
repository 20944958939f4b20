/** `<fit-explorer>`: a board of models and numbers of chips, and what a chip of one cell would hold. */

import {Board} from "./explorer-board.js";
import {
  Explorer, bands, chipOptions, formatNumber, formatPercent, formatSi, linear, linearStops,
  logStops, roundAbove, select, slider,
} from "./explorer-kit.js";
import {largest, obstacle, serving, total, training} from "./fit-model.js";

const FITS = 3;
const HUES = {
  training: {weights: 1, gradients: 2, optimizer: 4, activations: 5},
  serving: {weights: 1, cache: 2},
};
const ZERO = {0: "nothing", 1: "the optimizer’s state", 2: "and gradients", 3: "and weights"};
/** What would help against a part that takes most of a chip. */
function help(part, purpose, {zeroStage, recompute, texts}) {
  if (purpose === "serving") {
    return part === "cache" ? "Fewer or shorter texts would make room." : "More chips would divide them, and a narrower format makes them smaller.";
  }
  if (part === "activations") {
    if (recompute !== "full") return "Computing whole layers anew would leave little of them.";
    return texts > 1 ? "Fewer texts at once would make room." : "Tensor and sequence parallelism would divide them.";
  }
  const stage = {weights: 3, gradients: 2, optimizer: 1}[part];
  return zeroStage < stage
    ? `ZeRO ${stage} would divide it among the copies.`
    : "It is divided already: more chips, or a leaner recipe, would make it smaller.";
}

const bytes = value => formatSi(value, "B");
const options = pairs => pairs.map(([value, label]) => ({value, label}));
const chipsOf = count => `${count.toLocaleString("en")} chip${count > 1 ? "s" : ""}`;

class FitExplorer extends Explorer {
  build() {
    const {start, models, counts, chips, recipes, stored, recompute} = this.data;
    this.choose = {
      purpose: select({label: "the chips", options: options([["training", "train"], ["serving", "serve"]])}),
      chip: select({label: "memory of", options: chipOptions(chips), value: start.chip}),
      recipe: select({label: "recipe", options: recipes.map(({key, label}) => ({value: key, label})), value: start.recipe}),
      stored: select({label: "weights in", options: options(Object.keys(stored).map(one => [one, one]))}),
      zero: select({label: "copies share (ZeRO)", options: options(Object.entries(ZERO).map(([stage, label]) => [stage, `${stage}: ${label}`])), value: String(start.zeroStage)}),
      recompute: select({label: "computed anew", options: options(Object.entries(recompute))}),
      attention: select({label: "attention", options: options([["flash", "FlashAttention"], ["plain", "scores in memory"]])}),
      split: select({label: "sequence parallel", options: options([["", "no"], ["1", "yes"]])}),
    };
    this.sliders = {
      tensor: slider({label: "tensor parallel", stops: logStops(1, 16), value: 1}),
      pipeline: slider({label: "pipeline parallel", stops: logStops(1, 16), value: 1}),
      texts: slider({label: "texts at once", stops: logStops(1, 256), value: 1}),
      sequence: slider({label: "tokens of each text", stops: logStops(512, 2 ** 17), value: start.tokens}),
    };
    this.set(Object.values(this.choose), Object.values(this.sliders));
    this.board = new Board({
      label: "models by numbers of chips",
      rows: models.map(({key, name}) => ({key, label: name})),
      columns: counts.map(count => ({key: count, label: String(count)})),
      corner: "chips",
      chosen: start.open,
      move: () => this.update(),
    });
    this.settings.append(this.board.element);
  }

  get state() {
    const {data, choose, sliders} = this;
    const purpose = choose.purpose.value;
    const machine = data.chips.find(one => one.key === choose.chip.value);
    const recipe = data.recipes.find(one => one.key === choose.recipe.value);
    const plan = {
      tensor: sliders.tensor.value, pipeline: sliders.pipeline.value, zeroStage: Number(choose.zero.value),
      recompute: choose.recompute.value, flash: choose.attention.value === "flash", split: Boolean(choose.split.value),
      texts: sliders.texts.value, sequence: sliders.sequence.value,
    };
    const stored = choose.stored.value;
    const alone = purpose === "training" ? plan : {tensor: 1, pipeline: 1};
    const partsOf = (model, chips, other = {}) => (purpose === "training"
      ? training(model, {...plan, chips, ...other}, recipe)
      : serving(model, chips, plan, data.stored[other.stored ?? stored], 2));
    const cell = (model, chips) => {
      const why = obstacle(model, chips, alone);
      if (why) return {why};
      const parts = partsOf(model, chips);
      const share = total(parts) / machine.capacityBytes;
      return {parts, share, fits: share <= 1, binds: largest(parts)};
    };
    const [key, count] = this.board.chosen;
    const model = data.models.find(one => one.key === key);
    return {purpose, machine, recipe, plan, stored, partsOf, cell, model, count, open: cell(model, count)};
  }

  update() {
    const {purpose} = this.choose;
    const trains = purpose.value === "training";
    for (const name of ["recipe", "zero", "recompute", "attention", "split"]) this.choose[name].element.hidden = !trains;
    for (const name of ["tensor", "pipeline"]) this.sliders[name].element.hidden = !trains;
    this.choose.stored.element.hidden = trains;
    const state = this.state;
    this.lay(state);
    this.draw(state);
    this.read(state);
    this.list(state);
  }

  /** Colour the board: what fits, and what takes most of a chip where it does not. */
  lay({purpose, cell}) {
    const {models, counts} = this.data;
    const hues = HUES[purpose];
    for (const model of models) {
      for (const count of counts) {
        const {why, fits, share, binds} = cell(model, count);
        const name = `${model.name}, ${chipsOf(count)}`;
        if (why) this.board.paint(model.key, count, {text: "·", said: `${name}: ${why}`});
        else if (fits) this.board.paint(model.key, count, {text: "✓", hue: FITS, said: `${name}: fits, ${formatPercent(share)}`});
        else this.board.paint(model.key, count, {text: binds[0].toUpperCase(), hue: hues[binds], said: `${name}: ${binds}, ${formatNumber(share, 2)} times`});
      }
    }
    const letters = Object.entries(hues).map(([part, hue]) => [`${part[0].toUpperCase()} ${part}`, hue]);
    this.key({"✓ fits": FITS, ...Object.fromEntries(letters)});
  }

  /**
   * The cell that is open, beside the same with another share, or another format of weights; an
   * arrow marks what goes beyond the axis.
   */
  draw({purpose, machine, plan, stored, partsOf, model, count, open}) {
    const {plot} = this;
    const hues = HUES[purpose];
    const trains = purpose === "training";
    const others = trains
      ? Object.keys(ZERO).map(stage => [`ZeRO ${stage}`, {zeroStage: Number(stage)}, Number(stage) === plan.zeroStage])
      : Object.keys(this.data.stored).map(one => [one, {stored: one}, one === stored]);
    const bars = open.why ? [] : others.map(([name, other, chosen]) => [name, partsOf(model, count, other), chosen]);
    const top = roundAbove(1.1 * Math.max(machine.capacityBytes, open.why ? 0 : total(open.parts)));
    const beside = "beside";
    plot.frame(
      {scale: bands, domain: [...others.map(([name]) => name), beside], label: open.why ?? `${model.name} on ${chipsOf(count)}`, format: name => (name === beside ? "" : name)},
      {scale: linear, domain: [0, top], label: "memory (B)", format: value => formatSi(value, "")},
    );
    for (const [name, parts, chosen] of bars) {
      let room = top;
      plot.stack(name, Object.entries(parts).map(([part, size]) => {
        const value = Math.min(size, room);
        room -= value;
        return {value, kind: `hue-${hues[part]}${chosen ? "" : " pale"}`, title: `${part}: ${bytes(size)}`, text: part};
      }));
      const all = formatSi(total(parts), "", 2).trim();
      const at = [plot.x(name), plot.y(top - room) - 6];
      plot.write(total(parts) <= top ? all : plot.narrow ? "↑" : `↑ ${all}`, at, "name", {"text-anchor": "middle"});
    }
    plot.level(machine.capacityBytes, ["a chip", bytes(machine.capacityBytes)], beside);
  }

  read({purpose, machine, plan, cell, model, count, open}) {
    const first = this.data.counts.find(one => cell(model, one).fits);
    const {why, parts, share, fits, binds} = open;
    const named = name => (why ? "–" : name());
    this.tell({
      "a chip needs": named(() => bytes(total(parts))),
      "it has": bytes(machine.capacityBytes),
      "share of its memory": named(() => formatPercent(share)),
      "largest part": named(() => `${binds}, ${bytes(parts[binds])}`),
      "fits from": first ? chipsOf(first) : "none of these",
      "copies of the model": named(() => formatNumber(purpose === "training" ? count / (plan.tensor * plan.pipeline) : 1)),
    }, why ? {} : {"largest part": HUES[purpose][binds]});
    const name = `${model.name} on ${chipsOf(count)}`;
    if (why) this.say(`${name}: not with this plan, ${why}.`);
    else if (fits) this.say(`${name} fits: ${formatPercent(share)} of a chip, above all ${binds}.`);
    else this.say(`${name} does not fit: ${formatNumber(share, 2)} times a chip, above all ${binds}. ${help(binds, purpose, plan)}`);
  }

  list({purpose, machine, recipe, stored, cell}) {
    const {models, counts} = this.data;
    const rows = models.map(model => [model.name, ...counts.map(count => {
      const {why, fits, share, binds} = cell(model, count);
      if (why) return why;
      return fits ? `fits, ${formatPercent(share)}` : `${binds}, ${formatNumber(share, 2)} times`;
    })]);
    const what = purpose === "training" ? `Training with Adam, ${recipe.label},` : `Serving, weights in ${stored},`;
    this.tabulate(
      `${what} on ${machine.name} of ${bytes(machine.capacityBytes)}: what takes most of a chip, and how much`,
      ["model", ...counts.map(chipsOf)], rows);
  }
}

customElements.define("fit-explorer", FitExplorer);

/** `<latency-explorer>`: what a step of a model on some chips waits for, beside what others measured. */

import {
  Explorer, bands, chipOptions, formatNumber, formatPercent, formatSi, formatTime, linear,
  linearStops, logStops, roundAbove, select, slider,
} from "./explorer-kit.js";
import {binds, bytesPerChip, largestBatch, lowerBound, step, terms, waits} from "./latency-model.js";

const HUES = {weights: 1, kv: 2, compute: 3, communication: 4};
const MEASURED = 5;
const STEP = "step";
const MICRO = 1e-6;
const HEADROOM = 1.08;
const CHIPS = [1, 2, 4, 8, 16, 32, 64];
const DECODE = "decode";
/** What a term that binds means for who serves. */
const DECODED = {
  weights: "All texts share one reading of them, so one more text costs little.",
  kv: "Each text brings a cache of its own, so a larger batch gains little.",
  compute: "Each text asks for its own FLOP, so a larger batch gains nothing.",
  communication: "More chips of this kind would not make it faster.",
};
const READ = {
  weights: "The prompt is too short to keep the chips busy.",
  kv: "Keeping the cache takes longer than computing it.",
  compute: "Twice the tokens take twice the time, or longer.",
  communication: "More chips of this kind would not make it faster.",
};
const bytes = value => formatSi(value, "B");
const options = pairs => pairs.map(([value, label]) => ({value, label}));
const either = (list, ...more) => [...new Set([...list, ...more])].sort((one, other) => one - other);

class LatencyExplorer extends Explorer {
  build() {
    const {start, numbers, chips, stored, measured} = this.data;
    this.models = Object.fromEntries(this.data.models.map(([key, name, family, ...values]) =>
      [key, {key, name, family, ...Object.fromEntries(values.map((value, i) => [numbers[i], value]))}]));
    this.chips = Object.fromEntries(chips.map(one => [one.key, one]));
    const models = Object.values(this.models).map(({key, name, family}) => ({value: key, label: name, group: family}));
    this.choose = {
      model: select({label: "model", options: models, value: start.model}),
      chip: select({label: "chip", options: chipOptions(chips), value: start.chip}),
      stored: select({label: "weights in", options: options(Object.keys(stored).map(one => [one, one]))}),
      phase: select({label: "step", options: options([[DECODE, "decode"], ["prefill", "prefill"]])}),
      overlap: select({
        label: "at the same time",
        options: options([["kernels", "in a kernel"], ["everything", "everything"], ["nothing", "nothing"]]),
      }),
      published: select({label: "set everything as somebody measured it", options: [{value: "", label: "choose one"}, ...measured.map(
        (one, i) => ({value: String(i), label: this.told(one), group: one.by}))]}),
    };
    const of = name => measured.map(one => one[name]);
    this.sliders = {
      chips: slider({label: "chips", stops: either(CHIPS, ...of("chips")), value: start.chips}),
      batch: slider({label: "batch (texts)", stops: either(logStops(1, 1024, 2), ...of("batch")), value: start.batch}),
      context: slider({label: "tokens of each text", stops: either(logStops(128, 2 ** 17, 2), ...of("context")), value: start.context}),
      bandwidth: slider({label: "bandwidth reached", stops: linearStops(0.5, 1, 0.05), value: 1, format: formatPercent}),
      compute: slider({label: "peak reached", stops: linearStops(0.3, 1, 0.05), value: 1, format: formatPercent}),
      latency: slider({label: "latency of a message", stops: linearStops(0, 20, 1), value: 0, unit: "µs"}),
    };
    const {published, ...others} = this.choose;
    this.set(Object.values(others), Object.values(this.sliders), [published]);
    this.choose.published.element.addEventListener("input", () => this.adopt());
    this.choose.chip.element.addEventListener("input", () => this.link());
    const hues = Object.entries(HUES).map(([term, hue]) => [this.data.terms[term], hue]);
    this.key(Object.fromEntries(hues));
  }

  /** How a measured step is called in the list. */
  told({model, chip, chips, batch, context, phase, stored}) {
    return `${this.models[model].name} in ${stored} on ${chips} × ${this.chips[chip].name}, ${phase}, batch ${batch}, ${context} tokens`;
  }

  /** Set everything as it was for a measured step. */
  adopt() {
    const found = this.data.measured[this.choose.published.value];
    if (!found) return;
    for (const name of ["model", "chip", "stored", "phase"]) this.choose[name].value = found[name];
    for (const name of ["chips", "batch", "context"]) this.sliders[name].value = found[name];
  }

  /** A chip without a link works alone. */
  link() {
    if (!this.chips[this.choose.chip.value].linkBytesPerS) this.sliders.chips.value = 1;
  }

  get state() {
    const {stored} = this.data;
    const chosen = Object.fromEntries(Object.entries(this.choose).map(([name, one]) => [name, one.value]));
    const set = Object.fromEntries(Object.entries(this.sliders).map(([name, one]) => [name, one.value]));
    const model = this.models[chosen.model];
    const chip = this.chips[chosen.chip];
    const machine = {...chip, chips: chip.linkBytesPerS ? set.chips : 1};
    const how = {
      weightBytes: stored[chosen.stored], kvBytes: 2, activationBytes: 2,
      bandwidthShare: set.bandwidth, computeShare: set.compute, messageLatencyS: set.latency * MICRO,
    };
    const decoding = chosen.phase === DECODE;
    const sizes = batch => ({batch, fresh: decoding ? 1 : set.context, cached: decoding ? set.context : 0});
    const timesOf = batch => step(model, machine, sizes(batch), how);
    return {
      chosen, set, model, machine, how, decoding, timesOf, times: timesOf(set.batch),
      tokens: set.context + (decoding ? 1 : 0), measured: this.alike(chosen, set, machine),
    };
  }

  /** Measured steps of the same model, machine and sizes. */
  alike({model, chip, stored, phase}, {batch, context}, {chips}) {
    const now = Object.entries({model, chip, phase, batch, context, chips});
    const bytesOf = this.data.stored;
    return this.data.measured.filter(one =>
      bytesOf[one.stored] === bytesOf[stored] && now.every(([name, value]) => one[name] === value));
  }

  update() {
    const state = this.state;
    if (state.machine.chips !== state.set.chips) this.link();
    this.draw(state);
    this.read(state);
    this.list(state);
  }

  draw({chosen, times, measured}) {
    const {plot} = this;
    const {terms: names} = this.data;
    const each = Object.entries(terms(times));
    const found = binds(times, chosen.overlap);
    const least = lowerBound(times, chosen.overlap);
    const highest = Math.max(least, ...each.map(([, seconds]) => seconds), ...measured.map(one => one.timeS));
    const labels = {...names, [STEP]: "the step"};
    plot.frame(
      {scale: bands, domain: [...Object.keys(names), STEP], label: "what a step waits for", format: key => labels[key]},
      {scale: linear, domain: [0, roundAbove(HEADROOM * highest)], label: "time, at least", format: value => (value ? formatTime(value) : "0")},
    );
    for (const [term, seconds] of each) {
      const kind = `hue-${HUES[term]}${term === found ? "" : " pale"}`;
      plot.stack(term, [{value: seconds, kind, title: `${names[term]}: ${formatTime(seconds)}`, text: formatTime(seconds)}]);
    }
    plot.stack(STEP, waits(times, chosen.overlap).map(([term, seconds]) => ({
      value: seconds, kind: `hue-${HUES[term]}${term === found ? "" : " pale"}`,
      title: `${names[term]}: ${formatTime(seconds)} of the step`, text: names[term],
    })));
    for (const one of measured) {
      plot.ring(STEP, one.timeS, `hue-${MEASURED}`, `measured: ${formatTime(one.timeS)}, ${one.by}`);
      plot.beside(`measured ${formatTime(one.timeS)}`, [plot.x(STEP), plot.y(one.timeS) - 8], `name hue-${MEASURED}`);
    }
  }

  read({chosen, set, model, machine, how, decoding, times, tokens, measured}) {
    const {terms: names} = this.data;
    const {capacityBytes} = machine;
    const found = binds(times, chosen.overlap);
    const least = lowerBound(times, chosen.overlap);
    const held = bytesPerChip(model, machine.chips, {batch: set.batch, tokens}, how);
    const fits = !capacityBytes || held <= capacityBytes;
    this.tell({
      "a step, at least": formatTime(least),
      "what binds": names[found],
      "tokens a second, at most": formatNumber((set.batch * (decoding ? 1 : set.context)) / least),
      "a chip holds": capacityBytes ? `${bytes(held)} of ${bytes(capacityBytes)}` : bytes(held),
      "texts that fit": capacityBytes ? formatNumber(largestBatch(model, machine, tokens, how)) : "not known",
      "measured": measured.length ? `${formatTime(measured[0].timeS)}; the bound is ${formatPercent(least / measured[0].timeS)}` : "none here",
    }, {"what binds": HUES[found], ...(measured.length ? {measured: MEASURED} : {})});
    this.say(fits ? this.verdict(found, times, decoding) : `It does not fit: a chip would hold ${bytes(held)}, and has ${bytes(capacityBytes)}.`);
  }

  verdict(found, times, decoding) {
    const {terms: names} = this.data;
    const each = Object.entries(terms(times)).sort(([, one], [, other]) => other - one);
    const [name, seconds] = each.find(([term]) => term !== found);
    const ratio = formatNumber(terms(times)[found] / seconds);
    return `Bound by ${names[found]}: ${ratio} times as long as the next, ${names[name]}. ${(decoding ? DECODED : READ)[found]}`;
  }

  list({chosen, model, machine, decoding, set, timesOf}) {
    const {terms: names, batches} = this.data;
    const rows = batches.map(batch => {
      const times = timesOf(batch);
      const seconds = [...Object.values(terms(times)), lowerBound(times, chosen.overlap)];
      return [batch.toLocaleString("en"), ...seconds.map(one => formatTime(one)), names[binds(times, chosen.overlap)]];
    });
    const context = set.context.toLocaleString("en");
    const what = decoding ? `A decode step of ${model.name}, ${context} tokens before it` : `Prefill of ${model.name}, ${context} tokens`;
    this.tabulate(
      `${what}, on ${machine.chips} × ${machine.name}, weights in ${chosen.stored}`,
      ["batch", ...Object.values(names), "a step, at least", "what binds"], rows);
  }
}

customElements.define("latency-explorer", LatencyExplorer);

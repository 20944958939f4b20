/** `<roofline-explorer>`: a chip's roofs, a kernel set by sliders, and the point where it stands. */

import {
  Explorer, Handle, chipOptions, formatFraction, formatNumber, formatPercent, formatSi, formatTime,
  halfDecades, log, logStops, select, slider,
} from "./explorer-kit.js";
import {computeRoof, gemm, predict, repeatedMultiply, ridge, roofsOf, timedOn} from "./roofline-model.js";

const INTENSITIES = [1 / 16, 2 ** 15];
const LEAST_SPAN = 1e4;
const MEMORY = 1;
const COMPUTE = 2;
const binaryLog = (domain, range) => log(domain, range, 2);
const perByte = value => `${formatNumber(value)} FLOP/B`;

const KERNELS = {
  product: {
    label: "matrix product",
    caption: ({inputs, outputs}) =>
      `A matrix product, ${formatNumber(inputs.value)} inputs, ${formatNumber(outputs.value)} outputs`,
    head: "batch",
    work: (bytes, {batch, inputs, outputs}, rows = batch.value) =>
      gemm(rows, outputs.value, inputs.value, bytes),
  },
  elementwise: {
    label: "elementwise",
    caption: ({elements}) =>
      `x ← 2x, repeated in one pass over ${formatNumber(elements.value)} elements`,
    head: "repeats",
    work: (bytes, {elements, repeats}, times = repeats.value) =>
      repeatedMultiply(elements.value, times, bytes),
  },
};

class RooflineExplorer extends Explorer {
  build() {
    const {start, chips} = this.data;
    this.chips = Object.fromEntries(chips.map(chip => [chip.key, chip]));
    this.choose = {
      chip: select({label: "chip", options: chipOptions(chips), value: start.chip}),
      dtype: select({label: "numbers", options: [{value: start.dtype, label: start.dtype}]}),
      memory: select({label: "data comes from", options: [{value: "dram", label: "DRAM"}]}),
      kernel: select({
        label: "kernel",
        options: Object.entries(KERNELS).map(([value, {label}]) => ({value, label})),
      }),
    };
    const layer = {stops: logStops(64, 16384, 2), value: start.width};
    this.sliders = {
      product: {
        batch: slider({label: "batch", stops: logStops(1, 16384, 4), value: start.batch, unit: "rows"}),
        inputs: slider({label: "inputs", ...layer}),
        outputs: slider({label: "outputs", ...layer}),
      },
      elementwise: {
        elements: slider({
          label: "elements", stops: logStops(2 ** 10, 2 ** 32), value: 2 ** 24,
          format: value => formatSi(value, ""),
        }),
        repeats: slider({label: "multiplications of each", stops: logStops(1, 4096, 2), value: 1}),
      },
    };
    const sliders = Object.values(this.sliders).flatMap(group => Object.values(group));
    this.set(Object.values(this.choose), sliders);
    this.choose.chip.element.addEventListener("input", () => this.offer());
    for (const control of [this.choose.kernel, ...sliders]) {
      control.element.addEventListener("input", () => { this.moved = null; });
    }
    this.handle = new Handle(this.plot, {
      label: "arithmetic intensity",
      move: intensity => { this.moved = intensity; this.update(); },
    });
    this.moved = null;
    this.offer();
  }

  /** The formats and memories that the chosen chip states: numbers as long as before, if any. */
  offer() {
    const {elementBytes, levels} = this.data;
    const {flopPerS, bytesPerS} = this.chips[this.choose.chip.value];
    const before = this.choose.dtype.value;
    const stated = new Set(Object.keys(flopPerS).map(name => name.split(" ")[0]));
    const formats = Object.keys(elementBytes).filter(name => stated.has(name));
    const alike = formats.find(name => elementBytes[name] === elementBytes[before]);
    this.choose.dtype.fill(
      formats.map(name => ({value: name, label: name})), stated.has(before) ? before : alike);
    const slowestFirst = Object.keys(bytesPerS).sort((a, b) => bytesPerS[a] - bytesPerS[b]);
    this.choose.memory.fill(
      slowestFirst.map(name => ({value: name, label: levels[name]})), slowestFirst[0]);
  }

  get state() {
    const {chip, dtype, memory, kernel} = this.choose;
    const machine = this.chips[chip.value];
    const bytes = this.data.elementBytes[dtype.value];
    const sliders = this.sliders[kernel.value];
    const work = KERNELS[kernel.value].work(bytes, sliders);
    if (this.moved) work.movedBytes = work.flop / this.moved;
    const roof = computeRoof(machine, dtype.value, work.unit);
    const bytesPerS = machine.bytesPerS[memory.value];
    const level = this.data.levels[memory.value];
    const found = predict(work, roof, bytesPerS);
    return {
      machine, dtype: dtype.value, memory: memory.value, kernel: kernel.value, bytes, sliders, work,
      roof, bytesPerS, level, found, binds: found.memoryBound ? level : roof.name,
      timed: kernel.value === "product" ? timedOn(machine, dtype.value, this.data) : [],
    };
  }

  update() {
    const state = this.state;
    for (const [kernel, sliders] of Object.entries(this.sliders)) {
      for (const one of Object.values(sliders)) one.element.hidden = kernel !== state.kernel;
    }
    this.draw(state);
    this.read(state);
    this.list(state);
  }

  draw({machine, dtype, memory, roof, bytesPerS, level, found, binds, timed}) {
    const {plot} = this;
    const [left, right] = INTENSITIES;
    const roofs = roofsOf(machine, dtype);
    const highest = Math.max(...roofs.map(one => one.flopPerS));
    const slowest = Math.min(...Object.values(machine.bytesPerS));
    const [low, top] = halfDecades(left * slowest, 1.5 * highest);
    plot.frame(
      {scale: binaryLog, domain: INTENSITIES, label: "arithmetic intensity (FLOP/B)", format: formatFraction},
      {scale: log, domain: [Math.min(low, top / LEAST_SPAN), top], label: "performance (FLOP/s)", format: value => formatSi(value, "")},
    );
    const peak = roof?.flopPerS ?? top;
    const corner = ridge(peak, bytesPerS);
    const [foot] = plot.y.domain;
    plot.curve([[left, foot], [left, left * bytesPerS], [corner, peak], [right, peak], [right, foot]], `area hue-${MEMORY}`);
    plot.curve([[corner, peak], [corner, foot]], "dotted");
    for (const [name, rate] of Object.entries(machine.bytesPerS)) {
      if (name !== memory) this.slant(this.data.levels[name], rate, highest, "thin");
    }
    for (const one of roofs) {
      const kind = one.name === roof?.name ? `line hue-${COMPUTE}` : "thin";
      this.flat(one, bytesPerS, kind, one.flopPerS === highest ? -7 : 15);
    }
    this.slant(level, bytesPerS, peak, `line hue-${MEMORY}`);
    plot.beside(`ridge ${formatNumber(corner)}`, [plot.x(corner), plot.y(foot) - 8], "name");
    this.rings(timed);
    const text = `${perByte(found.intensity)}, at most ${formatSi(found.flopPerS, "FLOP/s")}, bound by ${binds}`;
    this.handle.place(
      plot.x.clamp(found.intensity), found.flopPerS, `hue-${found.memoryBound ? MEMORY : COMPUTE}`, text);
  }

  slant(name, bytesPerS, peak, kind) {
    const [left] = INTENSITIES;
    const ends = [[left, left * bytesPerS], [ridge(peak, bytesPerS), peak]];
    this.plot.curve(ends, kind);
    this.plot.along([`${name} ${formatSi(bytesPerS, "B/s")}`, name], ends, `name ${kind}`);
  }

  flat({name, flopPerS}, bytesPerS, kind, beside) {
    const [, right] = INTENSITIES;
    this.plot.curve([[ridge(flopPerS, bytesPerS), flopPerS], [right, flopPerS]], kind);
    const rate = kind === "thin" && this.plot.narrow ? "" : formatSi(flopPerS, "FLOP/s");
    const at = [this.plot.x(right) - 2, this.plot.y(flopPerS) + beside];
    this.plot.write(`${name} ${rate}`.trim(), at, `name ${kind}`, {"text-anchor": "end"});
  }

  rings(timed) {
    for (const {m, n, k, timeS, intensity, flopPerS, share} of timed) {
      const title = `${m} × ${k} by ${k} × ${n}: ${formatTime(timeS)}, ${formatPercent(share)} of its roof`;
      this.plot.ring(intensity, flopPerS, "hue-3", title);
    }
  }

  read({machine, work, roof, bytesPerS, level, found, binds, timed}) {
    this.tell({
      work: formatSi(work.flop, "FLOP"),
      traffic: formatSi(work.movedBytes, "B"),
      intensity: perByte(found.intensity),
      "at most": formatSi(found.flopPerS, "FLOP/s"),
      "time, at least": formatTime(found.timeS),
      "what binds": binds,
    }, {"what binds": found.memoryBound ? MEMORY : COMPUTE});
    const moved = this.moved ? "The same work with other traffic. " : "";
    this.say(moved + this.verdict({machine, roof, bytesPerS, level, found}));
    const shares = timed.map(one => one.share);
    this.legend.textContent = shares.length
      ? `Rings: products that others timed on this chip, ${shares.length} in all, the best at ${formatPercent(Math.max(...shares))} of its roof.`
      : "";
  }

  verdict({machine, roof, bytesPerS, level, found}) {
    if (!roof) return `Bound by ${level} alone: no rate of vector lanes is known for ${machine.name}.`;
    const corner = perByte(ridge(roof.flopPerS, bytesPerS));
    return found.memoryBound
      ? `Memory bound: ${level} is the roof, left of the ridge at ${corner}. At most ${formatPercent(found.flopPerS / roof.flopPerS)} of the ${roof.name} can be kept busy.`
      : `Compute bound: the ${roof.name} are the roof, right of the ridge at ${corner}. Fewer bytes would gain nothing.`;
  }

  list({machine, dtype, kernel, bytes, sliders, roof, bytesPerS, level}) {
    const {caption, head, work} = KERNELS[kernel];
    const rows = this.data.batches.map(size => {
      const found = predict(work(bytes, sliders, size), roof, bytesPerS);
      return [
        size.toLocaleString("en"), formatNumber(found.intensity), formatSi(found.flopPerS, "FLOP/s"),
        formatTime(found.timeS), found.memoryBound ? level : roof.name,
      ];
    });
    const title = `${caption(sliders)}, in ${dtype} on ${machine.name}, data from ${level}`;
    this.tabulate(title, [head, "FLOP/B", "at most", "time, at least", "what binds"], rows);
  }
}

customElements.define("roofline-explorer", RooflineExplorer);

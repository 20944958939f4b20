/** `<memory-explorer>`: the misses of a cache when a program walks over an array again and again. */

import {
  Explorer, Handle, formatNumber, formatSi, linear, log, logStops, select, slider,
} from "./explorer-kit.js";
import {lineUtilisation, shape, sweepMisses, walk} from "./memory-model.js";

const CHOSEN = 1;
const STOPS_AN_OCTAVE = 16;
const BINARY = [[2 ** 20, "MiB"], [2 ** 10, "KiB"], [1, "B"]];
const binaryLog = (domain, range) => log(domain, range, 2);
const whole = value => value.toLocaleString("en");
const plural = (count, noun) => `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
const percent = share => `${formatNumber(100 * share)} %`;

function formatCapacity(value) {
  const [size, unit] = BINARY.find(([one]) => value >= one) ?? BINARY.at(-1);
  return `${formatNumber(value / size)} ${unit}`;
}

const named = ways => (ways ? plural(ways, "way") : "one set");

class MemoryExplorer extends Explorer {
  build() {
    const {start, capacities, lines, ways, strides, sizes} = this.data;
    const options = (values, label) => values.map(value => ({value: String(value), label: label(value)}));
    this.choose = {
      capacity: select({label: "capacity", options: options(capacities, formatCapacity), value: String(start.capacityBytes)}),
      ways: select({label: "ways", options: options(ways, named), value: String(start.ways)}),
      line: select({label: "line", options: options(lines, value => `${value} B`), value: String(start.lineBytes)}),
    };
    this.size = slider({
      label: "walk over", stops: logStops(...sizes, STOPS_AN_OCTAVE), value: start.sizeBytes, format: formatCapacity,
    });
    this.stride = slider({label: "stride", stops: strides, value: start.strideBytes, unit: "B"});
    this.set(Object.values(this.choose), [this.size, this.stride]);
    this.handle = new Handle(this.plot, {
      label: "size of the walk",
      move: size => { this.size.value = size; this.update(); },
    });
    this.key({"this cache": CHOSEN});
    this.legend.append(
      "Thin lines: the same capacity in one set, and direct mapped. "
      + `Each access takes ${this.data.elementBytes} B.`,
    );
  }

  get cache() {
    const {capacity, ways, line} = this.choose;
    return {
      capacityBytes: Number(capacity.value),
      lineBytes: Number(line.value),
      ways: ways.value === "null" ? null : Number(ways.value),
    };
  }

  update() {
    const cache = this.cache;
    const [size, stride] = [this.size.value, this.stride.value];
    const touched = walk(cache, size, stride);
    const misses = sweepMisses(cache, size, stride);
    const state = {cache, size, stride, touched, misses, share: misses / touched.accesses};
    this.draw(state);
    this.read(state);
    this.list(state);
  }

  draw({cache, size, stride, share}) {
    const {plot} = this;
    const [shortest, longest] = this.data.sizes;
    const top = 1.05 * Math.min(1, stride / cache.lineBytes);
    plot.frame(
      {scale: binaryLog, domain: [shortest / 1.4, longest], label: "walk over (B)", format: formatCapacity},
      {scale: linear, domain: [0, top], label: "misses an access", format: formatNumber},
    );
    const {capacityBytes} = cache;
    plot.curve([[capacityBytes, 0], [capacityBytes, top]], "dotted");
    for (const ways of [null, 1]) this.trace({...cache, ways}, stride, "thin");
    this.trace(cache, stride, `line hue-${CHOSEN}`);
    plot.beside(`capacity ${formatCapacity(capacityBytes)}`, [plot.x(capacityBytes), plot.y(top / 2)], "name solid");
    const text = `${formatCapacity(size)}, ${formatNumber(share)} misses an access`;
    this.handle.place(size, share, `hue-${CHOSEN}`, text);
  }

  trace(cache, stride, kind) {
    const stops = logStops(...this.data.sizes, STOPS_AN_OCTAVE);
    this.plot.steps(stops.map(size => {
      const {accesses} = walk(cache, size, stride);
      return [size, sweepMisses(cache, size, stride) / accesses];
    }), kind);
  }

  read({cache, stride, touched, misses, share}) {
    this.tell({
      accesses: whole(touched.accesses),
      "lines touched": whole(touched.lines),
      misses: whole(misses),
      "misses an access": formatNumber(share),
      "traffic of a walk": formatSi(misses * cache.lineBytes, "B"),
      "used of each line": percent(lineUtilisation(stride, this.data.elementBytes, cache.lineBytes)),
    });
    this.say(this.verdict(cache, touched));
  }

  verdict(cache, {lines, usedSets, deepest}) {
    const {lines: held, linesASet, sets} = shape(cache);
    const crowd = `${whole(usedSets)} of ${plural(sets, "set")}, up to ${whole(deepest)} to a set that holds ${whole(linesASet)}`;
    if (deepest <= linesASet) {
      const found = lines === 1 ? "The only line finds" : `All ${whole(lines)} lines find`;
      return `${found} room: after the first walk nothing misses.`;
    }
    return lines <= held
      ? `A conflict: the cache could hold ${plural(held, "line")}, and the walk touches only ${whole(lines)}, but these fall into ${crowd}.`
      : `Too much: ${plural(lines, "line")} for a cache of ${whole(held)}. They fall into ${crowd}.`;
  }

  list({cache, stride}) {
    const rows = this.data.times.map(times => {
      const size = times * cache.capacityBytes;
      const {accesses} = walk(cache, size, stride);
      const misses = sweepMisses(cache, size, stride);
      return [
        formatCapacity(size), whole(accesses), whole(misses), formatNumber(misses / accesses),
        formatSi(misses * cache.lineBytes, "B"),
      ];
    });
    const used = percent(lineUtilisation(stride, this.data.elementBytes, cache.lineBytes));
    const title = `Each further walk with stride ${whole(stride)} B over a cache of ${formatCapacity(cache.capacityBytes)}, `
      + `${named(cache.ways)}, lines of ${cache.lineBytes} B; used: ${used}`;
    this.tabulate(title, ["walk over", "accesses", "misses", "an access", "traffic of a walk"], rows);
  }
}

customElements.define("memory-explorer", MemoryExplorer);

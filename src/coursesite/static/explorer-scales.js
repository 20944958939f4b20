/** Scales, their ticks, and how values are written: as `hwmath.units` writes them. */

function scale(domain, range, forward, back, ticks) {
  const [low, high] = domain.map(forward);
  const [from, to] = range;
  const at = value => from + ((forward(value) - low) / (high - low)) * (to - from);
  at.invert = place => back(low + ((place - from) / (to - from)) * (high - low));
  at.clamp = value => Math.min(Math.max(value, domain[0]), domain[1]);
  at.along = (value, share) => at.clamp(back(forward(value) + share * (high - low)));
  at.ticks = most => ticks(domain, most);
  return Object.assign(at, {domain, range});
}

export const linear = (domain, range) =>
  scale(domain, range, x => x, x => x, linearTicks);

/** `base` is that of the ticks: 10 for rates and sizes, 2 for what doubles. */
export const log = (domain, range, base = 10) =>
  scale(domain, range, Math.log, Math.exp, (ends, most) => logTicks(ends, most, base));

function linearTicks([low, high], most) {
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(one => one * power >= rough);
  const first = Math.ceil(low / step);
  return Array.from({length: Math.floor(high / step) - first + 1}, (_, i) => (first + i) * step);
}

function logTicks([low, high], most, base) {
  const power = value => Math.log(value) / Math.log(base);
  const first = Math.ceil(power(low) - 1e-9);
  const last = Math.floor(power(high) + 1e-9);
  const every = Math.ceil((last - first + 1) / most);
  const powers = [];
  for (let n = Math.ceil(first / every) * every; n <= last; n += every) powers.push(base ** n);
  if (base !== 10 || every > 1) return powers;
  const finer = [base ** (first - 1), ...powers].flatMap(one => [one, 2 * one, 5 * one])
    .filter(one => one >= low * (1 - 1e-9) && one <= high * (1 + 1e-9));
  return finer.length <= most ? finer : powers;
}

/** Places side by side for names; each has `width`. */
export function bands(names, range) {
  const width = (range[1] - range[0]) / names.length;
  const at = name => range[0] + (names.indexOf(name) + 0.5) * width;
  return Object.assign(at, {domain: names, range, width, ticks: () => names});
}

/** Ends for a log axis, at half decades: it keeps still while a reader turns something a little. */
export const halfDecades = (low, high) =>
  [[Math.floor, low], [Math.ceil, high]].map(([round, value]) => 10 ** (round(2 * Math.log10(value)) / 2));

export const ROUND = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8];

/** An end for a linear axis: the next round number. */
export function roundAbove(high) {
  const power = 10 ** Math.floor(Math.log10(high));
  return power * [...ROUND, 10].find(one => one * power >= high);
}

const DECIMAL = [[1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]];
const TIME = [[1, "s"], [1e-3, "ms"], [1e-6, "µs"], [1e-9, "ns"]];
const roundsUpFrom = digits => 1 - 0.5 * 10 ** -digits;

export function formatNumber(value, digits = 3) {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(Math.abs(value))));
  const [whole, part = ""] = toFixedEven(value, decimals).split(".");
  const shown = part.replace(/0+$/, "");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (shown && `.${shown}`);
}

/** `toFixed`, but a true tie goes to the even digit, as in Python. */
function toFixedEven(value, decimals) {
  const scaled = value * 10 ** decimals;
  const tie = scaled % 1 === 0.5 && (value * 2 ** (decimals + 1)) % 1 === 0;
  const below = Math.floor(scaled);
  return (tie && below % 2 === 0 ? below / 10 ** decimals : value).toFixed(decimals);
}

export function formatSi(value, unit, digits = 3) {
  const [size, prefix] =
    DECIMAL.find(([one]) => Math.abs(value) >= one * roundsUpFrom(digits)) ?? [1, ""];
  return `${formatNumber(value / size, digits)} ${prefix}${unit}`;
}

export function formatTime(seconds, digits = 3) {
  const [size, unit] =
    TIME.find(([one]) => Math.abs(seconds) >= one * roundsUpFrom(digits)) ?? TIME.at(-1);
  return `${formatNumber(seconds / size, digits)} ${unit}`;
}

export const formatPercent = share => `${formatNumber(100 * share, 2)} %`;

/** 1/8, 1, 8: how the ticks of an axis of ratios are written. */
export const formatFraction = value =>
  value >= 1 ? value.toLocaleString("en") : `1/${formatNumber(1 / value)}`;

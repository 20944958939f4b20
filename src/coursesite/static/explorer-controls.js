/** What a reader sets: sliders and choices, each with its label, all from the browser's own. */

import {ROUND, formatNumber} from "./explorer-scales.js";

let count = 0;
const freshId = () => `explorer-${(count += 1)}`;

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Whole numbers from `low` to `high`, `perOctave` of them to a doubling: a log slider. */
export function logStops(low, high, perOctave = 1) {
  const steps = Math.round(Math.log2(high / low) * perOctave);
  const stops = Array.from({length: steps + 1}, (_, i) => Math.round(low * 2 ** (i / perOctave)));
  return [...new Set(stops)];
}

/** Round numbers from a power of ten to another, as people say them: also a log slider. */
export function roundStops(low, high) {
  const decades = Math.round(Math.log10(high / low));
  const below = Array.from({length: decades}, (_, n) => ROUND.map(one => Math.round(one * low * 10 ** n)));
  return [...below.flat(), high];
}

export function linearStops(low, high, step) {
  return Array.from({length: Math.round((high - low) / step) + 1}, (_, i) => low + i * step);
}

/** A slider over `stops`; what it stands on is its `value`. */
export function slider({label, stops, value, unit = "", format = formatNumber}) {
  const id = freshId();
  const shown = element("span", {class: "explorer-value"});
  const input = element("input", {type: "range", id, min: 0, max: stops.length - 1, step: 1});
  const show = () => {
    const text = `${format(stops[input.value])} ${unit}`.trim();
    shown.textContent = text;
    input.setAttribute("aria-valuetext", text);
  };
  const nearest = wanted =>
    stops.reduce((best, stop, i) =>
      Math.abs(stop - wanted) < Math.abs(stops[best] - wanted) ? i : best, 0);
  input.addEventListener("input", show);
  input.value = nearest(value);
  show();
  const head = element("span", {class: "explorer-head"}, element("label", {for: id}, label), shown);
  return {
    element: element("div", {class: "explorer-slider"}, head, input),
    get value() { return stops[input.value]; },
    set value(wanted) { input.value = nearest(wanted); show(); },
  };
}

/** A choice among `options`: {value, label, group}; `fill` brings others and keeps what it can. */
export function select({label, options, value}) {
  const id = freshId();
  const input = element("select", {id});
  const made = {
    element: element("div", {class: "explorer-select"}, element("label", {for: id}, label), input),
    get value() { return input.value; },
    set value(wanted) { input.value = wanted; },
    fill(offered, preferred = input.value) {
      input.replaceChildren();
      const groups = new Map();
      for (const {value, label, group} of offered) {
        if (group && !groups.has(group)) groups.set(group, element("optgroup", {label: group}));
        (groups.get(group) ?? input).append(element("option", {value}, label));
      }
      input.append(...groups.values());
      input.value = offered.some(one => one.value === preferred) ? preferred : offered[0].value;
    },
  };
  made.fill(options, value);
  return made;
}

/** What `select` offers of chips, by vendor. */
export const chipOptions = chips =>
  chips.map(({key, name, vendor}) => ({value: key, label: name, group: vendor}));

/** What a reader sets: sliders and choices, each with its label, all from the browser's own. */

import {formatNumber} from "./explorer-scales.js";

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
      const groups = Map.groupBy(offered, one => one.group ?? "");
      input.replaceChildren(...[...groups].flatMap(([group, members]) => {
        const items = members.map(one => element("option", {value: one.value}, one.label));
        return group ? [element("optgroup", {label: group}, ...items)] : items;
      }));
      input.value = offered.some(one => one.value === preferred) ? preferred : offered[0].value;
    },
  };
  made.fill(options, value);
  return made;
}

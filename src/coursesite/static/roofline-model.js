/** The arithmetic of `hwmath.roofline` and `hwmath.kernels`, held against them by the tests. */

import {FLOP_PER_MAC} from "./units.js";

export const ridge = (peakFlopPerS, bytesPerS) => peakFlopPerS / bytesPerS;

export const attainable = (intensity, peakFlopPerS, bytesPerS) =>
  Math.min(peakFlopPerS, bytesPerS * intensity);

export const isMemoryBound = (intensity, peakFlopPerS, bytesPerS) =>
  intensity < ridge(peakFlopPerS, bytesPerS);

export const timeLowerBound = (flop, movedBytes, peakFlopPerS, bytesPerS) =>
  Math.max(flop / peakFlopPerS, movedBytes / bytesPerS);

export const intensity = ({flop, movedBytes}) => flop / movedBytes;

/** An (m, k) by (k, n) product; every operand moves once. */
export const gemm = (m, n, k, elementBytes) => ({
  unit: "matrix",
  flop: FLOP_PER_MAC * m * n * k,
  movedBytes: elementBytes * (k * n + m * k + m * n),
});

/** x ← 2x, `repeat` times over n elements in one pass. */
export const repeatedMultiply = (n, repeat, elementBytes) => ({
  unit: "vector",
  flop: n * repeat,
  movedBytes: 2 * n * elementBytes,
});

/** The rate that bounds work of a unit, and its name; null where the chip states none. */
export function computeRoof(chip, dtype, unit) {
  const lanes = dtype !== "fp64" && "fp32 vector" in chip.flopPerS ? "fp32" : dtype;
  const names = unit === "vector" ? [`${lanes} vector`] : [`${dtype} matrix`, `${dtype} vector`];
  const name = names.find(one => one in chip.flopPerS);
  return name ? {name: `${name} ${name.endsWith("matrix") ? "units" : "lanes"}`, flopPerS: chip.flopPerS[name]} : null;
}

/** The rates of matrix products and of elementwise work; one, where they are the same. */
export function roofsOf(chip, dtype) {
  const [matrix, vector] = ["matrix", "vector"].map(unit => computeRoof(chip, dtype, unit));
  return [matrix, matrix?.name === vector?.name ? null : vector].filter(Boolean);
}

/** What work can reach under a compute roof (null: none known) and a memory's bandwidth. */
export function predict(work, roof, bytesPerS) {
  const peak = roof?.flopPerS ?? Infinity;
  const its = intensity(work);
  return {
    intensity: its,
    flopPerS: attainable(its, peak, bytesPerS),
    timeS: timeLowerBound(work.flop, work.movedBytes, peak, bytesPerS),
    memoryBound: isMemoryBound(its, peak, bytesPerS),
  };
}

/** Published products on a chip, of numbers as long and as fast as `dtype`, beside their bounds. */
export function timedOn(chip, dtype, {elementBytes, measured}) {
  const roof = name => computeRoof(chip, name, "matrix");
  const alike = name =>
    elementBytes[name] === elementBytes[dtype] && roof(name)?.flopPerS === roof(dtype)?.flopPerS;
  return measured.filter(([key, name]) => key === chip.key && alike(name))
    .map(([, name, m, n, k, timeS]) => {
      const work = gemm(m, n, k, elementBytes[name]);
      const bound = predict(work, roof(name), chip.bytesPerS.dram);
      return {m, n, k, timeS, intensity: bound.intensity, flopPerS: work.flop / timeS, share: bound.timeS / timeS};
    });
}

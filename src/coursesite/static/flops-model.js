/** The arithmetic of `hwmath.flops` for a convolution of two dimensions, held against it by the tests. */

/** How many places a kernel has along one dimension. */
export const outputSize = ({size, kernel, stride, padding, dilation}) =>
  Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;

/** Pairs of a place and a weight, along one dimension, that meet a real input. */
export function realPairs(line) {
  const {size, kernel, stride, padding, dilation} = line;
  const places = outputSize(line);
  let pairs = 0;
  for (let tap = 0; tap < kernel; tap += 1) {
    const first = Math.max(Math.ceil((padding - dilation * tap) / stride), 0);
    const last = Math.min(Math.floor((size - 1 + padding - dilation * tap) / stride), places - 1);
    pairs += Math.max(last - first + 1, 0);
  }
  return pairs;
}

/** The inputs beneath each weight of a kernel at a place; those outside of the line are zeros. */
export const under = ({kernel, stride, padding, dilation}, place) =>
  Array.from({length: kernel}, (_, tap) => place * stride - padding + tap * dilation);

/** The counts of one layer with as many channels out as in; `bias` is 1 or 0. */
export function convolution({height, width, channels, kernel, groups, bias, ...how}) {
  const lines = [height, width].map(size => ({size, kernel, ...how}));
  const [high, wide] = lines.map(outputSize);
  const weights = channels * (channels / groups);
  const outputs = channels * high * wide;
  return {
    high, wide, outputs,
    macs: weights * high * wide * kernel ** 2,
    realMacs: weights * realPairs(lines[0]) * realPairs(lines[1]),
    biases: outputs * bias,
    parameters: weights * kernel ** 2 + channels * bias,
  };
}

/** What a profiler adds to its total: for products, for biases, and for the relu behind the layer. */
export const printed = ({perMac, perBias, perRelu}, {macs, biases, outputs}) =>
  ({products: perMac * macs, biases: perBias * biases, relu: perRelu * outputs});

export const total = parts => Object.values(parts).reduce((sum, one) => sum + one, 0);

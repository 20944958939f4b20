/** The arithmetic of `hwmath.explorers.simd`, held against it by the tests. */

/** A number between 0 and 1 for each whole number, as good as random. */
export function drawn(n) {
  let x = n + 1;
  for (const [shift, factor] of [[16, 0x85ebca6b], [13, 0xc2b2ae35]]) {
    x = Math.imul(x ^ (x >>> shift), factor);
  }
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}

/** For each warp, whether each of its lanes takes the branch; `run` threads in a row agree. */
export const taken = ({warps, lanes}, run, share) =>
  Array.from({length: warps}, (_, warp) =>
    Array.from({length: lanes}, (_, lane) => drawn(Math.floor((warp * lanes + lane) / run)) < share));

/** What one warp issues, and its useful slots. */
export function branch(mask, ifInstructions, elseInstructions) {
  const takers = mask.filter(takes => takes).length;
  const others = mask.length - takers;
  return {
    instructions: (takers ? ifInstructions : 0) + (others ? elseInstructions : 0),
    useful: takers * ifInstructions + others * elseInstructions,
    mixed: takers > 0 && others > 0,
  };
}

/** The same of all warps together, with the share of slots that are used. */
export function together(masks, ifInstructions, elseInstructions) {
  const each = masks.map(mask => branch(mask, ifInstructions, elseInstructions));
  const sum = key => each.reduce((total, one) => total + Number(one[key]), 0);
  const slots = masks[0].length * sum("instructions");
  return {
    instructions: sum("instructions"),
    useful: sum("useful"),
    mixed: sum("mixed"),
    utilisation: slots ? sum("useful") / slots : 1,
  };
}

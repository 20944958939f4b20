/** The arithmetic of `hwmath.memory` that its explorer needs, held against it by the tests. */

const gcd = (a, b) => (b ? gcd(b, a % b) : a);

/** Lines, sets, and lines of a set that a cache holds; `ways` null is a single set. */
export function shape({capacityBytes, lineBytes, ways}) {
  const lines = capacityBytes / lineBytes;
  const linesASet = ways ?? lines;
  return {lines, linesASet, sets: lines / linesASet};
}

/** What a walk touches: accesses, lines, the sets they fall into, and the most lines of one set. */
export function walk(cache, sizeBytes, strideBytes) {
  const {sets} = shape(cache);
  const far = Math.max(strideBytes, cache.lineBytes);
  const lines = Math.ceil(sizeBytes / far);
  const usedSets = sets / gcd(far / cache.lineBytes, sets);
  return {
    accesses: Math.ceil(sizeBytes / strideBytes), lines, usedSets,
    deepest: Math.ceil(lines / usedSets),
  };
}

/** Misses of each further walk: under LRU a crowded set misses all of its lines, others none. */
export function sweepMisses(cache, sizeBytes, strideBytes) {
  const {linesASet} = shape(cache);
  const {lines, usedSets} = walk(cache, sizeBytes, strideBytes);
  const each = Math.floor(lines / usedSets);
  const more = lines % usedSets;
  return (each > linesASet ? (usedSets - more) * each : 0)
    + (each + 1 > linesASet ? more * (each + 1) : 0);
}

/** Share of the moved bytes that a walk uses. */
export const lineUtilisation = (strideBytes, elementBytes, lineBytes) =>
  elementBytes / Math.min(strideBytes, lineBytes);

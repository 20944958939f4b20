/** The arithmetic of `hwmath.explorers.training`, held against it by the tests. */

/** Bytes of each part of the state of training, by part. */
export const trainingBytes = (parameters, {bytesPerParameter}) =>
  Object.fromEntries(Object.entries(bytesPerParameter).map(([part, bytes]) => [part, parameters * bytes]));

export const total = parts => Object.values(parts).reduce((sum, one) => sum + one, 0);

/** The most parameters whose state a memory holds. */
export const mostParameters = (capacityBytes, {bytesPerParameter}) =>
  capacityBytes / total(bytesPerParameter);

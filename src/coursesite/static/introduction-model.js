/** The arithmetic of `hwmath.introduction.lottery`, held against it by the tests. */

/** FLOP that are not about a zero. */
export const usefulFlop = ({matrixFlop, density, vectorFlop, branchyFlop}) =>
  matrixFlop * density + vectorFlop + branchyFlop;

export const longest = phases => Math.max(...Object.values(phases));

/** Seconds of each unit and of memory in the best way to do an idea. */
export function phases(idea, machine) {
  const {lanes, vectorFlopPerS, matrixFlopPerS, bytesPerS} = machine;
  const lanesFlop = idea.vectorFlop + lanes * idea.branchyFlop;
  const memory = idea.movedBytes / bytesPerS;
  const skipping = {lanes: (lanesFlop + idea.density * idea.matrixFlop) / vectorFlopPerS, memory};
  if (!matrixFlopPerS) return skipping;
  const units = {"matrix units": idea.matrixFlop / matrixFlopPerS, lanes: lanesFlop / vectorFlopPerS, memory};
  return longest(units) <= longest(skipping) ? units : skipping;
}

/** What takes longest; of equals the first. */
export const binding = parts =>
  Object.keys(parts).reduce((best, name) => (parts[name] > parts[best] ? name : best));

export const breakEvenDensity = ({vectorFlopPerS, matrixFlopPerS}) =>
  Math.min(1, vectorFlopPerS / matrixFlopPerS);

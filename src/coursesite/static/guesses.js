// What the reader guessed: read, judged, and kept in this browser and nowhere else.
//
// A guess is {topic, id, guess, said, answer, shown, factor, when}; `factor` is guess over answer,
// and null where both are words.
//
// Neither this nor what builds on it is a module: modules wait for the whole page, and what is
// shown again would then push away what is being read.

globalThis.guesses = (() => {
  const KEY = "napkin";
  const EXACT = 1.05;
  const POWERS = { k: 3, K: 3, M: 6, G: 9, T: 12, P: 15, m: -3, µ: -6, u: -6, n: -9 };
  const NUMBER =
    /^(-?(?:\d{1,3}(?:[, \u00a0\u202f]\d{3})+|\d*)(?:\.\d*)?)(?:[eE]([+-]?\d+))? *([kKMGTPmµun]?)$/;

  /** A comma for a point: behind a lone zero, or before other than three digits. */
  const DECIMAL_COMMA = /^(?:(-?0),(\d+)|(-?\d*),(\d{1,2}|\d{4,}))(?![\d.,])/;

  let unkept;

  function isGuess(one) {
    const words = [one?.topic, one?.id, one?.said, one?.shown];
    if (!words.every((word) => typeof word === "string") || !Number.isFinite(one.when)) return false;
    if (one.factor === null) return typeof one.guess === "string";
    return [one.factor, one.guess].every((number) => Number.isFinite(number) && number > 0);
  }

  /** The guesses in a text, or those that it has beside other things. */
  function guessesIn(text) {
    const found = JSON.parse(text);
    if (!Array.isArray(found)) throw new Error("no list of guesses");
    return found.filter(isGuess);
  }

  function allGuesses() {
    try {
      return unkept ?? guessesIn(localStorage.getItem(KEY) ?? "[]");
    } catch {
      return [];
    }
  }

  /** Keep these guesses; where the browser keeps nothing, until the page is left. */
  function keepAll(guesses) {
    try {
      localStorage.setItem(KEY, JSON.stringify(guesses));
      unkept = undefined;
      return true;
    } catch {
      unkept = guesses;
      return false;
    }
  }

  /** The number that a reader typed, or NaN. */
  function numberIn(text, unit = "") {
    let words = text.trim().replace("−", "-");
    if (unit && words.endsWith(unit)) words = words.slice(0, -unit.length).trim();
    words = words.replace(DECIMAL_COMMA, "$1$3.$2$4");
    const [, digits = "", power = "0", prefix] = NUMBER.exec(words) ?? [];
    if (!/\d/.test(digits)) return NaN;
    return Number(`${digits.replace(/[, \u00a0\u202f]/g, "")}e${Number(power) + (POWERS[prefix] ?? 0)}`);
  }

  /** A number as one says it: a few digits. */
  function spoken(number, digits = 2) {
    const size = Math.abs(number);
    if (size >= 1e6 || (size > 0 && size < 1e-3)) {
      return Number(number.toPrecision(digits)).toExponential().replace("e+", "e");
    }
    return number.toLocaleString("en", { maximumSignificantDigits: digits });
  }

  const times = (factor) => Math.max(factor, 1 / factor);

  /** By how much a guess is off, in words. */
  function off({ factor, guess, answer }) {
    if (factor === null) return guess === answer ? "right" : "the other way";
    if (times(factor) < EXACT) return "as good as exact";
    return `${spoken(times(factor))} times too ${factor > 1 ? "large" : "small"}`;
  }

  function median(numbers) {
    const sorted = [...numbers].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : Math.sqrt(sorted[middle - 1] * sorted[middle]);
  }

  return { allGuesses, guessesIn, keepAll, median, numberIn, off, spoken, times };
})();

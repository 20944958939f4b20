/** The arithmetic of `hwmath.explorers.banks`, held against it by the tests. */

/** The number of the word in which each row of a column is kept. */
export const columnWords = ({lanes, banks}, {columns, padWords, layout, column}) =>
  Array.from({length: lanes}, (_, row) => {
    const group = Math.floor(row / Math.max(1, Math.floor(banks / columns)));
    const keptIn = layout === "xor" ? column ^ (group % columns) : column;
    return row * (columns + padWords) + keptIn;
  });

/** For each bank the words that are wanted from it, each once. */
export function wordsByBank(words, banks) {
  const wanted = Array.from({length: banks}, () => []);
  for (const word of new Set(words)) wanted[word % banks].push(word);
  return wanted;
}

export const passes = wanted => Math.max(...wanted.map(words => words.length));

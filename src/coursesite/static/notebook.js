// Notebooks as JSON: an exercise as it was released, and what a student made of it.
//
// nbgrader marks the cells of an exercise: answers (`solution`), checks (`grade`), and those that
// nobody may change (`locked`).

const nbgrader = (cell) => cell.metadata?.nbgrader ?? {};
export const isCheck = (cell) => Boolean(nbgrader(cell).grade) && isLocked(cell);
export const isLocked = (cell) => Boolean(nbgrader(cell).locked);
export const isAnswer = (cell) => Boolean(nbgrader(cell).solution);

export const sourceOf = (cell) => [cell.source ?? ""].flat().join("");

export function setSource(cell, text) {
  cell.source = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A code cell of the student's own. */
export function ownCell(source = "", type = "code") {
  const id = `own-${crypto.getRandomValues(new Uint32Array(1))[0].toString(16)}`;
  const code = type === "code" ? { execution_count: null, outputs: [] } : {};
  const cell = { cell_type: type, ...code, id, metadata: {}, source: [] };
  setSource(cell, source);
  return cell;
}

/** The text of a notebook file, as Jupyter writes it. */
export const asFile = (notebook) => `${JSON.stringify(notebook, null, 1)}\n`;

/** The notebook in the text of a file.  Throws an Error that says what is wrong with it. */
export function notebookIn(text) {
  let found;
  try {
    found = JSON.parse(text);
  } catch {
    throw new Error("it is damaged, or no notebook");
  }
  if (!Array.isArray(found?.cells) || !found.cells.every((cell) => cell && typeof cell === "object")) {
    throw new Error("it has no cells, as a notebook has");
  }
  return found;
}

/**
 * The released exercise with a student's answers and own cells in it: { notebook, changed }.
 *
 * `changed` counts the cells of the exercise that the student was not to change and that read
 * otherwise there; they stay as released.  Throws an Error where no answer of it is there.
 */
export function carryOver(released, theirs) {
  const notebook = structuredClone(released);
  const places = notebook.cells.map((cell) => ({ cell, own: [] }));
  const top = { own: [] };
  let last = top;
  let answers = 0;
  let changed = 0;
  for (const cell of theirs.cells) {
    const place = placeOf(cell, places.filter(({ taken }) => !taken));
    if (!place) {
      if (sourceOf(cell).trim()) last.own.push(ownCell(sourceOf(cell), cell.cell_type));
      continue;
    }
    place.taken = true;
    last = place;
    if (isAnswer(cell)) answers += 1;
    if (mayChange(place.cell)) setSource(place.cell, sourceOf(cell));
    else if (sourceOf(place.cell) !== sourceOf(cell)) changed += 1;
  }
  if (!answers) throw new Error("it has no answer of this exercise in it");
  notebook.cells = [...top.own, ...places.flatMap(({ cell, own }) => [cell, ...own])];
  return { notebook, changed };
}

export const mayChange = (cell) => cell.cell_type === "code" && !isLocked(cell);

/** The cell of the exercise that this one was, by its mark, its id, or else how it begins. */
function placeOf(cell, places) {
  const like = places.filter((place) => place.cell.cell_type === cell.cell_type);
  const mark = nbgrader(cell).grade_id;
  if (mark) return like.find((place) => nbgrader(place.cell).grade_id === mark);
  const id = cell.id ?? cell.metadata?.id;
  return like.find((place) => place.cell.id === id) ?? like.find((place) => !id && begin(place.cell) === begin(cell));
}

const begin = (cell) => sourceOf(cell).split("\n", 1)[0];

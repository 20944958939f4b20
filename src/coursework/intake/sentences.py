"""What intake says about a hand-in: a stable code for counting, a sentence for its student.

No sentence quotes what a student typed or named; names in braces are the release's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from coursework.results import Notice

LARGEST_NOTEBOOK_BYTES: Final = 10_000_000
MOST_CELLS: Final = 500
LONGEST_CELL_CHARACTERS: Final = 100_000

SENTENCES: Final = {
    # the folder and its files
    "no-folder": "Nothing was handed in for this exercise.",
    "folder-not-read": "The folder of the hand-in is a link, no folder, or may not be read.",
    "no-notebook": "There is no notebook in the hand-in.",
    "notebook-not-a-file": "A notebook is a link or something else that is no ordinary file. "
    "It was not read; hand in the file itself.",
    "notebook-hard-linked": "A notebook's file has a second name on the disk, so it may be "
    "somebody else's. It was not read; hand in a copy.",
    "notebook-too-large": f"A notebook is larger than {LARGEST_NOTEBOOK_BYTES // 10**6} MB. "
    "It was not read; clear its outputs and hand it in again.",
    "notebook-not-readable": "The file of a notebook could not be read.",
    "notebook-renamed": "The notebook has another name than the exercise. "
    "It counts all the same.",
    "notebook-chosen": "There are several notebooks and the one with the exercise's name holds "
    "no answer, or there is none. The one with the most answers counts.",
    "files-not-read": "Other files in the hand-in were not read: only the notebook counts.",
    "time-not-read": "The time of the hand-in could not be read from timestamp.txt.",
    # the notebook's text
    "notebook-empty": "The file of the notebook is empty. Save the notebook and hand it in again.",
    "not-a-notebook": "The file of the notebook is damaged, or no notebook. "
    "Open it in your editor, save it, and hand it in again.",
    "no-cells": "The notebook has no cells.",
    "text-damaged": "Some characters in the notebook were damaged and have been replaced.",
    "old-format": "The notebook was saved in an old or unknown format; what could be read counts.",
    "cells-damaged": "Some cells of the notebook were damaged and could not be read.",
    "cells-too-many": f"The notebook has more than {MOST_CELLS} cells. "
    f"Only the first {MOST_CELLS} were read.",
    "cells-too-long": f"Cells with more than {LONGEST_CELL_CHARACTERS} characters were left out.",
    # the cells
    "nothing-recognised": "No cell of the exercise was found in the notebook. "
    "Is it the right notebook?",
    "answer-missing": "There is no answer to {names}: its cell is gone, and no other cell "
    "defines the function.",
    "answer-found": "The cell for {names} had lost its name. A cell that defines the function "
    "was found and counts.",
    "answer-elsewhere": "The answer to {names} was not in the cell for it. "
    "It was found in another cell and counts.",
    "answer-copied": "There are several cells for {names}. The last one that defines the "
    "function counts; the others are kept as ordinary cells.",
    "answer-retyped": "The cell for {names} was no code cell any more. Its text counts as code.",
    "locked-changed": "Cells that are part of the exercise were changed: {names}. The originals "
    "are back; what was typed there is kept as a cell of its own.",
    "locked-deleted": "Cells that are part of the exercise were deleted: {names}. They are back.",
    "text-changed": "The exercise's own text was changed. "
    "The original is back, and the changed text follows it.",
    "order-changed": "The exercise's cells were in another order. Their own order is back.",
    # the run
    "cell-stopped": "A cell did not come to its end: it ran too long, took too much, or ended "
    "Python. It was stopped; what depends on it may be missing.",
    # what lies in `submitted` and is no hand-in
    "name-not-accepted": "The folder's name cannot be a student's id: use letters, digits, "
    "spaces and _ . @ + ' - inside, a letter or digit at both ends. It was not graded.",
    "no-student-folder": "This is a link or a file, and no student's folder. It was not graded.",
    "student-folder-not-read": "The student's folder may not be read. It was not graded.",
    "folder-misplaced": "There is no folder with the exercise's exact name, but a notebook or "
    "a folder like it. It was not graded.",
}  # fmt: skip


def notice(code: str, names: Iterable[str] = ()) -> Notice:
    """The notice with this code; `names` are cells or parts of the release.

    Raises: KeyError for a code that is not in the list.
    """
    return Notice(code, SENTENCES[code].replace("{names}", ", ".join(dict.fromkeys(names))))

"""The cells of a stranger's notebook: any bytes go in, plain texts come out, nothing is raised.

Only the few fields that grading needs are read; the rest of the notebook is never looked at.
Where a key is there twice, the last one counts, as it does in every editor.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

from coursework.intake.sentences import (
    LARGEST_NOTEBOOK_BYTES,
    LONGEST_CELL_CHARACTERS,
    MOST_CELLS,
)

LONGEST_NUMBER_DIGITS: Final = 9
KINDS: Final = {"code": "code", "markdown": "markdown", "heading": "markdown"}
DEFINITION: Final = re.compile(
    r"^(?:[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\(|(\w+)[ \t]*=(?!=))", re.MULTILINE
)


@dataclass(frozen=True)
class Cell:
    """What grading needs of a cell; `kind` is code, markdown or raw, ids are "" where lost."""

    kind: str
    text: str
    id: str = ""
    grade_id: str = ""

    @cached_property
    def defines(self) -> frozenset[str]:
        """The names that the text defines or assigns, as far as its lines show."""
        return frozenset(name for pair in DEFINITION.findall(self.text) for name in pair if name)


def read(raw: bytes) -> tuple[list[Cell] | None, list[str]]:
    """The cells, or None where there are none to read, and the codes of what was odd."""
    if len(raw) > LARGEST_NOTEBOOK_BYTES:
        return None, ["notebook-too-large"]
    if not raw.strip(b"\0\t\n\r "):
        return None, ["notebook-empty"]
    text, damaged = _decode(raw)
    try:
        notebook = json.loads(text, parse_int=_whole, parse_float=_nothing, parse_constant=_nothing)
    except (ValueError, RecursionError):
        return None, ["not-a-notebook"]
    found = _list_of_cells(notebook)
    if found is None:
        return None, ["not-a-notebook"]
    odd = {"text-damaged"} if damaged else set()
    if notebook.get("nbformat") != 4:
        odd.add("old-format")
    if not found:
        odd.add("no-cells")
    if len(found) > MOST_CELLS:
        odd.add("cells-too-many")
    return list(_cells(found[:MOST_CELLS], odd)), sorted(odd)


def _decode(raw: bytes) -> tuple[str, bool]:
    encoding = json.detect_encoding(raw)
    try:
        return raw.decode(encoding), False
    except UnicodeDecodeError:
        return raw.decode(encoding, "replace"), True


def _whole(digits: str) -> int:
    """A JSON number; a long one is no version, and Python may take minutes to convert it."""
    return int(digits) if len(digits) <= LONGEST_NUMBER_DIGITS else 0


def _nothing(_: str) -> None:
    """A JSON number that is no version, for which there is no use."""


def _list_of_cells(notebook: Any) -> list[Any] | None:
    """The list of cells; format 3 had it in worksheets."""
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return list(islice(notebook["cells"], MOST_CELLS + 1))
    if not isinstance(notebook.get("worksheets"), list):
        return None
    sheets = [_dict(sheet).get("cells") for sheet in notebook["worksheets"]]
    cells = (cell for sheet in sheets if isinstance(sheet, list) for cell in sheet)
    return list(islice(cells, MOST_CELLS + 1))


def _cells(found: list[Any], odd: set[str]) -> Iterator[Cell]:
    for fields in found:
        source = _dict(fields).get("source", _dict(fields).get("input"))
        lines = source if isinstance(source, list) else [source]
        texts = [line for line in lines if isinstance(line, str)]
        if len(texts) < len(lines):
            odd.add("cells-damaged")
        if lines and not texts:
            continue
        text = "".join(texts)
        if len(text) > LONGEST_CELL_CHARACTERS:
            odd.add("cells-too-long")
            continue
        clean = _clean(text)
        if clean != text:
            odd.add("text-damaged")
        yield _cell(fields, clean)


def _cell(fields: dict[str, Any], text: str) -> Cell:
    metadata = _dict(fields.get("metadata"))
    return Cell(
        kind=KINDS.get(_str(fields.get("cell_type")), "raw"),
        text=text,
        id=_str(fields.get("id")) or _str(metadata.get("id")),  # Colab has it in the metadata
        grade_id=_str(_dict(metadata.get("nbgrader")).get("grade_id")),
    )


def _clean(text: str) -> str:
    """The text without what no file can hold (half characters) or no database (NUL)."""
    if not text.isascii():
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _str(value: Any) -> str:
    return value if isinstance(value, str) else ""

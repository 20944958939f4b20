"""A delimited file of a school's system: cells are changed one by one, the rest stays to the byte.

Delimiter, quoting, line ends, encoding and byte order mark are those of the file.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
DELIMITERS: Final = ",;\t"


@dataclass(slots=True)
class Table:
    """The raw cells of a file, line by line, and how its text is kept; the first line is `head`."""

    lines: list[list[str]]
    ends: list[str]
    delimiter: str
    encoding: str
    mark: bytes

    @classmethod
    def read(cls, path: Path) -> Self:
        """The table in a file.

        Raises: OSError for a file that cannot be read, ValueError for one that holds no table.
        """
        try:
            text, encoding, mark = _decode(path.read_bytes())
            delimiter = _delimiter(text)
            lines, ends = _split(text, delimiter)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        return cls(lines, ends, delimiter, encoding, mark)

    @property
    def head(self) -> list[str]:
        """The names of the columns."""
        return [_value(raw).strip() for raw in self.lines[0]]

    @property
    def rows(self) -> range:
        """The numbers of the lines below the head."""
        return range(1, len(self.lines))

    def cell(self, line: int, column: int) -> str:
        """The value of a cell, "" beyond the end of a short line."""
        cells = self.lines[line]
        return _value(cells[column]).strip() if column < len(cells) else ""

    def put(self, line: int, column: int, value: str) -> None:
        """Change the value of a cell; it is quoted if it was, or if it has to be."""
        cells = self.lines[line]
        cells.extend("" for _ in range(column + 1 - len(cells)))
        special = re.search(rf'[{self.delimiter}"\r\n]|^\s|\s$', value)
        if special or cells[column].startswith('"') or all(c[:1] == '"' for c in self.lines[0]):
            value = '"' + value.replace('"', '""') + '"'
        cells[column] = value

    def content(self) -> bytes:
        """The file with the changed cells; what its encoding cannot hold becomes a `?`."""
        lines = zip(self.lines, self.ends, strict=True)
        text = "".join(self.delimiter.join(cells) + end for cells, end in lines)
        return self.mark + text.encode(self.encoding, errors="replace")


def _decode(content: bytes) -> tuple[str, str, bytes]:
    """Text, encoding and byte order mark; bytes that are no UTF-8 are taken one by one."""
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding), encoding, mark
    if content[1:2] == b"\0":
        return content.decode("utf-16-le"), "utf-16-le", b""
    try:
        return content.decode("utf-8"), "utf-8", b""
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1", b""


def _delimiter(text: str) -> str:
    """The delimiter that the first line has most of, outside quotes."""
    bare = re.sub(r'"(?:[^"]|"")*"', "", text)
    first = bare.lstrip("\r\n").splitlines()[:1]
    counts = {delimiter: first[0].count(delimiter) for delimiter in DELIMITERS} if first else {}
    best = max(counts, key=lambda delimiter: counts[delimiter], default="")
    if not best or not counts[best]:
        raise ValueError(f"the first line has no two columns: {text[:60]!r}")
    return best


def _split(text: str, delimiter: str) -> tuple[list[list[str]], list[str]]:
    """The raw cells of each line, and how each line ends."""
    pattern = re.compile(
        rf'("(?:[^"]|"")*+"|[^"{delimiter}\r\n][^{delimiter}\r\n]*|)({delimiter}|\r\n|\r|\n|\Z)'
    )
    lines: list[list[str]] = [[]]
    ends: list[str] = []
    position = 0
    while position < len(text) or lines[-1]:
        found = pattern.match(text, position)
        if found is None:
            raise ValueError(f"line {len(lines)}: a quoted cell does not end where it should")
        position = found.end()
        lines[-1].append(found[1])
        if found[2] != delimiter:
            ends.append(found[2])
            lines.append([])
    return lines[:-1], ends


def _value(raw: str) -> str:
    return raw[1:-1].replace('""', '"') if raw.startswith('"') else raw

"""What a page says of an exercise: its title, its parts, and where the chapter derives them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from coursework.course import RELEASE, graded_cells, hidden_parts, notebook, read

TITLE: Final = re.compile(r"^# (.+)$", flags=re.M)
HEADING: Final = re.compile(r"^## \d+\. (.+?)(?: \([\d.]+ points?\))?$", flags=re.M)
DERIVED: Final = re.compile(r'Derived in: \w+, "([^"]+)"')


@dataclass(frozen=True, slots=True)
class PartTitle:
    """A part as the notebook announces it; `section` of the chapter derives it, "" if unknown."""

    part: str
    number: int
    title: str
    section: str = ""

    @property
    def anchor(self) -> str:
        """The id of the part on a page."""
        return f"part-{self.number}"


@dataclass(frozen=True, slots=True)
class Outline:
    """A topic's exercise in words; titles are Markdown whose only markup is `code`."""

    topic: str
    title: str
    parts: tuple[PartTitle, ...]
    chapter: str = ""

    @classmethod
    def of(cls, root: Path, topic: str) -> Self:
        """The exercise of a topic: released notebook, references' docstrings, chapter.

        Raises: OSError where the release is missing, ValueError where its graded cells are odd.
        """
        nb = read(notebook(root, RELEASE, topic))
        hidden = hidden_parts(root, topic)
        docs = {name: inspect.getdoc(part.reference) or "" for name, part in hidden.items()}
        chapter = root / "chapters" / f"{topic}.md"
        text = chapter.read_text(encoding="utf-8") if chapter.is_file() else ""
        parts = tuple(
            PartTitle(part, number, title, _first(DERIVED, docs.get(part, "")))
            for number, (part, title) in enumerate(_headings(nb, topic).items(), start=1)
        )
        title = _first(TITLE, nb.cells[0].source) or topic
        return cls(topic, title, parts, _first(TITLE, text))

    def titles(self, names: Iterable[str]) -> dict[str, PartTitle]:
        """The titles of parts, by name; a part that the release does not have is called by it."""
        known = {part.part: part for part in self.parts}
        strange = (name for name in dict.fromkeys(names) if name not in known)
        new = {
            name: PartTitle(name, number, f"`{name}`")
            for number, name in enumerate(strange, start=len(known) + 1)
        }
        return known | new


def _headings(nb: Any, topic: str) -> dict[str, str]:
    """The last numbered heading before each graded cell, by part."""
    parts = {cell.grade_id: cell.part for cell in graded_cells(nb, topic)}
    found: dict[str, str] = {}
    heading = ""
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            heading = _first(HEADING, cell.source) or heading
        part = parts.get(str(cell.metadata.get("nbgrader", {}).get("grade_id", "")))
        if part:
            found[part] = heading or f"`{part}`"
            heading = ""
    return found


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1].strip() if match else ""

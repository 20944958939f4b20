"""One calculator, five authors: what each prints beside what the same functions give.

The rows stand in `data/transformer_authors.toml`, the printed numbers in `data/published.toml`, and
what each author leaves out in `worked`, as switches.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from hwmath.published import load_published
from hwmath.transformers.assumptions import EXACT, Assumptions
from hwmath.transformers.worked import chen, chen_off, sanger_off, shenoy_off, value_of
from hwmath.validate import positive, unknown

AUTHORS: Final[Mapping[str, str]] = {
    "chen2022arithmetic": "Chen",
    "bahdanau2022flops": "Bahdanau",
    "sanger2023llama": "Sanger",
    "shenoy2023guide": "Shenoy and Kiely",
    "anthony2023math": "Anthony, Biderman and Schoelkopf",
}
SWITCHES: Final = ("none", "chen", "sanger", "shenoy")
VERDICTS: Final = ("agrees", "rounded", "choice", "slip")
"""agrees: to half a unit of the last printed digit; the others differ by more, and say why."""

_SLACK: Final = 1 + 1e-9
"""A value that lies on the edge of rounding agrees; floats may put it just outside."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A number that an author prints, and the line that computes it again.

    `name` is that in the published numbers, `last` one unit of its last digit, in its `unit`;
    `model` and `machine` say what it is of.  `switches` names whose approximations are on.
    `their_way`, where it differs and is clear, gives the printed number.
    """

    reading: str
    name: str
    what: str
    printed: float
    unit: str
    where: str
    last: float
    code: str
    switches: str = "none"
    verdict: str = "agrees"
    model: str = ""
    machine: str = ""
    why: str = ""
    oracle: str = ""
    their_way: str = ""

    @property
    def author(self) -> str:
        """Who prints it."""
        return AUTHORS[self.reading]

    @property
    def recomputed(self) -> float:
        """What the line gives."""
        return value_of(self.code)

    @property
    def agrees(self) -> bool:
        """Whether that is the printed number to half a unit of its last digit."""
        return abs(self.recomputed - self.printed) <= self.last / 2 * _SLACK


@cache
def printed_numbers() -> tuple[Printed, ...]:
    """All rows, author by author.

    Raises: ValueError for a row whose number, switches or verdict is unknown, and for one that
    differs without saying why.
    Source: Chen 2022; Bahdanau 2022; Sanger 2023; Shenoy and Kiely 2023; Anthony et al. 2023.
    Derived in: transformers, "One calculator, five authors".

    >>> rows = printed_numbers()
    >>> len(rows), sum(row.verdict == "agrees" for row in rows)
    (93, 62)
    """
    text = (files("hwmath") / "data" / "transformer_authors.toml").read_text(encoding="utf-8")
    return tuple(_row(raw) for raw in tomllib.loads(text)["printed"])


def numbers_of(reading: str) -> tuple[Printed, ...]:
    """The rows of one reading, by its key in the bibliography.

    Raises: ValueError for an unknown reading.
    Derived in: transformers, "One calculator, five authors".

    >>> numbers_of("bahdanau2022flops")[0].printed
    2.67
    """
    if reading not in AUTHORS:
        raise ValueError(unknown("reading", reading, AUTHORS))
    return tuple(row for row in printed_numbers() if row.reading == reading)


def switched(name: str) -> dict[str, Any]:
    """The switches of an author that differ from `EXACT`, by name: what is left out or rounded.

    Raises: ValueError for an unknown name.
    Derived in: transformers, "One calculator, five authors".

    >>> switched("shenoy")["attention_flop"], switched("none")
    (False, {})
    """
    if name not in SWITCHES:
        raise ValueError(unknown("switches", name, SWITCHES))
    assumed = {
        "none": EXACT,
        "chen": chen_off(chen("parameters_52b")),
        "sanger": sanger_off(),
        "shenoy": shenoy_off(),
    }[name]
    fields = (field.name for field in dataclasses.fields(Assumptions))
    return {f: getattr(assumed, f) for f in fields if getattr(assumed, f) != getattr(EXACT, f)}


def _row(raw: Mapping[str, Any]) -> Printed:
    reading, name = raw["reading"], raw["name"]
    where = f"{reading}.{name}"
    if reading not in AUTHORS:
        raise ValueError(unknown("reading", reading, AUTHORS))
    numbers = load_published()[reading]
    if name not in numbers:
        raise ValueError(f"{reading}: {unknown('number', name, numbers)}")
    found = numbers[name]
    if isinstance(found.value, tuple):
        raise ValueError(f"{where}={found.value} is a range")
    row = Printed(printed=found.value, unit=found.unit, where=found.where, **raw)
    positive(f"{where}: last", row.last)
    for kind, value, known in (
        ("switches", row.switches, SWITCHES),
        ("verdict", row.verdict, VERDICTS),
    ):
        if value not in known:
            raise ValueError(f"{where}: {unknown(kind, value, known)}")
    if (row.verdict == "agrees") == bool(row.why):
        raise ValueError(f"{where}: verdict={row.verdict!r} with why={row.why!r}")
    return row

"""A statement of a reading beside its recomputation: what the hunt is made of."""

from __future__ import annotations

from dataclasses import dataclass

from hwmath.transformers.worked import value_of


@dataclass(frozen=True, slots=True)
class Statement:
    """What an author prints, and whether it holds.

    `claim` says it with the `printed` number, in our words; `unit` is that of `printed` and
    `recomputed`, base units.  `slip` is true if it does not hold.  `why` explains, with numbers.
    `code` is one line of Python that gives `recomputed`, with the names of `worked`.
    """

    key: str
    author: str
    claim: str
    printed: float
    unit: str
    recomputed: float
    slip: bool
    why: str
    code: str


@dataclass(frozen=True, slots=True)
class Author:
    """Makes the statements of one author: `chen.holds(...)`, `chen.slips(...)`."""

    name: str

    def holds(
        self, key: str, claim: str, printed: float, unit: str, code: str, why: str
    ) -> Statement:
        """A statement that is right.  Raises: what its code raises."""
        return Statement(key, self.name, claim, printed, unit, value_of(code), False, why, code)

    def slips(
        self, key: str, claim: str, printed: float, unit: str, code: str, why: str
    ) -> Statement:
        """A statement with a slip.  Raises: what its code raises."""
        return Statement(key, self.name, claim, printed, unit, value_of(code), True, why, code)

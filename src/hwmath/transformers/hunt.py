"""The hunt: statements of five readings, most of which hold, some of which have a slip.

Each can be recomputed by one line, with the names that `SETUP` brings.  A slip here is a number
that the page's own numbers, or the published shape of the model, contradict.  What is a choice, a
rounding that is said, or has been mended by its author, is none.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from hwmath.transformers import hunt_chen, hunt_others, hunt_sanger
from hwmath.transformers.statement import Statement
from hwmath.validate import unknown

__all__ = ["SETUP", "Statement", "rows", "statement"]

SETUP: Final = "from hwmath.transformers.worked import *"
"""What a reader runs before the `code` of a statement."""


@cache
def rows() -> list[Statement]:
    """All statements, author by author, in the order of their pages.

    Raises: nothing.
    Source: Chen 2022; Sanger 2023; Shenoy and Kiely 2023; Bahdanau 2022; Anthony et al. 2023.
    Derived in: transformers, "The hunt".

    >>> found = rows()
    >>> sum(row.slip for row in found), len(found)
    (19, 48)
    """
    return [*hunt_chen.statements(), *hunt_sanger.statements(), *hunt_others.statements()]


def statement(key: str) -> Statement:
    """One statement by its key.  Raises: ValueError for an unknown key, with the nearest ones.

    Derived in: transformers, "The hunt".

    >>> statement("chen-tokens-on-four").slip
    True
    """
    found = {row.key: row for row in rows()}
    if key not in found:
        raise ValueError(unknown("statement", key, found))
    return found[key]

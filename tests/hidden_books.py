"""What the oracles of every topic's hidden tests check in the same way.

A topic keeps two books of its own: `word_of_hint` has for each misconception a word of its hint
that no other hint of its part has, and `broken_by` for each law a misconception that this law alone
would reject.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest

from coursework.parts import Part, PartFailed

SECRETS = ["", "one", "two"]
"""Secrets of a course, for which every oracle is tried."""


def single_calls(part: Part) -> Iterable[tuple[Any, ...]]:
    """The argument tuples that students meet, arrays taken apart into numbers."""
    for case in part.draw():
        if any(isinstance(value, np.ndarray) for value in case.args):
            arrays = np.broadcast_arrays(*map(np.asarray, case.args))
            yield from zip(*(array.ravel().tolist() for array in arrays), strict=True)
        else:
            yield case.args


def check_hints(part: Part, word_of_hint: Mapping[str, str]) -> None:
    """Each hint fits its misconception, by the word that the book has for it."""
    for wrong in part.misconceptions:
        word = word_of_hint[wrong.name]
        assert [other.name for other in part.misconceptions if word in other.hint] == [wrong.name]


def check_laws(parts: Mapping[str, Part], broken_by: Mapping[str, str]) -> None:
    """Each law is in the book, holds for the reference and rejects what it is there for."""
    assert [law.words for part in parts.values() for law in part.laws] == list(broken_by)
    for part in parts.values():
        wrong = {one.name: one.function for one in part.misconceptions}
        for law in part.laws:
            alone = Part(part.name, part.reference, lambda _: iter(()), laws=[law])
            alone.check(part.reference)
            with pytest.raises(PartFailed):
                alone.check(wrong[broken_by[law.words]])


def check_by_heart(part: Part, broken_by: Mapping[str, str]) -> None:
    """Knowing the answers of all cases by heart is not enough."""
    by_heart = {repr(case.args): part.reference(*case.args) for case in part.draw()}
    (wrong, *_) = [m for m in part.misconceptions if m.name in broken_by.values()]

    def remembers(*args: Any) -> Any:
        return by_heart[repr(args)] if repr(args) in by_heart else wrong.function(*args)

    with pytest.raises(PartFailed, match=r"rule that holds for every input|while checking that"):
        part.check(remembers)

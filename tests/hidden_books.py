"""What the oracles of every topic's hidden tests check in the same way.

A topic keeps two books of its own: `word_of_hint` has for each misconception a word of its hint
that no other hint of its part has, and `broken_by` for each law a misconception that this law alone
would reject.  A class `TestBooks` that says where they are brings the tests of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pytest

from coursework.parts import Part, PartFailed


def single_calls(part: Part) -> Iterable[tuple[Any, ...]]:
    """The argument tuples that students meet, arrays taken apart into numbers."""
    for case in part.draw():
        if any(isinstance(value, np.ndarray) for value in case.args):
            arrays = np.broadcast_arrays(*map(np.asarray, case.args))
            yield from zip(*(array.ravel().tolist() for array in arrays), strict=True)
        else:
            yield case.args


class Books:
    """The tests of a topic's two books; `parts` are what they are about."""

    parts: Mapping[str, Part]
    word_of_hint: Mapping[str, str]
    broken_by: Mapping[str, str]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "part" in metafunc.fixturenames:
            metafunc.parametrize("part", self.parts.values(), ids=self.parts)

    def test_each_hint_fits_its_misconception(self, part: Part) -> None:
        for wrong in part.misconceptions:
            word = self.word_of_hint[wrong.name]
            assert [one.name for one in part.misconceptions if word in one.hint] == [wrong.name]

    def test_the_books_tell_of_nothing_that_is_not_there(self) -> None:
        every = [wrong.name for part in self.parts.values() for wrong in part.misconceptions]
        assert list(self.word_of_hint) == every
        assert list(self.broken_by) == [
            law.words for part in self.parts.values() for law in part.laws
        ]

    def test_each_law_rejects_what_it_is_there_for(self, part: Part) -> None:
        wrong = {one.name: one.function for one in part.misconceptions}
        for law in part.laws:
            alone = Part(part.name, part.reference, lambda _: iter(()), laws=[law])
            alone.check(part.reference)
            with pytest.raises(PartFailed):
                alone.check(wrong[self.broken_by[law.words]])

    def test_knowing_the_answers_of_all_cases_by_heart_is_not_enough(self, part: Part) -> None:
        by_heart = {repr(case.args): part.reference(*case.args) for case in part.draw()}
        (wrong, *_) = [m for m in part.misconceptions if m.name in self.broken_by.values()]

        def remembers(*args: Any) -> Any:
            return by_heart[repr(args)] if repr(args) in by_heart else wrong.function(*args)

        with pytest.raises(
            PartFailed, match=r"rule that holds for every input|while checking that"
        ):
            part.check(remembers)

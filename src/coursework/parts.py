"""A graded part: its reference, the cases and laws that test it, and its named misconceptions.

A hidden test stays plain Python.  `Part.check` calls the student's function on every case,
compares with the reference, then tries each law.  Where it fails, it looks for the
misconception that gives the student's answers on the same cases, and adds that one's hint.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np

from coursework.calls import NOT_WRITTEN, NotPlainError, Outcome, call, describe, known_error

Function = Callable[..., object]
Cases = Callable[[np.random.Generator], Iterable["Case"]]
LawCheck = Callable[[Callable[..., Any], np.random.Generator], None]
F = TypeVar("F", bound=Function)
L = TypeVar("L", bound=LawCheck)

SEED_VARIABLE: Final = "COURSE_SECRET"
PUBLIC_SEED: Final = "public"
HINT: Final = "Hint: "
Scalar = (type(None), bool, int, float, str)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a part failed: which call decided, which property did not hold, and the hint for it."""

    called: str
    failed: str
    hint: str = ""
    misconception: str = ""


class PartFailed(AssertionError):  # noqa: N818
    """A part is not right yet.  Notebooks show the message alone, without lines of the tests."""

    def __init__(self, verdict: Verdict) -> None:
        hint = f"\n{HINT}{verdict.hint}" if verdict.hint else ""
        super().__init__(verdict.failed + hint)
        self.verdict = verdict

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


@dataclass(frozen=True, slots=True)
class Case:
    """One call: its arguments, and what kind of call it is, in words that a student reads.

    `refuses` is set where the reference must raise: text that the message has to carry.
    """

    kind: str
    args: tuple[object, ...]
    refuses: str = ""


def case(kind: str, *args: object, refuses: str = "") -> Case:
    """A `Case` with its arguments written as in a call."""
    return Case(kind, args, refuses)


@dataclass(frozen=True, slots=True)
class Law:
    """A property that holds for every input, in words, and the function that asserts it."""

    words: str
    check: LawCheck


@dataclass(frozen=True, slots=True)
class Misconception:
    """A wrong answer that students really give, and the question that leads away from it."""

    name: str
    hint: str
    function: Function


@dataclass(frozen=True, slots=True)
class Key:
    """The cases drawn from one secret, the reference's answers, and each misconception's."""

    cases: list[Case]
    expected: list[Outcome]
    wrong: dict[str, list[Outcome]] = field(default_factory=dict)


class LawBroken(Exception):  # noqa: N818
    """While a law was checked, a call gave no answer."""


@dataclass(slots=True)
class Part:
    """One graded function: see the module's text."""

    name: str
    reference: Function
    cases: Cases
    laws: list[Law] = field(default_factory=list)
    misconceptions: list[Misconception] = field(default_factory=list)
    alternatives: list[Function] = field(default_factory=list)
    keys: dict[str, Key] = field(default_factory=dict, repr=False)

    def law(self, words: str) -> Callable[[L], L]:
        """Decorate `check(student, rng)`, which asserts a property of the student's function."""

        def add(check: L) -> L:
            self.laws.append(Law(words, check))
            return check

        return add

    def misconception(self, hint: str) -> Callable[[F], F]:
        """Decorate a wrong implementation; `hint` is what a student who wrote it is told."""

        def add(function: F) -> F:
            self.misconceptions.append(Misconception(function.__name__, hint, function))
            return function

        return add

    def alternative(self, function: F) -> F:
        """Decorate a right implementation that is written differently."""
        self.alternatives.append(function)
        return function

    def draw(self) -> list[Case]:
        """The cases, edges first; the secret of the course decides the random ones."""
        return list(self.cases(_rng(self.name, "cases")))

    def check(self, student: Function) -> None:
        """Raise `PartFailed` unless `student` is right on every case and obeys every law."""
        if not callable(student):
            kind = describe(student) if isinstance(student, Scalar) else "no function"
            raise PartFailed(Verdict(self.name, f"{self.name} is {kind}, not a function."))
        key = self.key()
        given = []
        for tried in key.cases:
            given.append(call(student, tried.args))
            if given[-1].lost:
                raise PartFailed(self._verdict(tried, self._complaint(tried, given[-1], given[-1])))
        for tried, right, outcome in zip(key.cases, key.expected, given, strict=True):
            complaint = self._complaint(tried, right, outcome)
            if complaint:
                raise PartFailed(self._verdict(tried, complaint, self._diagnose(given)))
        for law in self.laws:
            self._try(law, student)

    def key(self) -> Key:
        """The cases of the course's secret with the reference's answers, worked out once."""
        secret = course_secret()
        if secret not in self.keys:
            cases = self.draw()
            self.keys[secret] = Key(cases, [self._expected(tried) for tried in cases])
        return self.keys[secret]

    def _verdict(self, tried: Case, complaint: str, found: Misconception | None = None) -> Verdict:
        named = (found.hint, found.name) if found else ()
        return Verdict(f"{self.name} for {tried.kind}", complaint, *named)

    def _expected(self, tried: Case) -> Outcome:
        outcome = call(self.reference, tried.args)
        if bool(outcome.error) != bool(tried.refuses):
            raise RuntimeError(f"{self.name}: the reference is at odds with {tried.kind}")
        return outcome

    def _complaint(self, tried: Case, right: Outcome, outcome: Outcome) -> str:
        """What is wrong with an outcome, without saying what would be right; "" if nothing is."""
        if outcome.lost:
            return f"{outcome.lost.format(name=self.name)} That was for {tried.kind}."
        if outcome.error == NOT_WRITTEN:
            return f"{self.name} is not written yet: it still raises {NOT_WRITTEN}."
        if right.error:
            named = outcome.error == right.error and tried.refuses in outcome.message
            wanted = f"a {right.error} whose message names the offending value"
            return "" if named else f"{self.name} has to raise {wanted} for {tried.kind}."
        if outcome.error == NotPlainError.__name__:
            got = f"returned {outcome.message} for {tried.kind}"
            return f"{self.name} {got}: that is not {describe(right.value)}."
        if outcome.error:
            return f"{self.name} {_raised(outcome)} for {tried.kind}."
        if outcome.same_as(right):
            return ""
        never_none = all(one.value is not None or one.error for one in self.key().expected)
        if outcome.value is None and never_none:
            return f"{self.name} returned None for {tried.kind}. Does every path end in a return?"
        shown, wanted = describe(outcome.value), describe(right.value)
        if shown != wanted and right.value is not None:
            return f"{self.name} returned {shown} for {tried.kind}; {wanted} was asked for."
        if isinstance(outcome.value, np.ndarray):
            return f"{self.name} returned an array of the wrong shape for {tried.kind}."
        return f"{self.name} gives a wrong answer for {tried.kind}."

    def _diagnose(self, given: list[Outcome]) -> Misconception | None:
        """The misconception with the student's outcomes on all cases.

        Where none has, the only one that agrees wherever neither it nor the student raised.
        """
        near, key = [], self.key()
        for wrong in self.misconceptions:
            if wrong.name not in key.wrong:
                key.wrong[wrong.name] = [call(wrong.function, tried.args) for tried in key.cases]
            trios = list(zip(key.wrong[wrong.name], given, key.expected, strict=True))
            if all(a.same_as(b) for a, b, _ in trios):
                return wrong
            both = [trio for trio in trios if not (trio[0].error or trio[1].error)]
            agrees = all(a.same_as(b) for a, b, _ in both)
            tells = any(not a.same_as(right) for a, _, right in both)
            if agrees and tells and 2 * len(both) >= len(trios):
                near.append(wrong)
        return near[0] if len(near) == 1 else None

    def _try(self, law: Law, student: Function) -> None:
        def watched(*args: object) -> object:
            outcome = call(student, args)
            if outcome.lost:
                raise LawBroken(outcome.lost.format(name=self.name))
            if outcome.error:
                raise LawBroken(f"{self.name} {_raised(outcome)}.")
            return outcome.value

        try:
            law.check(watched, _rng(self.name, law.words))
            return
        except LawBroken as failure:
            trouble = f"{failure} That was while checking that {law.words}."
        except Exception:
            trouble = f"{self.name} breaks a rule that holds for every input: {law.words}."
        raise PartFailed(Verdict(f"{self.name}, checking that {law.words}", trouble))


def part(reference: Function) -> Callable[[Cases], Part]:
    """Decorate the function that yields a part's cases; the part is named as its reference."""
    return lambda cases: Part(reference.__name__, reference, cases)


def course_secret() -> str:
    """What the random cases are drawn from: COURSE_SECRET, or the public default."""
    return os.environ.get(SEED_VARIABLE) or PUBLIC_SEED


def _raised(outcome: Outcome) -> str:
    """What a call raised, without its message, which could carry the hidden arguments."""
    line = f" on line {outcome.line} of its cell" if outcome.line else ""
    return f"raised {known_error(outcome.error)}{line}"


def _rng(*labels: str) -> np.random.Generator:
    """Draws that differ by label and by the secret of the course, and are otherwise fixed."""
    digest = hashlib.sha256("\n".join((course_secret(), *labels)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))

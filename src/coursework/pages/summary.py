"""A class in numbers: totals, parts, what went wrong and how often, what needs a second look."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from coursework.pages.outline import Outline, PartTitle
from coursework.pages.state import State, has_grade, is_right, state
from coursework.pages.words import occasion
from coursework.results import HandInResult
from coursework.store import NOT_GRADED

NO_SANDBOX: Final = "none"
MOST_BINS: Final = 20


@dataclass(frozen=True, slots=True)
class Bin:
    """Totals from `low` to below `high` (the last bin holds `high`), and how many there are."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Reason:
    """One way in which a part failed: a misconception with its hint, or a kind of call."""

    name: str
    text: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class PartSummary:
    """A part over the class; shares of `failed` are over the hand-ins that did not pass it."""

    title: PartTitle
    max_points: float
    mean: float
    full_share: float
    failed: int
    misconceptions: tuple[Reason, ...]
    others: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class NoticeCount:
    """A code of intake, one of its sentences, and the hand-ins that have it."""

    code: str
    text: str
    count: int


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """All that the class page says; `rows` are the results by name.

    `ungraded`, `unread` and `uncalled` are those in that state; what has no grade is not counted.
    """

    rows: tuple[HandInResult, ...]
    ungraded: tuple[HandInResult, ...]
    unread: tuple[HandInResult, ...]
    uncalled: tuple[HandInResult, ...]
    max_points: float
    mean: float
    median: float
    full: int
    bins: tuple[Bin, ...]
    parts: tuple[PartSummary, ...]
    notices: tuple[NoticeCount, ...]
    unconfined: tuple[HandInResult, ...]
    sandboxes: tuple[tuple[str, int], ...]
    secrets: tuple[tuple[str, int], ...]


def summary(results: Sequence[HandInResult], outline: Outline) -> ClassSummary:
    """The numbers of a class.

    Raises: ValueError for two results of one student.
    """
    rows = sorted(results, key=lambda result: (result.student.casefold(), result.student))
    for one, other in pairwise(rows):
        if one.student == other.student:
            raise ValueError(f"student={one.student!r} has two results")
    graded = [row for row in rows if has_grade(row)]
    totals = [row.points for row in graded]
    most = max((row.max_points for row in graded), default=0.0)
    return ClassSummary(
        rows=tuple(rows),
        ungraded=_in_state("ungraded", rows),
        unread=_in_state("unread", rows),
        uncalled=_in_state("uncalled", rows),
        max_points=most,
        mean=statistics.fmean(totals) if totals else 0.0,
        median=statistics.median(totals) if totals else 0.0,
        full=sum(row.points >= row.max_points > 0 for row in graded),
        bins=histogram(totals, most),
        parts=_parts(graded, outline),
        notices=_notices(rows),
        unconfined=tuple(row for row in rows if NO_SANDBOX in row.sandbox.split(", ")),
        sandboxes=_counts([row.sandbox for row in rows]),
        secrets=_counts([row.secret for row in rows]),
    )


def histogram(totals: Sequence[float], most: float) -> tuple[Bin, ...]:
    """Totals counted in bins of one width, a whole number of points, from zero to `most`.

    Where a bin is one point wide and all totals are whole, there is a bin for each total.
    """
    if not totals or most <= 0:
        return ()
    width = max(1, math.ceil((most + 1) / MOST_BINS))
    size = math.floor(most / width) + 1
    counts = Counter(min(max(math.floor(total / width), 0), size - 1) for total in totals)
    return tuple(Bin(i * width, (i + 1) * width, counts[i]) for i in range(size))


def _in_state(wanted: State, rows: Sequence[HandInResult]) -> tuple[HandInResult, ...]:
    return tuple(row for row in rows if state(row) == wanted)


def _parts(rows: Sequence[HandInResult], outline: Outline) -> tuple[PartSummary, ...]:
    """The parts of the release that were graded, then those that only the results have."""
    names = dict.fromkeys(part.part for row in rows for part in row.parts)
    titles = outline.titles(names).values()
    return tuple(_part(rows, title) for title in titles if title.part in names)


def _part(rows: Sequence[HandInResult], title: PartTitle) -> PartSummary:
    found = [part for row in rows for part in row.parts if part.part == title.part]
    failed = [part for part in found if not is_right(part)]
    recognised = Counter((p.misconception, p.hint) for p in failed if p.misconception)
    rest = Counter((occasion(p), p.failed) for p in failed if not p.misconception)
    return PartSummary(
        title=title,
        max_points=max(part.max_points for part in found),
        mean=statistics.fmean(part.points for part in found),
        full_share=sum(map(is_right, found)) / len(found),
        failed=len(failed),
        misconceptions=_reasons(recognised, len(failed)),
        others=_reasons(rest, len(failed)),
    )


def _reasons(counts: Counter[tuple[str, str]], failed: int) -> tuple[Reason, ...]:
    """The commonest first."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Reason(*words, count, count / failed) for words, count in ranked)


def _notices(rows: Sequence[HandInResult]) -> tuple[NoticeCount, ...]:
    """Each code of intake once, with the hand-ins that have it; the commonest first."""
    texts = {notice.code: notice.text for row in reversed(rows) for notice in row.notices}
    codes = Counter(code for row in rows for code in {notice.code for notice in row.notices})
    codes.pop(NOT_GRADED, None)
    ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
    return tuple(NoticeCount(code, texts[code], count) for code, count in ranked)


def _counts(values: Sequence[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))

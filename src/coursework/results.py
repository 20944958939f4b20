"""What grading finds out about a hand-in, as plain records that are kept as JSON.

Everything a student, an instructor or a school's system is shown is made from these records.
No hidden value gets in.  The words are the course's own, except where a check that students can
see quotes what a function returned or raised.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Self

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that intake found in a hand-in: a code for counting, a sentence for the student."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class PartResult:
    """What one part earned and why.

    `called` says which kind of call decided, `failed` which property did not hold (both "" where
    all is right); `misconception` is the name of the wrong answer recognised, `hint` its question.
    `calls` counts the calls of the student's function.
    """

    part: str
    grade_id: str
    points: float
    max_points: float
    called: str = ""
    failed: str = ""
    hint: str = ""
    misconception: str = ""
    calls: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failed

    @property
    def message(self) -> str:
        """What failed and the hint, in lines; "" where all is right."""
        return self.failed + (f"\nHint: {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class HandInResult:
    """One graded hand-in.

    `digest` covers all that the grade depends on: hand-in, release, hidden tests, secret, limits.
    Times are ISO 8601 in UTC, or "" where unknown.  `sandbox` names what confined the student's
    code ("none" if nothing did), `secret` the fingerprint of the course's secret or "public".
    """

    topic: str
    student: str
    parts: tuple[PartResult, ...]
    notices: tuple[Notice, ...] = ()
    digest: str = ""
    submitted_at: str = ""
    graded_at: str = ""
    sandbox: str = ""
    secret: str = ""

    @property
    def points(self) -> float:
        """Points over all parts."""
        return sum(part.points for part in self.parts)

    @property
    def max_points(self) -> float:
        """Points that all parts together can earn."""
        return sum(part.max_points for part in self.parts)

    def to_json(self) -> str:
        """The record as JSON text."""
        return json.dumps({"schema": SCHEMA, **dataclasses.asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The record that `to_json` wrote.

        Raises: ValueError for text that is no such record.
        """
        try:
            fields: dict[str, Any] = json.loads(text)
            schema = fields.pop("schema")
            if schema != SCHEMA:
                raise ValueError(f"schema={schema!r}; this version reads {SCHEMA}")
            parts = tuple(PartResult(**part) for part in fields.pop("parts"))
            notices = tuple(Notice(**notice) for notice in fields.pop("notices"))
            return cls(parts=parts, notices=notices, **fields)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"this is no graded hand-in: {error}") from None

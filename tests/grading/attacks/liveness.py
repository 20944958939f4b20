"""Three places for code that does not end, or ends too much: a cell, an answer's cell, a call.

The student is right everywhere else, and must keep that: what dies costs what depends on it.
"""

from __future__ import annotations

import textwrap
from typing import Any

from grading.attacks import ALL, ATTAINABLE, GEMM, STENCIL, Group
from grading.attacks.desk import Work, text_of

OTHERS = ALL - {STENCIL}
BEFORE = frozenset({ATTAINABLE, GEMM})
"""What is graded ahead of the code: all that its student must keep who spoils the rest of the
notebook's own process."""


def cell(group: Group, name: str, tries: str, body: str, **more: Any) -> None:
    """Add a hand-in with a cell of its own in the middle; all answers are right."""
    group.work(name, tries, Work(before={STENCIL: text_of(body)}, knows=True), ALL, **more)


def answer(group: Group, name: str, tries: str, body: str, **more: Any) -> None:
    """Add a hand-in whose third answer comes after `body` in one cell, and depends on it."""
    group.work(name, tries, Work(answers={STENCIL: f"{text_of(body)}\nRIGHT"}), OTHERS, **more)


def call(group: Group, name: str, tries: str, body: str, *, bare: bool = True, **more: Any) -> None:
    """Add a hand-in whose third function is `body`; unless `bare`, a cell calls it as well."""
    function = f"def NAME(*args):\n{textwrap.indent(text_of(body), '    ')}"
    work = Work(answers={STENCIL: function}, knows=True, bare=bare)
    group.work(name, tries, work, OTHERS, **more)

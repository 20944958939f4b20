"""A hunt for slips: statements of readings, of which the reader says which hold.

`{hunt} <topic>` lists what `hwmath.<topic>.hunt.rows()` gives, by author; `SETUP` there is what
runs before the code of a statement.  Where no script runs, each statement has its verdict on a
fold; `static/hunt.js` makes a hunt of it.
"""

from __future__ import annotations

import html
import importlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from docutils import nodes
from docutils.parsers.rst import Directive

from coursesite.assets import element
from hwmath.units import format_number, format_si, format_time

SI_UNITS: Final = frozenset({"B", "FLOP", "MAC", "B/s", "FLOP/s"})
"""Units that take prefixes: 327.7 kB, not 327,680 B.  Seconds do, too, with their own."""
DIGITS: Final = 4
"""Enough to see a slip of one percent, and few enough to be read."""

HUNT: Final = """\
<course-hunt data-hunt="{topic}">
{authors}
<div class="hunt-bar pst-js-only">
<p class="hunt-buttons">
<button type="button" class="hunt-check">Check marks</button>
<button type="button" class="hunt-show">Show all</button>
<button type="button" class="hunt-again">Start again</button>
</p>
<p class="hunt-says" role="status">&nbsp;</p>
</div>
</course-hunt>"""
AUTHOR: Final = """\
<p class="hunt-name" id="{ref}">{author}</p>
<ul class="hunt-author" aria-labelledby="{ref}">
{statements}
</ul>"""
STATEMENT: Final = """\
<li class="hunt-statement" data-key="{key}" data-slip="{slip:d}">
<fieldset><legend>{claim}</legend>
<p class="hunt-marks pst-js-only">
<label><input type="radio" name="{ref}" value="holds"> it holds</label>
<label><input type="radio" name="{ref}" value="slip"> a slip</label>
</p>
<p class="hunt-verdict" hidden></p>
</fieldset>
<details class="hunt-code"><summary>Work it out</summary>
<pre><code>{code}</code></pre>
<p class="hunt-buttons pst-js-only">\
<button type="button" class="hunt-run" aria-label="Run the calculation">Run</button>
<span class="hunt-ran" role="status"></span></p>
</details>
<details class="hunt-answer"><summary>Does it hold?</summary>
<p><strong>{verdict}</strong> {why}</p>
<p class="hunt-numbers">{numbers}</p>
</details>
</li>"""
VERDICTS: Final = {True: "A slip.", False: "It holds."}


class Statement(Protocol):
    """What a page says, and what comes out when it is computed again; all words are plain text.

    `slip` where these two do not agree for a reason that `why` gives; `code` is an expression that
    gives `recomputed`.
    """

    @property
    def key(self) -> str:
        """Its name, once in a hunt."""

    @property
    def author(self) -> str:
        """Who says it."""

    @property
    def claim(self) -> str:
        """What is said, with the number that is printed."""

    @property
    def printed(self) -> float:
        """That number, in `unit`."""

    @property
    def unit(self) -> str:
        """The unit of both numbers."""

    @property
    def recomputed(self) -> float:
        """What `code` gives, in `unit`."""

    @property
    def slip(self) -> bool:
        """Whether the statement does not hold."""

    @property
    def why(self) -> str:
        """Why it holds or not."""

    @property
    def code(self) -> str:
        """Python that computes it again, and can be run in the page after the topic's `SETUP`."""


class HuntDirective(Directive):
    """The directive `hunt`; its argument is the topic."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Raises: a build error for a topic without a hunt."""
        topic = self.arguments[0]
        try:
            return [hunt(topic)]
        except ValueError as error:
            raise self.error(str(error)) from None


def hunt(topic: str) -> nodes.raw:
    """The hunt of a topic, and the files that it needs.

    Raises: ValueError for a topic without one.
    """
    return element(markup(topic, *load(topic)), "hunt.css", "hunt.js")


def load(topic: str) -> tuple[Sequence[Statement], str]:
    """The statements of a topic, and what runs before the code of each.

    Raises: ValueError for a topic without any, for two statements of one name.
    """
    name = f"hwmath.{topic}.hunt"
    try:
        module = importlib.import_module(name)
        rows: Sequence[Statement] = module.rows()
    except ModuleNotFoundError as error:
        if error.name and name.startswith(error.name):
            raise ValueError(f"there is no hunt of {topic!r}: no module {name}") from None
        raise
    keys = [one.key for one in rows]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise ValueError(f"the hunt of {topic} has more than one statement named {twice[0]!r}")
    return rows, module.SETUP


def markup(topic: str, rows: Sequence[Statement], setup: str) -> str:
    """The hunt as it stands in the page before its script runs."""
    return HUNT.format(
        topic=html.escape(topic),
        authors="\n".join(_authors(topic, rows, setup)),
    )


def plain_markdown(topic: str) -> list[str]:
    """The statements as lines of Markdown, for a notebook: each with its verdict on a fold."""
    rows, setup = load(topic)
    lines: list[str] = []
    for author, group in by_author(rows).items():
        lines += [f"**{author}**", ""]
        for one in group:
            fold = f"<details><summary>{html.escape(one.claim)}</summary>"
            code = f"{setup}\n{one.code}".splitlines()
            lines += [fold, "", f"{VERDICTS[one.slip]} {one.why}", "", *(f"    {c}" for c in code)]
            lines += ["", "</details>", ""]
    return lines[:-1]


def by_author(rows: Iterable[Statement]) -> dict[str, list[Statement]]:
    """The statements of each author together, in the order in which they are given."""
    groups: dict[str, list[Statement]] = {}
    for one in rows:
        groups.setdefault(one.author, []).append(one)
    return groups


def _authors(topic: str, rows: Iterable[Statement], setup: str) -> Iterator[str]:
    for author, group in by_author(rows).items():
        yield AUTHOR.format(
            ref=nodes.make_id(f"hunt-{topic}-{author}"),
            author=html.escape(author),
            statements="\n".join(_statement(topic, one, setup) for one in group),
        )


def _statement(topic: str, one: Statement, setup: str) -> str:
    return STATEMENT.format(
        key=html.escape(one.key),
        slip=one.slip,
        claim=html.escape(one.claim),
        ref=nodes.make_id(f"hunt-{topic}-{one.key}"),
        code=html.escape(f"{setup}\n{one.code}"),
        verdict=VERDICTS[one.slip],
        why=html.escape(one.why),
        numbers=html.escape(_numbers(one)),
    )


def _numbers(one: Statement) -> str:
    """Both numbers; where a slip is not in them, that is said instead of writing one twice."""
    printed, again = written(one.printed, one.unit), written(one.recomputed, one.unit)
    if one.slip and printed == again:
        return f"Printed: {printed}. The number is right; what is said of it is not."
    return f"Printed: {printed}. Computed again: {again}."


def written(value: float, unit: str) -> str:
    """A number with its unit.

    >>> written(327680, "B"), written(26702.3, "tokens"), written(0.61, "")
    ('327.7 kB', '26,702 tokens', '0.61')
    """
    if unit == "s":
        return format_time(value, DIGITS)
    if unit in SI_UNITS:
        return format_si(value, unit, DIGITS)
    return f"{format_number(value, DIGITS)} {unit}".strip()

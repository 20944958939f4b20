"""Text that is safe to show: hostile characters made visible, numbers and times in plain form."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup, escape

from coursework.calls import NOT_WRITTEN
from coursework.results import PartResult

LONGEST: Final = 600
LONGEST_NAME: Final = 80
NAME: Final = re.compile(r"(`[^`]+`|\b[A-Za-z]\w*_\w*)")
HOSTILE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, all but tab and line feed
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"  # what hides or turns the line
    "\ud800-\udfff\ufffe\uffff]"  # what no file can hold
)


def visible(value: object) -> object:
    """A value as pages show it: a text with its hostile characters written out, and cut.

    >>> visible("a\\x00b")
    'a\\\\u0000b'
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return cut(value, LONGEST)


def cut(text: str, longest: int) -> str:
    """A text of at most `longest` characters and an ellipsis, hostile characters written out."""
    shown = HOSTILE.sub(lambda found: f"\\u{ord(found[0]):04x}", text[: longest + 1])
    return shown if len(shown) <= longest else f"{shown[:longest]}…"


def name(student: str) -> Markup:
    """A student's id, apart from the direction of the text around it."""
    return Markup("<bdi>{}</bdi>").format(cut(student, LONGEST_NAME) or "(no name)")


def number(value: float) -> str:
    """Points with at most two decimals.

    >>> number(2.0), number(1 / 3)
    ('2', '0.33')
    """
    return f"{round(value, 2) + 0.0:.12g}"


def points(value: float) -> str:
    """Points with their unit: `1 point`, `2 points`."""
    return f"{number(value)} point{'' if number(value) == '1' else 's'}"


def percent(share: float) -> str:
    """A share of one as a whole percentage."""
    return f"{100 * share:.0f}\u00a0%"


def when(stamp: str) -> Markup:
    """A time as people read it; one that is no ISO 8601 is shown as it is."""
    try:
        moment = datetime.fromisoformat(stamp)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return escape(visible(stamp))
    text = f"{moment.day} {moment:%B %Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), text)


def code(text: str) -> Markup:
    """A text whose `code` is set as code, and so are its names_with_underscores.

    Such a name may break after each underscore, on a page that is narrower.

    >>> str(code("`f` or a_b?"))
    '<code>f</code> or <code>a_<wbr>b</code>?'
    """
    pieces = NAME.split(cut(text, LONGEST))
    return Markup("").join(_code(piece) if i % 2 else piece for i, piece in enumerate(pieces))


def _code(piece: str) -> Markup:
    name = escape(piece.strip("`")).replace("_", Markup("_<wbr>"))
    return Markup("<code>{}</code>").format(name)


def plain(label: str) -> str:
    """A name of code as words: `forgets_the_fill` is `forgets the fill`."""
    return label.replace("_", " ").replace("-", " ")


def occasion(part: PartResult) -> str:
    """For what a part was called, where what failed does not say so itself.

    >>> occasion(PartResult("f", "t-1-f", 0, 1, "f for an array", "f is wrong."))
    'an array'
    >>> occasion(PartResult("f", "t-1-f", 0, 1, "f for an array", "f is wrong for an array."))
    ''
    """
    kind = part.called.removeprefix(part.part)
    for prefix in (" for ", ", checking that "):
        kind = kind.removeprefix(prefix)
    return "" if kind in part.failed or NOT_WRITTEN in part.failed else kind

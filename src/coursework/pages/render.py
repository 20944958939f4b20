"""The templates and what they may use; every value is escaped, every text made visible."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from coursework.disk import safe_name
from coursework.pages import words
from coursework.results import HandInResult, PartResult

HERE: Final = Path(__file__).parent


def environment() -> Environment:
    """Templates that fail on a name they do not know, and escape whatever they are given."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=words.visible,
    )
    made.filters |= {
        "address": address,
        "by_part": by_part,
        "code": words.code,
        "name": words.name,
        "number": words.number,
        "occasion": words.occasion,
        "percent": words.percent,
        "plain": words.plain,
        "points": words.points,
        "when": words.when,
    }
    made.globals["style"] = Markup((HERE / "page.css").read_text(encoding="utf-8"))  # noqa: S704
    return made


def by_part(result: HandInResult) -> dict[str, PartResult]:
    """The parts of a result by name."""
    return {part.part: part for part in result.parts}


def address(student: str, topic: str) -> str:
    """Where a student's page lies, seen from the class page."""
    return quote(f"{safe_name(student)}/{topic}/{topic}.html")

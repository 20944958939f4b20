"""What the readings are said to give leads to something that is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from docutils.nodes import make_id

from coursework import course
from hwmath import readings as module
from hwmath.readings import Reading, load_readings, readings

ROOT = Path(__file__).parent.parent
TESTS = "\n".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests").glob("test_*.py"))
    if path != Path(__file__)
)
ROW = {"key": "k", "chapter": "c#s", "reproduced": ["a figure"], "oracles": [], "parts": []}

every_reading = pytest.mark.parametrize(
    "reading", load_readings(), ids=lambda one: f"{one.key}-{one.chapter}"
)


@every_reading
def test_it_is_in_the_bibliography(reading: Reading) -> None:
    bibliography = (ROOT / "references.bib").read_text(encoding="utf-8")
    assert re.search(rf"^@\w+\{{{reading.key},$", bibliography, re.MULTILINE)


@every_reading
def test_the_chapter_cites_it_and_has_the_section(reading: Reading) -> None:
    text = (ROOT / "chapters" / f"{reading.chapter}.md").read_text(encoding="utf-8")
    assert re.search(rf"\{{cite(:\w+)?\}}`[^`]*\b{reading.key}\b", text)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert reading.section in {make_id(re.sub(r"[`*$]", "", one)) for one in headings}


@every_reading
def test_its_oracles_are_tests(reading: Reading) -> None:
    missing = [one for one in reading.oracles if not re.search(rf"\b{one}\b", TESTS)]
    assert missing == []


@every_reading
def test_its_parts_are_in_the_exercise(reading: Reading) -> None:
    if reading.parts:
        assert set(reading.parts) <= set(course.hidden_parts(ROOT, reading.chapter))


def test_every_chapter_with_an_exercise_says_what_it_takes_from_readings() -> None:
    for topic in course.topics(ROOT):
        assert any(one.oracles and one.parts for one in readings(topic))


def test_an_unknown_chapter_is_told() -> None:
    with pytest.raises(ValueError, match="unknown chapter 'rooflime'; nearest: roofline"):
        readings("rooflime")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"oracle": []}, "reading k: unknown field 'oracle'; nearest: oracles"),
        ({"reproduced": []}, "lacks reproduced"),
        ({"chapter": "roofline"}, "chapter='roofline' names no section"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        module._entry({**ROW, **change})

"""The hunt directive: what a page is given of a topic's statements, and what stops the build."""

from __future__ import annotations

import dataclasses
import sys
import types

import hunt_example
import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import directives
from docutils.utils import SystemMessage

from coursesite import downloads, hunt


@pytest.fixture(autouse=True)
def example(monkeypatch: pytest.MonkeyPatch) -> None:
    directives.register_directive("hunt", hunt.HuntDirective)
    monkeypatch.setitem(sys.modules, "hwmath.example.hunt", hunt_example)


def test_the_directive_makes_an_element_that_asks_for_its_files() -> None:
    (made,) = publish_doctree(".. hunt:: example").findall(nodes.raw)
    assert made["assets"] == ("hunt.css", "hunt.js")
    soup = BeautifulSoup(made.astext(), "html.parser")
    element = soup.find("course-hunt")
    assert element is not None
    assert element["data-hunt"] == "example"


def test_statements_stand_by_author_each_with_marks_a_calculation_and_a_verdict() -> None:
    soup = BeautifulSoup(hunt.markup("example", *hunt.load("example")), "html.parser")
    lists = soup.find_all("ul")
    heads = {one["id"]: one.get_text() for one in soup.select(".hunt-name")}
    assert [heads[str(one["aria-labelledby"])] for one in lists] == ["Ann & Bo", "Cy"]
    keys = [[str(li["data-key"]) for li in one.find_all("li")] for one in lists]
    assert keys == [["sum", "product"], ["cache", "half"]]
    of_key = {one.key: one for one in hunt_example.rows()}
    names = set()
    for li in soup.find_all("li"):
        row = of_key[str(li["data-key"])]
        radios = li.find_all("input")
        assert [str(one["value"]) for one in radios] == ["holds", "slip"]
        names |= {str(one["name"]) for one in radios}
        assert li.legend is not None
        assert li.legend.get_text() == row.claim
        code = li.select_one("code").get_text()  # type: ignore[union-attr]
        assert code == f"{hunt_example.SETUP}\n{row.code}"
        answer = li.select_one(".hunt-answer").get_text()  # type: ignore[union-attr]
        assert ("A slip." in answer, "It holds." in answer) == (row.slip, not row.slip)
        assert row.why in answer
    assert len(names) == len(of_key), "each statement has marks of its own"
    assert soup.b is None, "what is said is text, not markup"


def test_both_numbers_are_written_with_their_unit() -> None:
    soup = BeautifulSoup(hunt.markup("example", *hunt.load("example")), "html.parser")
    shown = {str(li["data-key"]): li.select_one(".hunt-numbers") for li in soup.find_all("li")}
    texts = {key: one.get_text() for key, one in shown.items() if one}
    assert texts["cache"] == "Printed: 320 MB. Computed again: 327.7 kB."
    assert texts["product"] == "Printed: 42 apples. Computed again: 54 apples."


def test_a_slip_that_is_not_in_the_number_shows_no_number_twice() -> None:
    soup = BeautifulSoup(hunt.markup("transformers", *hunt.load("transformers")), "html.parser")
    rates = soup.select_one('li[data-key="sanger-rates-for-bytes"] .hunt-numbers')
    assert rates is not None
    assert rates.get_text() == "Printed: 140 GB/s. The number is right; what is said of it is not."


def test_a_topic_without_a_hunt_stops_the_build() -> None:
    with pytest.raises(SystemMessage, match="no hunt of 'nothing'"):
        publish_doctree(".. hunt:: nothing", settings_overrides={"halt_level": 3})


def test_what_a_hunt_lacks_itself_is_not_taken_for_its_absence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = types.ModuleType("broken")

    def rows() -> None:
        raise ModuleNotFoundError("No module named 'other'", name="other")

    vars(broken)["rows"] = rows
    monkeypatch.setitem(sys.modules, "hwmath.broken.hunt", broken)
    with pytest.raises(ModuleNotFoundError, match="other"):
        hunt.load("broken")


def test_two_statements_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = hunt_example.rows()
    twice = types.ModuleType("twice")
    vars(twice)["SETUP"] = ""
    vars(twice)["rows"] = lambda: [first, dataclasses.replace(second, key=first.key)]
    monkeypatch.setitem(sys.modules, "hwmath.twice.hunt", twice)
    with pytest.raises(ValueError, match="more than one statement named 'sum'"):
        hunt.load("twice")


def test_a_notebook_has_every_statement_with_its_verdict_on_a_fold() -> None:
    source = "Find them.\n\n:::{hunt} example\n:::\n\nThen read on."
    lines = downloads.plain_markdown(source, {}).splitlines()
    assert lines[:4] == ["Find them.", "", "**Ann & Bo**", ""]
    assert lines[-2:] == ["", "Then read on."]
    assert lines.count("</details>") == len(hunt_example.rows())
    at = lines.index("<details><summary>6 times 9 is 42</summary>")
    assert lines[at + 2 : at + 5] == ["A slip. It is more.", "", f"    {hunt_example.SETUP}"]
    assert lines[at + 5] == "    6 * 9"
    assert "{hunt}" not in "\n".join(lines)


def test_numbers_are_written_with_the_prefixes_of_their_units() -> None:
    written = [hunt.written(0.0167, "s"), hunt.written(1.28e12, "B"), hunt.written(208, "FLOP/B")]
    assert written == ["16.7 ms", "1.28 TB", "208 FLOP/B"]

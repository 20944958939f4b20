"""Feedback pages and the class page: what they say, and that nobody's text can do harm there."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework import pages
from coursework.intake.sentences import SENTENCES
from coursework.pages.outline import Outline, PartTitle
from coursework.pages.state import NOT_READ, state
from coursework.pages.summary import MOST_BINS, histogram, summary
from coursework.parts import PUBLIC_SEED
from coursework.results import HandInResult, Notice, PartResult

ROOT = Path(__file__).parents[2]
OUTLINE = Outline(
    "roofline",
    "Exercise: the roofline",
    (
        PartTitle("slope", 1, "`slope`", "The formula"),
        PartTitle("ridge_of", 2, "The ridge: `ridge_of`"),
        PartTitle("batch", 3, "`batch`"),
    ),
    "The roofline",
)
RIGHT = (
    PartResult("slope", "roofline-1-slope", 1, 1, calls=9),
    PartResult("ridge_of", "roofline-2-ridge_of", 2, 2, calls=9),
    PartResult("batch", "roofline-3-batch", 4, 4, calls=9),
)
HINT = "Which matrix is missing from the bytes?"
FAILED = "ridge_of gives a wrong answer for a single row."
WRONG = dataclasses.replace(
    RIGHT[1],
    points=0,
    called="ridge_of for a single row",
    failed=FAILED,
    hint=HINT,
    misconception="forgets_the_product",
)
UNKNOWN = dataclasses.replace(WRONG, hint="", misconception="")
VOID = {"meta", "link", "wbr", "br"}
INLINE = {"a", "abbr", "b", "bdi", "code", "i", "q", "small", "strong", "time", "wbr"}
HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "</style></title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "`<b>`",
    "\u202eevil\u2066",
    "nul\x00 bell\x07 escape\x1b c1\x9b",
    "lone\udce9surrogate",
    "\ufeff\u200b\uffff",
    "x" * 10_000,
    "-->]]>&amp;",
    "",
)


def result(student: str, *parts: PartResult, **rest: object) -> HandInResult:
    known = {"sandbox": "bubblewrap", "secret": "5f2c"}
    made = HandInResult("roofline", student, parts or RIGHT)
    return dataclasses.replace(made, **(known | rest))  # type: ignore[arg-type]


class Page(HTMLParser):
    """A page taken apart, and refused where its tags do not nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("td", "tr", "th", "tbody", "thead"):  # what may be left open closes here
            closes = {"td": "td th", "th": "td th"}.get(tag, "td th tr").split()
            while self.open and self.open[-1] in closes:
                self.open.pop()
        if tag not in VOID:
            self.open.append(tag)
        if tag not in INLINE:
            self.texts.append((tuple(self.open), " "))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        while self.open[-1] in ("td", "th", "tr") and self.open[-1] != tag:
            self.open.pop()
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((tuple(self.open), data))

    def text(self, tag: str = "body") -> str:
        pieces = [data for within, data in self.texts if tag in within and "style" not in within]
        return " ".join("".join(pieces).split())

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


def student_page(*args: PartResult, **rest: object) -> Page:
    return Page(pages.student_page(result("ada", *args, **rest), OUTLINE))


def class_page(results: Sequence[HandInResult]) -> Page:
    return Page(pages.class_page(results, OUTLINE))


def everything(text: str) -> list[HandInResult]:
    """Results with one text in each place where there can be one."""
    part = PartResult("slope", text, 0, 1, text, text or "failed", text, text)
    strange = PartResult(text, text, 0, 1, text, text or "failed", text, "")
    notices = (Notice(text, text),)
    rest = (text, text, text, text, text)
    base = HandInResult("roofline", text, (part, strange), notices, *rest)
    called = dataclasses.replace(part, points=0.5, calls=1)
    return [base, dataclasses.replace(base, student=text + "b", parts=(called, strange))]


def all_pages(text: str) -> list[str]:
    rows = everything(text)
    overview = pages.class_page(rows, OUTLINE, {text: Notice(text, text)})
    return [*(pages.student_page(row, OUTLINE) for row in rows), overview]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_shown_and_nothing_else(text: str) -> None:
    for page, known in zip(all_pages(text), all_pages("harmless"), strict=True):
        page.encode("utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
        assert len(page) < 120_000
        tags = {tag for tag, _ in Page(page).tags}
        assert tags <= {tag for tag, _ in Page(known).tags} | {"code", "wbr", "dd", "strong"}
        assert not tags & {"script", "img", "iframe", "object", "form"}
        assert not [name for _, attrs in Page(page).tags for name in attrs if name.startswith("on")]


def test_hostile_text_is_still_to_be_read() -> None:
    page = Page(pages.student_page(everything(HOSTILE[0])[1], OUTLINE))
    assert HOSTILE[0] in page.text("article")
    assert "\\u202eevil" in Page(pages.student_page(everything(HOSTILE[5])[1], OUTLINE)).text()


@pytest.mark.parametrize("results", [[], [result("ada")], [result("ada", WRONG), result("bob")]])
def test_pages_are_self_contained_and_run_nothing(results: list[HandInResult]) -> None:
    for page in [class_page(results), *(student_page(*row.parts) for row in results)]:
        (policy,) = [a["content"] for t, a in page.tags if a.get("http-equiv")]
        assert policy is not None
        for rule in ("default-src 'none'", "style-src 'unsafe-inline'", "img-src data:"):
            assert rule in policy
        assert not {"script", "iframe", "object", "embed"} & {tag for tag, _ in page.tags}
        assert not page.values("src")
        links = [href for href in page.values("href") if not href.startswith(("#", "data:,"))]
        assert all(re.fullmatch(r"[\w%@.+ -]+/roofline/roofline\.html", href) for href in links)


@pytest.mark.parametrize(
    "make",
    [
        lambda: student_page(
            WRONG, RIGHT[0], RIGHT[2], notices=(Notice("text-changed", "Changed."),)
        ),
        lambda: student_page(),
        lambda: student_page(
            *(dataclasses.replace(p, points=0, failed="x", calls=0) for p in RIGHT)
        ),
        lambda: student_page(UNKNOWN, notices=(Notice("not-graded", "Not yet."),)),
        lambda: class_page(
            [result("ada", WRONG, RIGHT[0]), result("bob", UNKNOWN), result("cleo")]
        ),
        lambda: class_page([]),
    ],
)
def test_one_finds_one_s_way_in_a_page(make: Callable[[], Page]) -> None:
    page = make()
    assert ("html", {"lang": "en"}) in page.tags
    for landmark in ("header", "main", "footer", "h1"):
        assert [tag for tag, _ in page.tags].count(landmark) == 1
    assert page.tags.count(("title", {})) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    inner = [href[1:] for href in page.values("href") if href.startswith("#")]
    labels = " ".join(page.values("aria-labelledby")).split()
    assert set(inner) | set(labels) <= set(ids)
    assert not page.open


def test_a_lost_part_shows_its_question_and_a_right_one_that_all_checks_pass() -> None:
    page = student_page(RIGHT[0], WRONG, RIGHT[2])
    assert "5 of 7 points" in page.text("header")
    assert "2 of 3 parts are right. Something is left to think about in part 2." in page.text()
    (question,) = [attrs for _, attrs in page.tags if attrs.get("class") == "question"]
    assert question["role"] == "note"
    assert HINT in page.text("article")
    assert FAILED in page.text("article")
    assert "0 of 2 points" in page.text("article")
    assert "slope" not in page.text("article")
    assert "1. slope ✓ all pass 1 of 1" in page.text("table")


def test_a_page_names_the_section_that_derives_the_part() -> None:
    lost = dataclasses.replace(WRONG, part="slope")
    assert "The formula" in student_page(lost).text("article")
    assert "The formula" not in student_page(WRONG).text("article")


@pytest.mark.parametrize("code", ["not-graded", "no-folder"])
def test_what_is_not_graded_shows_no_points(code: str) -> None:
    zero = dataclasses.replace(WRONG, failed="UNFINISHED", calls=0)
    page = student_page(zero, notices=(Notice(code, "It will be graded again."),))
    assert "Not graded" in page.text("header")
    assert "It will be graded again." in page.text("header")
    assert "points" not in page.text()
    assert "UNFINISHED" not in page.text()
    whole = summary([result("ada", zero, notices=(Notice(code, ""),)), result("bob")], OUTLINE)
    assert (whole.mean, whole.full) == (7, 1)
    assert sum(one.count for one in whole.bins) == 1
    assert [row.student for row in whole.ungraded] == ["ada"]


def test_an_unread_hand_in_is_told_apart_from_an_empty_one() -> None:
    zeros = [dataclasses.replace(p, points=0, failed="it is not written yet") for p in RIGHT]
    notice = (Notice("not-a-notebook", "The file is damaged."),)
    assert state(result("ada", *zeros)) == "lost"
    assert state(result("ada", *zeros, notices=notice)) == "unread"
    assert state(result("ada", notices=notice)) == "right"
    page = student_page(*zeros, notices=notice)
    assert "No answer could be read" in page.text("header")
    assert "The file is damaged." in page.text()
    assert "not written" not in page.text()


def test_the_codes_of_unread_hand_ins_are_those_of_intake() -> None:
    assert set(SENTENCES) >= NOT_READ


def test_notices_are_shown_to_the_student() -> None:
    page = student_page(notices=(Notice("locked-deleted", "Cells were deleted. They are back."),))
    assert "Cells were deleted. They are back." in page.text()


def test_times_are_read_by_people_and_machines() -> None:
    page = student_page(submitted_at="2026-07-27T16:05:09+02:00", graded_at="some day")
    assert "Handed in 27 July 2026, 14:05 UTC. Graded some day." in page.text("footer")
    assert page.values("datetime") == ["2026-07-27T14:05:09+00:00"]


def test_the_class_page_counts_misconceptions_and_what_nobody_recognised() -> None:
    late = dataclasses.replace(UNKNOWN, failed="ridge_of raised KeyError for an array.")
    rows = [result(f"s{i}", RIGHT[0], WRONG) for i in range(3)]
    rows += [result("u1", RIGHT[0], UNKNOWN), result("u2", late), result("r", *RIGHT)]
    part = summary(rows, OUTLINE).parts[1]
    assert (part.title.part, part.failed) == ("ridge_of", 5)
    assert part.full_share == pytest.approx(1 / 6)
    assert part.mean == pytest.approx(2 / 6)
    (found,) = part.misconceptions
    assert (found.name, found.text, found.count, found.share) == (
        "forgets_the_product",
        HINT,
        3,
        0.6,
    )
    assert [(other.text, other.count) for other in part.others] == [(FAILED, 1), (late.failed, 1)]
    text = class_page(rows).text()
    assert "forgets the product" in text
    assert HINT in text
    assert "not passed by 5 of 6" in text


@pytest.mark.parametrize("sandbox", ["none", "bubblewrap, none"])
def test_the_class_page_warns_of_hand_ins_without_a_sandbox(sandbox: str) -> None:
    assert "without a sandbox" not in class_page([result("ada")]).text()
    text = class_page([result("ada"), result("bob", sandbox=sandbox)]).text("main")
    before = text[: text.index("Totals Hand-ins")]
    assert "Graded without a sandbox: 1 of 2" in before
    assert "bob" in before
    assert "ada" not in before


def test_the_class_page_warns_of_a_public_secret() -> None:
    assert "COURSE_SECRET" in class_page([result("ada", secret=PUBLIC_SEED)]).text()
    assert "COURSE_SECRET" not in class_page([result("ada")]).text()


def test_the_class_page_lists_students_by_name_and_leads_to_their_pages() -> None:
    rows = [result(name) for name in ("cleo", "Bob", "ada")]
    page = Page(pages.class_page(rows, OUTLINE, {"'x\\n'": Notice("name-not-accepted", "No id.")}))
    links = [href for href in page.values("href") if href.endswith(".html")]
    assert [link.split("/")[0] for link in links] == ["ada", "Bob", "cleo"]
    assert "'x\\n' No id." in page.text()


def test_notices_are_counted_by_hand_in() -> None:
    twice = (Notice("text-changed", "Changed."), Notice("text-changed", "Changed."))
    late = (Notice("not-graded", "Not yet."),)
    rows = [result("ada", notices=twice), result("bob", notices=twice[:1]), result("cleo")]
    rows.append(result("dan", notices=late))
    (found,) = summary(rows, OUTLINE).notices
    assert (found.code, found.text, found.count) == ("text-changed", "Changed.", 2)


def test_two_results_of_one_student_are_refused() -> None:
    with pytest.raises(ValueError, match="'ada'"):
        pages.class_page([result("ada"), result("ada")], OUTLINE)


def test_parts_that_the_release_does_not_have_are_shown_by_name() -> None:
    strange = [dataclasses.replace(WRONG, part=name, grade_id=name) for name in ("old_a", "old_b")]
    page = student_page(RIGHT[0], *strange)
    assert "4. old_a" in page.text("article")
    assert "5. old_b" in page.text("article")
    assert "old_b" in class_page([result("ada", RIGHT[0], *strange)]).text()


@given(st.lists(st.floats(0, 500), max_size=40), st.floats(0.25, 500))
def test_each_total_is_in_its_bin(totals: list[float], most: float) -> None:
    totals = [min(total, most) for total in totals]
    bins = histogram(totals, most)
    assert len(bins) <= MOST_BINS + 1
    if totals:
        assert sum(one.count for one in bins) == len(totals)
        assert bins[-1].low <= most
    for one in bins:
        inside = sum(one.low <= total < one.high for total in totals)
        assert one.count == inside


def test_whole_totals_have_a_bin_each() -> None:
    assert [one.count for one in histogram([0, 3, 3, 5], 5)] == [1, 0, 0, 2, 0, 1]


def test_the_histogram_says_in_words_what_it_shows() -> None:
    page = class_page([result("ada"), result("bob", WRONG), result("cleo")])
    assert page.text("desc") == "0 points: 1, 7 points: 2."


def test_the_class_page_of_two_thousand_stays_small() -> None:
    rows = [result(f"student{n:04}@example.org", RIGHT[0], WRONG, RIGHT[2]) for n in range(2000)]
    assert len(pages.class_page(rows, OUTLINE).encode()) < 1_000_000


def test_pages_are_written_where_they_have_changed(tmp_path: Path) -> None:
    odd = "../../etc/<b>"
    rows = [result("ada"), result("bob", WRONG), result(odd)]
    first = pages.write(rows, tmp_path, "roofline", OUTLINE)
    assert len(first) == 4
    assert tmp_path / "feedback" / "ada" / "roofline" / "roofline.html" in first
    assert tmp_path / "feedback" / "roofline-class.html" in first
    assert all(path.resolve().is_relative_to(tmp_path / "feedback") for path in first)
    assert pages.write(rows, tmp_path, "roofline", OUTLINE) == []
    rows[1] = result("bob")
    changed = {path.parts[-3] for path in pages.write(rows, tmp_path, "roofline", OUTLINE)}
    assert changed == {"bob", tmp_path.name}
    left = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(first)
    page = Page((tmp_path / "feedback" / "roofline-class.html").read_text(encoding="utf-8"))
    links = [unquote(href) for href in page.values("href") if href.endswith(".html")]
    assert all((tmp_path / "feedback" / link).is_file() for link in links)


def test_results_of_another_topic_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'memory'"):
        pages.write([result("ada", topic="memory")], tmp_path, "roofline", OUTLINE)
    assert not list(tmp_path.iterdir())


def test_the_outline_of_the_roofline_is_that_of_its_notebook_and_chapter() -> None:
    outline = Outline.of(ROOT, "roofline")
    assert outline.title == "Exercise: the roofline"
    assert outline.chapter == "The roofline"
    assert [part.number for part in outline.parts] == list(range(1, 8))
    assert all(part.title == f"`{part.part}`" for part in outline.parts)
    chapter = (ROOT / "chapters" / "roofline.md").read_text(encoding="utf-8")
    sections = [part.section for part in outline.parts if part.section]
    assert sections
    assert all(
        re.search(rf"^#+ {re.escape(section)}$", chapter, flags=re.M) for section in sections
    )


def luminance(colour: str) -> float:
    values = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]
    return sum(weight * v for weight, v in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_that_wcag_asks_for(theme: int) -> None:
    css = (ROOT / "src" / "coursework" / "pages" / "page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks[theme]))

    def contrast(one: str, other: str) -> float:
        low, high = sorted(luminance(colours[name]) for name in (one, other))
        return (high + 0.05) / (low + 0.05)

    for ground in ("page", "sheet", "lost-soft"):
        for ink in ("text", "muted", "link", "lost"):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast("right", "page") >= 4.5
    assert contrast("link", "track") >= 3

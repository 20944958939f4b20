"""Grades for other systems: the right cell changes, and nobody is dropped without a word."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework import export
from coursework.export.cells import BY_MACHINE, FORMULA, guarded, is_formula, number
from coursework.export.table import Table
from coursework.results import HandInResult, Notice, PartResult

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (111),Exercise: the roofline (222),"
    "Current Score,Final Score\r\n"
    ",,,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,10,16,(read only),(read only)\r\n"
    '"Lovelace, Ada",901,U1,ada,Monday,9,,90,90\r\n'
    '"O\'Neil, ""Bo""",902,U2,bo,"Monday, Tuesday",8,12.00,80,80\r\n'
    '"Excused, Eve",903,U3,eve,Monday,EX,EX,,\r\n'
    '"Late, Lu",904,U4,lu,Monday,7,3,70,70\r\n'
    "=Formula,905,U5,=cmd,Monday,7,,70,70\r\n"
    '"Student, Test",999,,e7f1,Monday,,,,\r\n'
)
WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed",'
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    '"Participant 1001","Ada Lovelace",Ada@example.org,"Submitted for grading",,16.00,Yes,'
    '"Monday, 1 June 2026, 10:00 AM",-,\n'
    '"Participant 1002","Bo O\'Neil",bo@example.org,"Submitted for grading",12.00,16.00,Yes,'
    '"Monday, 1 June 2026, 10:00 AM",-,"Well done, Bo."\n'
    '"Participant 1003","Lu Late",lu@example.org,"No submission",,16.00,Yes,-,-,\n'
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Weighted Total [Total Pts: up to 26 Score] |5"\t"The roofline [Total Pts: 16 Score] |6"\t'
    '"Quiz [Total Pts: 10 Score] |7"\r\n'
    '"Lovelace"\t"Ada"\t"ada"\t"0012"\t"2026-06-01"\t"Yes"\t""\t"Needs Grading"\t"9.00"\r\n'
    '"Müller"\t"Bo"\t"bo"\t"0013"\t""\t"Yes"\t"21.00"\t"12.00"\t"9.00"\r\n'
    '"Late"\t"Lu"\t"lu"\t"0014"\t""\t"Yes"\t""\t"In Progress"\t""'
)
HINT = "Is 2 < 3 & 3 > 2? Which matrix is missing?"


def result(student: str, points: float = 14, **rest: object) -> HandInResult:
    lost = PartResult("gemm", "roofline-1-gemm", points - 12, 4, failed="gemm is wrong.", hint=HINT)
    right = PartResult("slope", "roofline-2-slope", 12, 12, calls=3)
    if points == 16:
        lost = PartResult("gemm", "roofline-1-gemm", 4, 4, calls=3)
    made = HandInResult("roofline", student, (lost, right), (), "d", "2026-06-01T10:00:00+00:00")
    return replace(made, **rest)  # type: ignore[arg-type]


def ungraded(student: str) -> HandInResult:
    return result(student, notices=(Notice("not-graded", "It will be graded again."),))


CLASS = [result("ada"), result("bo", 16), result("eve", 15), result("zoe", 13)]


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str, encoding: str = "utf-8", mark: bytes = b"") -> Path:
        path = tmp_path / "template.csv"
        path.write_bytes(mark + text.encode(encoding))
        return path

    return write


def rows(path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    text = path.read_bytes().decode(encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def changes(before: list[list[str]], after: list[list[str]]) -> dict[tuple[int, int], str]:
    """The cells that differ, by line and column."""
    lines = enumerate(zip(before, after, strict=True))
    pairs = ((y, enumerate(zip(a, b, strict=True))) for y, (a, b) in lines)
    return {(y, x): new for y, cells in pairs for x, (old, new) in cells if old != new}


def test_canvas_gets_its_own_file_back_with_one_column_filled_in(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    template, out = save(CANVAS), tmp_path / "out.csv"
    report = export.fill_canvas(CLASS, template, out)
    assert changes(rows(template), rows(out)) == {(3, 6): "14", (4, 6): "16"}
    before, after = template.read_bytes().split(b"\r\n"), out.read_bytes().split(b"\r\n")
    same = [i for i, (one, other) in enumerate(zip(before, after, strict=True)) if one == other]
    assert same == [0, 1, 2, 5, 6, 7, 8, 9]
    assert b'"O\'Neil, ""Bo""",902,U2,bo,"Monday, Tuesday",8,16,80,80' in after
    assert report.filled == 2
    assert report.absent == ("zoe",)
    assert report.no_hand_in == ("lu", "=cmd", "e7f1")
    assert any("'eve'" in note and "EX" in note for note in report.notes)
    assert any("'bo': 12.00 became 16" in note for note in report.notes)


@pytest.mark.parametrize("ids", [("901", "902"), ("U1", "U2"), ("ADA", "Bo")])
def test_canvas_students_are_found_by_any_of_their_ids(
    ids: tuple[str, str], save: Callable[..., Path], tmp_path: Path
) -> None:
    report = export.fill_canvas([result(name) for name in ids], save(CANVAS), tmp_path / "out.csv")
    assert (report.filled, report.absent) == (2, ())


def test_what_has_no_grade_is_not_written_and_not_called_absent(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    template, out = save(CANVAS), tmp_path / "out.csv"
    report = export.fill_canvas([result("ada"), ungraded("lu")], template, out)
    assert changes(rows(template), rows(out)) == {(3, 6): "14"}
    assert report.ungraded == ("lu",)
    assert "lu" not in report.no_hand_in
    assert "lu" not in report.absent


def test_points_that_differ_from_the_system_s_are_pointed_out(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    def notes(text: str) -> str:
        return "\n".join(export.fill_canvas(CLASS, save(text), tmp_path / "out.csv").notes)

    assert "has 100 points, the exercise 16" in notes(CANVAS.replace(",10,16,", ",10,100,"))
    assert "the exercise" not in notes(CANVAS)


def test_zero_because_nothing_was_read_is_pointed_out(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    part = PartResult("gemm", "roofline-1-gemm", 0, 16, failed="x")
    unread = result("ada", parts=(part,), notices=(Notice("not-a-notebook", "Damaged."),))
    report = export.fill_canvas([unread, result("bo")], save(CANVAS), tmp_path / "out.csv")
    assert any("'ada'" in note and "nothing could be read" in note for note in report.notes)


def test_a_report_names_everybody() -> None:
    report = export.Report(1, ("lu\x1b[2J",), ("zoe",), ("max",), ("a note",))
    text = str(report)
    assert all(word in text for word in ("lu", "zoe", "max", "a note", "NOT in the file"))
    assert "\x1b" not in text


def test_moodle_s_worksheet_is_filled_in(save: Callable[..., Path], tmp_path: Path) -> None:
    template, out = save(WORKSHEET, mark=codecs.BOM_UTF8), tmp_path / "out.csv"
    hand_ins = [result("ada@example.org"), result("bo@example.org", 15.5)]
    report = export.fill_moodle(hand_ins, template, out)
    changed = changes(rows(template), rows(out))
    comment = changed.pop((1, 9))
    assert changed == {(1, 4): "14", (2, 4): "15.5"}
    assert comment.startswith(BY_MACHINE)
    assert "Is 2 &lt; 3 &amp; 3 &gt; 2? Which matrix is missing?" in comment
    assert out.read_bytes().startswith(codecs.BOM_UTF8)
    assert b"\r" not in out.read_bytes()
    assert report.no_hand_in == ("lu@example.org",)
    again = tmp_path / "again.csv"
    export.fill_moodle([result("ada@example.org", 16)], out, again)
    assert "All parts are right." in rows(again)[1][9]


@pytest.mark.parametrize("student", ["Participant 1002", "1002"])
def test_moodle_s_participants_are_known_by_number(
    student: str, save: Callable[..., Path], tmp_path: Path
) -> None:
    report = export.fill_moodle([result(student)], save(WORKSHEET), tmp_path / "out.csv")
    assert report.no_hand_in == ("Participant 1001", "Participant 1003")


def test_moodle_s_gradebook_is_filled_in_by_title(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    text = (
        '"First name",Surname,"ID number","Email address","Assignment: The roofline (Real)",'
        '"Assignment: The roofline (Percentage)","Quiz: The ridge (Real)"\n'
        "Ada,Lovelace,s1001,ada@example.org,-,-,3.00\n"
        "Bo,O'Neil,1001,bo@example.org,-,-,\n"
    )
    template, out = save(text), tmp_path / "out.csv"
    export.fill_moodle([result("1001")], template, out)
    assert changes(rows(template), rows(out)) == {(2, 4): "14"}


def test_moodle_s_new_file_leaves_out_what_would_be_a_formula(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    hand_ins = [result("ada", 14.5), result("=1+1"), ungraded("lu")]
    report = export.to_moodle(hand_ins, out)
    head, line = rows(out)
    assert head == ["Username", "Grade", "Feedback"]
    assert line[:2] == ["ada", "14.5"]
    assert (report.filled, report.absent, report.ungraded) == (1, ("=1+1",), ("lu",))


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("latin-1", b""),
    ],
)
def test_blackboard_s_file_keeps_its_encoding(
    encoding: str, mark: bytes, save: Callable[..., Path], tmp_path: Path
) -> None:
    template, out = save(BLACKBOARD, encoding, mark), tmp_path / "out.xls"
    report = export.fill_blackboard([result("ada"), result("bo", 12)], template, out)
    expected = BLACKBOARD.replace('"Needs Grading"', '"14"', 1)
    assert out.read_bytes() == mark + expected.encode(encoding)
    assert report.filled == 2
    assert report.no_hand_in == ("lu",)
    assert not report.notes


def test_blackboard_s_points_are_in_the_name_of_the_column(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    template = save(BLACKBOARD)
    report = export.fill_blackboard(CLASS, template, tmp_path / "out", column="Quiz")
    assert any("has 10 points, the exercise 16" in note for note in report.notes)


def test_a_grade_beside_words_is_said_to_go(save: Callable[..., Path], tmp_path: Path) -> None:
    template = save(BLACKBOARD.replace('"Needs Grading"', '"Needs Grading(3)"'))
    report = export.fill_blackboard([result("ada")], template, tmp_path / "out.xls")
    assert report.notes == ("'ada': Needs Grading(3) became 14",)


ERRORS: list[tuple[str, list[HandInResult], dict[str, str], str]] = [
    ("", CLASS, {}, "no two columns"),
    ("only one column\nada\n", CLASS, {}, "no two columns"),
    (CANVAS.replace("Exercise: the roofline (222)", "Exercise 1 (222)"), CLASS, {}, "'roofline'"),
    (CANVAS.replace("Quiz 1 (111)", "Old roofline (111)"), CLASS, {}, "2 columns"),
    (CANVAS, CLASS, {"column": "Quiz 2"}, "'Quiz 2'"),
    (BLACKBOARD, CLASS, {}, "columns of grades: none .* all columns: 'Last Name', 'First Name'"),
    (CANVAS, CLASS, {"id_column": "Login"}, "'Login'"),
    (CANVAS, [*CLASS, result("bo")], {}, "student='bo' has two results"),
    (CANVAS, [result("nobody")], {}, "'nobody'"),
    (CANVAS.replace(",lu,", ",bo,"), CLASS, {}, "student='bo' is on the template's lines 5 and 7"),
    (CANVAS, [result("BO"), result("Bo")], {}, "'BO' and 'Bo' are both line 5"),
    (CANVAS.replace('"Late, Lu"', '"Late, Lu'), CLASS, {}, "line 7: a quoted cell does not end"),
    (CANVAS, [result("ada", float("nan"))], {}, "points=nan"),
]


@pytest.mark.parametrize(("text", "hand_ins", "named", "message"), ERRORS)
def test_what_is_wrong_is_said_with_its_value(
    text: str,
    hand_ins: list[HandInResult],
    named: dict[str, str],
    message: str,
    save: Callable[..., Path],
    tmp_path: Path,
) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(")):
        export.fill_canvas(hand_ins, save(text), tmp_path / "out.csv", **named)
    assert not (tmp_path / "out.csv").exists()


def test_a_column_can_be_named(save: Callable[..., Path], tmp_path: Path) -> None:
    template, out = save(CANVAS), tmp_path / "out.csv"
    for column in ("Quiz 1", "Quiz 1 (111)"):
        export.fill_canvas([result("ada")], template, out, column=column, id_column="SIS Login ID")
        assert changes(rows(template), rows(out)) == {(3, 5): "14"}


def test_an_id_that_differs_in_capitals_alone_takes_nobody_s_row(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    report = export.fill_canvas([result("ada"), result("ADA", 16)], save(CANVAS), out)
    assert rows(out)[3][6] == "14"
    assert report.absent == ("ADA",)


def test_the_course_s_own_form_has_all(tmp_path: Path) -> None:
    out = tmp_path / "grades.csv"
    notice = (Notice("text-changed", "Changed."),)
    report = export.to_csv([result("bo", 16, notices=notice), result("ada"), ungraded("lu")], out)
    head, *lines = rows(out)
    assert head[:5] == ["student", "total", "max", "gemm", "slope"]
    named = [dict(zip(head, line, strict=True)) for line in lines]
    assert [line["student"] for line in named] == ["ada", "bo", "lu"]
    assert [line["total"] for line in named] == ["14", "16", ""]
    assert [line["gemm"] for line in named] == ["2", "4", ""]
    assert [line["notices"] for line in named] == ["0", "1", "1"]
    assert named[0]["submitted_at"] == "2026-06-01T10:00:00+00:00"
    assert (report.filled, report.ungraded) == (2, ("lu",))


@given(st.lists(st.text(max_size=12) | st.sampled_from([f"{c}x" for c in FORMULA]), max_size=9))
def test_no_id_becomes_a_formula_in_the_course_s_own_form(students: list[str]) -> None:
    hand_ins = [result(student) for student in dict.fromkeys(students)]
    with tempfile.TemporaryDirectory() as folder:
        export.to_csv(hand_ins, Path(folder) / "out.csv")
        lines = rows(Path(folder) / "out.csv", "utf-8")[1:]
    assert len(lines) == len(hand_ins)
    assert not any(is_formula(line[0]) for line in lines)
    assert len({line[0] for line in lines}) == len(lines) or any(s[:1] == "'" for s in students)


def test_surrogates_are_written_out(tmp_path: Path) -> None:
    export.to_csv([result("caf\udce9")], tmp_path / "out.csv")
    assert rows(tmp_path / "out.csv")[1][0] == "caf\\udce9"


@given(st.floats(0, 1e6) | st.integers(0, 10**6))
def test_numbers_have_a_point_and_no_needless_zeros(value: float) -> None:
    text = number(value)
    assert float(text) == pytest.approx(value, abs=1e-6)
    assert "e" not in text
    assert not text.endswith(".0")


def test_guards_are_put_before_formulas_alone() -> None:
    assert [guarded(text) for text in ("=1", "-a", "a-b", "\tx", "")] == [
        "'=1",
        "'-a",
        "a-b",
        "'\tx",
        "",
    ]


@pytest.mark.parametrize(
    ("form", "template", "message"),
    [
        ("sakai", None, "form='sakai'"),
        ("canvas", None, "needs a template"),
        ("csv", "template.csv", "template.csv"),
    ],
)
def test_a_form_and_its_template_have_to_fit(
    form: str, template: str | None, message: str, tmp_path: Path
) -> None:
    given = tmp_path / template if template else None
    with pytest.raises(ValueError, match=message):
        export.write(form, CLASS, tmp_path / "out.csv", given)


def test_the_template_is_not_written_over(save: Callable[..., Path]) -> None:
    template = save(CANVAS)
    with pytest.raises(ValueError, match="template itself"):
        export.write("canvas", CLASS, template, template)
    assert template.read_bytes() == CANVAS.encode()


def test_every_form_can_be_written_by_its_name(save: Callable[..., Path], tmp_path: Path) -> None:
    texts = {"canvas": CANVAS, "moodle": WORKSHEET, "blackboard": BLACKBOARD}
    assert set(export.FORMS) == {*texts, *export.NEW_FORMS}
    hand_ins = [result("ada"), result("1001")]
    for form in export.FORMS:
        template = save(texts[form]) if form in texts else None
        assert export.write(form, hand_ins, tmp_path / "out.csv", template).filled >= 1


CELLS = st.text(st.sampled_from("ab,;\t\"'\r\n é=")) | st.just("")


@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=6),
    st.sampled_from(list(itertools.product(",;\t", (csv.QUOTE_ALL, csv.QUOTE_MINIMAL)))),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
    st.booleans(),
)
def test_a_table_reads_as_csv_does_and_writes_what_it_read(
    cells: list[list[str]], dialect: tuple[str, int], end: str, encoding: str, last: bool
) -> None:
    delimiter, quoting = dialect
    if end != "\r\n":  # the writer quotes no other line end than its own
        quoting = csv.QUOTE_ALL
    head = [f"column {i}" for i in range(4)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([head, *cells])
    whole = text.getvalue() if last else text.getvalue()[: -len(end)]
    marks = {"utf-8": b"", "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    content = marks[encoding] + whole.encode(encoding)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table"
        path.write_bytes(content)
        table = Table.read(path)
    assert table.content() == content
    assert table.head == head
    oracle = list(csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter))
    read = [[table.cell(y, x) for x in range(len(line))] for y, line in enumerate(table.lines)]
    assert read == [[cell.strip() for cell in line] for line in oracle]
    table.put(1, 1, 'new "value"' + delimiter)
    changed = table.content()[len(marks[encoding]) :].decode(encoding)
    oracle[1][1] = 'new "value"' + delimiter
    assert list(csv.reader(io.StringIO(changed, newline=""), delimiter=delimiter)) == oracle

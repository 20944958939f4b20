"""Files of grading: safe names, and writes that are whole or not at all."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework.disk import LONGEST_NAME_BYTES, safe_name, write_if_changed
from coursework.intake.students import PUNCTUATION

ODD = ("../../etc/<b>", "-rf", ".hidden", "a/b", "nul\0", "lone\udce9surrogate", "x" * 10_000, "")
LETTERS = st.characters(categories=["Ll", "Lu", "Nd"])
IDS = st.builds(
    lambda first, middle, last: unicodedata.normalize("NFC", first + middle + last),
    LETTERS,
    st.text(LETTERS | st.sampled_from(PUNCTUATION), max_size=60),
    LETTERS,
)


@given(st.lists(st.text() | st.sampled_from(ODD) | IDS, max_size=8))
def test_names_are_safe_and_differ_where_students_do(students: list[str]) -> None:
    names = {student: safe_name(student) for student in students}
    assert len(set(names.values())) == len(set(students))
    for name in names.values():
        assert 0 < len(name.encode()) <= LONGEST_NAME_BYTES
        assert not re.search(r'[/\\:*?"<>|\x00-\x1f]', name)
        assert name not in (".", "..")
        assert not name.startswith((".", "-", " "))
        assert not name.endswith((".", " ", ".html"))


@given(IDS)
def test_an_accepted_id_is_its_own_name_unless_it_is_very_long(student: str) -> None:
    if not student.casefold().endswith(".html"):
        own = len(student.encode()) <= LONGEST_NAME_BYTES
        assert (safe_name(student) == student) == own


def test_a_write_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "page.html"
    write_if_changed(path, b"old")

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_if_changed(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    assert path.read_bytes() == b"old"

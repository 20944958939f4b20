"""Records on disk: whole or not at all, under safe names, and mergeable part by part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursework.results import HandInResult, Notice, PartResult
from coursework.store import GradedHandIn, Store, check_student, merged

PARTS = tuple(PartResult(name, f"topic-{n}-{name}", 1.0, 2.0) for n, name in enumerate("abc"))
RESULT = HandInResult(
    topic="topic",
    student="anna",
    parts=PARTS,
    notices=(Notice("code", "text"),),
    digest="digest",
    sandbox="box",
    secret="public",  # noqa: S106
)


def test_a_record_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.load("topic", "anna") is None
    store.save(GradedHandIn(RESULT, "{}"))
    assert store.load("topic", "anna") == RESULT
    assert (tmp_path / "autograded" / "anna" / "topic" / "topic.ipynb").read_text() == "{}"
    store.save(GradedHandIn(replace(RESULT, digest="other")))
    assert store.notebook("topic", "anna").read_text() == "{}"
    kept = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert kept == ["anna.json", "topic.ipynb"]


def test_an_interrupted_write_leaves_the_old_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    store = Store(tmp_path)
    store.save(GradedHandIn(RESULT))
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.save(GradedHandIn(replace(RESULT, parts=())))
    assert list(store.results("topic")) == [RESULT]


def test_a_record_that_cannot_be_read_is_none_but_is_not_left_out_of_the_class(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    store.save(GradedHandIn(RESULT))
    for spoiled in ("", "{", "[]", '{"schema": 99}', RESULT.to_json().replace("points", "p")):
        store.record("topic", "anna").write_text(spoiled)
        assert store.load("topic", "anna") is None
        with pytest.raises(ValueError, match=r"anna\.json.*grade this student again"):
            list(store.results("topic"))


@given(st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=128))
def test_names_of_folders_are_students(student: str) -> None:
    if student not in (".", ".."):
        check_student(student)


@pytest.mark.parametrize("student", ["", ".", "..", "a/b", "a\0", "x" * 129, "\udcff"])
def test_other_names_are_refused_with_the_name(tmp_path: Path, student: str) -> None:
    with pytest.raises(ValueError, match="student="):
        Store(tmp_path).save(GradedHandIn(replace(RESULT, student=student), "{}"))
    assert list(tmp_path.iterdir()) == []


def test_a_part_takes_the_place_of_its_own_alone() -> None:
    better = replace(PARTS[1], points=2.0)
    fresh = replace(RESULT, parts=(better,), notices=(), graded_at="now")
    whole = merged(RESULT, fresh)
    assert whole.parts == (PARTS[0], better, PARTS[2])
    assert (whole.digest, whole.notices, whole.graded_at) == ("digest", (), "now")
    assert merged(whole, fresh) == whole


def test_a_part_graded_otherwise_shows_in_the_whole() -> None:
    fresh = replace(RESULT, parts=PARTS[:1], digest="other", sandbox="none")
    whole = merged(RESULT, fresh)
    assert (whole.digest, whole.sandbox, whole.secret) == ("", "box, none", "public")
    assert merged(whole, fresh) == replace(whole, digest="")

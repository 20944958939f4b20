"""Intake of files: nothing but ordinary files is read, and what is there is never dropped."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from coursework.intake import MOST_NOTEBOOKS, TakenIn, hand_ins, take_in
from coursework.intake.files import MOST_NAMES
from coursework.intake.sentences import SENTENCES
from grading.notebooks import MARK, PARTS, RELEASED, TOPIC, check_clean, check_said, passed, right

NAME = f"{TOPIC}.ipynb"
RAW = json.dumps(right()).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "submitted" / "alice" / TOPIC
    path.mkdir(parents=True)
    return path


def taken(folder: Path, codes: set[str], *, readable: bool = True) -> TakenIn:
    found = take_in(folder, TOPIC, RELEASED)
    check_clean(found.notebook)
    check_said(found.notices, codes)
    assert found.readable == readable
    assert passed(found.notebook) == (PARTS if readable else [])
    return found


def test_a_hand_in_is_read_with_its_time(folder: Path) -> None:
    (folder / NAME).write_bytes(RAW)
    (folder / "timestamp.txt").write_text("2026-02-01 12:00:00.500000 UTC\n")
    (folder / ".DS_Store").write_text("x")
    (folder / ".ipynb_checkpoints").mkdir()
    found = taken(folder, set())
    assert found.raw_sha256 == hashlib.sha256(RAW).hexdigest()
    assert found.submitted_at == "2026-02-01T12:00:00.500000+00:00"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-02-01 12:00:00", "2026-02-01T12:00:00+00:00"),
        ("2026-02-01 12:00:00.5 UTC", "2026-02-01T12:00:00.500000+00:00"),
        ("2026-02-01 12:00:00 +0100", "2026-02-01T11:00:00+00:00"),
        ("2026-02-01T12:00:00Z", "2026-02-01T12:00:00+00:00"),
        ("2026-07-01 12:00:00 Europe/Berlin", "2026-07-01T10:00:00+00:00"),
    ],
)
def test_times_are_given_in_utc(folder: Path, text: str, read: str) -> None:
    (folder / NAME).write_bytes(RAW)
    (folder / "timestamp.txt").write_text(text)
    assert taken(folder, set()).submitted_at == read


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"soon",
        b"\xff\xfe",
        b"9" * 150,
        b"2026-02-01 12:00:00 UTC" * 100,
        b"0001-01-01 00:00:00+23:59",
        b"1970-01-01 00:00:00",
        b"9999-12-31 23:59:59-23:59",
        b"2026-02-01 12:00:00 ../../etc/passwd",
        b"2026-02-01 12:00:00 /etc/passwd",
        b"2026-02-01 12:00:00 Europe",
        b"2026-02-01 12:00:00 Nowhere/Land",
    ],
    ids=ascii,
)
def test_an_odd_time_is_said_and_costs_nothing(folder: Path, raw: bytes) -> None:
    (folder / NAME).write_bytes(RAW)
    (folder / "timestamp.txt").write_bytes(raw)
    assert taken(folder, {"time-not-read"}).submitted_at == ""


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        ([f"{TOPIC} (1).ipynb"], {"notebook-renamed"}),
        ([NAME.upper()], {"notebook-renamed"}),
        ([f"{NAME}.txt"], {"notebook-renamed"}),
        ([f"{TOPIC} (1).ipynb", "z.ipynb"], {"notebook-chosen", "files-not-read"}),
    ],
)
def test_a_notebook_with_another_name_counts(
    folder: Path, names: list[str], codes: set[str]
) -> None:
    for n, name in enumerate(names):
        empty = nbformat.writes(RELEASED).encode()
        (folder / name).write_bytes(empty if n else RAW)
    taken(folder, codes - {"files-not-read"})


def test_the_notebook_with_the_right_name_counts_and_others_are_not_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / NAME).write_bytes(RAW)
    for name in ("a.ipynb", f"{TOPIC} (1).ipynb", "sitecustomize.py", f"{MARK}.csv"):
        (folder / name).write_bytes(b"x")
    os.mkfifo(folder / "pipe")
    opened = []
    real = os.open

    def watch(path: Any, *args: Any, **more: Any) -> int:
        opened.append(Path(path).name)
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", watch)
    taken(folder, {"files-not-read"})
    assert opened == ["alice", TOPIC, NAME]


@pytest.mark.parametrize("raw", [b"", nbformat.writes(RELEASED).encode()], ids=["empty", "release"])
def test_answers_in_another_notebook_count_where_the_named_one_has_none(
    folder: Path, raw: bytes
) -> None:
    (folder / NAME).write_bytes(raw)
    (folder / "mine.ipynb").write_bytes(RAW)
    taken(folder, {"notebook-chosen"} | (set() if raw else {"notebook-empty"}))


def no_file(_: Path) -> None:
    pass


def link(path: Path) -> None:
    (path.parent.parent / "elsewhere.ipynb").write_bytes(RAW)
    path.symlink_to(path.parent.parent / "elsewhere.ipynb")


def link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def device(path: Path) -> None:
    try:
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("only the administrator makes devices")


def unix_socket(path: Path) -> None:
    with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)


def hard_link(path: Path) -> None:
    (path.parent.parent / "other.ipynb").write_bytes(RAW)
    path.hardlink_to(path.parent.parent / "other.ipynb")


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 10**12)


def directory(path: Path) -> None:
    path.mkdir()
    (path / NAME).write_bytes(RAW)


FILES: list[tuple[Callable[[Path], None], set[str]]] = [
    (no_file, {"no-notebook"}),
    (link, {"notebook-not-a-file"}),
    (link_to_nowhere, {"notebook-not-a-file"}),
    (link_to_a_device, {"notebook-not-a-file"}),
    (device, {"notebook-not-a-file"}),
    (os.mkfifo, {"notebook-not-a-file"}),
    (unix_socket, {"notebook-not-a-file"}),
    (directory, {"notebook-not-a-file"}),
    (hard_link, {"notebook-hard-linked"}),
    (sparse, {"notebook-too-large"}),
]


@pytest.mark.parametrize(("make", "codes"), FILES, ids=lambda x: getattr(x, "__name__", ""))
def test_what_is_no_ordinary_file_is_not_read(
    folder: Path, make: Callable[[Path], None], codes: set[str]
) -> None:
    make(folder / NAME)
    found = taken(folder, codes, readable=False)
    assert found.raw_sha256 == ""
    make(folder / "timestamp.txt")
    if make is not no_file and make is not hard_link:
        taken(folder, codes | {"time-not-read"}, readable=False)


@pytest.mark.parametrize("make", [make for make, _ in FILES], ids=lambda make: make.__name__)
def test_a_good_notebook_beside_it_still_counts(folder: Path, make: Callable[[Path], None]) -> None:
    make(folder / NAME)
    (folder / "mine.ipynb").write_bytes(RAW)
    assert passed(take_in(folder, TOPIC, RELEASED).notebook) == PARTS


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ELOOP, errno.ENXIO])
def test_a_file_that_cannot_be_opened_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (folder / NAME).write_bytes(RAW)
    real = os.open

    def refuse(path: Any, *args: Any, **more: Any) -> int:
        if path == NAME:
            raise OSError(number, "no")
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", refuse)
    taken(folder, {"notebook-not-readable"}, readable=False)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (link, "notebook-not-readable"),
        (os.mkfifo, "notebook-not-a-file"),
        (hard_link, "notebook-hard-linked"),
    ],
    ids=["link", "pipe", "hard link"],
)
def test_a_file_swapped_after_the_first_look_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], said: str
) -> None:
    (folder / NAME).write_bytes(RAW)
    seen = (folder / NAME).stat()
    (folder / NAME).unlink()
    make(folder / NAME)
    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", lambda *_, **__: seen)
        found = take_in(folder, TOPIC, RELEASED)
    assert not found.readable
    assert said in {notice.code for notice in found.notices}


def test_a_folder_that_is_a_link_or_none_is_not_read(folder: Path) -> None:
    (folder / NAME).write_bytes(RAW)
    submitted = folder.parent.parent
    (submitted / "bob").symlink_to("alice")
    (submitted / "carol").mkdir()
    (submitted / "carol" / TOPIC).symlink_to(folder)
    (submitted / "dave").mkdir()
    (submitted / "dave" / TOPIC).write_bytes(RAW)
    for student in ("bob", "carol", "dave"):
        taken(submitted / student / TOPIC, {"folder-not-read"}, readable=False)
    taken(submitted / "erin" / TOPIC, {"no-folder"}, readable=False)


def test_names_that_are_no_text_do_not_matter(folder: Path) -> None:
    for raw in (b"caf\xe9.ipynb", b"\xff.csv", b"a\nb.ipynb"):
        (folder / os.fsdecode(raw)).write_bytes(RAW)
    found = taken(folder, {"notebook-chosen", "files-not-read"})
    json.dumps([n.text for n in found.notices]).encode()


def test_a_folder_with_very_many_files_is_read(folder: Path) -> None:
    for n in range(MOST_NAMES + 9):
        (folder / f"{n}.ipynb").touch()
    (folder / NAME).write_bytes(RAW)
    taken(folder, {"files-not-read"})


def test_not_every_file_that_may_be_the_notebook_is_tried(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3 * MOST_NOTEBOOKS):
        (folder / f"{n}.ipynb").write_bytes(b"x")
    opened = []
    real = os.open

    def watch(path: Any, *args: Any, **more: Any) -> int:
        opened.append(path)
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", watch)
    taken(folder, {"not-a-notebook", "files-not-read"}, readable=False)
    assert len(opened) == 2 + MOST_NOTEBOOKS


# ---- the folders of a class

ACCEPTED = [
    "alice",
    "Jane Doe",
    "o'brien",
    "j.doe+1@example.org",
    "12345",
    "\u5f20\u4f1f",
    "m\u00fcller",
    "\u0905\u0928\u093f\u0932",
]
REFUSED = [
    "..\u202egnp",
    " alice",
    "alice ",
    "-rf",
    ".hidden",
    "=1+1",
    "a,b",
    "a\nb",
    "<b>x",
    "a\\b",
    "*",
    "mu\u0308ller",
    "\u212bse",
    "_alice",
    "alice.",
    "x" * 81,
    os.fsdecode(b"caf\xe9"),
]


def test_students_with_accepted_names_are_listed_in_order(tmp_path: Path) -> None:
    for name in ACCEPTED:
        (tmp_path / name / TOPIC).mkdir(parents=True)
    (tmp_path / "nothing-yet").mkdir()
    (tmp_path / ".gitkeep").touch()
    found = list(hand_ins(tmp_path, TOPIC))
    assert [f.student for f in found] == sorted(ACCEPTED)
    assert [f.directory for f in found] == [tmp_path / f.student / TOPIC for f in found]
    assert not any(f.refused for f in found)


@pytest.mark.parametrize("name", REFUSED, ids=ascii)
def test_a_name_that_is_no_id_is_reported(tmp_path: Path, name: str) -> None:
    (tmp_path / name / TOPIC).mkdir(parents=True)
    (tmp_path / "zoe" / TOPIC).mkdir(parents=True)
    found = {f.student: f.refused.code if f.refused else "" for f in hand_ins(tmp_path, TOPIC)}
    assert found == {ascii(name): "name-not-accepted", "zoe": ""}
    assert ascii(name).isascii()


def test_what_is_no_students_folder_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "alice" / TOPIC).mkdir(parents=True)
    (tmp_path / "bob").symlink_to("alice")
    (tmp_path / "carol.ipynb").write_bytes(RAW)
    os.mkfifo(tmp_path / "dave")
    (tmp_path / "erin" / TOPIC.upper()).mkdir(parents=True)
    (tmp_path / "frank").mkdir()
    (tmp_path / "frank" / NAME).write_bytes(RAW)
    (tmp_path / "grace" / TOPIC).mkdir(parents=True)
    real = os.open

    def refuse(path: Any, *args: Any, **more: Any) -> int:
        if path == "grace":
            raise PermissionError(errno.EACCES, "no")
        return real(path, *args, **more)

    monkeypatch.setattr(os, "open", refuse)
    found = {f.student: f.refused.code if f.refused else "" for f in hand_ins(tmp_path, TOPIC)}
    assert found == {
        "alice": "",
        "'bob'": "no-student-folder",
        "'carol.ipynb'": "no-student-folder",
        "'dave'": "no-student-folder",
        "'erin'": "folder-misplaced",
        "'frank'": "folder-misplaced",
        "'grace'": "student-folder-not-read",
    }


def test_a_class_without_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(hand_ins(tmp_path / "submitted", TOPIC))


def test_each_sentence_is_tried_and_ends() -> None:
    folder = Path(__file__).parent
    files = [*folder.glob("test_intake*.py"), folder / "test_session.py"]
    tests = "".join(path.read_text() for path in files)
    assert [code for code in SENTENCES if f'"{code}"' not in tests] == []
    assert all(sentence.endswith((".", "?")) for sentence in SENTENCES.values())

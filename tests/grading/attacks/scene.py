"""The place where the suite is graded, full of canaries, and what is seen there afterwards."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import html
import os
import re
import secrets
import shutil
import socket
import stat
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from unittest import mock

import numpy as np
import psutil  # type: ignore[import-untyped]
from bs4 import BeautifulSoup

from coursework import course
from coursework.parts import SEED_VARIABLE
from grading.attacks import TOPIC
from grading.attacks.desk import Desk, Exercise, Facts, Work

ROOT: Final = Path(__file__).resolve().parents[3]
VICTIM: Final = "victim"
INPUTS: Final = ("submitted", course.SOURCE, course.RELEASE, "canary.txt")
LINKED: Final = ("src", "tests", course.SETTINGS)
PR_SET_CHILD_SUBREAPER: Final = 36
FAREWELL_S: Final = 15.0
STAYS: Final = re.compile(r"resource_tracker|forkserver")
ACTIVE: Final = {"script", "style", "iframe", "object", "embed", "template", "form", "base"}
LOADS: Final = {"src", "srcset", "data", "poster", "background"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A course with hand-ins to come, the ears of the machine, and everything that is secret."""

    root: Path
    outside: Path
    exercise: Exercise
    ears: tuple[socket.socket, ...]
    canaries: dict[str, str]

    def desk(self, student: str) -> Desk:
        """The desk of a student."""
        return Desk(self.exercise, student, self.root / "submitted" / student / TOPIC)

    def heard(self) -> list[str]:
        """Who connected or sent something to the ears."""
        calls = []
        for ear in self.ears:
            with contextlib.suppress(BlockingIOError):
                if ear.type == socket.SOCK_DGRAM:
                    calls.append(f"datagram {ear.recv(100)!r}")
                else:
                    ear.accept()[0].close()
                    calls.append(f"connection to {ear.getsockname()!r}")
        return calls

    def inputs(self) -> dict[str, str]:
        """A digest of every file that grading and hand-ins must leave as it is."""
        tops = [self.outside, *(self.root / name for name in INPUTS)]
        return {str(path): _digest(path) for top in tops for path in (top, *sorted(_below(top)))}

    def written(self) -> Iterator[tuple[Path, bytes]]:
        """Every file that grading wrote for somebody to read, below the course."""
        for path in _below(self.root):
            place = path.relative_to(self.root)
            instructors = path.suffix.startswith(".db") or place.parts[0] in (*INPUTS, *LINKED)
            if not instructors and stat.S_ISREG(path.lstat().st_mode):
                yield place, path.read_bytes()

    def planted(self) -> list[str]:
        """Files on this machine that only an attack names so."""
        places = {Path(p) for p in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/")}  # noqa: S108
        places |= {Path.home(), Path.cwd(), self.root, self.outside, Path(np.__file__).parents[1]}
        return [str(path) for place in places for path in place.glob("*attack_planted*")]


def hidden_inputs() -> set[str]:
    """The numbers that the hidden tests draw from this course's secret alone, as texts."""
    parts = course.hidden_parts(ROOT, TOPIC).values()
    with mock.patch.dict(os.environ, {SEED_VARIABLE: ""}):
        public = {text for part in parts for drawn in part.draw() for text in _texts(drawn.args)}
    return {text for part in parts for drawn in part.draw() for text in _texts(drawn.args)} - public


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (tuple, list, np.ndarray)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(list(value.values()))
    elif isinstance(value, float) and len(repr(float(value))) >= 12:
        yield repr(float(value))


def active(page: bytes) -> list[str]:
    """What would run or be fetched on a page, if a student put it there."""
    if b"stolen" not in page:
        return []
    found = []
    for tag in BeautifulSoup(page, "html.parser").find_all(True):
        if tag.name in ACTIVE and "stolen" in tag.decode():
            found.append(f"<{tag.name}>")
        for name, value in tag.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value)
            runs = name.startswith("on") or "javascript:" in text.lower() or name == "style"
            if "stolen" in html.unescape(text) and (runs or name in LOADS):
                found.append(f"<{tag.name} {name}={text[:60]!r}>")
    return found


@contextlib.contextmanager
def scene() -> Iterator[Scene]:
    """Set the scene, and clear it away.

    The environment of this process holds a secret of the course and another canary meanwhile.
    """
    names = ("environment", "secret", "course", "outside", "solution", VICTIM)
    canaries = {name: f"canary-{secrets.token_hex(8)}" for name in names}
    hidden = {SEED_VARIABLE: canaries["secret"], "GRADER_NOTE": canaries["environment"]}
    base = Path(tempfile.mkdtemp(prefix="attack-suite-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, base, ignore_errors=True)
        stack.enter_context(mock.patch.dict(os.environ, hidden))
        base.chmod(0o755)
        root, outside = base / "course", base / "outside"
        _course(root, canaries)
        _open_to_all(outside, canaries["outside"])
        ears, port, abstract = _ears(root)
        for ear in ears:
            stack.callback(ear.close)
        facts = Facts(
            root=str(root),
            outside=str(outside),
            victim=str(root / "submitted" / VICTIM / TOPIC / f"{TOPIC}.ipynb"),
            hidden=str(ROOT / "tests" / "hidden" / f"{TOPIC}.py"),
            port=port,
            abstract=abstract,
            grader=os.getpid(),
        )
        exercise = Exercise.of(root, TOPIC, facts)
        place = Scene(root, outside, exercise, ears, canaries)
        victim = place.desk(VICTIM)
        victim.put(victim.notebook(Work(last=f"print('{canaries[VICTIM]}')")))
        yield place


def _course(root: Path, canaries: dict[str, str]) -> None:
    root.mkdir()
    for name in LINKED:
        (root / name).symlink_to(ROOT / name)
    for name in (course.SOURCE, course.RELEASE):
        shutil.copytree(ROOT / name, root / name)
    (root / "canary.txt").write_text(canaries["course"])
    path = course.notebook(root, course.SOURCE, TOPIC)
    source = course.read(path)
    for cell in course.solution_cells(source, TOPIC).values():
        mark = "### BEGIN SOLUTION"
        cell.source = cell.source.replace(mark, f"{mark}\n    ### {canaries['solution']}")
    course.write(source, path)


def _open_to_all(outside: Path, canary: str) -> None:
    (outside / "folder").mkdir(parents=True)
    for path in (outside / "open.txt", outside / "folder" / "deep.txt"):
        path.write_text(canary)
        path.chmod(0o666)
    (outside / "folder").chmod(0o777)
    outside.chmod(0o777)


def _ears(root: Path) -> tuple[tuple[socket.socket, ...], int, str]:
    """Sockets of every family that a hand-in could reach from here; nothing answers on them."""
    loopback, datagrams = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    loopback.bind(("127.0.0.1", 0))
    port = int(loopback.getsockname()[1])
    datagrams.bind(("127.0.0.1", port))
    abstract, file = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    name = f"attack-suite-{os.getpid()}"
    abstract.bind("\0" + name)
    file.bind(str(root / "socket"))
    (root / "socket").chmod(0o777)
    ears = (loopback, datagrams, abstract, file)
    for ear in ears:
        ear.setblocking(False)
        if ear is not datagrams:
            ear.listen(100)
    return ears, port, name


def _below(top: Path) -> Iterator[Path]:
    """Everything below a folder, without following links."""
    if not top.is_dir() or top.is_symlink():
        return
    for folder, folders, files in os.walk(top, onerror=lambda _: None):
        yield from (Path(folder) / name for name in (*folders, *files))


def _digest(path: Path) -> str:
    """What a file is and holds; of a large or strange one, only what it is."""
    if not path.is_symlink() and not path.exists():
        return "gone"
    status = path.lstat()
    said = f"{stat.filemode(status.st_mode)} {status.st_uid} {status.st_size}"
    if path.is_symlink():
        return f"{said} {path.readlink()}"
    if stat.S_ISREG(status.st_mode) and status.st_size < 10**8 and os.access(path, os.R_OK):
        return f"{said} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return said if stat.S_ISDIR(status.st_mode) else f"{said} {status.st_mtime_ns}"


@contextlib.contextmanager
def left_over() -> Iterator[list[str]]:
    """The processes started inside that are still there at the end, also those nobody waits for."""
    this, found = psutil.Process(), list[str]()
    before = {child.pid for child in this.children(recursive=True)}
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield found
        end = time.monotonic() + FAREWELL_S
        while (left := [*_alive(this.children(recursive=True), before)]) and time.monotonic() < end:
            time.sleep(0.1)
        found += left
    finally:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _alive(children: Iterable[psutil.Process], before: set[int]) -> Iterator[str]:
    for child in children:
        with contextlib.suppress(psutil.Error):
            line = " ".join(child.cmdline())
            if (
                child.pid not in before
                and child.status() != psutil.STATUS_ZOMBIE
                and not STAYS.search(line)
            ):
                yield f"{child.pid} {line[:100]}"

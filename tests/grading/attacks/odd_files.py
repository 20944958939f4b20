"""Folders with links, pipes, devices, and files that nobody asked for."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

from grading.attacks import ALL, NOTHING, Group
from grading.attacks.desk import KNOWN, Desk, Work

GROUP = Group("structure")

for name, tries, target in (
    ("link-to-the-gradebook", "Hands in a link to the gradebook.", "{root}/gradebook.db"),
    ("link-to-the-solution", "Hands in a link to the solution.", "{root}/solutions/{topic}/{nb}"),
    ("link-up-to-the-solution", "The same, from its folder up.", "../../../solutions/{topic}/{nb}"),
    ("link-to-a-right-hand-in", "Hands in a link to another student's notebook.", "{victim}"),
    ("link-to-nowhere", "Hands in a link to a file that is not there.", "/nowhere/at/all"),
    ("link-to-itself", "Hands in a link to itself.", "{nb}"),
    ("link-to-zeros", "Hands in a link to a device that never ends.", "/dev/zero"),
    ("link-to-the-terminal", "Hands in a link to the grader's input.", "/dev/stdin"),
    ("link-to-memory", "Hands in a link to the grader's memory.", "/proc/self/mem"),
):

    def link(desk: Desk, target: str = target) -> None:
        desk.put_link(_place(desk, target))

    GROUP.folder(tries, NOTHING, name=name)(link)


def _place(desk: Desk, text: str) -> str:
    facts = desk.exercise.facts
    topic = desk.exercise.topic
    return text.format(root=facts.root, victim=facts.victim, topic=topic, nb=desk.path.name)


@GROUP.folder("Makes the exercise's folder a link to the solutions.", NOTHING)
def folder_is_a_link(desk: Desk) -> None:
    desk.folder.parent.mkdir(parents=True)
    desk.folder.symlink_to(_place(desk, "{root}/solutions/{topic}"))


@GROUP.folder("Makes its own folder a link to another student's.", NOTHING, refusable=True)
def student_is_a_link(desk: Desk) -> None:
    desk.folder.parent.symlink_to(Path(desk.exercise.facts.victim).parents[1])


@GROUP.folder("Makes its own folder a link to the whole course.", NOTHING, refusable=True)
def student_is_the_course(desk: Desk) -> None:
    desk.folder.parent.symlink_to(desk.exercise.facts.root)


@GROUP.folder("Hands in a pipe that nobody writes to.", NOTHING)
def pipe_as_notebook(desk: Desk) -> None:
    desk.folder.mkdir(parents=True)
    os.mkfifo(desk.path)


@GROUP.folder("Hands in a folder that is named as the notebook.", NOTHING)
def folder_as_notebook(desk: Desk) -> None:
    desk.path.mkdir(parents=True)


@GROUP.folder("Hands in a socket.", NOTHING)
def socket_as_notebook(desk: Desk) -> None:
    desk.folder.mkdir(parents=True)
    before = os.getcwd()  # noqa: PTH109 a socket's path has to be short
    os.chdir(desk.folder)
    try:
        with socket.socket(socket.AF_UNIX) as ear:
            ear.bind(desk.path.name)
    finally:
        os.chdir(before)


@GROUP.folder("Hands in a device with endless zeros, or a pipe where it may make no device.")
def device_as_notebook(desk: Desk) -> None:
    desk.folder.mkdir(parents=True)
    try:
        os.mknod(desk.path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    except OSError:
        os.mkfifo(desk.path)


@GROUP.folder("Hands in an empty folder.", NOTHING)
def empty_folder(desk: Desk) -> None:
    desk.folder.mkdir(parents=True)


@GROUP.folder("Hands in a notebook that nobody may read.", ALL, NOTHING)
def unreadable_notebook(desk: Desk) -> None:
    desk.put(desk.notebook())
    desk.path.chmod(0)


@GROUP.folder("Names the notebook as a browser does that has it already.", ALL, NOTHING)
def notebook_renamed(desk: Desk) -> None:
    desk.put(desk.notebook(), desk.folder / f"{desk.exercise.topic} (1).ipynb")


@GROUP.folder("Puts the notebook one folder too deep.", ALL, NOTHING)
def notebook_too_deep(desk: Desk) -> None:
    desk.put(desk.notebook(), desk.folder / desk.exercise.topic / desk.path.name)


def beside(tries: str, **more: str) -> Callable[[Callable[[Desk], None]], None]:
    """Decorate a function that puts something odd beside a right notebook."""

    def add(spoil: Callable[[Desk], None]) -> None:
        def hand_in(desk: Desk) -> None:
            desk.put(desk.notebook())
            spoil(desk)

        GROUP.folder(tries, ALL, name=spoil.__name__.replace("_", "-"), **more)(hand_in)  # type: ignore[arg-type]

    return add


@beside("Puts a pipe, a socket and a looping link beside a right notebook.")
def odd_files_beside(desk: Desk) -> None:
    os.mkfifo(desk.folder / "data.csv")
    desk.put_link("loop.csv", "loop.csv")
    desk.put_link("/dev/zero", "zeros.bin")


@beside("Links to secrets beside a right notebook, so that they are copied for it.")
def links_to_secrets_beside(desk: Desk) -> None:
    desk.put_link(_place(desk, "{root}/canary.txt"), "notes.txt")
    desk.put_link(_place(desk, "{root}/solutions"), "solutions")
    desk.put_link(_place(desk, "{victim}"), "helper.ipynb")


@beside("Puts a file and a folder that nobody may read beside a right notebook.")
def unreadable_files_beside(desk: Desk) -> None:
    desk.put_bytes(b"x", "closed.txt")
    (desk.folder / "closed.txt").chmod(0)
    (desk.folder / "closed").mkdir(mode=0)


@beside("Puts two thousand files beside a right notebook.")
def many_files_beside(desk: Desk) -> None:
    for n in range(2000):
        desk.put_bytes(b"", f"{n}.txt")


@beside("Puts folders three hundred deep beside a right notebook.")
def deep_folders_beside(desk: Desk) -> None:
    (desk.folder / "/".join(["d"] * 300)).mkdir(parents=True)


@beside("Puts files with names that break lists and tables beside a right notebook.")
def odd_names_beside(desk: Desk) -> None:
    for name in ("new\nline", "<img src=x onerror=stolen()>", "-rf", "\udcff", " ", "a" * 250):
        with contextlib.suppress(OSError):
            desk.put_bytes(b"", name)


@beside("Has an old notebook in its checkpoints, as Jupyter leaves them.")
def checkpoints_beside(desk: Desk) -> None:
    folder = desk.folder / ".ipynb_checkpoints"
    desk.put(desk.notebook(Work(every="")), folder / desk.path.name)
    desk.put(desk.notebook(Work(every="")), folder / "roofline-checkpoint.ipynb")


@GROUP.folder("Puts modules beside the notebook that shadow NumPy, the checks and the library.")
def modules_beside(desk: Desk) -> None:
    desk.put(desk.notebook(Work(every=KNOWN, knows=True)))
    forged = b"class PARTS(dict):\n    check = print\nallclose = isclose = all = lambda *a: True\n"
    for name in ("numpy", "json", "hidden", "coursework", "hwmath", "sitecustomize", "IPython"):
        desk.put_bytes(forged, f"{name}.py")


for name, tries, said in (
    ("time-is-no-time", "Says that it was handed in at no time.", b"yesterday, honestly"),
    ("time-is-early", "Says that it was handed in long ago.", b"0001-01-01 00:00:00 UTC"),
    ("time-is-late", "Says that it is handed in when no clock can say.", b"9999999-13-32 25:61"),
    ("time-is-long", "Has a time of a million characters.", b"2026-01-01 " * 100_000),
    ("time-is-no-text", "Has a time that is no text.", bytes(range(256))),
    ("time-is-markup", "Has a script for a time.", b"<script>stolen()</script>"),
):

    def timed(desk: Desk, said: bytes = said) -> None:
        desk.put(desk.notebook())
        desk.put_bytes(said, "timestamp.txt")

    GROUP.folder(tries, ALL, name=name)(timed)


@beside("Has a pipe for the time.")
def time_is_a_pipe(desk: Desk) -> None:
    os.mkfifo(desk.folder / "timestamp.txt")


@beside("Has a link to a secret for the time.")
def time_is_a_link(desk: Desk) -> None:
    desk.put_link(_place(desk, "{root}/canary.txt"), "timestamp.txt")

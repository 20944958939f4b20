"""Students whose names break paths, tables, commands and pages; and some whose names should not."""

from __future__ import annotations

from grading.attacks import ALL, NOTHING, Group
from grading.attacks.desk import Desk

GROUP = Group("structure")


def right(desk: Desk) -> None:
    """Hand in right answers."""
    desk.put(desk.notebook())


for name, student in (
    ("name-with-accents", "Zoë Müller"),
    ("name-with-apostrophe", "Anne-Marie O'Neil"),
    ("name-as-address", "a.b+c@example.org"),
    ("name-in-kanji", "山田太郎"),
    ("name-with-numbers", "007"),
):
    GROUP.folder("Is right, and has a name of its own.", ALL, student=student, name=name)(right)

for name, tries, student in (
    ("name-as-option", "Has the name of a command's option.", "-rf"),
    ("name-as-command", "Has the name of a shell command.", "a;touch attack_planted;$(id)`id`"),
    ("name-as-formula", "Has the name of a formula for a spreadsheet.", "=1+cmd|' C'!A0"),
    ("name-as-format", "Has a name full of placeholders.", "%s%n{student}{0}{}%(x)s"),
    ("name-as-query", "Has the name of a query.", "x'); DROP TABLE student; --"),
    ("name-as-markup", "Has a script for a name.", "<img src=x onerror=stolen()>"),
    ("name-with-new-line", "Has a line break in its name.", "two\nlines,7,7"),
    ("name-hidden", "Has a name that is hidden in listings.", ".hidden"),
    ("name-of-dots", "Has three dots for a name.", "..."),
    ("name-of-a-space", "Has a space for a name.", " "),
    ("name-that-turns", "Has a name that turns the direction of writing.", "evil\u202exet.txt"),
    ("name-of-bytes", "Has a name that is no text.", "caf\udce9"),
    ("name-too-long", "Has a name of two hundred and forty letters.", "n" * 240),
    ("name-of-a-pattern", "Has the name of a pattern for files.", "*"),
    ("name-with-a-star", "Has a name that matches others.", "[a-z]*"),
):
    more = {"student": student, "name": name, "refusable": True}
    GROUP.folder(tries, ALL, NOTHING, **more)(right)  # type: ignore[arg-type]


@GROUP.folder("Hands in the same name twice, in capitals and without.", ALL, student="Twice")
def twice_in_capitals(desk: Desk) -> None:
    right(desk)


@GROUP.folder("Is the other of two students whose names differ in capitals.", ALL, student="twice")
def twice_in_small_letters(desk: Desk) -> None:
    right(desk)

"""The folders of a class, `submitted/<student>/<topic>/`: who handed in, and what cannot be graded.

What cannot be graded is reported, not dropped: the people who collected it can mend it.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coursework.intake import files
from coursework.intake.sentences import notice
from coursework.results import Notice

LONGEST_ID_CHARACTERS: Final = 80
PUNCTUATION: Final = " _.@+'-"
LETTER_MARK_OR_NUMBER: Final = "LMN"  # the first letters of their Unicode categories


@dataclass(frozen=True, slots=True)
class Folder:
    """A student's hand-in, or (`refused`) why what is there cannot be graded.

    `student` is an id; of what is refused, the quoted name in ASCII, which never is one.
    """

    student: str
    directory: Path
    refused: Notice | None = None


def hand_ins(submitted: Path, topic: str) -> Iterator[Folder]:
    """What was handed in for a topic, by name; links are not followed.

    Raises: OSError where `submitted` is no folder that can be read.
    """
    with files.folder(submitted.resolve()) as descriptor:
        for name in sorted(os.listdir(descriptor)):  # noqa: PTH208 - of a descriptor
            code = _look(descriptor, name, topic)
            if code == "handed-in":
                yield Folder(name, submitted / name / topic)
            elif code:
                yield Folder(ascii(name), submitted / name / topic, notice(code))


def _look(submitted: int, name: str, topic: str) -> str:
    """What lies under a name: "handed-in", "" for nothing, or the code of what is wrong."""
    try:
        with files.folder(name, inside=submitted) as descriptor:
            if not files.exists(descriptor, topic):
                strays = any(_like(found, topic) for found in files.names_in(descriptor))
                return "folder-misplaced" if strays else ""
    except FileNotFoundError:
        return ""
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            return "student-folder-not-read"
        return "" if _hidden_file(submitted, name) else "no-student-folder"
    return "handed-in" if _is_id(name) else "name-not-accepted"


def _is_id(name: str) -> bool:
    """Whether a name is an id: safe in a path, on a page, in a table and in a database.

    Of the two ways to write an accent only the composed one is accepted, so that one student
    never becomes two that look alike.
    """
    kinds = [unicodedata.category(character)[0] for character in name]
    return (
        len(name) <= LONGEST_ID_CHARACTERS
        and name[0].isalnum()
        and kinds[-1] in LETTER_MARK_OR_NUMBER
        and all(
            kind in LETTER_MARK_OR_NUMBER or character in PUNCTUATION
            for kind, character in zip(kinds, name, strict=True)
        )
        and unicodedata.normalize("NFC", name) == name
    )


def _like(name: str, topic: str) -> bool:
    """Whether a name in a student's folder may be a hand-in in the wrong place."""
    folded = name.casefold()
    return not name.startswith(".") and (".ipynb" in folded or folded.strip() == topic.casefold())


def _hidden_file(submitted: int, name: str) -> bool:
    """Whether this is a file such as .DS_Store, which systems leave behind."""
    try:
        status = os.stat(name, dir_fd=submitted, follow_symlinks=False)
    except OSError:
        return False
    return name.startswith(".") and stat.S_ISREG(status.st_mode)

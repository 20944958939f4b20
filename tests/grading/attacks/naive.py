"""The control: hand-ins run the naive way, with the hidden tests called in the student's process.

That is how stock nbgrader does it, less the kernel's process and the protocol around it.
`python -m grading.attacks.naive SOURCE NOTEBOOK...` prints, for each notebook, the parts whose
check passed.  Every notebook gets a process of its own and a time limit.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from coursework import course
from grading.attacks import TOPIC

LIMIT_S: Final = 60.0

WINNERS: Final = (
    "check-replaced",
    "check-recoded",
    "complaint-replaced",
    "comparison-replaced",
    "reference-replaced",
    "cases-replaced",
    "traced",
    "frames-walked",
    "traceback-walked",
    "memory-searched",
    "subclasses-searched",
    "secret-changed",
    "everything-replaced",
    "library-imported",
    "reference-imported",
    "alternative-imported",
    "reference-imported-late",
    "reference-found-on-the-path",
    "hidden-tests-run-from-their-text",
    "hidden-shadowed",
    "finder-added",
    "import-replaced",
    "file-written",
    "asserts-transformed",
    "cells-rewritten",
    "run-cell-replaced",
    "run-code-replaced",
    "result-forged",
    "hook-before-each-cell",
    "hook-on-compile",
    "gradebook-read",
    "solution-read",
    "exercise-read",
    "neighbour-read",
    "course-read",
    "course-read-in-a-call",
    "hidden-tests-read",
    "hidden-tests-read-in-a-call",
    "courses-listed",
    "environment-read",
    "environment-read-in-a-call",
    "every-process-entered",
    "own-memory-searched",
    "network-tcp",
    "network-tcp-any",
    "network-udp",
    "network-abstract",
    "network-file",
)
"""Attacks that gain points in this way, so that one which has gone harmless is noticed."""


def new_shell() -> Any:
    """What runs cells."""
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    return InteractiveShell.instance(config=config)


def passed(shell: Any, notebook: Any, checks: dict[str, str]) -> list[str]:
    """Run a notebook in this process; the parts whose graded cell ended without an error."""
    won = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        fields = cell.metadata.get("nbgrader", {})
        source = checks[fields["grade_id"]] if fields.get("grade") else cell.source
        try:
            fine = shell.run_cell(source).success
        except SystemExit:
            break
        if fields.get("grade") and fine:
            won.append(str(fields["grade_id"]).split("-")[2])
    return won


def in_a_fork(shell: Any, path: Path, checks: dict[str, str]) -> list[str]:
    """What `passed` says of one notebook; nothing where its process ends or takes too long."""
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(told)
        with contextlib.suppress(BaseException):
            os.setsid()
            for standard in (0, 1, 2):
                os.dup2(os.open(os.devnull, os.O_RDWR), standard)
            os.write(tell, json.dumps(passed(shell, course.read(path), checks)).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        ready, _, _ = select.select([pipe], [], [], LIMIT_S)
        data = os.read(pipe.fileno(), 10_000) if ready else b""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return list(json.loads(data or b"[]"))


def main(source: str, *notebooks: str) -> None:
    """Run the notebooks one after the other."""
    cells = course.read(Path(source)).cells
    graded = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    checks = {str(cell.metadata.nbgrader.grade_id): str(cell.source) for cell in graded}
    importlib.import_module(f"hidden.{TOPIC}")
    shell = new_shell()
    won = {}
    for notebook in notebooks:
        with tempfile.TemporaryDirectory() as scratch, contextlib.chdir(scratch):
            won[notebook] = in_a_fork(shell, Path(notebook), checks)
    sys.stdout.write(json.dumps(won))


if __name__ == "__main__":
    main(*sys.argv[1:])

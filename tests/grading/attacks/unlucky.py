"""Honest students to whom something went wrong that is no fault of their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grading.attacks import ALL, BATCH, GEMM, NOTHING, STENCIL, TIME, Group
from grading.attacks.desk import Desk, Work, checks, code, fresh, prose, solutions, text_of

GROUP = Group("honest but unlucky")


def unlucky(name: str, tries: str, body: str) -> None:
    """Add a student with right answers and a cell of their own in the middle."""
    GROUP.work(name, tries, Work(before={STENCIL: text_of(body)}), ALL)


def spoilt(name: str, tries: str, every: str) -> None:
    """Add a student who does something else besides answering, in every cell of an answer."""
    GROUP.work(name, tries, Work(text_of(every)), ALL)


GROUP.work("right", "Answers everything right, and does nothing else.", Work(), ALL)
GROUP.work("nothing-done", "Hands in the exercise as it was released.", Work("NAME = None"))
GROUP.work(
    "half-done",
    "Answers three parts and leaves the others as they were.",
    Work(answers=dict.fromkeys(ALL - {GEMM, TIME, BATCH}, "def NAME(*args): raise OSError")),
    frozenset({GEMM, TIME, BATCH}),
)
for stream in ("stderr", "stdout"):
    spoilt(
        f"prints-to-{stream}",
        f"Prints every argument to {stream} in every function.",
        f"""
        RIGHT
        right_NAME = NAME
        def NAME(*args):
            import sys
            print("called with", *args, file=sys.{stream}, flush=True)
            return right_NAME(*args)
        """,
    )
spoilt(
    "warns",
    "Warns in every function, as an old library does.",
    """
    RIGHT
    right_NAME = NAME
    def NAME(*args):
        import warnings
        warnings.warn("this is old", DeprecationWarning, stacklevel=2)
        np.float64(1) / np.float64(0)
        return right_NAME(*args)
    """,
)
spoilt(
    "logs",
    "Logs at every step, to the standard places.",
    """
    RIGHT
    right_NAME = NAME
    import logging
    logging.basicConfig(level=logging.DEBUG, force=True)
    def NAME(*args):
        logging.getLogger("work").debug("called with %s", args)
        return right_NAME(*args)
    """,
)
spoilt(
    "slow",
    "Is slow, but right.",
    """
    RIGHT
    right_NAME = NAME
    def NAME(*args):
        import time
        time.sleep(0.02)
        return right_NAME(*args)
    """,
)
unlucky("prints-much", "Prints a hundred thousand lines.", "for n in range(10**5):\n    print(n)")
unlucky("raises", "Has a cell that fails.", "undefined_name + 1")
unlucky("does-not-parse", "Has a cell that does not parse.", "def unfinished(:\n    return")
unlucky("asserts", "Has a check of its own that fails.", "assert gemm_intensity(1, 1, 1, 1) == 7")
unlucky("dies", "Has a cell that needs more memory than there is.", "x = bytearray(10**12)")
unlucky("exits", "Stops the notebook in the middle with an exit.", "exit()")
unlucky(
    "late-import",
    "Imports NumPy again, late, and under another name.",
    "import numpy as xp, numpy",
)
unlucky(
    "no-such-library",
    "Imports libraries that are not there.",
    "import torch\nimport seaborn as sns\nfrom google.colab import drive\ndrive.mount('/content')",
)
unlucky(
    "no-such-file",
    "Reads a file of its own machine.",
    "open('C:\\\\Users\\\\me\\\\data.csv').read()",
)
unlucky(
    "no-network",
    "Loads a table from the network.",
    "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/table.csv', timeout=1)",
)
GROUP.work(
    "redefined-later",
    "Uses the name of an answer for something else at the end.",
    Work(last="gemm_intensity = gemm_intensity(8, 8, 8, 2)\nstencil_intensity = None"),
    ALL,
)
GROUP.work(
    "built-ins-shadowed",
    "Uses names of Python's and of the checks for its own values.",
    Work(first="sum = 0\nlist = [1]\nid = input = 3\ngot = checked = name = bytes_per_s = 'mine'"),
    ALL,
)
GROUP.work(
    "one-answer-fails",
    "Has an answer whose cell fails before the function is defined.",
    Work(answers={TIME: "import numba_that_is_missing\nRIGHT"}),
    ALL - {TIME},
)


def arrived(tries: str) -> Callable[[Callable[[Any], None]], None]:
    """Decorate a function that changes a right notebook in place."""

    def add(change: Callable[[Any], None]) -> None:
        def hand_in(desk: Desk) -> None:
            nb = desk.notebook()
            change(nb)
            desk.put(nb)

        GROUP.folder(tries, ALL, name=change.__name__.replace("_", "-"))(hand_in)

    return add


@arrived("Has lost all cells that are neither answers nor checks.")
def cells_missing(nb: Any) -> None:
    nb.cells = [cell for cell in nb.cells if cell in [*checks(nb), *solutions(nb)]]


@arrived("Has lost the set-up cell and two checks.")
def set_up_missing(nb: Any) -> None:
    gone = [*checks(nb)][:2]
    locked = [c for c in nb.cells if "nbgrader" in c.metadata and c not in [*solutions(nb)]]
    nb.cells = [cell for cell in nb.cells if cell not in gone and cell is not locked[0]]


@arrived("Comes from Colab, with outputs, pictures, forms and no cell ids.")
def from_colab(nb: Any) -> None:
    nb.nbformat_minor = 0
    nb.metadata.update(colab={"provenance": [], "toc_visible": True}, accelerator="GPU")
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "iVBORw0KGgo="}}
    stream = {"output_type": "stream", "name": "stderr", "text": ["a warning\n"]}
    for n, cell in enumerate(nb.cells):
        cell.metadata.update(id=f"x{n}", colab={"base_uri": "https://localhost:8080/"})
        cell.pop("id", None)
        if cell.cell_type == "code":
            cell.update(outputs=[picture, stream], execution_count=n)


@arrived("Was saved by an editor that ends its lines as Windows does.")
def windows_lines(nb: Any) -> None:
    for cell in nb.cells:
        cell.source = cell.source.replace("\n", "\r\n")


@arrived("Has a copy of one answer, and cells merged, split and moved about.")
def copied_and_moved(nb: Any) -> None:
    first = next(solutions(nb))
    copied = fresh(first)
    copied.id = "copied"
    nb.cells.insert(3, copied)
    nb.cells.append(nb.cells.pop(1))
    nb.cells.insert(0, prose("raw", "raw"))


@arrived("Has notes, formulas and pictures between the answers.")
def notes_between(nb: Any) -> None:
    for at in range(len(nb.cells), 0, -4):
        nb.cells.insert(at, prose("# Notes\n\n$x^2$ ![](missing.png) <b>mine"))
        nb.cells.insert(at, code(""))


@GROUP.folder("Was saved with a mark for the order of bytes.", ALL)
def byte_order_mark(desk: Desk) -> None:
    desk.put(desk.notebook(), encoding="utf-8-sig")


@GROUP.folder("Has a helper of its own in a file beside the notebook.", ALL, NOTHING)
def helper_in_a_file(desk: Desk) -> None:
    desk.put_bytes(b"def twice(x):\n    return 2 * x\n", "helper.py")
    desk.put(desk.notebook(Work(answers={GEMM: "from helper import twice\nRIGHT"})))

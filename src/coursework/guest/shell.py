"""Runs the cells of a notebook, as a Jupyter kernel would, and says how each of them ended."""

from __future__ import annotations

import builtins
import gc
import io
import sys
import traceback
from dataclasses import dataclass
from typing import Any, Final

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

LONGEST_TEXT: Final = 2000
CELL_FILE: Final = "<cell "


class Capped(io.TextIOBase):
    """A text stream that keeps the first characters and counts the rest."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, most: int) -> None:
        self.most = most
        self.kept: list[str] = []
        self.seen = 0

    def write(self, text: str) -> int:
        """Keep what still fits."""
        room = self.most - self.seen
        if room > 0:
            self.kept.append(text[:room])
        self.seen += len(text)
        return len(text)

    def writable(self) -> bool:
        """It can be written to."""
        return True

    def fileno(self) -> int:
        """The file of the process's own output, which is thrown away."""
        return 1

    def text(self) -> str:
        """What was kept, and how much was not."""
        dropped = self.seen - self.most
        end = f"\n[{dropped} characters more]" if dropped > 0 else ""
        return "".join(self.kept) + end


@dataclass
class Ended:
    """How a cell or a call ended: fine, or with an exception raised on a line of a cell."""

    error: str = ""
    message: str = ""
    line: int = 0
    output: str = ""


class Unkept(dict[int, list[Any]]):
    """Where IPython puts what cells print and show; here nothing stays."""

    def __missing__(self, count: int) -> list[Any]:
        return []


def new_shell() -> InteractiveShell:
    """An IPython shell without history, colours or anything that outlives the process."""
    config = Config()
    config.InteractiveShell.colors = "NoColor"
    config.HistoryManager.enabled = False
    config.InteractiveShell.cache_size = 0
    config.InteractiveShell.history_length = 0
    shell = InteractiveShell.instance(config=config)
    shell.showtraceback = shell.showsyntaxerror = _show_error  # type: ignore[method-assign]
    if shell.history_manager is not None:
        shell.history_manager.outputs = Unkept()
    builtins.input = _no_input
    shell.last_shown = shell.user_ns.get("_")  # type: ignore[attr-defined]
    shell.run_cell("0", store_history=False)  # type: ignore[no-untyped-call]
    return shell


def run_cell(shell: Any, number: int, source: str, output_chars: int) -> Ended:
    """Run a cell; what it prints and shows is kept as text."""
    stream = Capped(output_chars)
    before = sys.stdout, sys.stderr
    sys.stdout = sys.stderr = stream
    try:
        shell.compile.get_code_name = lambda *_: f"{CELL_FILE}{number}>"
        result = shell.run_cell(source, store_history=False)
        failure = result.error_before_exec or result.error_in_exec
        if result.result is not None and shell.user_ns.get("_") is shell.last_shown:
            shell.user_ns["_"] = shell.last_shown = result.result
    except BaseException as error:
        failure = error
    finally:
        sys.stdout, sys.stderr = before
    ended = ended_by(failure) if failure is not None else Ended()
    ended.output = stream.text()
    if failure is not None:
        result = failure = shell.last_execution_result = None
        gc.collect()  # an exception and the frames it comes from hold each other
    return ended


def ended_by(error: BaseException) -> Ended:
    """What an exception says, whatever its own methods do."""
    try:
        message = str(error)[:LONGEST_TEXT]
    except BaseException:
        message = ""
    line = 0
    if isinstance(error, SyntaxError) and isinstance(error.lineno, int):
        line = error.lineno
    for frame, at in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.startswith(CELL_FILE):
            line = at
    return Ended(type(error).__name__, message, line)


def _show_error(*_: object, **__: object) -> None:
    """One line, where IPython would format and colour the source around every frame."""
    error = sys.exc_info()[1]
    if error is not None:
        ended = ended_by(error)
        where = f" (line {ended.line})" if ended.line else ""
        print(f"{ended.error}{where}: {ended.message}", file=sys.stderr)  # noqa: T201


def _no_input(prompt: object = "") -> str:  # noqa: ARG001
    raise EOFError("nobody is there to answer input()")

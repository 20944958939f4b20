"""Runs cells in the reader's browser; imported there by the worker of `run-worker.js`.

It needs the standard library alone, and Matplotlib where a cell draws with it.
"""

from __future__ import annotations

import ast
import contextlib
import io
import linecache
import logging
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from coursesite.themes import themed

Emit = Callable[[str, str], None]
"""Told what a cell gives: a kind (`text`, `html`, `error`) and the content."""
ALT = "The figure that this cell draws."


class _Stream(io.TextIOBase):
    def __init__(self, emit: Emit) -> None:
        self._emit = emit

    def write(self, text: str) -> int:
        if text:
            self._emit("text", text)
        return len(text)

    def writable(self) -> bool:
        return True


class Runner:
    """The namespace of a page, in which its cells are run one after the other."""

    def __init__(self) -> None:
        self._emit: Emit = lambda *_: None
        self.names: dict[str, Any] = {"__name__": "__main__", "display": self.display}
        sys.modules["myst_nb"] = _module("myst_nb", glue=lambda *_, **__: None)
        sys.modules["IPython"] = _module("IPython", get_ipython=lambda: None)
        sys.modules["IPython.display"] = _module(
            "IPython.display", display=self.display, HTML=Html, SVG=Html
        )
        os.environ["MATPLOTLIBRC"] = str(Path(__file__).with_name("matplotlibrc"))
        os.environ["MPLBACKEND"] = "agg"
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

    def run(self, cell: str, source: str, emit: Emit) -> bool:
        """Run a cell, such as `cell 3`; whether it came to its end.

        An error is told as the lines of the cell.
        """
        name = f"<{cell}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        self._emit, stream = emit, _Stream(emit)
        with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
            try:
                value = self._value(source, name)
                if value is not None:
                    self.display(value)
                for svg in _figures():
                    emit("html", f'<div class="figure-scroll" tabindex="0">{svg}</div>')
            except BaseException as error:
                emit("error", told(error, name))
                return False
        return True

    def display(self, *values: object) -> None:
        """Show values as a notebook does."""
        for value in values:
            as_html = getattr(value, "_repr_html_", None)
            if callable(as_html) and not isinstance(value, type):
                self._emit("html", str(as_html()))
            else:
                self._emit("text", f"{value!r}\n")

    def _value(self, source: str, name: str) -> Any:
        """Execute a cell; the value of its last line, if that is an expression."""
        tree = ast.parse(source, name)
        last = tree.body[-1] if tree.body else None
        value = tree.body.pop().value if isinstance(last, ast.Expr) else None  # type: ignore[attr-defined]
        exec(compile(tree, name, "exec"), self.names)  # noqa: S102 the reader's own cell
        if value is None:
            return None
        return eval(compile(ast.Expression(value), name, "eval"), self.names)  # noqa: S307


def told(error: BaseException, name: str) -> str:
    """An exception as Python prints it, from the first frame of the cell on."""
    frames = traceback.extract_tb(error.__traceback__)
    own = next((i for i, frame in enumerate(frames) if frame.filename == name), len(frames))
    lines = traceback.format_list(frames[own:])
    head = ["Traceback (most recent call last):\n"] if lines else []
    return "".join((*head, *lines, *traceback.format_exception_only(error))).rstrip()


def _figures() -> Iterator[str]:
    """The figures that were drawn, as SVG in the page's colours; afterwards there are none."""
    plt = sys.modules.get("matplotlib.pyplot")
    if plt is None:
        return
    for number in plt.get_fignums():
        text = io.StringIO()
        plt.figure(number).savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
        yield themed(text.getvalue(), ALT)
    plt.close("all")


class Html:
    """Markup to be shown, in the place of IPython's own class."""

    def __init__(self, data: str) -> None:
        self.data = data

    def _repr_html_(self) -> str:
        return self.data


def _module(name: str, **names: object) -> types.ModuleType:
    """What stands in the page for a module that is not there.

    Numbers that a cell stores for the text of the book, by `glue`, are not needed again.
    """
    module = types.ModuleType(name)
    vars(module).update(names)
    return module

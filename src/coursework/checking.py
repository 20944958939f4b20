"""Runs graded cells in a process of its own: the reference and the hidden tests, no student code.

A name that a graded cell reads and the exercise does not define is the student's.  A function
of the student's is called in the student's own process; plain values alone come back.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import functools
import importlib
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import Any, Final

from coursework.calls import LostError, NotPlainError, RaisedError, known_error, known_type
from coursework.guest import confine
from coursework.guest.values import NotPlain, WireError
from coursework.guest.wire import Channel, Closed, Late
from coursework.load import answer
from coursework.parts import PartFailed

LONGEST_TEXT: Final = 600
IMPORTS_BYTES: Final = 10**9
LOST: Final = {
    "late": "{{name}} was still running after {seconds:g} seconds and was stopped. "
    "Does every loop in it come to an end?",
    "ended": "Python ended while {{name}} ran. "
    "Is there an exit() in it, or does it need too much memory?",
    "large": "What {{name}} returned is too large or cannot be read.",
}
UNTOLD: Final = "{name} does not pass a hidden check."


class Student:
    """The student's side of one part: names are looked up and functions called over there."""

    def __init__(self, channel: Channel, call_s: float, *, hidden: bool) -> None:
        self.channel = channel
        self.call_s = call_s
        self.hidden = hidden
        self.calls = 0
        self.lost = ""

    def look(self, name: str) -> tuple[bool, Any]:
        """Whether the student has such a name, and its value or a function that stands for it."""
        reply = self._ask({"do": "look", "name": name})
        if reply.get("is") == "function":
            return True, self._function(name)
        if reply.get("is") == "value":
            return True, reply.get("value")
        return reply.get("is") == "foreign", object()

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            request = {"do": "call", "name": name, "args": args, "kwargs": kwargs}
            reply = self._ask(request)
            kind = reply.get("is")
            if kind == "value":
                return reply.get("value")
            if kind == "error":
                error = str(reply.get("error"))[:80]
                if self.hidden:  # a line and a message can carry an input
                    raise RaisedError(error, "", 0)
                line = reply.get("line")
                said = str(reply.get("message"))[:LONGEST_TEXT]
                raise RaisedError(error, said, line if isinstance(line, int) else 0)
            if kind == "foreign":
                raise NotPlainError(known_type(str(reply.get("type"))))
            raise self._lost("large")

        return call

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if not self.lost:
            try:
                self.channel.send(request)
                reply = answer(self.channel, self.call_s)
            except WireError as error:
                kinds = {Late: "late", Closed: "ended"}
                self.lost = kinds.get(type(error), "large")
        if self.lost:
            raise self._lost(self.lost)
        return reply if isinstance(reply, dict) else {}

    def _lost(self, why: str) -> LostError:
        return LostError(LOST[why].format(seconds=self.call_s))


def check(
    source: str, part: str, student: Student, given: dict[str, Any], *, hidden: bool
) -> dict[str, Any]:
    """Run one graded cell; a record of what was called, what failed, the hint, and the calls.

    Where the cell asks for `hidden` inputs, no text of an assertion or of the student's is told:
    `untold` says that there is one, `lost` why the student's side does not answer any more.
    """
    verdict = {"called": "", "failed": "", "hint": "", "misconception": ""}
    names = dict(given)
    untold = False
    try:
        code, read = compiled(source)
        for name in read:
            if name not in names and not hasattr(builtins, name):
                found, value = student.look(name)
                if found:
                    names[name] = value
        exec(code, names)  # noqa: S102 the course's own cell
    except PartFailed as failure:
        found_out = failure.verdict
        verdict = {key: str(getattr(found_out, key)) for key in verdict}
    except BaseException as error:
        untold = hidden and isinstance(error, AssertionError)
        failed = UNTOLD.format(name=part) if untold else _words(error, part, hidden=hidden)
        verdict |= {"called": part, "failed": failed}
    return verdict | {"untold": untold, "calls": student.calls, "lost": student.lost}


@functools.cache
def compiled(source: str) -> tuple[Any, list[str]]:
    """A graded cell ready to run, and the names it takes from elsewhere."""
    return compile(source, "<graded cell>", "exec"), read_names(source)


def read_names(source: str) -> list[str]:
    """The names that a cell reads and does not bind itself, in order.

    >>> read_names("import a.b; got = f(x); assert a.b.same(got, y)")
    ['f', 'x', 'y']
    """
    read: dict[str, None] = {}
    bound: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read[node.id] = None
        elif isinstance(node, ast.Name):
            bound.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound |= {(name.asname or name.name).partition(".")[0] for name in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
    return [name for name in read if name not in bound]


def _words(error: BaseException, part: str, *, hidden: bool) -> str:
    """What a student reads when a graded cell ends in an exception of another kind."""
    if isinstance(error, AssertionError):
        return str(error)[:LONGEST_TEXT]
    if isinstance(error, NameError):
        return f"{error}. Did the cell that defines it run without an error?"
    if isinstance(error, LostError):
        return str(error).format(name=part)
    if isinstance(error, RaisedError):
        line = f" on line {error.line} of its cell" if error.line else ""
        said = "." if hidden else f": {error.message}"
        return f"{part} raised {known_error(error.error)}{line}{said}"
    if isinstance(error, (NotPlainError, NotPlain)):
        return f"{part} returned {error}."
    return f"The checks could not work with what {part} returned ({type(error).__name__})."


def main(text: str) -> None:
    """Answer the grader until it hangs up."""
    settings = json.loads(text)
    sys.path[:0] = settings["paths"]
    confine.limited_memory(settings["memory_bytes"] + IMPORTS_BYTES)
    if settings["confine"] == "landlock":
        confine.behind_landlock(settings["readable"], os.devnull)
    grader = Channel.of_file(settings["file"])
    topic = importlib.import_module(f"hidden.{settings['topic']}")
    for part in topic.PARTS.values():
        part.key()
    given: dict[str, Any] = {}
    for source in settings["setup"]:
        exec(source, given)  # noqa: S102 the released set-up cell
    grader.send({"ready": True})
    with contextlib.suppress(WireError):
        while True:
            request, file = grader.receive_with_file(None)
            if file is None:
                continue
            channel = Channel(socket.socket(fileno=file), settings["message_bytes"])
            source, part, hidden = request["source"], request["part"], request["hidden"]
            student = Student(channel, settings["call_s"], hidden=hidden)
            verdict = check(source, part, student, given, hidden=hidden)
            channel.close()
            grader.send(verdict)

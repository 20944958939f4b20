"""The process of one hand-in: runs its cells, and forks a copy of itself for each graded part.

A part is checked in a copy, so nothing that a check passes in or breaks reaches the next cell.
A copy stays until the process ends, unless the grader ends it after its checks.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from typing import Any, Final

from .shell import Capped, ended_by, run_cell
from .values import NotPlain, WireError
from .wire import Channel, Closed

BURY_S: Final = 0.1
MOST_COPIES: Final = 32
"""So many processes may be there beside those that a hand-in starts itself."""


class TimeLimit(BaseException):
    """A cell has used up its time."""


def serve(worker: Channel, shell: Any, output_chars: int) -> None:
    """Do what the grader asks, until it hangs up; what a cell has forked does not come back."""
    own, copy = os.getpid(), 0
    os.register_at_fork(after_in_child=worker.close)  # what a cell leaves behind says nothing here
    while True:
        try:
            request, file = worker.receive_with_file(None)
        except WireError:
            return
        if request["do"] == "run":
            reply = _run(shell, request, output_chars)
        elif request["do"] == "copy" and file is not None:
            copy = _copy(worker, shell, file)
            reply = {"forked": bool(copy)}
        else:
            _end(copy)
            copy = 0
            continue
        if os.getpid() != own:
            return
        worker.send(reply)


def _run(shell: Any, request: dict[str, Any], output_chars: int) -> dict[str, Any]:
    def stop(*_: object) -> None:
        raise TimeLimit

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, request["seconds"])
    try:
        ended = run_cell(shell, request["number"], request["source"], output_chars)
    except TimeLimit as error:
        ended = ended_by(error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return {
        "error": ended.error,
        "message": ended.message,
        "output": ended.output,
    }


def _copy(worker: Channel, shell: Any, file: int) -> int:
    """Fork, and answer calls in the copy; its number, or 0 where there are too many processes."""
    try:
        pid = _fork()
    except OSError:
        pid = 0
    else:
        if pid == 0:
            with contextlib.suppress(BaseException):
                os.setpgid(0, 0)
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                answer(Channel(socket.socket(fileno=file), worker.largest_bytes), shell.user_ns)
            os._exit(0)
    os.close(file)
    return pid


def _end(copy: int) -> None:
    """End the last copy, however far it is, and what it has forked."""
    if copy:
        for end in (os.killpg, os.kill):  # it may not yet lead a group of its own
            with contextlib.suppress(ProcessLookupError, PermissionError):
                end(copy, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(copy, 0)


def _fork() -> int:
    """Fork; where there are too many processes, bury the dead ones first."""
    try:
        return os.fork()
    except OSError:
        time.sleep(BURY_S)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        return os.fork()


def answer(checks: Channel, names: dict[str, Any]) -> None:
    """Look names up and call functions for the checks, until they hang up."""
    sys.stdout = sys.stderr = Capped(0)
    while True:
        try:
            request = checks.receive(None)
        except Closed:
            return
        if request["do"] == "look":
            reply = _look(names, request["name"])
        else:
            reply = _call(names[request["name"]], request["args"], request["kwargs"])
        try:
            checks.send(reply)
        except NotPlain as error:
            checks.send({"is": "foreign", "type": str(error)})
        except Closed:
            return
        except (WireError, MemoryError):
            checks.send({"is": "large"})


def _look(names: dict[str, Any], name: str) -> dict[str, Any]:
    if name not in names:
        return {"is": "missing"}
    value = names[name]
    return {"is": "function"} if callable(value) else {"is": "value", "value": value}


def _call(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"is": "value", "value": function(*args, **kwargs)}
    except BaseException as error:
        ended = ended_by(error)
        return {
            "is": "error",
            "error": ended.error,
            "message": ended.message,
            "line": ended.line,
        }

"""A warm process: everything is imported once, and each hand-in gets a confined fork of it.

Started on settings as JSON, inside bubblewrap where there is one, with the grader on one open
file.  It runs no student's code itself.  It ends when the grader hangs up.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import select
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any, Final

from . import confine
from .notebook import MOST_COPIES, serve
from .shell import new_shell
from .values import WireError
from .wire import Channel

PR_SET_CHILD_SUBREAPER: Final = 36
WATCH_S: Final = 0.05
FIRST_KEPT: Final = 100
OWN_FOLDER: Final = "/tmp/work"  # noqa: S108 in the child's own /tmp


def main(text: str) -> None:
    """Import, say so, and fork whenever the grader asks."""
    settings = json.loads(text)
    grader = Channel.of_file(settings["file"])
    for name in settings["imports"]:
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    shell = new_shell()
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    gc.collect()
    gc.freeze()
    grader.send({"ready": True})
    while True:
        try:
            request, file = grader.receive_with_file(None)
            if request["do"] == "fork" and file is not None:
                grader.send(_attend(grader, settings, shell, file))
        except WireError:
            return


def _attend(grader: Channel, settings: dict[str, Any], shell: Any, file: int) -> dict[str, Any]:
    """Fork a confined child that talks over `file`, and watch it to its end."""
    shared = settings["confine"] != "namespaces"
    scratch = OWN_FOLDER
    if shared:
        scratch = tempfile.mkdtemp(prefix="hand-in-")
        if os.getuid() == 0:
            os.chown(scratch, settings["uid"], settings["uid"])
    told, tell = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(told)
        _keep(settings, shell, file, tell, scratch)
    os.close(file)
    os.close(tell)
    with os.fdopen(told, "rb") as pipe:
        said = pipe.read()
    os.waitpid(keeper, 0)
    try:
        if not said.isdigit():
            return {"gone": "unconfined", "message": said.decode(errors="replace")}
        return _watch(grader, settings["limits"], int(said))
    finally:
        if shared:
            shutil.rmtree(scratch, ignore_errors=True)


def _keep(settings: dict[str, Any], shell: Any, file: int, tell: int, scratch: str) -> None:
    """Leave the namespaces, fork the child into the new ones, name it, and end."""
    try:
        os.setsid()
        if settings["confine"] == "namespaces":
            confine.own_namespaces()
        ready, go = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(ready)
            _child(settings, shell, file, go, scratch)
        os.close(go)
        problem = os.read(ready, 1000)
        os.write(tell, problem or str(child).encode())
    except BaseException as error:
        os.write(tell, str(error).encode()[:1000])
    os._exit(0)


def _child(settings: dict[str, Any], shell: Any, file: int, go: int, scratch: str) -> None:
    """Confine this process for good, and serve."""
    limits = settings["limits"]
    try:
        kept = fcntl.fcntl(file, fcntl.F_DUPFD_CLOEXEC, FIRST_KEPT)
        go = fcntl.fcntl(go, fcntl.F_DUPFD_CLOEXEC, FIRST_KEPT)
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        os.closerange(3, FIRST_KEPT)
        os.closerange(FIRST_KEPT + 2, os.sysconf("SC_OPEN_MAX"))
        if settings["confine"]:
            _confine(settings, scratch)
        os.close(go)
    except BaseException as error:
        os.write(go, str(error).encode()[:1000])
        os._exit(1)
    with contextlib.suppress(BaseException):
        end = Channel(socket.socket(fileno=kept), limits["message_bytes"])
        serve(end, shell, limits["output_chars"])
    os._exit(0)


def _confine(settings: dict[str, Any], scratch: str) -> None:
    limits, namespaces = settings["limits"], settings["confine"] == "namespaces"
    file_bytes, processes = limits["file_bytes"], limits["processes"] + MOST_COPIES
    if not namespaces:
        processes += _processes_of(os.getuid() or settings["uid"])
    cpu_s = int(limits["hand_in_s"]) + 1
    confine.limited(limits["memory_bytes"], file_bytes, processes, limits["open_files"], cpu_s)
    os.environ["HOME"] = os.environ["TMPDIR"] = tempfile.tempdir = scratch
    if namespaces:
        confine.own_files(file_bytes, settings["readable"])
        Path(scratch).mkdir()
        Path(scratch).chmod(0o777)
    os.chdir(scratch)
    if not namespaces:
        confine.behind_landlock(settings["readable"], scratch)
    confine.without_rights(settings["uid"])


def _watch(grader: Channel, limits: dict[str, Any], child: int) -> dict[str, Any]:
    """Wait for the child's end, or end it: when the grader says so, or when it takes too much."""
    ended = os.pidfd_open(child)
    grader.send({"forked": child})
    why = ""
    try:
        while True:
            ready, _, _ = select.select([ended, grader.fileno()], [], [], WATCH_S)
            if ended in ready:
                break
            if ready:
                with contextlib.suppress(WireError):
                    grader.receive(1.0)
                why = "stopped"
            elif not why:
                why = _too_much(limits)
            if why:
                signal.pidfd_send_signal(ended, signal.SIGKILL)
                select.select([ended], [], [])
                break
    finally:
        os.close(ended)
    os.waitpid(child, 0)
    _end_all()
    return {"gone": why or "ended"}


def _end_all() -> None:
    """End what a child has left behind; nothing is, where it was the first of its namespace."""
    while left := descendants():
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, 0)


def descendants() -> list[int]:
    """The processes below this one."""
    parents = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                stat = Path(entry.path, "stat").read_bytes()
                parents[int(entry.name)] = int(stat.rpartition(b")")[2].split()[1])
    known = {os.getpid()}
    while found := {pid for pid, parent in parents.items() if parent in known} - known:
        known |= found
    return sorted(known - {os.getpid()})


def _too_much(limits: dict[str, Any]) -> str:
    """Which bound the processes below this one exceed together, if any.

    Memory counts beyond what this process holds, since a fork shares that.  What they share with
    each other counts once; that is only looked at where counting it each time is too much.
    """
    below, most_bytes = descendants(), limits["memory_bytes"]
    if len(below) > limits["processes"] + MOST_COPIES + 2:
        return "processes"
    shared_bytes = _resident_bytes("self")
    each = (max(0, _resident_bytes(pid) - shared_bytes) for pid in below)
    if sum(each) <= most_bytes:
        return ""
    lent_bytes = shared_bytes - _proportional_bytes("self")
    together_bytes = sum(map(_proportional_bytes, below)) - lent_bytes
    return "memory" if together_bytes > most_bytes else ""


def _resident_bytes(pid: int | str) -> int:
    """What a process holds apart from files: anonymous and shared memory, in RAM or swapped."""
    return _sum_of(pid, "status", ("RssAnon:", "RssShmem:", "VmSwap:"))


def _proportional_bytes(pid: int | str) -> int:
    """The same, with a page that is shared by n processes as an nth of a page for each."""
    return _sum_of(pid, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:", "SwapPss:"))


def _sum_of(pid: int | str, table: str, rows: tuple[str, ...]) -> int:
    """The sum of some rows of a table in /proc, in bytes; 0 for a process that is gone."""
    try:
        lines = Path(f"/proc/{pid}/{table}").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(rows))


def _processes_of(uid: int) -> int:
    """How many processes a user has; the limit on processes counts them all."""
    count = 0
    for entry in os.scandir("/proc"):
        with contextlib.suppress(OSError):
            count += entry.name.isdigit() and entry.stat().st_uid == uid
    return count

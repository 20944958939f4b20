"""The grader's side of a warm process: start it, get confined forks of it, end them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Self

from coursework.guest.values import WireError
from coursework.guest.wire import Channel
from coursework.limits import Limits
from coursework.sandbox import bubblewrap
from coursework.sandbox.ladder import Rung

START_S: Final = 60.0
ANSWER_S: Final = 20.0
FAREWELL_S: Final = 2.0
BOOT: Final = "import sys; sys.path.insert(0, sys.argv[1]); import {0}; {0}.main(sys.argv[2])"
FIRST_UID, UIDS = 200_000, 1_000_000
"""For root, each warm process has a user of its own, whose processes the kernel counts."""
DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")

_started = itertools.count()


class SandboxError(RuntimeError):
    """A sandboxed process could not be started or confined."""


class Fork:
    """One confined process, and the connection to it."""

    def __init__(self, warm: Warm, channel: Channel) -> None:
        self.warm = warm
        self.channel = channel

    def end(self) -> str:
        """End it, however far it is; what had ended it before, or "stopped"."""
        self.channel.close()
        return self.warm.end_fork()


class Attended:
    """A process in a sandbox, confined as the rung says, and the connection to it."""

    def __init__(self, rung: Rung, limits: Limits) -> None:
        self.rung = rung
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._control: Channel | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process and everything in its sandbox; it is started again when needed."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            finish(self._process)
        self._control = self._process = None


class Warm(Attended):
    """A warm process; forks one child at a time."""

    def __init__(self, rung: Rung, limits: Limits, imports: Sequence[str] = ()) -> None:
        super().__init__(rung, limits)
        self.imports = list(imports)

    def fork(self) -> Fork:
        """A fresh child, confined before it answers anything.

        Raises: SandboxError where that fails; NoSandboxError where nothing can confine it.
        """
        for last in (False, True):
            try:
                return self._fork()
            except WireError as error:
                self.close()
                if last:
                    raise SandboxError(f"no child: {error}") from error
        raise AssertionError("unreachable")

    def end_fork(self) -> str:
        """End the child that runs; what had ended it before, or "stopped"."""
        if self._control is None:
            return "ended"
        try:
            self._control.send({"do": "end"})
            gone = self._control.receive(ANSWER_S)
        except WireError:
            self.close()
            return "ended"
        return str(gone["gone"])

    def _fork(self) -> Fork:
        if self._control is None:
            self._start()
        assert self._control is not None  # noqa: S101
        ours, theirs = Channel.pair()
        self._control.send({"do": "fork"}, theirs.fileno())
        theirs.close()
        ours.largest_bytes = self.limits.message_bytes
        answer = self._control.receive(ANSWER_S)
        if "forked" not in answer:
            ours.close()
            raise SandboxError(f"a child could not be confined: {answer.get('message')}")
        return Fork(self, ours)

    def _start(self) -> None:
        ours, theirs = Channel.pair()
        settings = {
            "file": theirs.fileno(),
            "imports": self.imports,
            "limits": dataclasses.asdict(self.limits),
            "uid": FIRST_UID + (64 * os.getpid() + next(_started)) % UIDS,
        }
        self._process = start(
            ("guest.warm", bubblewrap.GUEST.parent),
            settings,
            readable=[bubblewrap.GUEST],
            rung=self.rung,
        )
        theirs.close()
        self._control = ours
        ours.receive(START_S)


def start(
    module: tuple[str, Path],
    settings: Mapping[str, Any],
    *,
    readable: Sequence[Path],
    rung: Rung,
    **variables: str,
) -> subprocess.Popen[bytes]:
    """Start `main` of a module, found below a path, on settings that name an open file to keep."""
    name, path = module
    shown = [*map(str, readable), *bubblewrap.SYSTEM, sys.base_prefix, sys.prefix]
    confine = {"bubblewrap": "namespaces", "landlock": "landlock", "none": ""}[rung]
    text = json.dumps({**settings, "confine": confine, "readable": [*shown, *DEVICES]})
    line = [sys.executable, "-sP", "-c", BOOT.format(name), str(path), text]
    return subprocess.Popen(  # noqa: S603
        bubblewrap.command(line, readable) if rung == "bubblewrap" else line,
        env=bubblewrap.environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        pass_fds=[settings["file"]],
        cwd="/",
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that was hung up on, and end it if it does not end."""
    try:
        process.wait(FAREWELL_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

"""One notebook run in a sandbox: cell after cell, each graded part in a copy, deaths survived."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from coursework.guest.values import WireError
from coursework.guest.wire import Channel, Closed, Late
from coursework.limits import Limits
from coursework.sandbox.checks import Checks
from coursework.sandbox.warm import Fork, Warm

GRACE_S: Final = 2.0
LONGEST_NAME: Final = 80
LONGEST_MESSAGE: Final = 2000
ENDED: Final = "Ended"
STOPPED: Final = "Stopped"
TIME_LIMIT: Final = "TimeLimit"
WHY: Final = {
    "memory": "This cell needed too much memory and was stopped.",
    "processes": "This cell started too many processes and was stopped.",
    "ended": "Python ended in this cell. Is there an exit() in it, or too much memory used?",
}
UNREADABLE: Final = "What came back from this cell cannot be read."
TOO_LONG: Final = (
    "This cell ran for {seconds:g} seconds and was stopped. Does every loop in it come to an end?"
)
OVER: Final = "The notebook as a whole took too long, so this part was not checked."
DIED_OFTEN: Final = "Python ended too often in this notebook, so this part was not checked."
NO_CHECK: Final = "The checks could not work with what {name} returned."
NO_COPY: Final = "This part could not be checked: the notebook's process does not answer any more."


@dataclass(frozen=True, slots=True)
class Ran:
    """How a cell ended, and what it printed."""

    error: str = ""
    message: str = ""
    output: str = ""


class GaveUpError(RuntimeError):
    """This notebook is not run any further; the message says why."""


class Session:
    """A notebook being run.

    Where its process dies, a new one runs the cells before again and leaves out the one that
    killed it, so a death costs only what depends on that cell.  When the notebook has used up its
    time or its lives, nothing more is run or checked.

    A copy that has answered the visible checks is held for the hidden ones.  Where a process dies
    that has such copies, what they hold together may be to blame: all is done again without them.
    """

    def __init__(self, warm: Warm, checks: Checks, limits: Limits) -> None:
        self.warm, self.checks, self.limits = warm, checks, limits
        self.fork: Fork | None = None
        self.left_out: set[int] = set()
        self.slow: set[int] = set()
        self.held: dict[str, Channel] = {}
        self.start_over()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def start_over(self) -> None:
        """Begin anew in a fresh process, without the cells that killed one."""
        self._end()
        self.ran: list[tuple[int, str]] = []
        self.deaths = 0
        self.holds = True
        self.until = time.monotonic() + self.limits.hand_in_s

    def run(self, number: int, source: str) -> Ran:
        """Run one cell."""
        if number in self.left_out:
            return Ran()
        try:
            self._live()
        except GaveUpError:
            return Ran()
        held = bool(self.held)
        ran = self._run(number, source)
        if ran.error == ENDED and held:
            self.left_out.discard(number)
            self.deaths -= 1
            self.holds = False
            return self.run(number, source)
        if number not in self.left_out:
            self.ran.append((number, source))
        return ran

    def check(self, source: str, part: str, *, hidden: bool) -> Mapping[str, Any]:
        """Check one part in a copy of the process as it stands; see `coursework.checking`."""
        try:
            student = self._copy()
        except GaveUpError as error:
            return {"called": "", "failed": str(error)}
        if student is None:
            return {"called": part, "failed": NO_COPY}
        verdict = self._verdict(source, part, student, hidden=hidden)
        if verdict["lost"] == "ended" and self.held:
            student.close()
            self._end()
            self.holds = False
            return self.check(source, part, hidden=hidden)
        if self.holds and not hidden and not verdict["lost"]:
            self.held[part] = student
        else:
            student.close()
            self._end_copy()
        return verdict

    def check_held(self, sources: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
        """The hidden checks, by part, in the copies that are held; none where one is lost.

        From here on nothing that the process says may be kept: its copies know hidden inputs.
        """
        verdicts = {}
        until = time.monotonic() + self.limits.hand_in_s
        for part, student in self.held.items():
            if time.monotonic() > until:
                verdicts[part] = {"called": "", "failed": OVER}
                continue
            verdict = self._verdict(sources[part], part, student, hidden=True)
            if not verdict["lost"]:
                verdicts[part] = verdict
        return verdicts

    def _verdict(self, source: str, part: str, student: Channel, *, hidden: bool) -> dict[str, Any]:
        try:
            return self.checks.check(source, part, student, hidden=hidden)
        except Late:
            late = f"The checks of {part} took longer than {self.limits.part_s:g} seconds."
            return {"called": part, "failed": late, "lost": "late"}
        except WireError:
            return {"called": part, "failed": NO_CHECK.format(name=part), "lost": "large"}

    def _live(self) -> None:
        """Have a process in which all cells so far have run.

        Raises: GaveUpError when the notebook has used up its time or its lives.
        """
        while True:
            if time.monotonic() > self.until:
                raise GaveUpError(OVER)
            if self.fork is not None:
                return
            if self.deaths > self.limits.revivals:
                raise GaveUpError(DIED_OFTEN)
            self.fork = self.warm.fork()
            self.ran = [cell for cell in self.ran if cell[0] not in self.left_out]
            for again in self.ran:
                self._run(*again)
                if self.fork is None:
                    break

    def _run(self, number: int, source: str) -> Ran:
        assert self.fork is not None  # noqa: S101
        seconds = min(self.limits.cell_s, max(1.0, self.until - time.monotonic()))
        request = {"do": "run", "number": number, "source": source, "seconds": seconds}
        try:
            self.fork.channel.send(request)
            ran = self._claimed(self.fork.channel.receive(seconds + GRACE_S))
        except WireError as error:
            self.left_out.add(number)
            self.deaths += 1
            why = self._end()
            if isinstance(error, Late):
                return Ran(STOPPED, TOO_LONG.format(seconds=seconds))
            usual = WHY["ended"] if isinstance(error, Closed) else UNREADABLE
            return Ran(ENDED, WHY.get(why, usual))
        if ran.error == TIME_LIMIT:
            self.slow.add(number)
            return Ran(ran.error, TOO_LONG.format(seconds=seconds), output=ran.output)
        return ran

    def _claimed(self, said: Any) -> Ran:
        """What the process says of a cell, cut to size."""
        if not isinstance(said, dict):
            raise WireError("no account of a cell")
        error, message, output = (str(said.get(key, "")) for key in ("error", "message", "output"))
        most = self.limits.output_chars + 100
        return Ran(error[:LONGEST_NAME], message[:LONGEST_MESSAGE], output[:most])

    def _copy(self) -> Channel | None:
        """A connection to a fresh copy of the process, or None where there cannot be one.

        Where there is none at first, it may be for what a cell that did not come to an end has
        left running; a new process does without such cells.
        Raises: GaveUpError when the notebook has used up its time or its lives.
        """
        for _ in range(2):
            self._live()
            student = self._fork_copy()
            if student is not None:
                return student
            self.left_out |= self.slow
            self.deaths += 1
            self._end()
        return None

    def _fork_copy(self) -> Channel | None:
        assert self.fork is not None  # noqa: S101
        ours, theirs = Channel.pair()
        ours.largest_bytes = self.limits.message_bytes
        try:
            self.fork.channel.send({"do": "copy"}, theirs.fileno())
            reply = self.fork.channel.receive(GRACE_S + self.limits.call_s)
        except WireError:
            reply = None
        finally:
            theirs.close()
        if isinstance(reply, dict) and reply.get("forked") is True:
            return ours
        ours.close()
        return None

    def _end_copy(self) -> None:
        assert self.fork is not None  # noqa: S101
        try:
            self.fork.channel.send({"do": "end"})
        except WireError:
            self._end()

    def _end(self) -> str:
        """End the process, if there is one; what had ended it before, or "stopped"."""
        for student in self.held.values():
            student.close()
        self.held = {}
        fork, self.fork = self.fork, None
        return fork.end() if fork is not None else "ended"

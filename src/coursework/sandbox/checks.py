"""The grader's side of the process that runs graded cells."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from coursework.guest.values import WireError
from coursework.guest.wire import Channel
from coursework.limits import Limits
from coursework.load import answer
from coursework.parts import SEED_VARIABLE, course_secret
from coursework.sandbox.ladder import Rung
from coursework.sandbox.warm import START_S, Attended, start

SOURCES: Final = Path(__file__).resolve().parents[2]


class Checks(Attended):
    """A process with the reference and the hidden tests of one topic, and no student's code."""

    def __init__(
        self, rung: Rung, root: Path, topic: str, setup: Sequence[str], limits: Limits
    ) -> None:
        super().__init__(rung, limits)
        self.tests = (root / "tests").resolve()
        self.topic = topic
        self.setup = list(setup)

    def check(self, source: str, part: str, student: Channel, *, hidden: bool) -> dict[str, Any]:
        """Run a graded cell against the student behind a connection; see `coursework.checking`.

        Raises: Late where the cell takes longer than a part may, Closed where the process ends.
        """
        if self._control is None:
            self._start()
        assert self._control is not None  # noqa: S101
        try:
            request = {"source": source, "part": part, "hidden": hidden}
            self._control.send(request, student.fileno())
            verdict: dict[str, Any] = answer(self._control, self.limits.part_s)
        except WireError:
            self.close()
            raise
        return verdict

    def _start(self) -> None:
        ours, theirs = Channel.pair()
        settings = {
            "file": theirs.fileno(),
            "topic": self.topic,
            "setup": self.setup,
            "paths": [str(SOURCES), str(self.tests)],
            "call_s": self.limits.call_s,
            "message_bytes": self.limits.message_bytes,
            "memory_bytes": self.limits.memory_bytes,
        }
        self._process = start(
            ("coursework.checking", SOURCES),
            settings,
            readable=[SOURCES, self.tests / "hidden"],
            rung=self.rung,
            **{SEED_VARIABLE: course_secret()},
        )
        theirs.close()
        self._control = ours
        ours.receive(START_S)

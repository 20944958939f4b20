"""How far a batch is: a bar with the time left on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S: Final = 15.0


class Bar:
    """To be told how many are done, and of how many (0 where that is not known).

    It writes to `console`, which is stderr unless given.
    """

    def __init__(self, title: str, console: Console | None = None) -> None:
        self._title = title
        self._console = console or Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(title, total=None)
        self._said, self._said_at = 0, 0.0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` are done."""
        self._bar.update(self._task, completed=done, total=total or None)
        if self._bar.disable and done > self._said:
            self._say(done, total)

    def _say(self, done: int, total: int) -> None:
        """Say it in a line, if it is time.  The pace is counted from the first one that is done."""
        begun, passed_s = self._said > 0, time.monotonic() - self._said_at
        due = done == total or (begun and passed_s > LINE_EVERY_S)
        if due:
            line = f"{self._title}: {done} of {total}" if total else f"{self._title}: {done}"
            if done < total:
                left_s = (total - done) * passed_s / (done - self._said)
                line += f", about {timedelta(seconds=round(left_s))} left"
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)
        if due or not begun:
            self._said, self._said_at = done, time.monotonic()

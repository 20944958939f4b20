"""Progress: a bar with the time left on a terminal, single lines elsewhere."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from rich.console import Console

from coursework import progress
from coursework.progress import Bar


@dataclass
class Clock:
    now: float = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    return clock


def lines(clock: Clock, total: int) -> list[str]:
    out = io.StringIO()
    with Bar("[topic]", Console(file=out, width=20)) as bar:
        clock.now += 100.0  # the workers take their time to start
        for done in range(41):
            bar(done, total)
            clock.now += 1.0
        bar(40, total)
    return out.getvalue().splitlines()


def test_a_line_now_and_then_and_one_at_the_end(clock: Clock) -> None:
    assert lines(clock, 40) == [
        "[topic]: 17 of 40, about 0:00:23 left",
        "[topic]: 33 of 40, about 0:00:07 left",
        "[topic]: 40 of 40",
    ]


def test_lines_where_the_whole_is_not_known(clock: Clock) -> None:
    assert lines(clock, 0) == ["[topic]: 17", "[topic]: 33"]


def test_a_bar_on_a_terminal() -> None:
    out = io.StringIO()
    with Bar("[topic]", Console(file=out, force_terminal=True, width=80)) as bar:
        for done in range(5):
            bar(done, 4)
    shown = out.getvalue()
    assert "[topic]" in shown
    assert "4/4" in shown

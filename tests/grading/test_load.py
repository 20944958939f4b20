"""A busy machine: the clock on the wall runs on while nothing of ours computes."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from coursework import load
from coursework.calls import LostError
from coursework.checking import Student
from coursework.guest.values import WireError
from coursework.guest.wire import Channel

CALL_S = 0.3


class Clocks:
    """A wall clock that runs `times` as fast as the clock of this thread."""

    def __init__(self, times: float) -> None:
        self.times = times
        self.used_s = -load.SAMPLE_S / 4

    def thread_time(self) -> float:
        self.used_s += load.SAMPLE_S / 4
        return self.used_s

    def monotonic(self) -> float:
        return self.times * max(0.0, self.used_s)


@pytest.mark.parametrize(("times", "seen"), [(1.0, 1.0), (2.0, 2.0), (0.5, 1.0), (50.0, load.MOST)])
def test_the_slowdown_is_the_ratio_of_the_clocks(
    times: float, seen: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = Clocks(times)
    monkeypatch.setattr(load, "time", clocks)
    assert load.slowdown() == pytest.approx(seen)


@pytest.fixture
def answering_after() -> Iterator[Callable[[float], Channel]]:
    """Students that answer one call, after so many seconds."""
    threads = []

    def begin(seconds: float) -> Channel:
        ours, theirs = Channel.pair()

        def answer() -> None:
            theirs.receive(10.0)
            time.sleep(seconds)
            try:
                theirs.send({"is": "value", "value": 7})
            except WireError:
                theirs.close()

        threads.append(threading.Thread(target=answer))
        threads[-1].start()
        return ours

    yield begin
    for thread in threads:
        thread.join()


def test_a_call_may_take_longer_where_the_machine_is_busy(
    answering_after: Callable[[float], Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "slowdown", lambda: 100.0)
    student = Student(answering_after(2 * CALL_S), CALL_S, hidden=False)
    assert student.look("f") == (True, 7)


def test_a_call_is_late_where_the_machine_is_not(
    answering_after: Callable[[float], Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "slowdown", lambda: 1.0)
    channel = answering_after(4 * CALL_S)
    student = Student(channel, CALL_S, hidden=False)
    with pytest.raises(LostError, match="still running after"):
        student.look("f")
    channel.close()

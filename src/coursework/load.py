"""How much longer everything takes while other processes want this machine's processors, too."""

from __future__ import annotations

import select
import time
from typing import Any, Final

from coursework.guest.wire import Channel, Late

SAMPLE_S: Final = 0.02
MOST: Final = 3.0
"""So far and no farther is a wait stretched: what loads the machine may be the student's own."""


def slowdown() -> float:
    """Wall-clock seconds that a computing process gets one second of a processor in, 1 to `MOST`.

    This process computes for a moment and looks at both clocks, so it sees what others get.
    """
    begun_s, computed_s = time.monotonic(), time.thread_time()
    while (used_s := time.thread_time() - computed_s) < SAMPLE_S:
        pass
    return min(MOST, max(1.0, (time.monotonic() - begun_s) / used_s))


def answer(channel: Channel, seconds: float) -> Any:
    """The next message, which may begin later where the machine is busy with others.

    Raises: Late, Closed, or WireError for anything that is no message.
    """
    ready, _, _ = select.select([channel], [], [], seconds)
    if not ready:
        longer_s = seconds * (slowdown() - 1.0)
        ready, _, _ = select.select([channel], [], [], longer_s)
    if not ready:
        raise Late("no answer in time")
    return channel.receive(seconds)

"""How much longer everything takes while other processes want this machine's processors, too."""

from __future__ import annotations

import time
from typing import Final

SAMPLE_S: Final = 0.02


def slowdown() -> float:
    """Wall-clock seconds that a computing process gets one second of a processor in: at least 1.

    This process computes for a moment and looks at both clocks, so it sees what others get.
    """
    begun_s, computed_s = time.monotonic(), time.thread_time()
    while (used_s := time.thread_time() - computed_s) < SAMPLE_S:
        pass
    return max(1.0, (time.monotonic() - begun_s) / used_s)

"""No test asserts wall-clock time: Hypothesis, too, waits for a busy machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

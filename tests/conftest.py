"""For all tests: Hypothesis waits for a busy machine, and the secrets that hidden tests are tried
with."""

from __future__ import annotations

import pytest
from hypothesis import settings

from coursework.parts import SEED_VARIABLE

settings.register_profile("patient", deadline=None)  # no test asserts wall-clock time
settings.load_profile("patient")


@pytest.fixture(params=["", "one", "two"])
def every_secret(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test once for each of a few secrets of a course; the first is that of none."""
    monkeypatch.setenv(SEED_VARIABLE, request.param)

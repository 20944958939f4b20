"""The benchmark of pages runs and says what it promises.  No time is judged."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.browser


def test_each_wait_is_measured_once() -> None:
    path = os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "bench_page.py", "--quick", "--json"],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("readers") == 1
    assert set(found) == {"cold_s", "kept_s", "warm_s"}
    assert all(wait > 0 for wait in found.values())

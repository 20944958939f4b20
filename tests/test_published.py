"""Published numbers and measurements: complete rows, resolvable sources, clear errors."""

import re
from pathlib import Path

import numpy as np
import pytest

from hwmath import published as module
from hwmath.chips import chip
from hwmath.published import load_published, matmul_measurements, published, published_range

ROOT = Path(__file__).parent.parent


def test_each_reading_is_in_the_bibliography() -> None:
    keys = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "references.bib").read_text(), re.MULTILINE))
    assert set(load_published()) <= keys, set(load_published()) - keys


def test_each_measurement_names_a_chip_that_has_the_peak() -> None:
    timed = matmul_measurements()
    for name, dtype in set(zip(timed.chip.tolist(), timed.dtype.tolist(), strict=True)):
        assert chip(name).peak_flop_per_s(dtype, "matrix") > 0
    assert len(set(timed.row_id)) == len(timed)
    assert all(timed.source)


def test_a_rate_recomputes_from_its_row() -> None:
    # ml-engineering, accelerator chapter: 271.2 TFLOP/s on an A100 for 1024 x 10240 x 5120, bf16
    timed = matmul_measurements()
    row = timed.row_id.index("mamf-002")
    flop = 2 * timed.m[row] * timed.n[row] * timed.k[row]
    assert flop / timed.time_s[row] == pytest.approx(271.2e12, rel=1e-3)


def test_no_time_is_faster_than_sparse_arithmetic() -> None:
    timed = matmul_measurements()
    flop = 2 * timed.m * timed.n * timed.k
    assert np.all(flop / timed.time_s < 2 * 9e15)


def test_unknown_names_are_told() -> None:
    with pytest.raises(ValueError, match=r"unknown reading 'williams2009'; nearest: williams2009"):
        published("williams2009", "x2_peak")
    with pytest.raises(ValueError, match=r"williams2009roofline: unknown number 'x3_ridge'"):
        published("williams2009roofline", "x3_ridge")


def test_a_range_is_not_taken_for_a_number() -> None:
    with pytest.raises(ValueError, match=r"repeat_bracket=\(32.0, 64.0\) is a range"):
        published("he2022brrr", "repeat_bracket")
    with pytest.raises(ValueError, match=r"x4_ridge=4.4 is a single number"):
        published_range("williams2009roofline", "x4_ridge")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"value": 1.0, "unit": "B", "where": "p. 1"}, "k.n lacks read"),
        ({"value": 1.0, "unit": "B", "where": "p", "read": "maybe"}, "read='maybe' is not one"),
        ({"value": -1.0, "unit": "B", "where": "p", "read": "source"}, "k.n=-1 must be"),
        ({"value": [2.0, 1.0], "unit": "B", "where": "p", "read": "source"}, "rising pair"),
        ({"value": [1.0], "unit": "B", "where": "p", "read": "source"}, "rising pair"),
    ],
)
def test_an_incomplete_row_does_not_load(row: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        module._entry("k", "n", row)

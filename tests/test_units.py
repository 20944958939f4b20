"""Units: prefixes against their definitions, formatters against hand-written text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmath import units


def test_binary_and_decimal_prefixes_drift_apart_as_the_standard_says() -> None:
    # IEC 80000-13: kibi is 1024, each next binary prefix 1024 times the last
    assert [units.KIB, units.MIB, units.GIB, units.TIB] == [1024**p for p in (1, 2, 3, 4)]
    assert [units.KB, units.MB, units.GB, units.TB] == [1000**p for p in (1, 2, 3, 4)]
    # scaling-book, inference chapter: 6.71 GB is 6.25 GiB
    assert 6.25 * units.GIB / units.GB == pytest.approx(6.71, abs=0.005)


@pytest.mark.parametrize(
    ("dtype", "expected"), [("fp64", 8), ("tf32", 4), ("bf16", 2), ("fp8", 1), ("int4", 0.5)]
)
def test_bytes_per_element(dtype: str, expected: float) -> None:
    assert units.bytes_per_element(dtype) == expected


def test_an_unknown_dtype_is_named() -> None:
    with pytest.raises(ValueError, match="dtype='float33' is unknown; known are fp64"):
        units.bytes_per_element("float33")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (999.6e9, "1 TB/s"),
        (999.4e9, "999 GB/s"),
        (1e21, "1,000 EB/s"),
        (1.0, "1 B/s"),
        (0.0625, "0.0625 B/s"),
        (-2e9, "-2 GB/s"),
        (math.inf, "inf EB/s"),
        (math.nan, "nan B/s"),
    ],
)
def test_format_si(value: float, text: str) -> None:
    assert units.format_si(value, "B/s") == text


@given(st.floats(1e-3, 1e20), st.integers(2, 6))
def test_a_formatted_rate_reads_back_to_its_digits(value: float, digits: int) -> None:
    number, unit = units.format_si(value, "B", digits).split()
    scale = dict(zip("kMGTPE", (1e3, 1e6, 1e9, 1e12, 1e15, 1e18), strict=True))
    back = float(number.replace(",", "")) * scale.get(unit[0], 1.0)
    assert back == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))


@given(st.floats(1e-9, 1e4))
def test_a_formatted_time_reads_back(seconds: float) -> None:
    number, unit = units.format_time(seconds).split()
    scale = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}[unit]
    assert float(number.replace(",", "")) * scale == pytest.approx(seconds, rel=6e-3)


def test_capacities_print_in_binary_units() -> None:
    assert units.format_capacity(512) == "512 B"
    assert units.format_capacity(33 * units.MIB) == "33 MiB"
    assert units.format_capacity(1.5 * units.TIB) == "1.5 TiB"

"""Units, written once: decimal and binary prefixes, FLOP per MAC, and the formatters.

Every quantity inside the package is in base units (FLOP, byte, second) and says so in its
name.  Prefixes appear only where a number enters from a data sheet or leaves for a reader.
"""

from __future__ import annotations

import math
from typing import Final

KILO: Final = 1e3
MEGA: Final = 1e6
GIGA: Final = 1e9
TERA: Final = 1e12
PETA: Final = 1e15
EXA: Final = 1e18

KB: Final = 10**3
MB: Final = 10**6
GB: Final = 10**9
TB: Final = 10**12

KIB: Final = 2**10
MIB: Final = 2**20
GIB: Final = 2**30
TIB: Final = 2**40

FLOP_PER_MAC: Final = 2
"""One multiply-accumulate is one multiplication and one addition."""

BITS_PER_BYTE: Final = 8

DTYPE_BITS: Final[dict[str, int]] = {
    "fp64": 64,
    "fp32": 32,
    "tf32": 32,
    "bf16": 16,
    "fp16": 16,
    "fp8": 8,
    "int8": 8,
    "fp4": 4,
    "int4": 4,
}
"""Bits one element takes in memory.  TF32 computes with 19 bits and is stored in 32."""


def bytes_per_element(dtype: str) -> float:
    """Bytes one element of `dtype` takes in memory.

    Formula: bits / 8, so a 4-bit element takes half a byte.
    Raises: ValueError for a dtype that is not in `DTYPE_BITS`.
    Source: IEEE 754 for fp64, fp32 and fp16; the formats' own names for the others.

    >>> bytes_per_element("fp32"), bytes_per_element("int4")
    (4.0, 0.5)
    """
    if dtype not in DTYPE_BITS:
        raise ValueError(f"dtype={dtype!r} is unknown; known are {', '.join(DTYPE_BITS)}")
    return DTYPE_BITS[dtype] / BITS_PER_BYTE


_DECIMAL: Final = ((EXA, "E"), (PETA, "P"), (TERA, "T"), (GIGA, "G"), (MEGA, "M"), (KILO, "k"))
_BINARY: Final = ((TIB, "TiB"), (GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB"))


def format_si(value: float, unit: str, digits: int = 3) -> str:
    """`value` with a decimal prefix and `digits` significant digits, for a reader.

    >>> format_si(989.4e12, "FLOP/s"), format_si(3.35e12, "B/s")
    ('989 TFLOP/s', '3.35 TB/s')
    >>> format_si(0.0, "FLOP/s"), format_si(0.25, "FLOP/B")
    ('0 FLOP/s', '0.25 FLOP/B')
    """
    for scale, prefix in _DECIMAL:
        if abs(value) >= scale * _rounds_up_from(digits):
            return f"{format_number(value / scale, digits)} {prefix}{unit}"
    return f"{format_number(value, digits)} {unit}"


def format_capacity(size_bytes: float, digits: int = 3) -> str:
    """A capacity with a binary prefix: what an allocator and the operating system count in.

    >>> format_capacity(48 * KIB), format_capacity(80e9)
    ('48 KiB', '74.5 GiB')
    """
    for scale, unit in _BINARY:
        if abs(size_bytes) >= scale:
            return f"{format_number(size_bytes / scale, digits)} {unit}"
    return f"{format_number(size_bytes, digits)} B"


def format_time(seconds: float, digits: int = 3) -> str:
    """A duration in the largest unit that leaves a number of at least one.

    >>> format_time(2.5e-6), format_time(0.75), format_time(90.0)
    ('2.5 µs', '750 ms', '90 s')
    """
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")):
        if abs(seconds) >= scale * _rounds_up_from(digits):
            return f"{format_number(seconds / scale, digits)} {unit}"
    return f"{format_number(seconds / 1e-9, digits)} ns"


def _rounds_up_from(digits: int) -> float:
    """The smallest share of one that prints as 1 with `digits` significant digits."""
    return 1.0 - 0.5 * 10.0**-digits


def format_number(value: float, digits: int = 3) -> str:
    """`value` without a prefix: `digits` significant digits, but no whole digit is rounded away.

    >>> format_number(1365.33), format_number(0.16667), format_number(64.0)
    ('1,365', '0.167', '64')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

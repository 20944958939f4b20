"""The hunt: every line gives what it says, slips are slips, and what holds does hold."""

from __future__ import annotations

import re

import numpy as np
import pytest

from hwmath.published import load_published
from hwmath.transformers.hunt import SETUP, Statement, rows, statement
from hwmath.transformers.worked import value_of

ROWS = rows()
UNIT_SLIPS = {"sanger-rates-for-bytes"}
"""Where the number is right and its unit is not."""


def place(value: float, text: str) -> float:
    """Half a unit of the last digit that `text` prints of `value`, whatever prefix it has."""
    for number in re.findall(r"\d[\d,]*\.?\d*(?:e[+]?\d+)?%?", text):
        digits = number.rstrip("%.").replace(",", "")
        mantissa = digits.split("e")[0]
        shown = float(digits)
        if shown == 0:
            continue
        scale = value / shown
        power = np.log10(scale)
        if abs(power - round(power)) < 1e-9:
            decimals = len(mantissa.partition(".")[2])
            exponent = int(digits.split("e")[1]) if "e" in digits else 0
            return float(0.5 * 10.0 ** (round(power) + exponent - decimals))
    raise AssertionError(f"{value} is not printed in {text!r}")


@pytest.mark.parametrize(
    ("value", "text", "half"),
    [
        (0.069, "takes 69 ms", 0.0005),
        (1.5e12, "of 1.5 TB/s", 0.05e12),
        (0.861, "are 86.1%", 0.0005),
        (8.64e19, "is 8.64e+19 FLOP", 0.005e19),
        (23000.0, "about 23,000 tokens", 0.5),
    ],
)
def test_half_a_unit_of_the_last_digit(value: float, text: str, half: float) -> None:
    assert place(value, text) == pytest.approx(half)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_the_line_gives_what_is_said(row: Statement) -> None:
    assert value_of(row.code) == row.recomputed
    assert "\n" not in row.code


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_a_reader_can_run_the_line(row: Statement) -> None:
    names: dict[str, object] = {}
    exec(SETUP, names)  # noqa: S102
    assert float(eval(row.code, names)) == row.recomputed  # noqa: S307


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_what_holds_agrees_to_the_last_digit_and_a_slip_does_not(row: Statement) -> None:
    if row.key in UNIT_SLIPS:
        assert row.slip
        return
    half = place(row.printed, row.claim)
    # Three digits are printed of 2,857.1: the last one is that of the tens.
    coarse = {"sanger-prompt-rate": 5.0}
    off = abs(row.recomputed - row.printed)
    agrees = off <= coarse.get(row.key, half) * (1 + 1e-9)
    assert agrees != row.slip, (off, half)


def test_keys_are_single_and_every_author_is_there() -> None:
    assert len({row.key for row in ROWS}) == len(ROWS)
    assert {row.author for row in ROWS} == {
        "Chen",
        "Sanger",
        "Shenoy and Kiely",
        "Bahdanau",
        "Anthony, Biderman and Schoelkopf",
    }
    assert all(row.claim.endswith(".") and row.why.endswith((".", ".)")) for row in ROWS)


def test_slips_hide_among_more_that_holds() -> None:
    slips = {row.key for row in ROWS if row.slip}
    assert len(slips) < len(ROWS) - len(slips)
    # The sure finds of Sanger's page are eight; what is a choice or was mended is none.
    assert sum(key.startswith("sanger") for key in slips) == 8
    assert not any(key.startswith(("bahdanau", "anthony")) for key in slips)


@pytest.mark.parametrize(
    ("key", "recomputed"),
    [
        ("chen-weights", 104e9),  # KIP-09
        ("chen-tokens-on-four", 26702),  # KIP-12
        ("chen-batch-on-three", 3),  # KIP-11: 7629 // 2048
        ("chen-large-step-again", 0.0533333333333333),  # KIP-15
        ("chen-messages", 2 * 0.00256),  # KIP-14: the line has a factor that the number lacks
        ("chen-ratio-upside-down", 1.5e12 / 312e12),  # KIP-02
        ("chen-intermediates", 0.08617234468937875),  # KIP-23b
        ("sanger-attention", 21_474_836_480),  # SAN-04
        ("sanger-megabytes", 327_680),  # SAN-01
        ("sanger-teraflop", 140e9),  # SAN-02
        ("sanger-key-heads", 64),
        ("sanger-eight-chips", 640e9),  # SAN-14
        ("sanger-row-bandwidth", 0.6455),  # SAN-25
        ("sanger-row-first-token", 3.0145671133354),  # SAN-29
        ("shenoy-intensity", 1.0),  # BAS-18
        ("shenoy-a100-token", 6.86611083864639e-3),  # BAS-11
        ("shenoy-total", 1.04562175400209),  # BAS-17
        ("chen-kv-bytes", 2_097_152),  # KIP-08
        ("chen-forward", 0.068719476736),  # KIP-04
        ("sanger-first-token", 20.1376),  # SAN-17
    ],
)
def test_recomputed_values_are_those_of_the_check(key: str, recomputed: float) -> None:
    assert statement(key).recomputed == pytest.approx(recomputed, rel=1e-9)


def test_printed_numbers_stand_in_the_data() -> None:
    known = {
        end
        for key in (
            "chen2022arithmetic",
            "sanger2023llama",
            "shenoy2023guide",
            "bahdanau2022flops",
            "anthony2023math",
        )
        for entry in load_published()[key].values()
        for end in (entry.value if isinstance(entry.value, tuple) else (entry.value,))
    }
    assert [row.key for row in ROWS if row.printed not in known] == []


def test_an_unknown_statement_is_named() -> None:
    with pytest.raises(ValueError, match="unknown statement 'sanger-row'; nearest: sanger-row"):
        statement("sanger-row")

"""Chips: the catalogue is complete and sourced, obeys laws, and agrees with lanes x clock."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hwmath
from hwmath.chips import (
    CHIPS,
    LEVELS,
    SOURCES,
    STATUSES,
    Chip,
    ChipDataError,
    chip,
    load_chips,
    peaks_and_bandwidths,
)
from hwmath.simd import load_engines

NAMES = [
    "V100 SXM2 32GB",
    "A100 40GB SXM",
    "A100 40GB PCIe",
    "A100 80GB SXM",
    "A100 80GB PCIe",
    "H100 SXM5 80GB",
    "H100 PCIe 80GB",
    "H200 SXM 141GB",
    "B200 SXM",
    "RTX 3090",
    "RTX 4090",
    "L4",
    "L40S",
    "T4",
    "MI250X",
    "MI300X",
    "TPU v3",
    "TPU v4",
    "TPU v5e",
    "TPU v5p",
    "TPU v6e (Trillium)",
    "CS-1 (WSE-1)",
    "CS-2 (WSE-2)",
    "CS-3 (WSE-3)",
    "Groq TSP v1 (GroqCard)",
    "SambaNova SN40L",
    "Grayskull e75",
    "Grayskull e150",
    "Wormhole n150",
    "Wormhole n300",
    "Graphcore IPU Mk1 GC2",
    "Graphcore IPU Mk2 GC200",
    "d-Matrix Corsair",
    "FuriosaAI RNGD",
    "Apple M2 Ultra (76-core GPU)",
    "Generic AVX-512 CPU core (3.0 GHz, 2 FMA)",
    "Taalas HC1",
]
SHIPPED = files("hwmath") / "data" / "chips.toml"
each_chip = pytest.mark.parametrize("one", CHIPS.values(), ids=list(CHIPS))


def dense(one: Chip) -> Iterator[tuple[str, float]]:
    return ((f"{d}.{u}", q.value) for (d, u), q in one.dense_peaks.items())


# --- complete and sourced


def test_every_row_of_the_catalogue_is_there() -> None:
    assert [c.name for c in CHIPS.values()] == NAMES


@each_chip
def test_every_number_says_where_it_is_from(one: Chip) -> None:
    for path, quantity in one.quantities():
        assert quantity.source in SOURCES, path
        assert quantity.status in STATUSES, path
        assert math.isfinite(quantity.value), path
        assert quantity.value > 0, path


def test_every_source_is_used_and_dated() -> None:
    used = {q.source for c in CHIPS.values() for _, q in c.quantities()}
    used |= {one.source for one in load_engines()}
    assert used == set(SOURCES)
    assert all(re.match(r"20[12]\d", s.date) for s in SOURCES.values())


def test_quantities_are_the_file_number_by_number() -> None:
    # Read the file without the loader: same paths, same values, none lost and none added.
    raw = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["chips"]

    def leaves(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, float]]:
        for key, entry in node.items():
            if isinstance(entry, dict) and "value" in entry:
                yield f"{path}.{key}", float(entry["value"])
            elif isinstance(entry, dict):
                yield from leaves(entry, f"{path}.{key}")

    for key, entry in raw.items():
        ours = {f".{path}": q.value for path, q in CHIPS[key].quantities()}
        assert ours == dict(leaves(entry, ""))


UNIT = {"GHz": 1e9, "KiB": 2**10, "MiB": 2**20, "KB": 1e3, "MB": 1e6}
FACTOR = re.compile(r"(^|[x/]) ?([\d,.]+(?:e\d+)?) ?(GHz|KiB|MiB|KB|MB)?")


def arithmetic(note: str) -> float | None:
    """What a note such as "L2: 8 dies x 4 MiB + 2 x 1 KiB; printed as 32" works out to."""
    clause = re.sub(r" \([^)]*\)", "", note).split(";")[0]
    before, _, after = clause.partition(": ")
    clause = before if before[0].isdigit() else after
    if not re.search(r" [x/+] ", clause):
        return None
    total = 0.0
    for term in clause.split(" + "):
        product = 1.0
        for operator, number, unit in FACTOR.findall(term):
            factor = float(number.replace(",", "")) * UNIT.get(unit, 1)
            product = product / factor if operator == "/" else product * factor
        total += product
    return total


def test_derived_numbers_follow_from_their_notes() -> None:
    checked = 0
    for one in CHIPS.values():
        for path, quantity in one.quantities():
            if quantity.status == "derived" and (worked := arithmetic(quantity.note)):
                assert quantity.value == pytest.approx(worked, rel=1e-3), (one.key, path)
                checked += 1
    assert checked >= 75


# --- oracles: rates rebuilt from units, lanes and clocks


@pytest.mark.parametrize(
    ("key", "dtype", "unit", "rebuilt", "tolerance"),
    [
        # Nvidia A100 white paper: 108 SMs, 64 fp32 lanes, 1024 dense fp16 FMA per clock, 1.41 GHz
        ("a100-80gb-sxm", "fp32", "vector", 108 * 64 * 2 * 1.41e9, 1e-3),
        ("a100-80gb-sxm", "bf16", "matrix", 108 * 1024 * 2 * 1.41e9, 1e-3),
        ("a100-40gb-pcie", "int8", "matrix", 108 * 2048 * 2 * 1.41e9, 1e-3),
        # Nvidia H100 white paper: 132 SMs, 128 fp32 lanes at 1.98 GHz, 4096 FLOP/clock at 1.83 GHz
        ("h100-sxm5-80gb", "fp32", "vector", 132 * 128 * 2 * 1.98e9, 2e-3),
        ("h100-sxm5-80gb", "bf16", "matrix", 132 * 4096 * 1.83e9, 1e-4),
        ("h200-sxm-141gb", "fp8", "matrix", 132 * 8192 * 1.83e9, 1e-3),
        # Nvidia V100 white paper: 80 SMs, 64 lanes, 8 tensor cores of 64 FMA, 1.53 GHz
        ("v100-sxm2-32gb", "fp32", "vector", 80 * 64 * 2 * 1.53e9, 5e-3),
        ("v100-sxm2-32gb", "fp16", "matrix", 80 * 8 * 64 * 2 * 1.53e9, 5e-3),
        # Nvidia Turing white paper: 40 SMs, 64 lanes, 8 tensor cores of 64 FMA, 1.59 GHz
        ("t4", "fp32", "vector", 40 * 64 * 2 * 1.59e9, 6e-3),
        ("t4", "fp16", "matrix", 40 * 8 * 64 * 2 * 1.59e9, 3e-3),
        # Nvidia Ada white paper: 128 SMs of 128 lanes, 2.52 GHz; fp16 at half rate into fp32
        ("rtx-4090", "fp32", "vector", 128 * 128 * 2 * 2.52e9, 1e-3),
        ("rtx-4090", "fp16", "matrix", 128 * 512 * 2 * 2.52e9 / 2, 1e-3),
        ("l4", "fp32", "vector", 58 * 128 * 2 * 2.04e9, 1e-3),
        ("l40s", "fp32", "vector", 142 * 128 * 2 * 2.52e9, 1e-3),
        # Nvidia GA102 white paper: 82 SMs of 128 lanes, 512 FMA, 1.695 GHz; half rate into fp32
        ("rtx-3090", "fp32", "vector", 82 * 128 * 2 * 1.695e9, 1e-3),
        ("rtx-3090", "bf16", "matrix", 82 * 512 * 2 * 1.695e9 / 2, 3e-3),
        # scaling-book, gpus.md: B200 has 148 SMs; 8192 FLOP per SM and clock at about 1.86 GHz
        ("b200-sxm", "bf16", "matrix", 148 * 8192 * 1.86e9, 5e-3),
        # ROCm documentation: FLOP per clock and CU, 220 CUs at 1.7 GHz, 304 at 2.1 GHz
        ("mi250x", "fp64", "vector", 220 * 128 * 1.7e9, 1e-3),
        ("mi250x", "fp64", "matrix", 220 * 256 * 1.7e9, 1e-3),
        ("mi250x", "fp16", "matrix", 220 * 1024 * 1.7e9, 1e-3),
        ("mi250x", "fp32", "vector", 220 * 128 * 1.7e9, 1e-3),
        ("mi300x", "fp32", "vector", 304 * 256 * 2.1e9, 1e-3),
        ("mi300x", "fp64", "matrix", 304 * 256 * 2.1e9, 1e-3),
        ("mi300x", "bf16", "matrix", 304 * 2048 * 2.1e9, 1e-3),
        ("mi300x", "fp8", "matrix", 304 * 4096 * 2.1e9, 1e-3),
        # Jouppi and others 2020 and 2023: 2 x 2 and 2 x 4 MXUs of 128 x 128, 940 and 1050 MHz
        ("tpu-v3", "bf16", "matrix", 2 * 2 * 128**2 * 2 * 0.94e9, 3e-3),
        ("tpu-v4", "bf16", "matrix", 2 * 4 * 128**2 * 2 * 1.05e9, 2e-3),
        # scaling-book, tpus.md: 4 MXUs of 128 x 128 at 1.5 GHz
        ("tpu-v5e", "bf16", "matrix", 4 * 128**2 * 2 * 1.5e9, 3e-3),
        # Citadel report, arXiv:1912.03413: 1216 tiles at 1.6 GHz, 64 mixed FLOP a clock
        ("ipu-mk1-gc2", "fp16", "matrix", 1216 * 64 * 1.6e9, 1e-3),
        # Hot Chips 2021: 1472 tiles at 1.325 GHz, 128 FLOP a clock
        ("ipu-mk2-gc200", "fp16", "matrix", 1472 * 128 * 1.325e9, 3e-3),
        # Hot Chips 34, 2022: 850,000 cores of 4 fp16 FMA at 1.1 GHz
        ("cs-2", "fp16", "vector", 850_000 * 4 * 2 * 1.1e9, 5e-3),
        # 512-bit registers of 32-bit elements, two FMA units, 3 GHz
        ("avx512-core", "fp32", "vector", 512 / 32 * 2 * 2 * 3e9, 1e-12),
        # Tenstorrent: 72 cores at 1 GHz, 1024 FLOP a clock each at full fidelity
        ("wormhole-n150", "fp16", "matrix", 72 * 1024 * 1e9, 5e-3),
    ],
)
def test_peaks_follow_from_units_lanes_and_clock(
    key: str, dtype: str, unit: str, rebuilt: float, tolerance: float
) -> None:
    assert chip(key).peak_flop_per_s(dtype, unit) == pytest.approx(rebuilt, rel=tolerance)


@pytest.mark.parametrize(
    ("key", "rebuilt"),
    [
        # stacks x 1024 bits x transfers per second / 8 (JEDEC width; rates from the data sheets)
        ("a100-40gb-sxm", 5 * 1024 * 2.43e9 / 8),
        ("a100-40gb-pcie", 5 * 1024 * 2.43e9 / 8),
        ("a100-80gb-sxm", 5 * 1024 * 3.186e9 / 8),
        ("h100-sxm5-80gb", 5 * 1024 * 5.23e9 / 8),
        ("v100-sxm2-32gb", 4 * 1024 * 1.754e9 / 8),
        ("mi300x", 8 * 1024 * 5.2e9 / 8),
        # bus bits x transfers per second / 8
        ("rtx-3090", 384 * 19.5e9 / 8),
        ("rtx-4090", 384 * 21e9 / 8),
        ("l40s", 384 * 18e9 / 8),
        ("l4", 192 * 12.5e9 / 8),
        ("t4", 256 * 10e9 / 8),
        ("wormhole-n150", 192 * 12e9 / 8),
        ("m2-ultra", 1024 * 6.4e9 / 8),
    ],
)
def test_bandwidths_follow_from_bus_width_and_rate(key: str, rebuilt: float) -> None:
    assert chip(key).bytes_per_s() == pytest.approx(rebuilt, rel=0.025)


@pytest.mark.parametrize(
    ("key", "dtype", "ridge"),
    [
        # dense data-sheet peak over data-sheet bandwidth, both typed here
        ("v100-sxm2-32gb", "fp16", 125e12 / 900e9),
        ("a100-40gb-sxm", "bf16", 312e12 / 1555e9),
        ("a100-80gb-sxm", "bf16", 312e12 / 2039e9),
        ("a100-80gb-pcie", "bf16", 312e12 / 1935e9),
        ("h100-sxm5-80gb", "bf16", 989.4e12 / 3.35e12),
        ("h100-pcie-80gb", "bf16", 756e12 / 2.0e12),
        ("h200-sxm-141gb", "bf16", 989.4e12 / 4.8e12),
        ("b200-sxm", "bf16", 2250e12 / 7.7e12),
        ("rtx-3090", "bf16", 71e12 / 936e9),
        ("rtx-4090", "bf16", 165.2e12 / 1008e9),
        ("l4", "bf16", 121e12 / 300e9),
        ("l40s", "bf16", 362.05e12 / 864e9),
        ("t4", "fp16", 65e12 / 320e9),
        ("mi250x", "bf16", 383e12 / 3276.8e9),
        ("mi300x", "bf16", 1307.4e12 / 5.3e12),
        ("tpu-v3", "bf16", 123e12 / 900e9),
        ("tpu-v4", "bf16", 275e12 / 1200e9),
        ("tpu-v5p", "bf16", 459e12 / 2765e9),
        ("tpu-v6e", "bf16", 918e12 / 1638e9),
        ("sn40l", "bf16", 638e12 / 1.6e12),
        ("grayskull-e75", "fp16", 55e12 / 102.4e9),
        ("grayskull-e150", "fp16", 83e12 / 118.4e9),
        ("wormhole-n300", "fp16", 131e12 / 576e9),
        ("rngd", "bf16", 256e12 / 1.5e12),
        ("m2-ultra", "fp16", 27.2e12 / 800e9),
        ("avx512-core", "bf16", 38.4),
        # scaling-book, roofline.md: "240" for TPU v5e; Chng 2024 uses 312e12 and 1555e9, so 200.6
        ("tpu-v5e", "bf16", 240.24),
        ("a100-40gb-sxm", "bf16", 200.6),
        # the familiar numbers for the 80 GB A100 and for the H100
        ("a100-80gb-sxm", "bf16", 153.0),
        ("h100-sxm5-80gb", "bf16", 295.3),
    ],
)
def test_ridges(key: str, dtype: str, ridge: float) -> None:
    one = chip(key)
    assert one.peak_flop_per_s(dtype) / one.bytes_per_s() == pytest.approx(ridge, rel=2e-3)


@pytest.mark.parametrize(
    ("key", "dram_gb", "watt"),
    [
        # what the name or the data sheet says, in GB (TPUs: GiB) and W
        ("v100-sxm2-32gb", 32, 300),
        ("a100-40gb-sxm", 40, 400),
        ("a100-40gb-pcie", 40, 250),
        ("a100-80gb-sxm", 80, 400),
        ("a100-80gb-pcie", 80, 300),
        ("h100-sxm5-80gb", 80, 700),
        ("h100-pcie-80gb", 80, 350),
        ("h200-sxm-141gb", 141, 700),
        ("b200-sxm", 180, 1000),
        ("rtx-3090", 24, 350),
        ("rtx-4090", 24, 450),
        ("l4", 24, 72),
        ("l40s", 48, 350),
        ("t4", 16, 70),
        ("mi250x", 128, 500),
        ("mi300x", 192, 750),
        ("tpu-v3", 32 * 1.073741824, 262),
        ("tpu-v4", 32 * 1.073741824, 192),
        ("grayskull-e75", 8, 75),
        ("grayskull-e150", 8, 200),
        ("wormhole-n150", 12, 160),
        ("wormhole-n300", 24, 300),
        ("rngd", 48, 180),
        ("m2-ultra", 192, 295),
    ],
)
def test_capacity_and_power_are_those_on_the_label(key: str, dram_gb: float, watt: float) -> None:
    one = chip(key)
    assert one.capacity_bytes() == pytest.approx(dram_gb * 1e9, rel=1e-9)
    assert [q.value for q in one.power.values()] == [watt]


@pytest.mark.parametrize(
    ("key", "level", "count", "each_bytes"),
    [
        # caches and scratchpads: cores x bytes of one, from the documents named in the file
        ("v100-sxm2-32gb", "l2", 1, 6 * 2**20),
        ("v100-sxm2-32gb", "sram", 80 + 48, 128 * 2**10),  # 6 MiB of L2 is 48 x 128 KiB
        ("a100-80gb-sxm", "l2", 1, 40 * 2**20),
        ("h100-sxm5-80gb", "l2", 1, 50 * 2**20),
        ("h100-sxm5-80gb", "sram", 132 + 200, 256 * 2**10),  # 50 MiB of L2 is 200 x 256 KiB
        ("h200-sxm-141gb", "l2", 1, 50 * 2**20),
        ("grayskull-e75", "sram", 96, 1e6),
        ("grayskull-e150", "sram", 120, 1e6),
        ("wormhole-n150", "sram", 72, 1.5e6),
        ("wormhole-n300", "sram", 128, 1.5e6),
        ("groq-tsp-v1", "sram", 88, 2.5 * 2**20),
        ("ipu-mk1-gc2", "sram", 1216, 256 * 2**10),
        ("rngd", "sram", 8, 32e6),
        ("mi300x", "llc", 128, 2 * 2**20),
        ("mi250x", "sram", 220 + 2 * 8 * 12.8, 80 * 2**10),  # 1 MiB is 12.8 x 80 KiB
        ("tpu-v5e", "sram", 1, 128 * 2**20),
        ("tpu-v5e", "dram", 16, 2**30),
        ("tpu-v6e", "dram", 32, 2**30),
        ("sn40l", "dram", 64, 2**30),
    ],
)
def test_memory_on_the_chip_is_the_sum_of_its_cores(
    key: str, level: str, count: int, each_bytes: float
) -> None:
    assert chip(key).capacity_bytes(level) == count * each_bytes


# --- laws


@each_chip
def test_types_of_one_width_run_at_one_rate(one: Chip) -> None:
    for unit in ("matrix", "vector"):
        if one.has_peak("bf16", unit) and one.has_peak("fp16", unit):
            ratio = one.peak_flop_per_s("fp16", unit) / one.peak_flop_per_s("bf16", unit)
            a100 = one.name.startswith("A100") and unit == "vector"
            assert ratio == (2 if a100 else 1), unit
    if one.has_peak("int4") and one.has_peak("int8"):
        ratio = one.peak_flop_per_s("int4") / one.peak_flop_per_s("int8")
        assert ratio == pytest.approx(4 if one.key == "corsair" else 2, rel=6e-3)


@each_chip
def test_doubles_run_at_a_fixed_share_of_singles(one: Chip) -> None:
    # 1/2 on data-centre parts and CPUs, 1 on MI250X, 1/32 on Turing, 1/64 on Ampere and Ada cards
    cards = {"t4": 32, "rtx-3090": 64, "rtx-4090": 64, "l4": 64, "l40s": 64, "mi250x": 1}
    if one.has_peak("fp64", "vector"):
        ratio = one.peak_flop_per_s("fp32", "vector") / one.peak_flop_per_s("fp64", "vector")
        assert ratio == pytest.approx(cards.get(one.key, 2), rel=0.03)


@each_chip
def test_ridges_are_in_a_sane_range(one: Chip) -> None:
    for name, peak in dense(one):
        for level, rate in one.bandwidths.items():
            # Corsair computes inside its SRAM; behind that lies memory far too slow for its peak.
            most = 25_000 if (one.key, level) == ("corsair", "dram") else 5000
            assert 0 < peak / rate.value < (1000 if "16." in name else most), (name, level)


@each_chip
def test_sparse_peaks_are_twice_the_dense_ones(one: Chip) -> None:
    # 2:4 skips half the multiplications; Cerebras counts unstructured zeros, about 8 to 1.
    least, most = (7.5, 8.5) if one.kind == "wafer" else (1.99, 2.03)
    for key, quantity in one.sparse_peaks.items():
        assert least < quantity.value / one.dense_peaks[key].value < most, key


@each_chip
def test_narrower_types_are_no_slower_on_the_same_unit(one: Chip) -> None:
    for unit in ("matrix", "vector"):
        for wide, narrow in (
            ("fp64", "fp32"),
            ("tf32", "bf16"),
            ("bf16", "fp8"),
            ("bf16", "int8"),
            ("fp16", "int8"),
            ("fp8", "int4"),
            ("int8", "int4"),
            ("fp8", "fp4"),
        ):
            if one.has_peak(wide, unit) and one.has_peak(narrow, unit):
                ratio = one.peak_flop_per_s(narrow, unit) / one.peak_flop_per_s(wide, unit)
                assert ratio >= 1, (unit, wide, narrow)


@each_chip
def test_sixteen_bits_are_no_slower_than_fp32_lanes(one: Chip) -> None:
    for dtype in ("bf16", "fp16"):
        if one.has_peak(dtype) and one.has_peak("fp32", "vector"):
            assert one.peak_flop_per_s(dtype) >= one.peak_flop_per_s("fp32", "vector")


@each_chip
def test_memory_grows_as_it_slows(one: Chip) -> None:
    levels = [m for m in one.memory if m.capacity_bytes and m.bytes_per_s]
    for near, far in pairwise(levels):
        assert near.bytes_per_s > far.bytes_per_s  # type: ignore[operator]
    for part in ("l2", "llc"):
        if part in one.capacities:
            assert one.capacity_bytes(part) <= one.capacity_bytes("sram")
    if {"sram", "dram"} <= set(one.capacities):
        assert one.capacity_bytes("sram") < one.capacity_bytes("dram")


@each_chip
def test_power_fits_the_kind(one: Chip) -> None:
    assert ("system" in one.power) == (one.kind in ("wafer", "soc"))
    for key, quantity in one.power.items():
        assert quantity.value < (30_000 if key == "system" else 1001), key
        assert quantity.value >= (5 if one.kind == "cpu" else 70), key


def test_a100s_differ_in_memory_and_power_only() -> None:
    first, *others = (c for c in CHIPS.values() if c.name.startswith("A100"))
    for other in others:
        assert dict(other.dense_peaks) == dict(first.dense_peaks)
        assert dict(other.sparse_peaks) == dict(first.sparse_peaks)
        assert other.link_bytes_per_s() == first.link_bytes_per_s()
    assert chip("a100-80gb-sxm").capacity_bytes() == 2 * chip("a100-40gb-sxm").capacity_bytes()


def test_h200_is_an_h100_with_another_memory() -> None:
    old, new = chip("h100-sxm5-80gb"), chip("h200-sxm-141gb")
    assert dict(old.dense_peaks) == dict(new.dense_peaks)
    assert new.bytes_per_s() > old.bytes_per_s()
    assert new.capacity_bytes("sram") == old.capacity_bytes("sram")


def test_a_card_is_no_faster_than_the_module() -> None:
    card, module = chip("h100-pcie-80gb"), chip("h100-sxm5-80gb")
    for (dtype, unit), quantity in card.dense_peaks.items():
        assert quantity.value < module.peak_flop_per_s(dtype, unit)
    assert card.bytes_per_s() < module.bytes_per_s()
    assert card.link_bytes_per_s() < module.link_bytes_per_s()


@pytest.mark.parametrize(
    ("key", "both_ways"),
    [
        # both directions together, as the vendors print them
        ("v100-sxm2-32gb", 300e9),
        ("a100-80gb-sxm", 600e9),
        ("h100-sxm5-80gb", 900e9),
        ("b200-sxm", 1800e9),
        ("mi250x", 800e9),
        ("mi300x", 896e9),
        ("tpu-v5p", 1200e9),
    ],
)
def test_links_are_one_direction(key: str, both_ways: float) -> None:
    assert chip(key).link_bytes_per_s() == both_ways / 2


def test_units_are_those_of_the_hardware() -> None:
    for one in CHIPS.values():
        units = {unit for _, unit in one.dense_peaks}
        if one.kind == "tpu":
            assert units == {"matrix"}, one.key
        if one.kind in ("wafer", "cpu"):
            assert units == {"vector"}, one.key
    for key in ("v100-sxm2-32gb", "t4", "groq-tsp-v1", "ipu-mk2-gc200", "cs-3"):
        assert not chip(key).has_peak("bf16"), key
    for key in ("tpu-v4", "sn40l", "rngd"):
        assert not chip(key).has_peak("fp16"), key
    assert chip("v100-sxm2-32gb").has_peak("int8", "vector")
    assert not chip("v100-sxm2-32gb").has_peak("int8", "matrix")
    assert not chip("m2-ultra").has_peak("fp16", "matrix")
    # tensor cores on doubles are as fast as the single-precision lanes on A100 and H100
    for key in ("a100-80gb-sxm", "h100-sxm5-80gb"):
        one = chip(key)
        assert one.peak_flop_per_s("fp64", "matrix") == one.peak_flop_per_s("fp32", "vector")


# --- the API


def test_a_peak_without_a_unit_is_the_faster_unit() -> None:
    one = chip("a100-80gb-sxm")
    assert one.peak_flop_per_s("bf16") == one.peak_flop_per_s("bf16", "matrix") == 312e12
    assert one.peak_flop_per_s("bf16", "vector") == 39e12
    assert one.peak_flop_per_s("fp32") == 19.5e12
    assert one.peak_flop_per_s("bf16", sparse=True) == 624e12


@pytest.mark.parametrize(
    ("key", "dtype", "unit", "sparse", "parts"),
    [
        ("t4", "bf16", None, False, ["T4 has no dense bf16 peak", "fp16.matrix", "fp32.vector"]),
        ("t4", "int8", "vector", False, ["T4 has no dense int8.vector peak", "int8.matrix"]),
        ("tpu-v4", "bf16", None, True, ["no sparse bf16 peak", "none", "dense one exists"]),
        ("h100-sxm5-80gb", "fp32", None, True, ["no sparse fp32", "bf16.matrix", "dense one"]),
        ("taalas-hc1", "fp16", None, False, ["HC1", "no dense fp16 peak; it has none"]),
        ("t4", "bf17", None, False, ["unknown dtype 'bf17'", "bf16"]),
        ("t4", "fp16", "tensor", False, ["unknown unit 'tensor'"]),
    ],
)
def test_a_missing_peak_says_what_there_is(
    key: str, dtype: str, unit: str | None, sparse: bool, parts: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"has no|unknown") as error:
        chip(key).peak_flop_per_s(dtype, unit, sparse=sparse)
    for part in parts:
        assert part in str(error.value)


def test_a_missing_level_says_what_there_is() -> None:
    with pytest.raises(ValueError, match=r"CS-2 \(WSE-2\) has no dram bandwidth; it has sram"):
        chip("cs-2").bytes_per_s()
    with pytest.raises(ValueError, match="has no llc capacity; it has sram, l2, dram"):
        chip("v100-sxm2-32gb").capacity_bytes("llc")
    with pytest.raises(ValueError, match=r"unknown memory level 'hbm'; .*dram"):
        chip("mi300x").bytes_per_s("hbm")
    with pytest.raises(ValueError, match="SN40L has no link rate; it has none"):
        chip("sn40l").link_bytes_per_s()


def test_memory_is_fastest_first_and_keeps_what_is_unknown() -> None:
    levels = chip("mi300x").memory
    assert tuple(m.name for m in levels) == LEVELS
    assert levels[1].bytes_per_s is None
    assert levels[1].capacity_bytes == 32 * 2**20
    assert [m.name for m in chip("cs-2").memory] == ["sram"]
    assert chip("taalas-hc1").memory == ()


@pytest.mark.parametrize("name", ["h100-sxm5-80gb", "H100 SXM5 80GB", " h100 sxm5 80gb "])
def test_a_chip_by_slug_or_name_in_any_case(name: str) -> None:
    assert chip(name) is CHIPS["h100-sxm5-80gb"]


def test_an_unknown_chip_suggests_the_nearest() -> None:
    with pytest.raises(ValueError, match="unknown chip 'h100'") as error:
        chip("h100")
    assert "h100-sxm5-80gb" in str(error.value)
    assert "h100-pcie-80gb" in str(error.value)


def test_chips_are_read_only() -> None:
    with pytest.raises(AttributeError):
        chip("t4").year = 2000  # type: ignore[misc]
    with pytest.raises(TypeError):
        CHIPS["new"] = chip("t4")  # type: ignore[index]
    with pytest.raises(TypeError):
        chip("t4").power["tdp"] = chip("l4").power["tdp"]  # type: ignore[index]


def test_the_sweep_is_the_loop() -> None:
    names, peaks, rates = peaks_and_bandwidths("bf16")
    both = [c for c in CHIPS.values() if c.has_peak("bf16") and "dram" in c.bandwidths]
    assert names == tuple(c.name for c in both)
    np.testing.assert_array_equal(peaks, [c.peak_flop_per_s("bf16") for c in both])
    np.testing.assert_array_equal(rates, [c.bytes_per_s() for c in both])
    assert "T4" not in names
    assert "CS-2 (WSE-2)" not in names
    assert "CS-2 (WSE-2)" in peaks_and_bandwidths("fp16", level="sram")[0]
    assert "H100 SXM5 80GB" not in peaks_and_bandwidths("fp32", "matrix")[0]


def test_a_sweep_over_nothing_is_empty() -> None:
    names, peaks, rates = peaks_and_bandwidths("bf16", chips=[])
    assert (names, peaks.size, rates.size) == ((), 0, 0)
    with pytest.raises(ValueError, match="unknown memory level 'hbm'"):
        peaks_and_bandwidths("bf16", level="hbm")


def test_the_package_reads_its_chips_from_a_zip(tmp_path: Path) -> None:
    package = Path(hwmath.__file__).parent
    shutil.copytree(package, tmp_path / "tree" / "hwmath")
    archive = shutil.make_archive(str(tmp_path / "hwmath"), "zip", tmp_path / "tree")
    code = "import sys; sys.path.insert(0, sys.argv[1]); from hwmath import chips; "
    code += "print(chips.__file__, len(chips.CHIPS))"
    run = subprocess.run(
        [sys.executable, "-I", "-c", code, archive], capture_output=True, text=True, check=True
    )
    assert "hwmath.zip" in run.stdout
    assert run.stdout.split()[-1] == str(len(NAMES))


# --- a file that is wrong is refused, by name and value

GOOD = """
[sources.sheet]
title = "A sheet"
publisher = "Vendor"
date = "2024-05"
url = "https://example.org/sheet"

[chips.one]
name = "One"
vendor = "Vendor"
kind = "gpu"
form = "PCIe"
year = 2024
[chips.one.peak_flop_per_s.dense]
"bf16.matrix" = { value = 2e12, source = "sheet", status = "datasheet" }
[chips.one.peak_flop_per_s.sparse]
"bf16.matrix" = { value = 4e12, source = "sheet", status = "derived", note = "2 x 2e12" }
[chips.one.bandwidth_bytes_per_s]
dram = { value = 1e9, source = "sheet", status = "datasheet" }
"""


def load(text: str, tmp_path: Path) -> Mapping[str, Chip]:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    return load_chips(path)


def test_a_small_file_loads(tmp_path: Path) -> None:
    one = load(GOOD, tmp_path)["one"]
    assert (one.peak_flop_per_s("bf16"), one.bytes_per_s(), one.process) == (2e12, 1e9, "")


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ('source = "sheet", status = "datasheet" }\n[chips.one.peak_flop_per_s.sparse]',
         'status = "datasheet" }\n[chips.one.peak_flop_per_s.sparse]',
         ["chips.one.peak_flop_per_s.dense.bf16.matrix", "source is missing"]),
        ('value = 1e9, source = "sheet"', 'value = 1e9, source = "shoot"',
         ["chips.one.bandwidth_bytes_per_s.dram", "unknown source 'shoot'", "sheet"]),
        ('1e9, source = "sheet", status = "datasheet"', '1e9, source = "sheet", status = "sure"',
         ["bandwidth_bytes_per_s.dram", "unknown status 'sure'", "measured"]),
        ("value = 1e9, ", "", ["bandwidth_bytes_per_s.dram", "value is missing"]),
        ("value = 1e9", "value = 0", ["bandwidth_bytes_per_s.dram", "value=0 "]),
        ("value = 1e9", "value = -3e9", ["bandwidth_bytes_per_s.dram", "value=-3000000000.0"]),
        ("value = 1e9", "value = nan", ["bandwidth_bytes_per_s.dram", "value=nan"]),
        ("value = 1e9", "value = inf", ["bandwidth_bytes_per_s.dram", "value=inf"]),
        ("value = 1e9", "value = true", ["bandwidth_bytes_per_s.dram", "value=True"]),
        ("value = 1e9", 'value = "1e9"', ["bandwidth_bytes_per_s.dram", "value='1e9'"]),
        ("value = 1e9,", "value = 1e9, unit = 3,", ["dram", "unknown key 'unit'"]),
        (', note = "2 x 2e12"', "", ["sparse.bf16.matrix", "'derived' needs a note"]),
        ("value = 4e12", "value = 1e12", ["sparse.bf16.matrix", "value=1e+12", "dense"]),
        ('.sparse]\n"bf16.matrix"', '.sparse]\n"fp8.matrix"', ["sparse.fp8.matrix", "dense"]),
        ('.dense]\n"bf16.matrix"', '.dense]\n"bf17.matrix"', ["unknown key 'bf17.matrix'"]),
        ('.dense]\n"bf16.matrix"', '.dense]\n"bf16.tensor"', ["unknown key 'bf16.tensor'"]),
        ("\ndram = ", "\nhbm = ", ["bandwidth_bytes_per_s", "unknown key 'hbm'"]),
        ("bandwidth_bytes_per_s]", "bandwith]", ["chips.one", "unknown key 'bandwith'"]),
        ('name = "One"\n', "", ["chips.one", "name is missing"]),
        ('name = "One"', 'name = " "', ["chips.one", "name=' '"]),
        ('kind = "gpu"', 'kind = "gpux"', ["chips.one", "unknown kind 'gpux'", "gpu"]),
        ("year = 2024", 'year = "2024"', ["chips.one", "year='2024'"]),
        ("year = 2024", "year = 2024\ncolour = 1", ["chips.one", "unknown key 'colour'"]),
        ("chips.one", "chips.One_A", ["chips.One_A", "slug"]),
        ('title = "A sheet"\n', "", ["sources.sheet", "title is missing"]),
        ('date = "2024-05"', 'date = "May 2024"', ["sources.sheet", "date='May 2024'"]),
        ("https://", "http://", ["sources.sheet", "url='http://example.org/sheet'"]),
        ("[sources.sheet]", "[sources.sheet", ["bad.toml"]),
        ("[sources.sheet]", "[sources]\nsheet = 7\n[sources.other]", ["sources.sheet", "7 is not"]),
        ("[sources.sheet]", "extra = 1\n[sources.sheet]", ["bad.toml", "unknown key 'extra'"]),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named(old: str, new: str, parts: list[str], tmp_path: Path) -> None:
    assert old in GOOD
    with pytest.raises(ChipDataError) as error:
        load(GOOD.replace(old, new), tmp_path)
    for part in parts:
        assert part in str(error.value)


def test_a_section_must_be_a_table(tmp_path: Path) -> None:
    with pytest.raises(ChipDataError, match="sources=3 is not a table"):
        load("sources = 3\nchips = 4\n", tmp_path)
    with pytest.raises(ChipDataError, match="chips is missing; the entry has sources"):
        load("[sources]\n", tmp_path)


def test_two_chips_do_not_share_a_name(tmp_path: Path) -> None:
    second = '\n[chips.two]\nname = "ONE"\nvendor = "V"\nkind = "gpu"\nform = "F"\nyear = 2024\n'
    with pytest.raises(ChipDataError, match="name='One' is taken"):
        load(GOOD + second, tmp_path)


def test_dense_and_sparse_swapped_is_refused(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    swapped = text.replace("peak_flop_per_s.dense]", "X]").replace("s.sparse]", "s.dense]")
    swapped = swapped.replace(".X]", ".peak_flop_per_s.sparse]")
    with pytest.raises(ChipDataError, match="is not above a dense one"):
        load(swapped, tmp_path)

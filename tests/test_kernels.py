"""Kernels: counted by running them on a counting memory, and held against printed figures."""

from collections.abc import Callable

import numpy as np
import pytest
from counting import Counted, Memory
from hypothesis import given
from hypothesis import strategies as st

from hwmath import kernels
from hwmath.published import published, published_range
from hwmath.work import Work

sizes = st.integers(1, 6)


def agree(work: Work, memory: Memory, element_bytes: int, *, write_allocate: bool = False) -> None:
    assert work.flop == memory.operations
    moved = memory.elements_moved(write_allocate=write_allocate)
    assert work.traffic.memory_bytes == moved * element_bytes


def multiply(memory: Memory, m: int, n: int, k: int) -> None:
    for i in range(m):
        for j in range(n):
            total = Counted(memory)
            for p in range(k):
                total = total + memory.load("a", i * k + p) * memory.load("b", p * n + j)
            memory.store("c", i * n + j)


@given(sizes, sizes, sizes, st.booleans())
def test_gemm_as_three_loops(m: int, n: int, k: int, write_allocate: bool) -> None:
    memory = Memory()
    multiply(memory, m, n, k)
    work = kernels.gemm(m, n, k, 2, write_allocate=write_allocate)
    agree(work, memory, 2, write_allocate=write_allocate)


@given(sizes, sizes, st.booleans())
def test_gemv_as_one_row(n: int, k: int, write_allocate: bool) -> None:
    memory = Memory()
    multiply(memory, 1, n, k)
    work = kernels.gemv(n, k, 4, write_allocate=write_allocate)
    agree(work, memory, 4, write_allocate=write_allocate)


@given(st.integers(1, 40))
def test_dot_as_a_loop(n: int) -> None:
    memory = Memory()
    total = Counted(memory)
    for i in range(n):
        total = total + memory.load("x", i) * memory.load("y", i)
    memory.store("s", 0)
    agree(kernels.dot(n, 8), memory, 8)


@given(st.integers(1, 40))
def test_axpy_as_a_loop(n: int) -> None:
    memory = Memory()
    a = Counted(memory)
    for i in range(n):
        _ = a * memory.load("x", i) + memory.load("y", i)
        memory.store("y", i)
    agree(kernels.axpy(n, 4), memory, 4)
    agree(kernels.axpy(n, 4), memory, 4, write_allocate=True)


@given(sizes, sizes, st.booleans())
def test_layer_norm_as_a_loop(rows: int, width: int, write_allocate: bool) -> None:
    memory = Memory()
    for r in range(rows):
        row = [memory.load("x", r * width + c) for c in range(width)]
        for _ in row:  # sum; centre; square and sum of squares; scale by 1/sigma
            _ = row[0] + row[0] - row[0] * row[0] + row[0] * row[0]
        for c in range(width):
            _ = row[c] * memory.load("gamma", c) + memory.load("beta", c)
            memory.store("y", r * width + c)
    work = kernels.layer_norm(rows, width, 4, write_allocate=write_allocate)
    agree(work, memory, 4, write_allocate=write_allocate)


@given(st.integers(1, 30), st.booleans())
def test_stencil_as_a_periodic_sweep(side: int, write_allocate: bool) -> None:
    n = side
    memory = Memory()
    for i in range(n):
        near = [memory.load("u", (i + step) % n) for step in (-3, -2, -1, 1, 2, 3)]
        around = near[0]
        for other in near[1:]:
            around = around + other
        _ = around * around + memory.load("u", i) * near[0]
        memory.store("v", i)
    work = kernels.stencil7(n, 8, write_allocate=write_allocate)
    agree(work, memory, 8, write_allocate=write_allocate)


@given(st.integers(1, 10), st.integers(1, 10))
def test_repeated_multiply_as_loops(n: int, repeat: int) -> None:
    fused = Memory()
    eager_elements = 0
    for i in range(n):
        x = fused.load("x", i)
        for _ in range(repeat):
            x = x * x
        fused.store("x", i)
    for _ in range(repeat):
        sweep = Memory()
        for i in range(n):
            _ = sweep.load("x", i) * sweep.load("x", i)
            sweep.store("x", i)
        eager_elements += sweep.elements_moved()
    agree(kernels.repeated_multiply(n, repeat, 4), fused, 4)
    eager = kernels.repeated_multiply(n, repeat, 4, fused=False)
    assert eager.flop == fused.operations
    assert eager.traffic.memory_bytes == 4 * eager_elements


def test_printed_intensities() -> None:
    # Williams, Waterman and Patterson 2009, Table 2: 0.33 to 0.50, rounded to two digits
    low, high = published_range("williams2009roofline", "stencil_intensity")
    allocating = kernels.stencil7(1e6, 8, write_allocate=True).intensity_flop_per_byte
    assert allocating == pytest.approx(low, abs=0.005)
    assert kernels.stencil7(1e6, 8).intensity_flop_per_byte == pytest.approx(high, abs=0.005)
    # Nvidia 2023, performance guide: 315 FLOP/B, rounded to a whole number
    layer = kernels.gemm(512, 4096, 1024, 2).intensity_flop_per_byte
    printed = published("nvidia2023background", "linear_layer_intensity")
    assert layer == pytest.approx(printed, abs=0.5)
    # Austin et al. 2025, rooflines: B D F / (B D + D F + B F) for 512, 1024, 4096 in bf16
    assert layer == pytest.approx(315.076923076923, rel=1e-12)
    # the same, bf16 dot product: (2N - 1) / (4N + 2); ours counts the first addition, too
    n = 1000
    dot = kernels.dot(n, 2).intensity_flop_per_byte
    assert dot * (2 * n - 1) / (2 * n) == pytest.approx(0.499500249875062, rel=1e-12)
    # arithmetic on the definitions of Chng 2024: fp32 axpy 1/6, matmul n/6
    assert kernels.axpy(5, 4).intensity_flop_per_byte == pytest.approx(1 / 6, rel=1e-12)
    square = kernels.gemm(1024, 1024, 1024, 4).intensity_flop_per_byte
    assert square == pytest.approx(1024 / 6, rel=1e-12)


def test_he_fusing_pointwise_operations() -> None:
    # He 2022, Bandwidth: x.cos().cos() takes 4 accesses an element eagerly, 2 fused
    one_element = 1
    fused = kernels.repeated_multiply(1, 2, one_element).traffic.memory_bytes
    eager = kernels.repeated_multiply(1, 2, one_element, fused=False).traffic.memory_bytes
    assert (eager, fused) == (4, 2)


@pytest.mark.parametrize("kernel", [kernels.dot, kernels.axpy, kernels.stencil7])
def test_a_sweep_over_sizes_equals_a_loop(kernel: Callable[..., Work]) -> None:
    n = np.array([1, 7, 1000])
    swept = kernel(n, 4)
    for i, size in enumerate(n):
        single = kernel(int(size), 4)
        assert np.broadcast_to(swept.flop, n.shape)[i] == single.flop
        assert np.broadcast_to(swept.traffic.memory_bytes, n.shape)[i] == (
            single.traffic.memory_bytes
        )


@given(st.integers(1, 2048), st.integers(1, 2048), st.integers(1, 2048))
def test_matmul_intensity_is_below_its_smallest_side(m: int, n: int, k: int) -> None:
    work = kernels.gemm(m, n, k, 1)
    assert work.intensity_flop_per_byte < 2 * min(m, n, k)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernels.dot(-1, 4), "n=-1 must be a whole number"),
        (lambda: kernels.axpy(10, 0), "element_bytes=0 must be finite and above zero"),
        (lambda: kernels.gemm(1, 2.5, 3, 4), "n=2.5 must be a whole number"),
        (lambda: kernels.gemm(0, 2, 3, 4), "m=0 must be a whole number"),
        (lambda: kernels.gemv(1, float("nan"), 4), "k=nan must be"),
        (lambda: kernels.layer_norm(1, 0, 4), "width=0 must be"),
        (lambda: kernels.repeated_multiply(4, 0, 4), "repeat=0 must be"),
    ],
)
def test_bad_shapes_are_named(call: Callable[[], Work], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

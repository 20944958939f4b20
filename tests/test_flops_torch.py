"""Counting by shapes against another engine: what PyTorch's FlopCounterMode sees being computed.

`make torch` brings a CPU build of PyTorch; without it these tests are skipped.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from hwmath import flops
from hwmath.flops import networks

torch = pytest.importorskip("torch", reason="PyTorch is not installed: make torch")
flop_counter = pytest.importorskip("torch.utils.flop_counter")
pytestmark = pytest.mark.torch

SEEDS = range(24)


def counted_flop(run: Callable[[], object]) -> int:
    """FLOP of whatever runs, by PyTorch's count: two for each MAC, nothing for anything else."""
    with flop_counter.FlopCounterMode(display=False) as counter:
        run()
    found: int = counter.get_total_flops()
    return found


def parameters(module: Any) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dimensions", [1, 2])
def test_a_random_convolution(dimensions: int, seed: int) -> None:
    rng = np.random.default_rng(seed)

    def several(low: int, high: int) -> tuple[int, ...]:
        return tuple(int(x) for x in rng.integers(low, high, dimensions))

    size, kernel = several(9, 20), several(1, 5)
    stride, padding, dilation = several(1, 4), several(0, 4), several(1, 3)
    groups, batch = (int(x) for x in rng.integers(1, 4, 2))
    c_in, c_out = (groups * int(x) for x in rng.integers(1, 4, 2))
    bias = bool(rng.integers(2))
    make = (torch.nn.Conv1d, torch.nn.Conv2d)[dimensions - 1]
    module = make(
        c_in,
        c_out,
        kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        bias=bias,
    )
    x = torch.zeros(batch, c_in, *size)
    how: dict[str, Any] = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
    }
    layer = flops.conv(size, c_in, c_out, kernel, batch=batch, bias=bias, **how)
    assert layer.flop == counted_flop(lambda: module(x))
    assert layer.parameters == parameters(module)
    assert layer.outputs == module(x).numel()
    assert layer.inputs == x.numel()


@pytest.mark.parametrize("seed", SEEDS)
def test_pairs_that_meet_no_zero_as_a_convolution_of_ones(seed: int) -> None:
    """Ones everywhere: each output is the number of its multiplications that meet real input."""
    rng = np.random.default_rng(seed)
    size, kernel, stride, padding, dilation = (
        int(rng.integers(*ends)) for ends in ((9, 30), (1, 5), (1, 4), (0, 5), (1, 4))
    )
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    sums = torch.nn.functional.conv1d(torch.ones(1, 1, size), torch.ones(1, 1, kernel), **how)
    assert flops.conv_real_pairs(size, kernel, **how) == sums.sum().item()
    assert flops.conv_output_size(size, kernel, **how) == sums.numel()


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("sizes", [(10, 20, 1), (20, 15, 7), (1, 1, 3)])
def test_a_linear_layer(sizes: tuple[int, int, int], bias: bool) -> None:
    d_in, d_out, batch = sizes
    module = torch.nn.Linear(d_in, d_out, bias=bias)
    layer = flops.linear(d_in, d_out, batch=batch, bias=bias)
    assert layer.flop == counted_flop(lambda: module(torch.zeros(batch, d_in)))
    assert layer.parameters == parameters(module)


@pytest.mark.parametrize(
    "subscripts",
    ["mk,kn->mn", "bij,bjk->bik", "bhqd,bhkd->bhqk", "i,i->", "abc,dc->abd", "ij,jk,kl->il"],
)
@pytest.mark.parametrize("seed", range(6))
def test_an_einsum(subscripts: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    # an index of size one is nothing to sum over for PyTorch: it multiplies, and counts nothing
    letters = sorted(set(subscripts) - set("->,"))
    size = dict(zip(letters, rng.integers(2, 9, len(letters)).tolist(), strict=True))
    shapes = [[size[i] for i in one] for one in subscripts.partition("->")[0].split(",")]
    operands = [torch.zeros(shape) for shape in shapes]
    with torch.backends.opt_einsum.flags(enabled=False):  # else it may choose another order
        assert flops.einsum(subscripts, *shapes).flop == counted_flop(
            lambda: torch.einsum(subscripts, *operands)
        )


def test_attention_by_its_products_and_nothing_by_its_fused_kernel() -> None:
    backend, kernel = torch.nn.attention.SDPBackend, torch.nn.attention.sdpa_kernel
    attend = torch.nn.functional.scaled_dot_product_attention
    for batch, heads, n, t, d in itertools.product((1, 2), (1, 3), (4, 7), (7, 9), (2, 5)):
        q, k = torch.zeros(batch, heads, n, d), torch.zeros(batch, heads, t, d)
        layer = flops.attention(n, heads, d, keys=t, batch=batch)
        products = layer.flop - layer.other_flop
        with kernel(backend.MATH):
            assert products == counted_flop(partial(attend, q, k, k))
            if n == t:  # it does not know what a mask saves
                assert products == counted_flop(partial(attend, q, k, k, is_causal=True))
    # PyTorch 2.13.0, issue 195460: the fused kernel for CPUs is not in its table
    if torch.__version__.startswith("2.13.0"):
        with kernel(backend.FLASH_ATTENTION):
            assert counted_flop(partial(attend, q, k, k)) == 0


def test_a_block_of_attention_with_its_projections() -> None:
    width, heads, tokens, batch = 24, 3, 10, 2
    module = torch.nn.MultiheadAttention(width, heads, batch_first=True, bias=False)
    x = torch.zeros(batch, tokens, width)
    block = flops.attention_block(tokens, width, heads, batch=batch)
    assert 2 * sum(layer.macs for layer in block) == counted_flop(lambda: module(x, x, x))
    assert sum(layer.parameters for layer in block) == parameters(module)


def built(network: str) -> tuple[Any, Any]:
    """The networks of `networks.PROFILED` as modules, and an input."""
    nn = torch.nn
    made = {
        "mlp": ([nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 15), nn.ReLU(), nn.Linear(15, 1)], 10),
        "cnn": (
            [
                *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU()),
                *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU()),
                *(nn.Flatten(), nn.Linear(32 * 28 * 28, 10)),
            ],
            (1, 28, 28),
        ),
        "normed": ([nn.Linear(8, 16, bias=False), nn.LayerNorm(16)], 8),
        "batched": ([nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4)], (3, 8, 8)),
        "activated": ([nn.Linear(8, 8, bias=False), nn.GELU()], (8, 8)),
    }
    layers, shape = made[network]
    shape = shape if isinstance(shape, tuple) else (shape,)
    return nn.Sequential(*layers).eval(), torch.zeros(1, *shape)


@pytest.mark.parametrize("network", networks.PROFILED)
def test_what_it_printed_is_what_it_prints(network: str) -> None:
    module, x = built(network)
    layers = networks.PROFILED[network]
    assert flops.PROFILERS["flopcounter"].printed[network] == counted_flop(lambda: module(x))
    assert sum(layer.parameters for layer in layers) == parameters(module)

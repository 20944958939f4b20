"""Counting by shapes: against loops that count, printed figures, and laws."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from counting import Counted, Memory
from hypothesis import given
from hypothesis import strategies as st

from hwmath import flops
from hwmath.flops import networks
from hwmath.flops.elementwise import ACTIVATION_FLOP_PER_ELEMENT
from hwmath.flops.networks import PROFILED
from hwmath.flops.profilers import PROFILERS
from hwmath.published import published
from hwmath.units import FLOP_PER_MAC

sizes = st.integers(1, 5)
Array = np.ndarray[Any, np.dtype[Any]]


def cell(*indices: int) -> int:
    """The number of an element in an array of up to a hundred of them along each dimension."""
    return functools.reduce(lambda number, index: 100 * number + index + 50, indices, 0)


def accumulate(products: Sequence[Counted], *, onto: Counted | None) -> Counted:
    """The sum of products, begun with `onto`; without it, with the first of them."""
    first, *rest = ([] if onto is None else [onto]) + list(products)
    total = first
    for one in rest:
        total = total + one
    return total


def agree(layer: flops.Layer, memory: Memory) -> None:
    assert layer.flop == memory.operations
    assert layer.work(1).flop == memory.operations
    assert layer.work(1).traffic.memory_bytes == memory.elements_moved()


# A linear layer, as loops


@given(sizes, sizes, sizes, st.booleans())
def test_linear_as_loops(batch: int, d_in: int, d_out: int, bias: bool) -> None:
    by_convention, exact = Memory(), Memory()
    for memory, skips in ((by_convention, False), (exact, True)):
        for row, column in itertools.product(range(batch), range(d_out)):
            products = [
                memory.load("x", row * d_in + i) * memory.load("w", i * d_out + column)
                for i in range(d_in)
            ]
            start = memory.load("b", column) if bias else None if skips else Counted(memory)
            accumulate(products, onto=start)
            memory.store("y", row * d_out + column)
    layer = flops.linear(d_in, d_out, batch=batch, bias=bias)
    agree(layer, by_convention)
    assert layer.exact_flop == exact.operations
    learnt = {(array, index) for array, index in by_convention.read if array in "wb"}
    assert layer.parameters == len(learnt)


# Convolution, as loops over places and taps


def places(size: int, kernel: int, stride: int, padding: int, dilation: int) -> Iterator[list[int]]:
    """For each place of the kernel, the inputs its taps fall on; the padding has other numbers."""
    start = -padding
    while start + dilation * (kernel - 1) < size + padding:
        yield [start + dilation * tap for tap in range(kernel)]
        start += stride


def loop_conv(
    size: Sequence[int],
    channels: tuple[int, int],
    kernel: Sequence[int],
    how: dict[str, Sequence[int]],
    groups: int,
    *,
    count_padding: bool,
) -> Memory:
    memory = Memory()
    along = [
        list(places(*one))
        for one in zip(size, kernel, how["stride"], how["padding"], how["dilation"], strict=True)
    ]
    group_in, group_out = channels[0] // groups, channels[1] // groups
    for out, place in itertools.product(range(channels[1]), itertools.product(*along)):
        total = Counted(memory)
        for channel in range(group_in):
            for number, at in enumerate(itertools.product(*place)):
                weight = memory.load("w", cell(out, channel, number))
                real = all(0 <= i < n for i, n in zip(at, size, strict=True))
                if real or count_padding:
                    source = out // group_out * group_in + channel
                    total = total + weight * memory.load("x", cell(source, *at))
        memory.store("y", cell(out, *(taps[0] for taps in place)))
    return memory


@st.composite
def convolutions(draw: st.DrawFn) -> dict[str, Any]:
    dimensions = draw(st.integers(1, 2))

    def several(least: int, most: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(least, most)) for _ in range(dimensions))

    groups = draw(st.integers(1, 3))
    kernel, dilation, padding = several(1, 3), several(1, 2), several(0, 3)
    extra = several(0, 4)
    reach = [d * (k - 1) + 1 - 2 * p for k, d, p in zip(kernel, dilation, padding, strict=True)]
    return {
        "size": tuple(max(1, r) + e for r, e in zip(reach, extra, strict=True)),
        "channels": (groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 2))),
        "kernel": kernel,
        "how": {"stride": several(1, 3), "padding": padding, "dilation": dilation},
        "groups": groups,
    }


@given(convolutions(), st.booleans())
def test_conv_as_loops(given_conv: dict[str, Any], count_padding: bool) -> None:
    memory = loop_conv(**given_conv, count_padding=count_padding)
    layer = flops.conv(
        given_conv["size"],
        given_conv["channels"][0],
        given_conv["channels"][1],
        given_conv["kernel"],
        **given_conv["how"],
        groups=given_conv["groups"],
        bias=False,
        count_padding=count_padding,
    )
    assert layer.flop == memory.operations
    assert layer.outputs == len(memory.written)
    assert layer.parameters == len({at for array, at in memory.read if array == "w"})
    if not count_padding:
        assert layer.inputs >= len({at for array, at in memory.read if array == "x"})


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.integers(0, 4), sizes)
def test_places_and_real_pairs_of_one_dimension(
    size: int, kernel: int, stride: int, padding: int, dilation: int
) -> None:
    if size + 2 * padding <= dilation * (kernel - 1):
        return
    found = list(places(size, kernel, stride, padding, dilation))
    how = {"stride": stride, "padding": padding, "dilation": dilation}
    assert flops.conv_output_size(size, kernel, **how) == len(found)
    real = sum(0 <= at < size for place in found for at in place)
    assert flops.conv_real_pairs(size, kernel, **how) == real


# Einsum, as one loop over every index, and in NumPy's own count


def loop_einsum(subscripts: str, operands: Sequence[Array]) -> tuple[Array, int, int]:
    """The result of two operands, and how many multiplications and additions onto it there were."""
    left, _, output = subscripts.partition("->")
    inputs = left.split(",")
    size = {
        i: n
        for indices, o in zip(inputs, operands, strict=True)
        for i, n in zip(indices, o.shape, strict=True)
    }
    result: dict[tuple[int, ...], int] = {}
    products = additions = 0
    for turn in itertools.product(*(range(n) for n in size.values())):
        at = dict(zip(size, turn, strict=True))
        factors = [int(o[tuple(at[i] for i in s)]) for s, o in zip(inputs, operands, strict=True)]
        products += len(factors) - 1
        key = tuple(at[i] for i in output)
        additions += key in result
        result[key] = result.get(key, 0) + math.prod(factors)
    made = np.zeros([size[i] for i in output], dtype=int)
    for key, value in result.items():
        made[key] = value
    return made, products, additions


TWO = ["mk,kn->mn", "i,i->", "i,j->ij", "bij,bjk->bik", "ij,ij->ij", "ii,ij->j", "bhqd,bhkd->bhqk"]
TWO += ["abc,dc->abd", "ij,k->ik", "iij,jk->ik", "i,ij->j", "aij,aij->a"]


def operands_of(subscripts: str, seed: int) -> list[Array]:
    rng = np.random.default_rng(seed)
    letters = sorted(set(subscripts) - set("->,"))
    size = dict(zip(letters, rng.integers(1, 5, len(letters)).tolist(), strict=True))
    inputs = subscripts.partition("->")[0].split(",")
    return [rng.integers(-3, 4, [size[i] for i in indices]) for indices in inputs]


@pytest.mark.parametrize("subscripts", TWO)
@pytest.mark.parametrize("seed", range(4))
def test_einsum_of_two_as_one_loop(subscripts: str, seed: int) -> None:
    operands = operands_of(subscripts, seed)
    result, products, additions = loop_einsum(subscripts, operands)
    np.testing.assert_array_equal(result, np.einsum(subscripts, *operands))  # the loop is right
    layer = flops.einsum(subscripts, *(o.shape for o in operands))
    assert layer.exact_flop == products + additions
    assert layer.macs + layer.other_flop == products
    assert layer.outputs == result.size
    assert layer.inputs == sum(o.size for o in operands)


@pytest.mark.parametrize(
    "subscripts",
    [
        *TWO,
        "ij,jk,kl->il",
        "a,b,c->abc",
        "ij,jk,ki->",
        "i,ij,j->",
        "ab,bc,cd,de->ae",
        "ij,ij,ij->i",
    ],
)
@pytest.mark.parametrize("seed", range(4))
def test_einsum_as_numpy_counts_a_path_from_left_to_right(subscripts: str, seed: int) -> None:
    operands = operands_of(subscripts, seed)
    wanted, waiting = [], len(operands)
    while waiting > 1:
        # NumPy puts each result at the end of its list; the one made last is contracted next
        wanted.append((0, 1) if waiting == len(operands) else (0, waiting - 1))
        waiting -= 1
    path, text = np.einsum_path(subscripts, *operands, optimize=["einsum_path", *wanted])
    assert path[1:] == wanted
    counted = re.search(r"Optimized FLOP count:\s+(\S+)", text)
    assert counted
    # NumPy adds one to the sum of its steps, and prints four digits
    flop = flops.einsum(subscripts, *(o.shape for o in operands)).flop
    assert flop + 1 == pytest.approx(float(counted[1]), rel=5e-4)


@pytest.mark.parametrize(
    ("subscripts", "explicit"),
    [("ij,jk", "ij,jk->ik"), ("ba", "ba->ab"), ("ii", "ii->"), ("jb, bi", "jb,bi->ij")],
)
def test_einsum_without_an_arrow_is_numpys_rule(subscripts: str, explicit: str) -> None:
    operands = operands_of(explicit, seed=1)
    implied = np.einsum(subscripts, *operands)
    np.testing.assert_array_equal(implied, np.einsum(explicit, *operands))
    shapes = [o.shape for o in operands]
    one, other = flops.einsum(subscripts, *shapes), flops.einsum(explicit, *shapes)
    assert one.flop == other.flop
    assert one.outputs == other.outputs == implied.size


def test_one_operand_is_only_added_up() -> None:
    total = flops.einsum("ij->i", (3, 7))
    assert (total.macs, total.flop, total.exact_flop) == (0, 21, 3 * 6)
    assert flops.einsum("ij->ji", (3, 7)).flop == 0


# Attention, softmax and its neighbours, as loops


def loop_softmax(memory: Memory, scores: list[Counted]) -> list[Counted]:
    largest, scale = Counted(memory), Counted(memory)
    shifted = [score / scale - largest for score in scores]
    powers = [function(one) for one in shifted]
    total = accumulate(powers, onto=Counted(memory))
    return [power / total for power in powers]


def function(x: Counted) -> Counted:
    """exp, tanh and their like: one operation."""
    return x * x


@given(sizes, st.integers(0, 3), sizes, st.integers(1, 2), st.integers(1, 3), st.booleans())
def test_attention_as_loops(
    queries: int, extra: int, width: int, kv_heads: int, share: int, causal: bool
) -> None:
    keys, heads, memory = queries + extra, kv_heads * share, Memory()
    for head, query in itertools.product(range(heads), range(queries)):
        group = head // share
        seen = [key for key in range(keys) if not causal or key - extra <= query]
        scores = []
        for key in seen:
            products = [
                memory.load("q", cell(head, query, i)) * memory.load("k", cell(group, key, i))
                for i in range(width)
            ]
            scores.append(accumulate(products, onto=Counted(memory)))
        weights = loop_softmax(memory, scores)
        for i in range(width):
            products = [
                weight * memory.load("v", cell(group, key, i))
                for weight, key in zip(weights, seen, strict=True)
            ]
            accumulate(products, onto=Counted(memory))
            memory.store("o", cell(head, query, i))
    layer = flops.attention(queries, heads, width, keys=keys, kv_heads=kv_heads, causal=causal)
    agree(layer, memory)


@given(sizes, sizes)
def test_normalisations_as_loops_over_elements(rows: int, width: int) -> None:
    memory = Memory()
    statistic = Counted(memory)
    for row, column in itertools.product(range(rows), range(width)):
        x = memory.load("x", row * width + column)
        _ = statistic + x * x
        _ = x * statistic * memory.load("gamma", column)
        memory.store("y", row * width + column)
    agree(flops.rms_norm(rows, width), memory)

    memory = Memory()
    for place, channel in itertools.product(range(rows), range(width)):
        scale, shift = memory.load("gamma", channel), memory.load("beta", channel)
        _ = memory.load("x", place * width + channel) * scale + shift
        memory.store("y", place * width + channel)
    agree(flops.batch_norm(rows, width), memory)
    # layer normalisation is `kernels.layer_norm`, which has its own loops
    assert flops.layer_norm(rows, width).flop == 7 * rows * width


def loop_activation(name: str, x: Counted) -> Counted:
    half = one = a = c = x
    if name == "relu":
        return function(x)
    if name == "silu":
        return x / (one + function(one * x))
    return x * (one + function(c * (x + a * (x * x * x)))) / half


@pytest.mark.parametrize("name", ACTIVATION_FLOP_PER_ELEMENT)
def test_activations_as_their_definitions(name: str) -> None:
    memory = Memory()
    for i in range(5):
        loop_activation(name, memory.load("x", i))
        memory.store("y", i)
    agree(flops.activation(5, name), memory)


def test_an_embedding_only_copies() -> None:
    memory, tokens, width = Memory(), [3, 1, 4], 6
    for place, token in enumerate(tokens):
        memory.load("token", place)
        for i in range(width):
            memory.load("table", token * width + i)
            memory.store("y", place * width + i)
    layer = flops.embedding(len(tokens), 10, width)
    agree(layer, memory)
    assert layer.parameters == 60


# Printed figures


def test_shaiks_perceptron_to_the_digit() -> None:
    # FLOP-01 to FLOP-05: Shaik 2023, the layers 10-20-15-1 and their totals
    layers = networks.perceptron(10, 20, 15, 1)
    assert [layer.macs for layer in layers] == [200, 300, 15]
    assert sum(layer.macs for layer in layers) == published("shaik2023macs", "mlp_macs") == 515
    assert sum(layer.flop for layer in layers) == published("shaik2023macs", "mlp_flop") == 1030


def test_shaiks_convolutions_to_the_digit() -> None:
    # FLOP-06 to FLOP-10: Shaik 2023, two 3 x 3 convolutions over 28 x 28 and a linear layer
    layers = networks.small_cnn()
    assert [layer.macs for layer in layers] == [112896, 3612672, 250880]
    assert sum(layer.macs for layer in layers) == published("shaik2023macs", "cnn_macs") == 3976448
    assert sum(layer.flop for layer in layers) == published("shaik2023macs", "cnn_flop") == 7952896


def test_the_exact_count_of_the_first_layer() -> None:
    # FLOP-11: (2 I - 1) O without bias; with one, 2 I O exactly
    assert flops.linear(10, 20, bias=False).exact_flop == (2 * 10 - 1) * 20 == 380
    assert flops.linear(10, 20).exact_flop == flops.linear(10, 20).flop == 400


def test_the_matrix_product_of_the_convention() -> None:
    # FLOP-12: 2 m k n for 512 x 1024 times 1024 x 4096; exactly m n (2 k - 1)
    product = flops.einsum("mk,kn->mn", (512, 1024), (1024, 4096))
    assert product.flop == 4294967296
    assert product.exact_flop == 512 * 4096 * (2 * 1024 - 1)


def test_shaiks_first_convolution_without_the_zeros() -> None:
    # the formula counts multiplications by padded zeros: 112896; without them 107584
    real = flops.conv((28, 28), 1, 16, 3, padding=1, count_padding=False)
    assert real.macs == 16 * (3 * 28 - 2) ** 2 == 107584


def test_where_attention_costs_as_much_as_the_weights() -> None:
    # KIP-36: 4 T d FLOP a token equal the 24 d² of its weights at T = 6 d; d = 8192
    width = 8192
    weights = 4 * flops.linear(width, width).flop + 2 * flops.linear(width, 4 * width).flop
    token = flops.attention(1, 64, width // 64, keys=6 * width)
    assert token.flop - token.other_flop == weights == 24 * width**2
    assert 6 * width == 49152


def test_attention_of_one_token_over_a_long_text() -> None:
    # SAN-04: 80 layers of width 8192 over 8192 tokens, 21.5 GFLOP
    token = flops.attention(1, 64, 128, keys=8192)
    assert 80 * (token.flop - token.other_flop) == 21474836480
    # BAS-19: 32 layers of width 4096 over 4096 tokens beside 6.74 billion parameters
    token = flops.attention(1, 32, 128, keys=4096)
    products = 32 * (token.flop - token.other_flop)
    assert products / (products + 2 * 6.74e9) == pytest.approx(0.137417110545167, rel=1e-6)


PAPERS = {
    "he2016residual.vgg19_macs": networks.vgg19(),
    "he2016residual.resnet34_macs": networks.resnet34(),
    "howard2017mobilenets.mobilenet_macs": networks.mobilenet(depthwise=True),
    "howard2017mobilenets.full_mobilenet_macs": networks.mobilenet(depthwise=False),
}


def test_networks_whose_papers_print_multiply_adds() -> None:
    for name, layers in PAPERS.items():
        key, quantity = name.split(".")
        macs = sum(layer.macs for layer in layers)
        assert macs == pytest.approx(published(key, quantity), rel=0.02), name
    # Howard et al. 2017, Table 4: millions of parameters
    for name in ("mobilenet", "full_mobilenet"):
        layers = PAPERS[f"howard2017mobilenets.{name}_macs"]
        parameters = sum(layer.parameters for layer in layers)
        assert parameters == pytest.approx(
            published("howard2017mobilenets", f"{name}_parameters"), rel=0.02
        )


@pytest.mark.parametrize("name", PROFILERS)
@pytest.mark.parametrize("network", PROFILED)
def test_each_profiler_prints_what_its_rules_say(name: str, network: str) -> None:
    # thop 0.1.1, ptflops 0.7.5, fvcore 0.1.5, torch 2.13.0 and DeepSpeed 0.18.2, as they were run
    assert flops.printed(name, PROFILED[network]) == PROFILERS[name].printed[network]


def test_profilers_differ_by_two_and_by_what_they_add() -> None:
    layers = PROFILED["cnn"]
    macs = sum(layer.macs for layer in layers)
    flop = FLOP_PER_MAC * macs
    outputs = [layer.outputs for layer in layers]
    assert flops.printed("thop", layers) == flops.printed("fvcore", layers) == macs
    assert flops.printed("flopcounter", layers) == flop
    biases = outputs[0] + outputs[2] + outputs[4]
    assert flops.printed("ptflops", layers) == macs + biases + 2 * (outputs[1] + outputs[3])
    assert flops.printed("deepspeed", layers) == flop + 2 * (outputs[0] + outputs[2])
    assert {p.per_mac for p in PROFILERS.values() if p.prints == "FLOPs"} == {FLOP_PER_MAC}
    assert (PROFILERS["fvcore"].prints, PROFILERS["fvcore"].per_mac) == ("flops", 1)


# Laws


@given(sizes, sizes, sizes, st.integers(2, 7))
def test_work_grows_with_the_batch_and_parameters_do_not(i: int, o: int, b: int, more: int) -> None:
    for few, many in (
        (flops.linear(i, o, batch=b), flops.linear(i, o, batch=more * b)),
        (
            flops.conv((5, 4), i, o, 3, padding=1, batch=b),
            flops.conv((5, 4), i, o, 3, padding=1, batch=more * b),
        ),
        (flops.attention(i, o, 4, batch=b), flops.attention(i, o, 4, batch=more * b)),
    ):
        assert many.flop == more * few.flop
        assert many.exact_flop == more * few.exact_flop
        assert many.parameters == few.parameters


@given(convolutions())
def test_groups_divide_the_work_and_never_more_is_real_than_counted(c: dict[str, Any]) -> None:
    def macs(groups: int, *, count_padding: bool = True) -> float:
        layer = flops.conv(
            c["size"],
            c["channels"][0],
            c["channels"][1],
            c["kernel"],
            **c["how"],
            groups=groups,
            count_padding=count_padding,
        )
        assert layer.exact_flop <= layer.flop
        return float(layer.macs)

    assert macs(1) == c["groups"] * macs(c["groups"])
    assert macs(1, count_padding=False) <= macs(1)
    if not any(c["how"]["padding"]):
        assert macs(1, count_padding=False) == macs(1)


@given(sizes, sizes, sizes, sizes)
def test_convolutions_that_are_linear_layers(h: int, w: int, c: int, out: int) -> None:
    pointwise = flops.conv((h, w), c, out, 1)
    pixels = flops.linear(c, out, batch=h * w)
    whole = flops.conv((h, w), c, out, (h, w))
    flat = flops.linear(h * w * c, out)
    for one, other in ((pointwise, pixels), (whole, flat)):
        assert (one.macs, one.sums, one.biases) == (other.macs, other.sums, other.biases)
        assert (one.parameters, one.inputs, one.outputs) == (
            other.parameters,
            other.inputs,
            other.outputs,
        )


@given(st.integers(1, 50), sizes, sizes)
def test_both_triangles_are_the_square_and_its_diagonal(n: int, heads: int, width: int) -> None:
    full = flops.attention(n, heads, width).macs
    causal = flops.attention(n, heads, width, causal=True).macs
    diagonal = n * flops.attention(1, heads, width).macs
    assert 2 * causal == full + diagonal


@given(st.integers(1, 9), st.integers(0, 9), sizes, sizes)
def test_one_token_after_the_other_is_causal_attention(n: int, past: int, h: int, d: int) -> None:
    whole = flops.attention(n, h, d, keys=past + n, causal=True)
    steps = [flops.attention(1, h, d, keys=past + i + 1) for i in range(n)]
    assert whole.flop == sum(step.flop for step in steps)
    assert whole.exact_flop == sum(step.exact_flop for step in steps)


@given(sizes, sizes, st.integers(1, 2), st.integers(1, 3), st.booleans())
def test_a_block_is_its_products(n: int, d: int, kv: int, share: int, causal: bool) -> None:
    heads = kv * share
    block = flops.attention_block(n, heads * d, heads, kv_heads=kv, causal=causal)
    width = heads * d
    projections = n * width * (2 * width + 2 * width * kv / heads)
    core = flops.attention(n, heads, d, causal=causal).macs
    assert sum(layer.macs for layer in block) == pytest.approx(projections + core)
    assert sum(layer.parameters for layer in block) == pytest.approx(projections / n)
    # few heads share the work's bytes, not its MACs
    if not causal:
        scores = flops.einsum("hqd,hkd->hqk", (heads, n, d), (heads, n, d))
        values = flops.einsum("hqk,hkd->hqd", (heads, n, n), (heads, n, d))
        assert core == scores.macs + values.macs


@given(st.lists(st.integers(1, 6), min_size=4, max_size=4), st.permutations("abcd"))
def test_the_letters_of_an_einsum_do_not_matter(shape: list[int], names: list[str]) -> None:
    i, j, k, b = names
    m, n, p, batch = shape
    found = flops.einsum(f"{b}{i}{j},{b}{j}{k}->{b}{i}{k}", (batch, m, n), (batch, n, p))
    assert found.macs == batch * m * n * p
    turned = flops.einsum(f"{b}{j}{k},{b}{i}{j}->{b}{k}{i}", (batch, n, p), (batch, m, n))
    assert turned.flop == found.flop


def test_the_order_of_a_chain_decides() -> None:
    left = flops.einsum("ij,jk,kl->il", (2, 50), (50, 3), (3, 40))
    right = flops.einsum("jk,kl,ij->il", (50, 3), (3, 40), (2, 50))
    assert left.macs == 2 * 50 * 3 + 2 * 3 * 40
    assert right.macs == 50 * 3 * 40 + 2 * 50 * 40


def test_a_sweep_is_one_call() -> None:
    sides = np.array([8, 16, 32])
    at_once = flops.conv((sides, sides), 3, np.array([[4], [8]]), 3, stride=2, padding=1)
    kernels = np.array([1, 3, 5])
    pairs = flops.conv_real_pairs(sides, kernels, padding=2)
    for row, channels in enumerate((4, 8)):
        for column, side in enumerate(sides.tolist()):
            one = flops.conv((side, side), 3, channels, 3, stride=2, padding=1)
            for field in ("macs", "flop", "exact_flop", "parameters", "inputs", "outputs"):
                swept = np.broadcast_to(np.asarray(getattr(at_once, field)), (2, 3))
                assert swept[row, column] == getattr(one, field), field
    for column, (side, kernel) in enumerate(zip(sides.tolist(), kernels.tolist(), strict=True)):
        assert np.asarray(pairs)[column] == flops.conv_real_pairs(side, kernel, padding=2)
    many = flops.attention(sides, 2, 4, causal=True)
    assert np.asarray(many.macs).tolist() == [
        flops.attention(side, 2, 4, causal=True).macs for side in sides.tolist()
    ]
    product = flops.einsum("ij,jk->ik", (sides, 4), (4, 5))
    assert np.asarray(product.flop).tolist() == (2 * sides * 20).tolist()


def test_a_layer_becomes_work() -> None:
    work = flops.attention(16, 2, 8).work(2)
    assert set(work.flop_by_unit) == {"matrix", "vector"}
    assert work.flop_by_unit["vector"] == 5 * 2 * 16 * 16
    table = flops.embedding(4, 1000, 8).work(2)
    assert table.traffic.weights == 2 * 4 * 8
    assert (flops.linear(8, 8).work(1) + table).flop == flops.linear(8, 8).flop


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flops.linear(0, 3), "d_in=0 must be a whole number of at least 1"),
        (lambda: flops.linear(3, 2.5), "d_out=2.5 must be a whole number"),
        (lambda: flops.conv((8, 8), 6, 8, 3, groups=4), "channels_in=6 is not a multiple of gro"),
        (lambda: flops.conv((8, 8), 8, 6, 3, groups=4), "channels_out=6 is not a multiple of gr"),
        (lambda: flops.conv((8, 8), 1, 1, (3, 3, 3)), r"kernel=\(3, 3, 3\) has 3 entries for 2"),
        (lambda: flops.conv((2, 9), 1, 1, 3), "kernel=3 reaches farther than size=2"),
        (lambda: flops.conv_output_size(8, 3, padding=-1), "padding=-1 must be a whole number"),
        (lambda: flops.conv_output_size(4, 3, dilation=2), "kernel=3 reaches farther than size=4"),
        (lambda: flops.attention(4, 3, 8, kv_heads=2), "heads=3 is not a multiple of kv_heads=2"),
        (lambda: flops.attention(4, 2, 8, keys=3, causal=True), "keys=3 is less than queries=4"),
        (lambda: flops.attention_block(4, 10, 4), "width=10 is not a multiple of heads=4"),
        (lambda: flops.activation(4, "rellu"), "unknown activation 'rellu'; nearest: relu"),
        (lambda: flops.Layer("conf"), "unknown kind of layer 'conf'; nearest: conv"),
        (lambda: flops.Layer("conv", macs=-1.0), "macs=-1 must be finite and not negative"),
        (lambda: flops.einsum("...i,i->", (3,), (3,)), "has an ellipsis; write its indices out"),
        (lambda: flops.einsum("ij,jk->ik", (2, 3)), "has 2 operands, not 1"),
        (lambda: flops.einsum("ij,jk->ik", (2, 3), (4, 5)), "index 'j' has two sizes, 3.0 and 4"),
        (lambda: flops.einsum("ij->ik", (2, 3)), "the result cannot have index 'k'"),
        (lambda: flops.einsum("ij->ii", (2, 3)), "the result cannot have index 'i'"),
        (lambda: flops.einsum("i+j->i", (2, 3)), r"has '\+', which is no index"),
        (lambda: flops.einsum("ij->i", (2, 3, 4)), "has 3 sizes for indices 'ij'"),
        (lambda: flops.einsum("ij->i", (2, 0)), "size of index j=0 must be a whole number"),
        (lambda: flops.printed("thoop", []), "unknown profiler 'thoop'; nearest: thop"),
        (lambda: flops.printed("thop", [flops.attention(4, 1, 1)]), "depends on how the layer is"),
    ],
)
def test_bad_input_carries_the_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"per_mac": 3}, "thop: per_mac=3 is neither 1 nor 2"),
        ({"bias": ("lineal",)}, "thop: unknown kind of layer 'lineal'; nearest: linear"),
        ({"each": {"norm": 1}}, "thop: unknown kind of layer 'norm'"),
    ],
)
def test_a_profiler_without_sound_rules_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(PROFILERS["thop"], **change)

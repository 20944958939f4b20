"""Oracles for the exercises on counting FLOP: each reference against loops that count.

A wrong reference would fail every student, so nothing here uses `hwmath` or the hidden module's
formulas: signs, places and turns are counted one by one, at sizes where that is quick.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from counting import Counted, Memory
from hidden.flops import PARTS
from hidden_books import Books

# A word of each hint that no other hint of its part has: a second entry in the books.
WORD_OF_HINT = {
    "follows_the_convention": "plus signs",
    "adds_the_bias_on_top_of_the_convention": "added to anything",
    "counts_multiplications_alone": "Which of the two",
    "forgets_the_batch": "batch",
    "ignores_the_bias": "bias is True",
    "pads_one_side": "how many sides",
    "ignores_the_dilation": "lie between",
    "stretches_every_weight": "past its last weight",
    "counts_steps_for_places": "first step",
    "does_not_round": "half a place",
    "charges_for_every_input": "output that you produce",
    "answers_in_flop": "unit",
    "ignores_the_groups": "depthwise",
    "counts_a_single_group": "How many groups",
    "takes_every_kernel_for_square": "five wide",
    "loses_a_factor_of_two": "two twos",
    "pays_the_full_width_for_each_head": "How wide",
    "takes_exactly_half": "half of the square",
    "leaves_out_the_diagonal": "look at itself",
    "loops_twice_over_what_is_shared": "both operands",
    "counts_the_numbers_of_the_result": "number of the result",
    "adds_the_sizes": "add up",
    "answers_einsum_in_flop": "innermost",
    "loops_over_every_known_letter": "were told",
    "counts_the_zeros": "outermost",
    "leaves_out_every_place_at_the_edge": "part of its kernel",
    "looks_at_one_direction": "above and below",
    "counts_along_a_line": "for a line",
    "lets_every_weight_meet_every_pixel": "ever reach",
}

# For each law, a misconception that this law alone would reject.
BROKEN_BY = {
    "twice the rows cost twice the FLOP": "forgets_the_batch",
    "a bias costs one addition for each output": "follows_the_convention",
    "a kernel of one that goes step by step has as many places as there are inputs": (
        "counts_steps_for_places"
    ),
    "one zero more on each side is an input that is two longer": "pads_one_side",
    "a kernel with holes has as many places as a full one of the same reach": (
        "ignores_the_dilation"
    ),
    "g groups divide the work by g": "ignores_the_groups",
    "picture and kernel can be turned on their side together": "takes_every_kernel_for_square",
    "a kernel that fits once and makes one channel multiplies each input once": "answers_in_flop",
    "more heads of a smaller width each do the same work": "pays_the_full_width_for_each_head",
    "a mask hides nothing from a single token": "leaves_out_the_diagonal",
    "a further token costs its scores and its mixture, and a MAC is two FLOP": (
        "loses_a_factor_of_two"
    ),
    "any letter that is twice as long makes twice the work": "loops_twice_over_what_is_shared",
    "a letter of size one changes nothing": "adds_the_sizes",
    "a single turn of the loop is a single MAC": "answers_einsum_in_flop",
    "without padding nothing is left out": "lets_every_weight_meet_every_pixel",
    "with padding one less than the kernel every weight meets every pixel": "counts_the_zeros",
}

pytestmark = pytest.mark.usefixtures("every_secret")


class TestBooks(Books):
    parts, word_of_hint, broken_by = PARTS, WORD_OF_HINT, BROKEN_BY


@pytest.mark.parametrize("bias", [False, True])
def test_a_linear_layer_written_out_sign_by_sign(bias: bool) -> None:
    reference = PARTS["exact_linear_flop"].reference
    for batch, d_in, d_out in itertools.product((1, 2, 5), repeat=3):
        memory = Memory()
        for row, column in itertools.product(range(batch), range(d_out)):
            products = [
                memory.load("x", row * d_in + i) * memory.load("w", i * d_out + column)
                for i in range(d_in)
            ]
            if bias:
                products.append(memory.load("b", column))
            total, *others = products
            for other in others:
                total = total + other
            memory.store("y", row * d_out + column)
        assert reference(batch, d_in, d_out, bias) == memory.operations


def places(size: int, kernel: int, stride: int, padding: int, dilation: int) -> Iterator[list[int]]:
    """The inputs under each place of a kernel; those below 0, or from `size` on, are padding."""
    line = range(-padding, size + padding)
    for start in line[::stride]:
        under = [start + dilation * weight for weight in range(kernel)]
        if under[-1] in line:
            yield under


def test_places_as_a_kernel_walks_along_a_line() -> None:
    reference = PARTS["conv_output_size"].reference
    tried = 0
    for size, kernel, stride, padding, dilation in itertools.product(
        (1, 4, 7, 12), (1, 2, 3), (1, 2, 5), (0, 1, 3), (1, 2, 3)
    ):
        walked = list(places(size, kernel, stride, padding, dilation))
        if walked:
            tried += 1
            assert reference(size, kernel, stride, padding, dilation) == len(walked)
    assert tried > 200


@pytest.mark.parametrize("groups", [1, 2, 3])
def test_a_convolution_as_six_loops(groups: int) -> None:
    reference = PARTS["conv2d_macs"].reference
    for each_in, each_out, stride, padding, kernel in itertools.product(
        (1, 2), (1, 3), (1, 2), (0, 1), ((1, 1), (2, 3), (3, 1))
    ):
        size, turns = (4, 5), 0
        high, wide = (
            len(list(places(s, k, stride, padding, 1))) for s, k in zip(size, kernel, strict=True)
        )
        for out, source in itertools.product(range(groups * each_out), range(groups * each_in)):
            if out // each_out == source // each_in:
                for _ in itertools.product(range(high), range(wide), *map(range, kernel)):
                    turns += 1
        channels = (groups * each_in, groups * each_out)
        assert reference(size, *channels, kernel, stride, padding, groups) == turns


@pytest.mark.parametrize("causal", [False, True])
def test_attention_as_loops_over_what_each_token_sees(causal: bool) -> None:
    reference = PARTS["attention_flop"].reference
    for tokens, heads, head_width in itertools.product((1, 2, 5), (1, 3), (1, 4)):
        memory = Memory()
        for _, query in itertools.product(range(heads), range(tokens)):
            seen = [key for key in range(tokens) if key <= query or not causal]
            for _, _ in itertools.product(seen, range(head_width)):
                _ = Counted(memory) + Counted(memory) * Counted(memory)  # into a score
                _ = Counted(memory) + Counted(memory) * Counted(memory)  # into the mixture
        assert reference(tokens, heads * head_width, heads, causal) == memory.operations


def test_an_einsum_as_numpy_multiplies_numbers_that_count() -> None:
    """NumPy's own loops over objects that count how often they are multiplied."""
    products = 0

    class Noisy:
        def __mul__(self, other: object) -> Noisy:
            nonlocal products
            products += 1
            return self

        def __add__(self, other: object) -> Noisy:
            return self

        __radd__ = __add__

    rng = np.random.default_rng(7)
    for subscripts in ("mk,kn->mn", "i,i->", "bij,bjk->bik", "abcd,cde->abe", "bqhd,bkhd->bhqk"):
        sizes = {letter: int(rng.integers(1, 5)) for letter in set(subscripts) - set(",->")}
        operands = []
        for indices in subscripts.split("->")[0].split(","):
            operand = np.empty([sizes[i] for i in indices], dtype=object)
            for place in np.ndindex(operand.shape):
                operand[place] = Noisy()
            operands.append(operand)
        products = 0
        np.einsum(subscripts, *operands)
        assert PARTS["einsum_macs"].reference(subscripts, sizes) == products


def test_real_products_as_a_picture_of_ones_in_a_frame_of_zeros() -> None:
    part = PARTS["real_macs"]
    for case in part.draw():
        size, kernel, padding = (int(number) for number in case.args)  # type: ignore[call-overload]
        framed = np.pad(np.ones((size, size), dtype=int), padding)
        windows = np.lib.stride_tricks.sliding_window_view(framed, (kernel, kernel))
        assert part.reference(size, kernel, padding) == windows.sum()

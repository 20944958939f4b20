"""Hidden tests of the exercises on counting FLOP: six parts, in the order of the notebook.

Every right or wrong answer below is written as a student would write it, with `np` and `math`
alone, so that it can be put into a notebook as it stands.
"""

# Answers are untyped, as students write them, and a wrong one often ignores an argument.
# mypy: allow-untyped-defs
# ruff: noqa: ARG001

from __future__ import annotations

import math
import string
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import hwmath.flops
from coursework.parts import Case, case, part

Student = Callable[..., Any]
Rng = np.random.Generator

RANDOM_CASES = 12


def _whole(rng: Rng, least: int, most: int) -> int:
    return int(rng.integers(least, most + 1))


# 1. exact_linear_flop


def exact_linear_flop(batch: Any, d_in: int, d_out: int, bias: bool) -> Any:
    return hwmath.flops.linear(d_in, d_out, batch=batch, bias=bias).exact_flop


@part(reference=exact_linear_flop)
def exact_linear(rng: Rng) -> Iterator[Case]:
    for bias, how in ((False, "without bias"), (True, "with bias")):
        yield case(f"a single input, {how}", 3, 1, 5, bias)
        yield case(f"one number from one number, {how}", 1, 1, 1, bias)
        yield case(f"a single row, {how}", 1, 300, 70, bias)
        yield case(f"an array of batches, {how}", np.array([1, 8, 64]), 12, 7, bias)
    for _ in range(RANDOM_CASES):
        sizes = (_whole(rng, 2, 5000) for _ in range(3))
        yield case("a random layer", *sizes, bool(rng.integers(2)))


@exact_linear.law("twice the rows cost twice the FLOP")
def _(student: Student, rng: Rng) -> None:
    b, i, o = (_whole(rng, 2, 5000) for _ in range(3))
    assert student(2 * b, i, o, True) == 2 * student(b, i, o, True)
    assert student(2 * b, i, o, False) == 2 * student(b, i, o, False)


@exact_linear.law("a bias costs one addition for each output")
def _(student: Student, rng: Rng) -> None:
    b, i, o = (_whole(rng, 2, 5000) for _ in range(3))
    assert student(b, i, o, True) - student(b, i, o, False) == b * o


@exact_linear.misconception(
    "Write the sum of three products on one line. How many plus signs does it take?"
)
def follows_the_convention(batch, d_in, d_out, bias):
    return 2 * batch * d_in * d_out


@exact_linear.misconception("Is the first product added to anything, when there is no bias?")
def adds_the_bias_on_top_of_the_convention(batch, d_in, d_out, bias):
    return batch * d_out * (2 * d_in + (1 if bias else 0))


@exact_linear.misconception(
    "A multiply-accumulate is a multiplication and an addition. Which of the two did you count?"
)
def counts_multiplications_alone(batch, d_in, d_out, bias):
    return batch * d_in * d_out


@exact_linear.misconception("Does every row of the batch meet the weights?")
def forgets_the_batch(batch, d_in, d_out, bias):
    return (0 * batch + 2 * d_in - 1 + bias) * d_out


@exact_linear.misconception("What does each output have to do more when bias is True?")
def ignores_the_bias(batch, d_in, d_out, bias):
    return batch * (2 * d_in - 1) * d_out


@exact_linear.alternative
def counts_each_kind(batch, d_in, d_out, bias):
    outputs = batch * d_out
    multiplications = outputs * d_in
    additions = outputs * (d_in - 1)
    if bias:
        additions = additions + outputs
    return multiplications + additions


@exact_linear.alternative
def corrects_the_convention(batch, d_in, d_out, bias):
    return 2 * batch * d_in * d_out - (not bias) * batch * d_out


# 2. conv_output_size


def conv_output_size(size: Any, kernel: int, stride: int, padding: int, dilation: int) -> Any:
    return hwmath.flops.conv_output_size(
        size, kernel, stride=stride, padding=padding, dilation=dilation
    )


@part(reference=conv_output_size)
def output_size(rng: Rng) -> Iterator[Case]:
    yield case("a kernel as large as its input", 7, 7, 1, 0, 1)
    yield case("a kernel of one", 5, 1, 1, 0, 1)
    yield case("a stride longer than the input", 6, 3, 9, 0, 1)
    yield case("a stride that leaves inputs over", 10, 3, 4, 0, 1)
    yield case("padding that keeps the size", 28, 3, 1, 1, 1)
    yield case("a kernel with holes", 32, 3, 1, 0, 4)
    yield case("a kernel with holes as wide as the padded input", 9, 3, 2, 1, 5)
    yield case("an array of sizes", np.array([8, 9, 10, 11]), 3, 2, 1, 1)
    for _ in range(RANDOM_CASES):
        kernel, dilation, padding = _whole(rng, 2, 7), _whole(rng, 1, 4), _whole(rng, 0, 5)
        size = dilation * (kernel - 1) + _whole(rng, 1, 200)
        yield case("a random convolution", size, kernel, _whole(rng, 1, 5), padding, dilation)


@output_size.law("a kernel of one that goes step by step has as many places as there are inputs")
def _(student: Student, rng: Rng) -> None:
    size = _whole(rng, 2, 1000)
    assert student(size, 1, 1, 0, 1) == size


@output_size.law("one zero more on each side is an input that is two longer")
def _(student: Student, rng: Rng) -> None:
    size, kernel, padding = _whole(rng, 20, 200), _whole(rng, 1, 5), _whole(rng, 0, 4)
    assert student(size, kernel, 1, padding + 1, 2) == student(size + 2, kernel, 1, padding, 2)


@output_size.law("a kernel with holes has as many places as a full one of the same reach")
def _(student: Student, rng: Rng) -> None:
    size, kernel, dilation = _whole(rng, 50, 200), _whole(rng, 2, 5), _whole(rng, 2, 5)
    reach = dilation * (kernel - 1) + 1
    assert student(size, kernel, 1, 0, dilation) == student(size, reach, 1, 0, 1)


@output_size.misconception("On how many sides of the input does the padding stand?")
def pads_one_side(size, kernel, stride, padding, dilation):
    return (size + padding - dilation * (kernel - 1) - 1) // stride + 1


@output_size.misconception(
    "With dilation 2, how many inputs lie between the first and the last weight of the kernel?"
)
def ignores_the_dilation(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - kernel) // stride + 1


@output_size.misconception(
    "Draw a kernel of 3 with dilation 2. Does anything reach past its last weight?"
)
def stretches_every_weight(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * kernel) // stride + 1


@output_size.misconception("Before the first step, does the kernel not have a place already?")
def counts_steps_for_places(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride


@output_size.misconception("Can a kernel lie at half a place?")
def does_not_round(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1


@output_size.alternative
def walks_in_floats(size, kernel, stride, padding, dilation):
    reach = dilation * (kernel - 1) + 1
    return np.floor((size + 2 * padding - reach) / stride) + 1


@output_size.alternative
def adds_the_stride_first(size, kernel, stride, padding, dilation):
    reach = 1 + (kernel - 1) * dilation
    return (size + 2 * padding - reach + stride) // stride


# 3. conv2d_macs


def conv2d_macs(
    size: tuple[int, int],
    channels_in: int,
    channels_out: int,
    kernel: tuple[int, int],
    stride: int,
    padding: int,
    groups: int,
) -> Any:
    return hwmath.flops.conv(
        size, channels_in, channels_out, kernel, stride=stride, padding=padding, groups=groups
    ).macs


@part(reference=conv2d_macs)
def conv2d(rng: Rng) -> Iterator[Case]:
    yield case("one pixel under a kernel of one", (1, 1), 3, 5, (1, 1), 1, 0, 1)
    yield case("a kernel that fits exactly once", (5, 7), 2, 4, (5, 7), 1, 0, 1)
    yield case("a kernel that is wider than high", (20, 30), 4, 6, (1, 5), 1, 0, 1)
    yield case("a stride of two", (32, 32), 3, 8, (3, 3), 2, 1, 1)
    yield case("a depthwise layer", (14, 14), 12, 12, (3, 3), 1, 1, 12)
    yield case("groups with more outputs than inputs", (10, 12), 6, 9, (3, 2), 1, 0, 3)
    for _ in range(RANDOM_CASES):
        groups, kernel = _whole(rng, 1, 4), (_whole(rng, 1, 4), _whole(rng, 5, 6))
        size = (_whole(rng, 20, 60), _whole(rng, 61, 99))
        channels = (groups * _whole(rng, 1, 9), groups * _whole(rng, 1, 9))
        how = (_whole(rng, 1, 3), _whole(rng, 0, 1), groups)
        yield case("a random layer", size, *channels, kernel, *how)


@conv2d.law("g groups divide the work by g")
def _(student: Student, rng: Rng) -> None:
    size, channels = (_whole(rng, 8, 40), _whole(rng, 8, 40)), 12
    whole = student(size, channels, channels, (3, 3), 1, 0, 1)
    assert math.isclose(4 * student(size, channels, channels, (3, 3), 1, 0, 4), whole)


@conv2d.law("picture and kernel can be turned on their side together")
def _(student: Student, rng: Rng) -> None:
    h, w, k = _whole(rng, 9, 30), _whole(rng, 31, 60), _whole(rng, 4, 7)
    assert student((h, w), 3, 5, (2, k), 1, 0, 1) == student((w, h), 3, 5, (k, 2), 1, 0, 1)


@conv2d.law("a kernel that fits once and makes one channel multiplies each input once")
def _(student: Student, rng: Rng) -> None:
    h, w, channels = _whole(rng, 2, 9), _whole(rng, 2, 9), _whole(rng, 1, 20)
    assert student((h, w), channels, 1, (h, w), 1, 0, 1) == h * w * channels


@conv2d.misconception(
    "You pay for each output that you produce, not for each input that you see. How many are there?"
)
def charges_for_every_input(size, channels_in, channels_out, kernel, stride, padding, groups):
    pixels = size[0] * size[1]
    return pixels * channels_out * (channels_in // groups) * kernel[0] * kernel[1]


@conv2d.misconception("Your number is twice what was asked for. Which unit does the name promise?")
def answers_in_flop(size, channels_in, channels_out, kernel, stride, padding, groups):
    high = (size[0] + 2 * padding - kernel[0]) // stride + 1
    wide = (size[1] + 2 * padding - kernel[1]) // stride + 1
    return 2 * high * wide * channels_out * (channels_in // groups) * kernel[0] * kernel[1]


@conv2d.misconception(
    "In a depthwise layer each output channel reads one input channel. Where does that enter?"
)
def ignores_the_groups(size, channels_in, channels_out, kernel, stride, padding, groups):
    high = (size[0] + 2 * padding - kernel[0]) // stride + 1
    wide = (size[1] + 2 * padding - kernel[1]) // stride + 1
    return high * wide * channels_out * channels_in * kernel[0] * kernel[1]


@conv2d.misconception("One group makes a part of the outputs. How many groups are there?")
def counts_a_single_group(size, channels_in, channels_out, kernel, stride, padding, groups):
    high = (size[0] + 2 * padding - kernel[0]) // stride + 1
    wide = (size[1] + 2 * padding - kernel[1]) // stride + 1
    weights = (channels_out // groups) * (channels_in // groups) * kernel[0] * kernel[1]
    return high * wide * weights


@conv2d.misconception("How many weights has a kernel that is two high and five wide?")
def takes_every_kernel_for_square(size, channels_in, channels_out, kernel, stride, padding, groups):
    high = (size[0] + 2 * padding - kernel[0]) // stride + 1
    wide = (size[1] + 2 * padding - kernel[1]) // stride + 1
    return high * wide * channels_out * (channels_in // groups) * kernel[0] ** 2


@conv2d.alternative
def multiplies_parameters_by_places(
    size, channels_in, channels_out, kernel, stride, padding, groups
):
    weights = channels_in * channels_out * kernel[0] * kernel[1] // groups
    places = 1
    for length, width in zip(size, kernel, strict=True):
        places *= len(range(0, length + 2 * padding - width + 1, stride))
    return weights * places


@conv2d.alternative
def adds_up_the_groups(size, channels_in, channels_out, kernel, stride, padding, groups):
    out = (np.array(size) + 2 * padding - np.array(kernel)) // stride + 1
    total = 0
    for _ in range(groups):
        total += (channels_in // groups) * (channels_out // groups) * np.prod(kernel) * np.prod(out)
    return total


# 4. attention_flop


def attention_flop(tokens: int, width: int, heads: int, causal: bool) -> Any:
    products = hwmath.flops.attention(tokens, heads, width // heads, causal=causal)
    return products.flop - products.other_flop


@part(reference=attention_flop)
def attention(rng: Rng) -> Iterator[Case]:
    for causal, how in ((False, "without a mask"), (True, "with a causal mask")):
        yield case(f"a single token, {how}", 1, 64, 4, causal)
        yield case(f"two tokens, {how}", 2, 64, 4, causal)
        yield case(f"a single head, {how}", 17, 32, 1, causal)
        yield case(f"heads of a single number, {how}", 17, 32, 32, causal)
    for _ in range(RANDOM_CASES):
        heads = _whole(rng, 2, 16)
        width = heads * _whole(rng, 1, 128)
        yield case("a random layer", _whole(rng, 3, 9000), width, heads, bool(rng.integers(2)))


@attention.law("more heads of a smaller width each do the same work")
def _(student: Student, rng: Rng) -> None:
    tokens, heads = _whole(rng, 3, 500), _whole(rng, 2, 8)
    width = 4 * heads * _whole(rng, 1, 16)
    for causal in (False, True):
        assert student(tokens, width, heads, causal) == student(tokens, width, 4 * heads, causal)


@attention.law("a mask hides nothing from a single token")
def _(student: Student, rng: Rng) -> None:
    heads = _whole(rng, 2, 8)
    width = heads * _whole(rng, 1, 64)
    assert student(1, width, heads, True) == student(1, width, heads, False) > 0


@attention.law("a further token costs its scores and its mixture, and a MAC is two FLOP")
def _(student: Student, rng: Rng) -> None:
    tokens, width = _whole(rng, 3, 500), 8 * _whole(rng, 1, 64)
    more = student(tokens + 1, width, 4, True) - student(tokens, width, 4, True)
    assert more == 2 * 2 * (tokens + 1) * width


@attention.misconception(
    "There are two products here, and two FLOP in a MAC. Which of the two twos is missing?"
)
def loses_a_factor_of_two(tokens, width, heads, causal):
    pairs = tokens * (tokens + 1) // 2 if causal else tokens * tokens
    return 2 * pairs * width


@attention.misconception("How wide is one head, when there are twice as many of them?")
def pays_the_full_width_for_each_head(tokens, width, heads, causal):
    pairs = tokens * (tokens + 1) // 2 if causal else tokens * tokens
    return 4 * pairs * width * heads


@attention.misconception(
    "Draw the mask of three tokens. Is exactly one half of the square left, with its diagonal?"
)
def takes_exactly_half(tokens, width, heads, causal):
    pairs = tokens * tokens / 2 if causal else tokens * tokens
    return 4 * pairs * width


@attention.misconception("May a token look at itself?")
def leaves_out_the_diagonal(tokens, width, heads, causal):
    pairs = tokens * (tokens - 1) // 2 if causal else tokens * tokens
    return 4 * pairs * width


@attention.alternative
def goes_token_by_token(tokens, width, heads, causal):
    total = 0
    for token in range(tokens):
        seen = token + 1 if causal else tokens
        total += 2 * seen * width + 2 * seen * width
    return total


@attention.alternative
def goes_head_by_head(tokens, width, heads, causal):
    pairs = (tokens**2 + tokens) / 2 if causal else tokens**2
    return heads * (2 * pairs * (width / heads)) * 2


# 5. einsum_macs


def einsum_macs(subscripts: str, sizes: dict[str, int]) -> Any:
    operands = subscripts.partition("->")[0].split(",")
    return hwmath.flops.einsum(subscripts, *([sizes[i] for i in o] for o in operands)).macs


@part(reference=einsum_macs)
def einsum(rng: Rng) -> Iterator[Case]:
    yield case("a matrix product", "mk,kn->mn", {"m": 4, "k": 5, "n": 6})
    yield case("a product of single numbers", "i,i->", {"i": 1})
    yield case("a dot product", "i,i->", {"i": 9})
    yield case("a batch of products", "bij,bjk->bik", {"b": 3, "i": 4, "j": 5, "k": 6})
    yield case(
        "two letters that are summed", "abcd,cde->abe", {"a": 2, "b": 3, "c": 4, "d": 5, "e": 6}
    )
    yield case("letters in another order", "nk,mk->mn", {"m": 8, "n": 2, "k": 16})
    yield case("a letter that it does not use", "mk,k->m", {"b": 3, "k": 7, "m": 4})
    yield case("attention scores", "bqhd,bkhd->bhqk", {"b": 2, "q": 7, "k": 5, "h": 3, "d": 8})
    for _ in range(RANDOM_CASES):
        a, b, c, d = rng.permutation(list(string.ascii_lowercase))[:4].tolist()
        sizes = {letter: _whole(rng, 2, 30) for letter in (a, b, c, d)}
        yield case("random letters and sizes", f"{a}{b}{c},{c}{d}{a}->{b}{a}{d}", sizes)


@einsum.law("any letter that is twice as long makes twice the work")
def _(student: Student, rng: Rng) -> None:
    sizes = {letter: _whole(rng, 3, 20) for letter in "bijk"}
    before = student("bij,bjk->bik", dict(sizes))
    for letter in "bijk":
        longer = {**sizes, letter: 2 * sizes[letter]}
        assert student("bij,bjk->bik", longer) == 2 * before


@einsum.law("a letter of size one changes nothing")
def _(student: Student, rng: Rng) -> None:
    sizes = {letter: _whole(rng, 3, 20) for letter in "ijk"}
    with_it = student("aij,jk->aik", {"a": 1, **sizes})
    assert with_it == student("ij,jk->ik", dict(sizes))


@einsum.law("a single turn of the loop is a single MAC")
def _(student: Student, rng: Rng) -> None:
    assert student("ab,bc->ac", {"a": 1, "b": 1, "c": 1}) == 1
    assert student("ab,bc->ac", {"a": 1, "b": int(rng.integers(2, 9)), "c": 1}) > 1


@einsum.misconception("A letter that both operands have is one loop. How often did you count it?")
def loops_twice_over_what_is_shared(subscripts, sizes):
    left = subscripts.split("->")[0]
    return math.prod(sizes[letter] for letter in left if letter != ",")


@einsum.misconception("Each number of the result is a sum. Over how many products?")
def counts_the_numbers_of_the_result(subscripts, sizes):
    return math.prod(sizes[letter] for letter in subscripts.split("->")[1])


@einsum.misconception("Loops stand inside each other. Do their turns add up, or multiply?")
def adds_the_sizes(subscripts, sizes):
    return sum(sizes[letter] for letter in set(subscripts) - set(",->"))


@einsum.misconception("How many MACs is one turn of the innermost loop?")
def answers_einsum_in_flop(subscripts, sizes):
    return 2 * math.prod(sizes[letter] for letter in set(subscripts) - set(",->"))


@einsum.misconception("Does this product use each letter whose length you were told?")
def loops_over_every_known_letter(subscripts, sizes):
    return math.prod(sizes.values())


@einsum.alternative
def collects_letters_one_by_one(subscripts, sizes):
    seen, turns = [], 1
    for character in subscripts:
        if character in sizes and character not in seen:
            seen.append(character)
            turns *= sizes[character]
    return turns


@einsum.alternative
def multiplies_result_and_sums(subscripts, sizes):
    left, result = subscripts.split("->")
    summed = {c for c in left if c.isalpha()} - set(result)
    numbers = np.prod([sizes[c] for c in result], dtype=float)
    return numbers * np.prod([sizes[c] for c in summed], dtype=float)


# 6. real_macs


def real_macs(size: int, kernel: int, padding: int) -> Any:
    return hwmath.flops.conv((size, size), 1, 1, kernel, padding=padding, count_padding=False).macs


@part(reference=real_macs)
def real(rng: Rng) -> Iterator[Case]:
    yield case("no padding", 9, 3, 0)
    yield case("a kernel of one", 6, 1, 0)
    yield case("a picture of a single pixel", 1, 3, 1)
    yield case("a kernel as large as the picture", 5, 5, 0)
    yield case("padding that keeps the size", 10, 5, 2)
    yield case("padding as wide as can matter", 6, 4, 3)
    yield case("a kernel wider than the picture", 3, 7, 3)
    yield case("a place where a small kernel meets zeros alone", 4, 1, 2)
    for _ in range(RANDOM_CASES):
        kernel = _whole(rng, 2, 6)
        yield case("a random picture", _whole(rng, 7, 60), kernel, _whole(rng, 1, kernel - 1))


@real.law("without padding nothing is left out")
def _(student: Student, rng: Rng) -> None:
    size, kernel = _whole(rng, 70, 300), _whole(rng, 2, 7)
    assert student(size, kernel, 0) == ((size - kernel + 1) * kernel) ** 2


@real.law("with padding one less than the kernel every weight meets every pixel")
def _(student: Student, rng: Rng) -> None:
    size, kernel = _whole(rng, 70, 300), _whole(rng, 2, 7)
    assert student(size, kernel, kernel - 1) == (size * kernel) ** 2


@real.misconception("At the edge of the picture, what does the outermost weight multiply?")
def counts_the_zeros(size, kernel, padding):
    places = size + 2 * padding - kernel + 1
    return (places * kernel) ** 2


@real.misconception(
    "A place at the edge has a part of its kernel inside. Does that part not count?"
)
def leaves_out_every_place_at_the_edge(size, kernel, padding):
    places = max(0, size - kernel + 1)
    return (places * kernel) ** 2


@real.misconception("Zeros stand above and below. Where else?")
def looks_at_one_direction(size, kernel, padding):
    places = size + 2 * padding - kernel + 1
    pairs = 0
    for place in range(places):
        for weight in range(kernel):
            pairs += 0 <= place + weight - padding < size
    return pairs * places * kernel


@real.misconception("That is right for a line. In how many directions does a picture extend?")
def counts_along_a_line(size, kernel, padding):
    places = size + 2 * padding - kernel + 1
    return sum(
        0 <= place + weight - padding < size for place in range(places) for weight in range(kernel)
    )


@real.misconception("Does the last weight of a kernel ever reach the first pixel, without padding?")
def lets_every_weight_meet_every_pixel(size, kernel, padding):
    return (size * kernel) ** 2


@real.alternative
def clips_each_place(size, kernel, padding):
    pairs = 0
    for start in range(-padding, size + padding - kernel + 1):
        pairs += max(0, min(start + kernel, size) - max(start, 0))
    return pairs * pairs


@real.alternative
def lets_numpy_count(size, kernel, padding):
    line = np.concatenate([np.zeros(padding), np.ones(size), np.zeros(padding)])
    return int(np.convolve(line, np.ones(kernel), mode="valid").sum()) ** 2


PARTS = {part.name: part for part in (exact_linear, output_size, conv2d, attention, einsum, real)}
"""By the name of the student's function, in the order of the notebook."""

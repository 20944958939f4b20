"""Parameters against lists of tensors: each architecture spelt out by hand, sizes multiplied.

The lists know nothing of `Model`: they are written from the definition of the architecture, with
the numbers of its configuration typed here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmath.models import Experts, LatentAttention, Model, model, parameters

Shapes = Iterator[tuple[int, ...]]


def size(shapes: Shapes) -> int:
    return sum(math.prod(shape) for shape in shapes)


def gpt2(layers: int, d: int, vocab: int, rows: int) -> Shapes:
    yield from [(vocab, d), (rows, d)]
    for _ in range(layers):
        yield from [(d,), (d,)]  # norm: scale and shift
        yield from [(d, 3 * d), (3 * d,), (d, d), (d,)]
        yield from [(d,), (d,)]
        yield from [(d, 4 * d), (4 * d,), (4 * d, d), (d,)]
    yield from [(d,), (d,)]


def llama(
    layers: int, d: int, heads: int, kv: int, h: int, f: int, vocab: int, *, tied: bool
) -> Shapes:
    yield (vocab, d)
    for _ in range(layers):
        yield from [(heads * h, d), (kv * h, d), (kv * h, d), (d, heads * h)]
        yield from [(f, d), (f, d), (d, f)]
        yield from [(d,), (d,)]
    yield (d,)
    if not tied:
        yield (vocab, d)


def gemma2(layers: int, d: int, heads: int, kv: int, h: int, f: int, vocab: int) -> Shapes:
    yield (vocab, d)
    for _ in range(layers):
        yield from [(heads * h, d), (kv * h, d), (kv * h, d), (d, heads * h)]
        yield from [(f, d), (f, d), (d, f)]
        # before and after attention, before and after the MLP
        yield from [(d,), (d,), (d,), (d,)]
    yield (d,)


def mixtral(
    layers: int, d: int, heads: int, kv: int, h: int, f: int, vocab: int, experts: int
) -> Shapes:
    yield (vocab, d)
    for _ in range(layers):
        yield from [(heads * h, d), (kv * h, d), (kv * h, d), (d, heads * h)]
        yield (experts, d)
        for _ in range(experts):
            yield from [(f, d), (d, f), (f, d)]
        yield from [(d,), (d,)]
    yield from [(d,), (vocab, d)]


def deepseek(
    sizes: tuple[int, ...], q_rank: int | None, widths: tuple[int, ...], *, correction: bool
) -> Shapes:
    layers, dense, d, heads, f, vocab, experts, moe, shared = sizes
    kv_rank, nope, rope, v = widths
    yield (vocab, d)
    for layer in range(layers):
        if q_rank is None:
            yield (heads * (nope + rope), d)
        else:
            yield from [(q_rank, d), (q_rank,), (heads * (nope + rope), q_rank)]
        yield from [(kv_rank + rope, d), (kv_rank,), (heads * (nope + v), kv_rank)]
        yield (d, heads * v)
        if layer < dense:
            yield from [(f, d), (f, d), (d, f)]
        else:
            yield (experts, d)
            if correction:
                yield (experts,)
            for _ in range(experts):
                yield from [(moe, d), (moe, d), (d, moe)]
            yield from [(shared * moe, d), (shared * moe, d), (d, shared * moe)]
        yield from [(d,), (d,)]
    yield from [(d,), (vocab, d)]


def falcon(layers: int, d: int, heads: int, kv: int, vocab: int, norms: int) -> Shapes:
    h = d // heads
    yield (vocab, d)
    for _ in range(layers):
        yield from [((heads + 2 * kv) * h, d), (d, d), (4 * d, d), (d, 4 * d)]
        for _ in range(norms):
            yield from [(d,), (d,)]
    yield from [(d,), (d,)]


def bloom(layers: int, d: int, vocab: int) -> Shapes:
    yield from [(vocab, d), (d,), (d,)]  # the table and the norm after it
    for _ in range(layers):
        yield from [(d,), (d,), (3 * d, d), (3 * d,), (d, d), (d,)]
        yield from [(d,), (d,), (4 * d, d), (4 * d,), (d, 4 * d), (d,)]
    yield from [(d,), (d,)]


def t5(
    layers: int, d: int, heads: int, h: int, f: int, vocab: int, *, gated: bool, tied: bool
) -> Shapes:
    yield (vocab, d)
    mlp = [(f, d), (f, d), (d, f)] if gated else [(f, d), (d, f)]
    attention = [(heads * h, d), (heads * h, d), (heads * h, d), (d, heads * h)]
    for block in range(layers):  # encoder
        yield from [*attention, (d,), *mlp, (d,)]
        if block == 0:
            yield (32, heads)
    yield (d,)
    for block in range(layers):  # decoder: itself, the encoder, the MLP
        yield from [*attention, (d,), *attention, (d,), *mlp, (d,)]
        if block == 0:
            yield (32, heads)
    yield (d,)
    if not tied:
        yield (vocab, d)


def bert(layers: int, d: int, vocab: int, rows: int, types: int, *, pooler: bool) -> Shapes:
    yield from [(vocab, d), (rows, d), (types, d), (d,), (d,)]
    for _ in range(layers):
        for _ in range(4):  # query, key, value, output
            yield from [(d, d), (d,)]
        yield from [(d,), (d,), (4 * d, d), (4 * d,), (d, 4 * d), (d,), (d,), (d,)]
    if pooler:
        yield from [(d, d), (d,)]


def vit(layers: int, d: int, f: int, patch: int, image: int, classes: int) -> Shapes:
    yield from [(d, 3, patch, patch), (d,), (1, 1, d), (1, (image // patch) ** 2 + 1, d)]
    for _ in range(layers):
        yield from [(d,), (d,), (3 * d, d), (3 * d,), (d, d), (d,)]
        yield from [(d,), (d,), (f, d), (f,), (d, f), (d,)]
    yield from [(d,), (d,), (classes, d), (classes,)]


def phi2(layers: int, d: int, vocab: int) -> Shapes:
    yield (vocab, d)
    for _ in range(layers):
        for _ in range(4):
            yield from [(d, d), (d,)]
        yield from [(4 * d, d), (4 * d,), (d, 4 * d), (d,)]
        yield from [(d,), (d,)]  # one norm for both branches
    yield from [(d,), (d,), (vocab, d), (vocab,)]


def opt350m() -> Shapes:
    d, narrow = 1024, 512
    yield from [(50272, narrow), (2050, d), (d, narrow), (narrow, d)]
    for _ in range(24):
        for _ in range(4):
            yield from [(d, d), (d,)]
        yield from [(d,), (d,), (4 * d, d), (4 * d,), (d, 4 * d), (d,), (d,), (d,)]


def qwen2_moe() -> Shapes:
    d, vocab = 2048, 151936
    yield (vocab, d)
    for _ in range(24):
        yield from [(d, d), (d,), (d, d), (d,), (d, d), (d,), (d, d)]
        yield (60, d)
        for _ in range(60):
            yield from [(1408, d), (1408, d), (d, 1408)]
        yield from [(5632, d), (5632, d), (d, 5632), (1, d)]
        yield from [(d,), (d,)]
    yield from [(d,), (vocab, d)]


def gpt_oss(layers: int, experts: int) -> Shapes:
    d = 2880
    yield (201088, d)
    for _ in range(layers):
        yield from [(64 * 64, d), (64 * 64,), (8 * 64, d), (8 * 64,), (8 * 64, d), (8 * 64,)]
        yield from [(d, 64 * 64), (d,), (64,)]  # the last: a sink for each head
        yield from [(experts, d), (experts,)]
        yield from [(experts, 2 * d, d), (experts, 2 * d), (experts, d, d), (experts, d)]
        yield from [(d,), (d,)]
    yield from [(d,), (201088, d)]


def qwen3(layers: int, d: int, heads: int, f: int) -> Shapes:
    yield from llama(layers, d, heads, 8, 128, f, 151936, tied=False)
    for _ in range(layers):
        yield from [(128,), (128,)]


def gopher(layers: int, d: int) -> Shapes:
    """Rae et al. 2021: RMS norms, and the keys of distances of Dai et al. 2019."""
    yield (32000, d)
    for _ in range(layers):
        yield from [(d, d)] * 5
        yield from [(4 * d, d), (d, 4 * d), (d,), (d,)]
    yield (d,)


SPELT: list[tuple[str, Shapes]] = [
    ("gpt-2", gpt2(12, 768, 50257, 1024)),
    ("gpt-2-xl", gpt2(48, 1600, 50257, 1024)),
    ("gpt-3-175b", gpt2(96, 12288, 50257, 2048)),
    ("llama-7b", llama(32, 4096, 32, 32, 128, 11008, 32000, tied=False)),
    ("llama-2-70b", llama(80, 8192, 64, 8, 128, 28672, 32000, tied=False)),
    ("llama-3.1-405b", llama(126, 16384, 128, 8, 128, 53248, 128256, tied=False)),
    ("llama-3.2-1b", llama(16, 2048, 32, 8, 64, 8192, 128256, tied=True)),
    ("mistral-nemo-12b", llama(40, 5120, 32, 8, 128, 14336, 131072, tied=False)),
    ("gemma-2b", llama(18, 2048, 8, 1, 256, 16384, 256000, tied=True)),
    ("gemma-2-9b", gemma2(42, 3584, 16, 8, 256, 14336, 256000)),
    ("gemma-2-27b", gemma2(46, 4608, 32, 16, 128, 36864, 256000)),
    ("mixtral-8x7b", mixtral(32, 4096, 32, 8, 128, 14336, 32000, 8)),
    (
        "deepseek-v2-lite",
        deepseek(
            (27, 1, 2048, 16, 10944, 102400, 64, 1408, 2),
            None,
            (512, 128, 64, 128),
            correction=False,
        ),
    ),
    (
        "deepseek-v3",
        deepseek(
            (61, 3, 7168, 128, 18432, 129280, 256, 2048, 1),
            1536,
            (512, 128, 64, 128),
            correction=True,
        ),
    ),
    ("falcon-7b", falcon(32, 4544, 71, 1, 65024, norms=1)),
    ("falcon-40b", falcon(60, 8192, 128, 8, 65024, norms=2)),
    ("bloom-176b", bloom(70, 14336, 250880)),
    ("t5-11b", t5(24, 1024, 128, 128, 65536, 32128, gated=False, tied=True)),
    ("t5-v1.1-xxl", t5(24, 4096, 64, 64, 10240, 32128, gated=True, tied=False)),
    ("bert-base-uncased", bert(12, 768, 30522, 512, 2, pooler=True)),
    ("roberta-large", bert(24, 1024, 50265, 514, 1, pooler=True)),
    ("distilbert-base-uncased", bert(6, 768, 30522, 512, 0, pooler=False)),
    ("vit-l-16", vit(24, 1024, 4096, 16, 224, 1000)),
    ("vit-h-14", vit(32, 1280, 5120, 14, 224, 1000)),
    ("phi-2", phi2(32, 2560, 51200)),
    ("opt-350m", opt350m()),
    ("qwen1.5-moe-a2.7b", qwen2_moe()),
    ("qwen3-8b", qwen3(36, 4096, 32, 12288)),
    ("gpt-oss-20b", gpt_oss(24, 32)),
    ("gopher-280b", gopher(80, 16384)),
]


@pytest.mark.parametrize(("key", "shapes"), SPELT, ids=[key for key, _ in SPELT])
def test_parameters_are_the_sum_of_all_tensors(key: str, shapes: Shapes) -> None:
    assert parameters(model(key)) == size(shapes)


few = st.integers(1, 4)
some = st.integers(1, 9)


@given(few, few, few, some, some, some, st.booleans())
def test_any_llama(
    layers: int, kv: int, group: int, h: int, f: int, vocab: int, tied: bool
) -> None:
    heads, d = kv * group, 5
    shape = Model(
        *("tiny", "Tiny", "llama", "decoder", 2023, layers, d, heads, kv, h, f, 3, vocab, tied, 8)
    )
    assert parameters(shape) == size(llama(layers, d, heads, kv, h, f, vocab, tied=tied))


@given(few, few, few, some, some, some, st.none() | some, st.booleans())
def test_any_deepseek(
    layers: int,
    heads: int,
    experts: int,
    moe: int,
    kv_rank: int,
    rope: int,
    q_rank: int | None,
    correction: bool,
) -> None:
    dense, d, f, vocab, shared, nope, v = layers - 1, 7, 6, 11, 2, 3, 4
    shape = Model(
        *("tiny", "Tiny", "deepseek", "decoder", 2024, layers, d, heads, heads, 8, f, 3),
        *(vocab, False, 8),
        latent=LatentAttention(kv_rank, nope, rope, v, q_rank),
        experts=Experts(experts, 1, moe, shared * moe, dense),
        biases=("router",) if correction else (),
    )
    sizes = (layers, dense, d, heads, f, vocab, experts, moe, shared)
    spelt = deepseek(sizes, q_rank, (kv_rank, nope, rope, v), correction=correction)
    assert parameters(shape) == size(spelt)


def test_the_lists_notice_a_change() -> None:
    spelt = size(llama(32, 4096, 32, 32, 128, 11008, 32000, tied=False))
    seven = model("llama-7b")
    for other in (
        replace(seven, layers=33),
        replace(seven, kv_heads=8),
        replace(seven, mlp_matrices=2),
        replace(seven, norm="layer"),
        replace(seven, tied=True),
        replace(seven, biases=("output",)),
        replace(seven, final_norm=False),
    ):
        assert parameters(other) != spelt

"""Operators of a pass: sums against formulas, traffic against lists of arrays, printed figures."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from tiny_transformers import LATENT, TINY, one_of_each_kind, shape

from hwmath.models import Model, model, parameters, weight_parameters
from hwmath.transformers.attention import core_works
from hwmath.transformers.flop import TERMS, forward_flop_by_term
from hwmath.transformers.memory import (
    kv_bytes,
    kv_bytes_per_token,
    weight_bytes,
)
from hwmath.transformers.operators import distinct_experts, operators, total_work
from hwmath.transformers.parts import Operator
from hwmath.transformers.run import Formats, Pass, decode, prefill
from hwmath.work import Traffic

MODELS = one_of_each_kind()
WIDE = Formats(weights="fp8", activations="bf16", kv="fp32")  # three sizes: 1, 2 and 4 bytes


def source_of(m: Model) -> int:
    return 9 if m.kind == "encoder-decoder" else 0


def runs_of(m: Model) -> list[Pass]:
    s = source_of(m)
    prompts = [prefill(1, 40, s), prefill(3, 7, s)]
    return prompts if m.kind == "encoder" else [*prompts, decode(4, 300, s), Pass(2, 16, 200, s)]


def by_name(parts: tuple[Operator, ...]) -> dict[str, Operator]:
    found = {part.name: part for part in parts}
    assert len(found) == len(parts)
    return found


@pytest.mark.parametrize("key", MODELS)
def test_matrices_of_operators_sum_to_the_formulas(key: str) -> None:
    """Two counts of one thing: a formula for each term, and a sum over operators."""
    m = model(key)
    for run, causal in itertools.product(runs_of(m), (False, True)):
        summed: defaultdict[str, Any] = defaultdict(float)
        for part in operators(m, run, causal=causal):
            summed[part.term] += part.total.flop_by_unit.get("matrix", 0.0)
        for term, flop in forward_flop_by_term(m, run, causal=causal).items():
            assert summed[term] == pytest.approx(flop, rel=1e-12), (term, run)
        assert set(summed) - set(TERMS) <= {"elementwise"}


@pytest.mark.parametrize("key", [k for k in MODELS if model(k).experts is None])
def test_each_matrix_is_read_once_a_pass(key: str) -> None:
    m = model(key)
    run = prefill(5, 6, source_of(m))
    work = total_work(operators(m, run, WIDE))
    looked_up = (run.tokens + run.encoded_tokens) * (m.embedding_width or m.width) * bool(m.vocab)
    patches = m.patch_inputs * m.width
    assert work.traffic.weights == weight_parameters(m) + looked_up + patches


@pytest.mark.parametrize("key", MODELS)
def test_a_decode_step_reads_the_whole_cache_and_adds_one_token(key: str) -> None:
    m = model(key)
    if m.kind == "encoder":
        work = total_work(operators(m, prefill(2, 9), WIDE))
        assert work.traffic.kv_read == work.traffic.kv_write == 0
        return
    s = source_of(m)
    for batch, context in ((1, 10), (3, 5000)):
        work = total_work(operators(m, decode(batch, context, s), WIDE))
        held = kv_bytes(m, batch, context + 1, "fp32", source_tokens=s)
        assert work.traffic.kv_read == pytest.approx(held, rel=1e-12)
        assert work.traffic.kv_write == batch * kv_bytes_per_token(m, "fp32")


def test_a_prompt_writes_what_is_then_kept() -> None:
    for key in ("llama-3.1-8b", "deepseek-v3", "gpt-2"):
        m = model(key)
        work = total_work(operators(m, prefill(2, 100), WIDE))
        assert work.traffic.kv_write == kv_bytes(m, 2, 100, "fp32")
    t5 = model("t5-small")
    work = total_work(operators(t5, prefill(2, 10, 30), WIDE))
    assert work.traffic.kv_write == kv_bytes(t5, 2, 10, "fp32", source_tokens=30)


def test_the_cache_as_a_list_of_arrays() -> None:
    """Every array that a layer keeps, made and measured."""
    batch, tokens = 3, 11
    for m, layers in TINY.values():
        size = 0
        for layer in layers:
            kept = tokens if layer.window is None else min(tokens, layer.window)
            if m.latent:
                arrays = [np.zeros((batch, kept, LATENT.kv_rank), np.float16)]
                arrays.append(np.zeros((batch, kept, LATENT.rotary_width), np.float16))
            else:
                arrays = [np.zeros((batch, m.kv_heads, kept, m.head_width), np.float16)] * 2
            size += sum(array.nbytes for array in arrays)
        assert kv_bytes(m, batch, tokens) == size
    one = kv_bytes(shape(), 1, 1)
    assert kv_bytes(shape(), 2, 5, "fp32") == 2 * 5 * 2 * one  # twice the texts, five tokens, twice
    assert kv_bytes(shape(kv_heads=2), 1, 1) == one / 2


@pytest.mark.parametrize("key", MODELS)
def test_weights_are_parameters_in_their_format(key: str) -> None:
    m = model(key)
    assert weight_bytes(m, "int4") == parameters(m) / 2
    assert weight_bytes(m, Formats(weights="fp32")) == 4 * parameters(m)


def one_head(n: int, d: int, queries: int, *, fused: bool) -> Any:
    """A head of width d in fp16: `queries` queries meet n keys; softmax has 3 FLOP a score."""
    many, few = Traffic(act_in=2.0 * n * d), Traffic(act_in=2.0 * queries * d)
    works = core_works(
        met=float(n * queries),
        heads=1,
        key_width=d,
        value_width=d,
        query=few,
        keys=many,
        values=many,
        result=Traffic(act_out=2.0 * queries * d),
        score_bytes=2,
        fused=fused,
        softmax_flop_per_score=3,
    )
    return sum(works[1:], start=works[0])


def test_shenoy_and_kielys_head_of_attention() -> None:
    prompt = one_head(4096, 128, 4096, fused=False)
    assert prompt.traffic.memory_bytes == 138_412_032  # BAS-02
    assert prompt.flop == 8_640_266_240  # BAS-03
    assert prompt.intensity_flop_per_byte == pytest.approx(62.4242424242424)  # BAS-04
    # BAS-18: a decode step's head has one query, which nothing makes denser than one
    step = one_head(4096, 128, 1, fused=True)
    products = step.flop_by_unit["matrix"]
    keys_and_values = 2 * 2 * 4096 * 128
    assert products / keys_and_values == 1
    assert products / step.traffic.memory_bytes == pytest.approx(1, rel=3e-4)
    assert one_head(4096, 128, 1, fused=False).intensity_flop_per_byte < 1
    # a prompt in one kernel is another matter
    assert one_head(4096, 128, 4096, fused=True).intensity_flop_per_byte > 2000


def test_scores_written_out_by_hand() -> None:
    m = shape(kv_heads=2)
    b, n, c = 3, 5, 4
    t, h, d = n + c, m.heads, m.head_width
    parts = by_name(operators(m, Pass(b, n, c), WIDE, fused_attention=False))
    query = b * h * n * d * 2
    keys = b * 2 * t * d * 4
    matrix = b * h * n * t * 2
    moved = {name: parts[name].work.traffic for name in ("scores", "softmax", "values")}
    assert (moved["scores"].act_in, moved["scores"].kv_read) == (query, keys)
    assert moved["scores"].act_out == matrix
    assert (moved["softmax"].act_in, moved["softmax"].act_out) == (matrix, matrix)
    assert (moved["values"].act_in, moved["values"].kv_read) == (matrix, keys)
    assert moved["values"].act_out == query
    fused = by_name(operators(m, Pass(b, n, c), WIDE))["attention"].work.traffic
    assert (fused.act_in, fused.kv_read, fused.act_out) == (query, 2 * keys, query)


def test_a_window_reads_no_more_keys_than_its_queries_see() -> None:
    for window, n, c in itertools.product((1, 2, 5, 40), (1, 3, 6), (0, 2, 11)):
        seen = {
            key
            for query in range(c, c + n)
            for key in range(c + n)
            if key <= query and query - key < window
        }
        m = shape(window=window)
        read = by_name(operators(m, Pass(1, n, c), WIDE))["attention"].work.traffic.kv_read
        assert read == len(seen) * 2 * m.heads * m.head_width * 4


def test_the_cheaper_way_of_latent_attention_and_what_it_moves() -> None:
    m = model("deepseek-v3")
    latent = m.latent
    assert latent is not None
    kept = latent.kv_rank + latent.rotary_width
    step = by_name_of_first(operators(m, decode(1, 4095)))
    assert step["attention"].traffic.kv_read == 4096 * kept * 2
    assert step["key up"].traffic.kv_read == 0  # absorbed: no key is made
    prompt = by_name_of_first(operators(m, prefill(1, 4096)))
    assert prompt["key up"].traffic.kv_read == 4096 * latent.kv_rank * 2
    assert prompt["attention"].traffic.kv_read == 4096 * latent.rotary_width * 2
    # an absorbed step has the intensity of all heads that share one key
    both = step["attention"].intensity_flop_per_byte
    assert both > 100 * one_head(4096, 128, 1, fused=True).intensity_flop_per_byte


def test_latent_attention_moves_what_is_there_by_hand() -> None:
    """Weights of 1 byte, activations of 2, cache of 4; both ways, in one kernel and in three."""
    m, b = shape(latent=LATENT), 2
    h, w, rank, c, r, v = m.heads, m.width, 5, 3, 2, 4
    for n, cached, full in ((6, 0, True), (1, 8, False)):
        t, run = n + cached, Pass(b, n, cached)
        kernel = by_name(operators(m, run, WIDE))
        three = by_name(operators(m, run, WIDE, fused_attention=False))
        moved = {name: part.work.traffic for name, part in (three | kernel).items()}
        down = moved["latent down"]
        assert (down.weights, down.act_in) == (w * (rank + r), b * n * w * 2)
        assert (down.act_out, down.kv_write) == (0, b * n * (rank + r) * 4)
        for name, wide in (("key up", c), ("value up", v)):
            up = moved[name]
            assert up.weights == rank * h * wide
            ends = [b * n * h * wide * 2, b * n * h * rank * 2]
            if full:
                assert (up.kv_read, up.act_in) == (b * t * rank * 4, 0)
                assert up.act_out == b * t * h * wide * 2
            else:
                assert up.kv_read == 0
                assert [up.act_in, up.act_out] == (ends if name == "key up" else ends[::-1])
        scores = b * h * n * t * 2
        if full:
            query, result, keys = h * (c + r), h * v, t * h * c * 2
            read = {"scores": keys, "values": t * h * v * 2}
            kept = {"scores": t * r * 4, "values": 0}
        else:
            query, result = h * (rank + r), h * rank
            read, kept = {"scores": 0, "values": 0}, {"scores": t * (rank + r) * 4}
            kept["values"] = t * rank * 4
        query, result = b * n * query * 2, b * n * result * 2
        assert moved["scores"].act_in == query + b * read["scores"]
        assert moved["scores"].kv_read == b * kept["scores"]
        assert (moved["scores"].act_out, moved["softmax"].act_in) == (scores, scores)
        assert moved["values"].act_in == scores + b * read["values"]
        assert (moved["values"].kv_read, moved["values"].act_out) == (b * kept["values"], result)
        one = moved["attention"]
        assert one.act_in == query + b * (read["scores"] + read["values"])
        assert (one.kv_read, one.act_out) == (b * kept["scores"], result)


def by_name_of_first(parts: tuple[Operator, ...]) -> dict[str, Any]:
    """The work of the first operator of each name: of the first kind of layer."""
    found: dict[str, Any] = {}
    for part in parts:
        found.setdefault(part.name, part.work)
    return found


@pytest.mark.parametrize(
    ("count", "active", "tokens"), [(4, 2, 1), (4, 2, 2), (5, 3, 2), (3, 1, 4)]
)
def test_experts_that_a_batch_meets_by_trying_every_choice(
    count: int, active: int, tokens: int
) -> None:
    choices = list(itertools.combinations(range(count), active))
    met = [len(set(itertools.chain(*batch))) for batch in itertools.product(choices, repeat=tokens)]
    assert distinct_experts(count, active, tokens) == pytest.approx(np.mean(met))


def test_a_batch_reads_the_experts_it_meets() -> None:
    m = model("mixtral-8x7b")
    one = parameters_of_expert(m)
    for batch in (1, 4, 64):
        read = sum(
            part.total.traffic.weights
            for part in operators(m, decode(batch, 9), WIDE)
            if part.name.startswith("expert ")
        )
        assert read == pytest.approx(m.layers * one * distinct_experts(8, 2, batch))
    whole = total_work(operators(m, decode(4096, 9), WIDE)).traffic.weights
    assert whole == pytest.approx(weight_parameters(m, active=False) + 4096 * m.width)
    alone = total_work(operators(m, decode(1, 9), WIDE)).traffic.weights
    assert alone == pytest.approx(weight_parameters(m) + m.width)


def parameters_of_expert(m: Model) -> int:
    assert m.experts is not None
    return 3 * m.width * m.experts.width


def test_the_small_operators_by_hand() -> None:
    m = shape(mlp_matrices=3, norm="scale")
    parts = by_name(operators(m, prefill(2, 5), WIDE))
    tokens, w, f = 10, m.width, m.mlp_width
    norms = parts["norms"].work
    assert norms.flop == 2 * 4 * tokens * w
    assert (norms.traffic.act_in, norms.traffic.act_out) == (2 * tokens * w * 2,) * 2
    sums = parts["residuals"].work
    assert sums.flop == 2 * tokens * w
    assert (sums.traffic.act_in, sums.traffic.act_out) == (4 * tokens * w * 2, 2 * tokens * w * 2)
    gate = parts["activation"].work
    assert gate.flop == 5 * tokens * f  # SiLU and the product with it
    assert (gate.traffic.act_in, gate.traffic.act_out) == (2 * tokens * f * 2, tokens * f * 2)
    assert parts["attention"].work.flop_by_unit["vector"] == 5 * 2 * m.heads * 25
    assert parts["end norms"].work.flop == 4 * tokens * w
    riding = by_name(operators(m, prefill(2, 5), WIDE, fused_elementwise=True))
    for name in ("norms", "residuals", "activation", "end norms"):
        assert riding[name].work.traffic.memory_bytes == 0
        assert riding[name].work.flop == parts[name].work.flop


def test_fewer_bytes_a_number_move_less_and_compute_the_same() -> None:
    m, run = model("llama-3.1-8b"), decode(8, 1000)
    wide = total_work(operators(m, run))
    narrow = total_work(operators(m, run, Formats("int4", "bf16", "fp8")))
    assert narrow.flop == wide.flop
    assert narrow.traffic.weights == wide.traffic.weights / 4
    assert narrow.traffic.kv_read == wide.traffic.kv_read / 2
    assert narrow.traffic.act_in == wide.traffic.act_in


def test_a_sweep_is_one_call() -> None:
    batches, contexts = np.array([1, 5])[:, None], np.array([3, 600, 9000])
    for key in ("mistral-7b", "deepseek-v3", "t5-small"):
        m = model(key)
        swept = total_work(operators(m, decode(batches, contexts, source_of(m))))
        for (i, b), (j, c) in itertools.product(enumerate((1, 5)), enumerate(contexts.tolist())):
            one = total_work(operators(m, decode(b, c, source_of(m))))
            for kind in ("weights", "act_in", "act_out", "kv_read", "kv_write"):
                shown = np.broadcast_to(getattr(swept.traffic, kind), (2, 3))
                assert shown[i, j] == pytest.approx(getattr(one.traffic, kind), rel=1e-12)
            assert np.broadcast_to(swept.flop, (2, 3))[i, j] == pytest.approx(one.flop, rel=1e-12)

"""FLOP of transformers: every multiplication made one by one, printed figures, and laws."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_transformers import TINY, Layer, one_of_each_kind, shape

from hwmath.models import Model, load_models, model, weight_parameters
from hwmath.transformers.flop import (
    TERMS,
    flop_by_layer,
    forward_flop,
    forward_flop_by_term,
    training_flop,
)
from hwmath.transformers.run import Formats, Pass, decode, prefill
from hwmath.transformers.shapes import blocks

RUNS = [Pass(2, 5, 0), Pass(1, 1, 6), Pass(3, 4, 2), Pass(1, 1, 0)]
MODELS = one_of_each_kind()
DECODERS = [key for key in MODELS if model(key).kind == "decoder"]


def multiply(counts: Counter[str], term: str, inputs: int, outputs: int) -> None:
    """A vector times a matrix, one multiplication after another."""
    for _ in range(outputs):
        for _ in range(inputs):
            counts[term] += 1


def visible(query: int, keys: int, window: int | None, causal: bool) -> Iterator[int]:
    """Places of keys that are multiplied with the query at a place, counted from 0."""
    if not causal:  # all that a plain kernel takes, which has no more than a window at hand
        yield from range(keys if window is None else min(keys, window))
        return
    for place in range(keys):
        if place <= query and (window is None or query - place < window):
            yield place


def attend(counts: Counter[str], m: Model, run: Pass, layer: Layer, causal: bool) -> None:
    """Attention of one text, with keys and values of every head."""
    new, cached = int(run.new_tokens), int(run.cached_tokens)
    projections, mixing = "attention projections", "scores and values"
    for _ in range(new):
        multiply(counts, projections, m.width, m.heads * m.head_width)
        multiply(counts, projections, m.width, m.kv_heads * m.head_width)
        multiply(counts, projections, m.width, m.kv_heads * m.head_width)
        multiply(counts, projections, m.heads * m.head_width, m.width)
    for query in range(cached, cached + new):
        for _ in visible(query, cached + new, layer.window, causal):
            for _ in range(m.heads):
                multiply(counts, mixing, m.head_width, 1)
                multiply(counts, mixing, 1, m.head_width)


def attend_latent(
    counts: Counter[str], m: Model, run: Pass, layer: Layer, causal: bool, absorbed: bool
) -> None:
    """Latent attention of one text: with keys of every head, or over the latents."""
    found = m.latent
    assert found is not None
    new, cached = int(run.new_tokens), int(run.cached_tokens)
    projections, mixing = "attention projections", "scores and values"
    for _ in range(new):
        query = m.heads * (found.content_width + found.rotary_width)
        if found.query_rank is None:
            multiply(counts, projections, m.width, query)
        else:
            multiply(counts, projections, m.width, found.query_rank)
            multiply(counts, projections, found.query_rank, query)
        multiply(counts, projections, m.width, found.kv_rank + found.rotary_width)
        multiply(counts, projections, m.heads * found.value_width, m.width)
    for _ in range(new if absorbed else new + cached):
        for _ in range(m.heads):
            multiply(counts, projections, found.kv_rank, found.content_width)
            multiply(counts, projections, found.kv_rank, found.value_width)
    key, value = (
        (found.kv_rank + found.rotary_width, found.kv_rank)
        if absorbed
        else (found.content_width + found.rotary_width, found.value_width)
    )
    for query in range(cached, cached + new):
        for _ in visible(query, cached + new, layer.window, causal):
            for _ in range(m.heads):
                multiply(counts, mixing, key, 1)
                multiply(counts, mixing, 1, value)


def by_hand(m: Model, layers: tuple[Layer, ...], run: Pass, causal: bool) -> Counter[str]:
    """MACs of a pass by term, all of them made one by one."""
    total: Counter[str] = Counter()
    for _ in range(int(run.batch)):
        for layer in layers:
            if m.latent:
                full, absorbed = Counter[str](), Counter[str]()
                attend_latent(full, m, run, layer, causal, absorbed=False)
                attend_latent(absorbed, m, run, layer, causal, absorbed=True)
                total += full if full.total() <= absorbed.total() else absorbed
            else:
                attend(total, m, run, layer, causal)
            for _ in range(int(run.new_tokens)):
                for inner in layer.inner:
                    for _ in range(m.mlp_matrices - 1):
                        multiply(total, "mlp", m.width, inner)
                    multiply(total, "mlp", inner, m.width)
                multiply(total, "router", m.width, layer.router)
        for _ in range(int(run.new_tokens)):
            multiply(total, "unembedding", m.width, m.vocab)
    return total


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("run", RUNS, ids=str)
@pytest.mark.parametrize("name", TINY)
def test_each_term_as_if_every_multiplication_were_made(name: str, run: Pass, causal: bool) -> None:
    m, layers = TINY[name]
    found = forward_flop_by_term(m, run, causal=causal)
    macs = by_hand(m, layers, run, causal)
    assert found == {term: 2 * macs[term] for term in TERMS}
    assert forward_flop(m, run, causal=causal) == 2 * macs.total()


@pytest.mark.parametrize("name", TINY)
def test_layers_sum_to_the_whole_and_stand_in_order(name: str) -> None:
    m, layers = TINY[name]
    run = Pass(2, 3, 4)
    found = flop_by_layer(m, run, causal=True)
    assert len(found) == m.layers
    assert [block.window for block in blocks(m)] == [layer.window for layer in layers]
    assert [layer["router"] > 0 for layer in found] == [layer.router > 0 for layer in layers]
    whole = forward_flop_by_term(m, run, causal=True)
    for term in ("attention projections", "scores and values", "mlp", "router"):
        assert sum(layer[term] for layer in found) == whole[term]


def test_a_source_is_read_once_and_looked_at_by_every_new_token() -> None:
    m = shape(kind="encoder-decoder", encoder_layers=3, tied=False)
    source, new, cached = 7, 4, 5
    w, inner, wide = m.width, m.mlp_width, m.heads * m.head_width
    per_layer = 4 * w * wide + 2 * w * inner
    encoder = 3 * source * (per_layer + source * 2 * wide)
    kept = m.layers * source * 2 * w * wide  # keys and values of the source, in each layer
    decoder = m.layers * (per_layer + 2 * w * wide + source * 2 * wide) + w * m.vocab
    first = forward_flop(m, prefill(1, new, source))
    assert first == 2 * (encoder + kept + new * (decoder + m.layers * new * 2 * wide))
    later = forward_flop(m, decode(1, cached, source))
    assert later == 2 * (decoder + m.layers * (cached + 1) * 2 * wide)


def test_an_encoder_sees_all_whatever_is_said_of_order() -> None:
    m = shape(kind="encoder", unembeds=False, pooler=True, classes=3, patch_inputs=12, vocab=0)
    run = prefill(2, 6)
    w, wide = m.width, m.heads * m.head_width
    layers = 2 * 6 * m.layers * (4 * w * wide + 2 * w * m.mlp_width + 6 * 2 * wide)
    ends = 2 * (5 * 12 * w + w * w + 3 * w)
    assert forward_flop(m, run) == forward_flop(m, run, causal=True) == 2 * (layers + ends)
    # no gradient is asked for at the patches
    assert training_flop(m, 12, 6) == 3 * 2 * (layers + ends) - 2 * 2 * 5 * 12 * w


def test_a_token_costs_two_flop_for_each_weight_it_meets() -> None:
    for key, m in load_models().items():
        if m.kind == "decoder":
            by_term = forward_flop_by_term(m, decode(1, 0), causal=True)
            mixing = by_term["scores and values"]
            assert sum(by_term.values()) - mixing == 2 * weight_parameters(m), key


def chen(**changes: object) -> Model:
    """A model of Chen's shape: four square matrices of attention, eight of the MLP."""
    d = 8192
    return shape(
        layers=64,
        width=d,
        heads=64,
        kv_heads=64,
        head_width=128,
        mlp_width=4 * d,
        **changes,
    )


def test_chens_counts() -> None:
    one = forward_flop_by_term(chen(), decode(1, 0), logits="none")
    layers = one["attention projections"] + one["mlp"]
    assert layers == 103_079_215_104  # KIP-20
    keys_and_values = one["attention projections"] / 2  # two of four equal matrices
    assert keys_and_values == 17_179_869_184  # KIP-01
    assert keys_and_values / layers == pytest.approx(1 / 6, rel=1e-12)  # KIP-07
    at = forward_flop_by_term(chen(), decode(1, 49_152 - 1), logits="none")
    assert at["scores and values"] == layers  # KIP-36: 6 d, its own key among the keys


def test_a_gate_moves_the_crossover_to_eight_widths() -> None:
    """With three matrices of 4 d the layer has 16 d², so scores and values catch up at 8 d."""
    at = forward_flop_by_term(chen(mlp_matrices=3), decode(1, 8 * 8192 - 1), logits="none")
    assert at["scores and values"] == at["attention projections"] + at["mlp"]


def test_sangers_attention_of_llama_2_70b() -> None:
    big = model("llama-2-70b")
    share = forward_flop_by_term(big, decode(1, 8191))["scores and values"]
    assert share == 21_474_836_480  # SAN-04
    # SAN-03, printed with 4096 for the width: half of what 64 heads of 128 cost per key
    assert share / 8192 == 2 * 1_310_720


def test_attention_is_not_what_costs_most_in_llama_2_7b() -> None:
    by_term = forward_flop_by_term(model("llama-2-7b"), prefill(1, 4096))
    total = sum(by_term.values())
    scores = by_term["scores and values"]
    # BAS-19 adds two FLOP for each of 6.74e9 parameters, the table that is looked up among them
    exact = scores / 4096 / (scores / 4096 + 2 * 6.74e9)
    assert exact == pytest.approx(0.137417110545167, rel=1e-6)
    assert scores / total == pytest.approx(exact, rel=0.02)
    with_projections = (scores + by_term["attention projections"]) / total
    assert with_projections == pytest.approx(0.419, abs=5e-4)
    assert by_term["mlp"] / total == pytest.approx(0.564, abs=5e-4)


@pytest.mark.parametrize("key", MODELS)
def test_batch_and_layers_scale_every_term(key: str) -> None:
    m = model(key)
    source = 9 if m.kind == "encoder-decoder" else 0
    one, three = (forward_flop_by_term(m, prefill(b, 20, source)) for b in (1, 3))
    assert {term: 3 * flop for term, flop in one.items()} == three


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("split", [1, 4, 9])
def test_a_text_in_two_passes_costs_what_it_costs_in_one(name: str, split: int) -> None:
    m, _ = TINY[name]
    whole = forward_flop_by_term(m, prefill(2, 10), causal=True)
    parts = [
        forward_flop_by_term(m, Pass(2, n, c), causal=True)
        for n, c in ((split, 0), (10 - split, split))
    ]
    for term in TERMS:
        if m.latent is None or term not in ("attention projections", "scores and values"):
            assert sum(part[term] for part in parts) == whole[term]
    assert sum(sum(part.values()) for part in parts) >= sum(whole.values())


@given(st.integers(1, 40), st.integers(0, 60), st.integers(1, 30))
def test_causal_is_less_than_all_and_at_least_half(new: int, cached: int, window: int) -> None:
    for m in (shape(), shape(window=window), shape(window=window, global_every=2)):
        run = Pass(1, new, cached)
        less, more = (
            forward_flop_by_term(m, run, causal=c)["scores and values"] for c in (True, False)
        )
        assert more / 2 < less <= more
        all_full = m.window is not None and not m.global_every and window <= cached + 1
        assert (less == more) == (new == 1 or all_full)


def test_a_sweep_is_one_call() -> None:
    batches, contexts = np.array([1, 2, 8])[:, None], np.array([0, 7, 500, 4096])
    for key in ("llama-3.1-8b", "deepseek-v3", "mixtral-8x7b", "t5-11b"):
        m = model(key)
        source = 50 if m.kind == "encoder-decoder" else 0
        swept = forward_flop_by_term(m, decode(batches, contexts, source), causal=True)
        for (i, b), (j, c) in itertools.product(
            enumerate(batches[:, 0]), enumerate(contexts.tolist())
        ):
            single = forward_flop_by_term(m, decode(b, c, source), causal=True)
            for term in TERMS:
                shown = np.broadcast_to(swept[term], (3, 4))
                assert shown[i, j] == single[term], (key, term)


def test_only_the_last_token_is_scored_when_serving() -> None:
    m = model("llama-3.1-8b")
    table = 2 * m.width * m.vocab
    every, last, none = (
        forward_flop(m, prefill(4, 100), logits=how) for how in ("all", "last", "none")
    )
    assert every - none == 400 * table
    assert last - none == 4 * table
    assert forward_flop(m, decode(4, 9), logits="all") == forward_flop(
        m, decode(4, 9), logits="last"
    )


@pytest.mark.parametrize("key", DECODERS)
def test_training_is_three_passes_and_what_is_computed_anew(key: str) -> None:
    m = model(key)
    by_term = forward_flop_by_term(m, prefill(1, 64), causal=True)
    forward = sum(by_term.values())
    ends = by_term["unembedding"] + by_term["ends"]
    plain, selective, full = (
        training_flop(m, 640, 64, causal=True, recompute=how)
        for how in ("none", "selective", "full")
    )
    assert plain == pytest.approx(30 * forward, rel=1e-12)
    assert selective - plain == pytest.approx(10 * by_term["scores and values"], rel=1e-6)
    assert full - plain == pytest.approx(10 * (forward - ends), rel=1e-6)


def test_what_a_model_cannot_do_is_refused_by_name() -> None:
    t5, bert, gpt = model("t5-small"), model("bert-base-uncased"), model("gpt-2")
    for m, run, said in (
        (t5, prefill(1, 5), "source_tokens"),
        (gpt, prefill(1, 5, 3), "no encoder"),
        (bert, decode(1, 5), "cached_tokens"),
    ):
        with pytest.raises(ValueError, match=said):
            forward_flop(m, run)
    with pytest.raises(ValueError, match=r"batch=0\.5 must be a whole number"):
        Pass(0.5, 1)
    with pytest.raises(ValueError, match="new_tokens=0"):
        Pass(1, 0)
    with pytest.raises(ValueError, match="unknown recompute"):
        training_flop(gpt, 1e6, 100, recompute="some")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown logits"):
        forward_flop(gpt, prefill(1, 1), logits="first")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="reads no source"):
        training_flop(gpt, 1e6, 100, source=5)
    with pytest.raises(ValueError, match="bf17"):
        Formats(kv="bf17")


def test_training_an_encoder_decoder_counts_its_source() -> None:
    t5 = model("t5-small")
    whole = forward_flop(t5, prefill(1, 30, 80))
    assert training_flop(t5, 300, 30, source=80) == pytest.approx(3 * 10 * whole, rel=1e-12)
    assert training_flop(t5, 300, 30) == training_flop(t5, 300, 30, source=30)


def test_a_shape_that_differs_in_one_thing_costs_only_there() -> None:
    gpt = model("gpt-2")
    narrow = dataclasses.replace(gpt, kv_heads=2)
    one, other = (forward_flop_by_term(m, prefill(1, 50)) for m in (gpt, narrow))
    differing = [term for term in TERMS if one[term] != other[term]]
    assert differing == ["attention projections"]

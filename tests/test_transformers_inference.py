"""Steps and serving: counted in plain loops at tiny shapes, against the operators, and laws."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmath.chips import chip, load_chips
from hwmath.models import load_models, model
from hwmath.models.model import Experts, LatentAttention, Model
from hwmath.roofline import time_lower_bound_s
from hwmath.transformers.assumptions import EXACT, Assumptions
from hwmath.transformers.coefficients import along, coefficients, stack
from hwmath.transformers.flop import forward_flop
from hwmath.transformers.inference import (
    bytes_per_chip,
    largest_batch,
    machine_energy_j,
    prompt_tokens_per_s_upper_bound,
    request_lower_bound_s,
    sweep,
    time_per_token_lower_bound_s,
    time_to_first_token_lower_bound_s,
    tokens_per_s_upper_bound,
    usd_per_million_tokens,
)
from hwmath.transformers.loads import kv_shares
from hwmath.transformers.machines import Machine, machine, machines_along, stack_machines
from hwmath.transformers.memory import kv_bytes, weight_bytes
from hwmath.transformers.operators import operators, total_work
from hwmath.transformers.pass_step import pass_step
from hwmath.transformers.run import Formats, Pass, decode, prefill
from hwmath.transformers.step import TERMS, Step, decode_step, prefill_step, step

UNIT = Machine("unit", flop_per_s=1.0, bytes_per_s=1.0, link_bytes_per_s=1.0)
A100 = machine(chip("A100 80GB SXM"))
ALONE = Assumptions(communication=False, context_parallel=True)


def tiny(**more: object) -> Model:
    shape: dict[str, object] = {
        "key": "tiny",
        "name": "Tiny",
        "family": "test",
        "kind": "decoder",
        "year": 2024,
        "layers": 3,
        "width": 8,
        "heads": 4,
        "kv_heads": 2,
        "head_width": 3,
        "mlp_width": 10,
        "mlp_matrices": 3,
        "vocab": 21,
        "tied": False,
        "context": 64,
    }
    return Model(**(shape | more))  # type: ignore[arg-type]


LATENT = LatentAttention(query_rank=5, kv_rank=3, content_width=2, rotary_width=1, value_width=4)
TINY = {
    "grouped": tiny(),
    "plain": tiny(mlp_matrices=2, kv_heads=4),
    "windows": tiny(layers=4, window=5, global_every=2),
    "all windows": tiny(window=4),
    "experts": tiny(layers=4, experts=Experts(count=6, active=2, width=7, dense_layers=1)),
    "shared": tiny(layers=5, experts=Experts(6, 2, 7, shared_width=9, dense_layers=1, every=2)),
    "latent": tiny(latent=LATENT),
    "latent, plain queries": tiny(latent=dataclasses.replace(LATENT, query_rank=None)),
}


def expert_layer(m: Model, i: int) -> bool:
    e = m.experts
    return e is not None and i >= e.dense_layers and (i - e.dense_layers + 1) % e.every == 0


def layer_window(m: Model, i: int) -> int | None:
    if m.global_every and (i + 1) % m.global_every == 0:
        return None
    return m.window


def matrices(m: Model, i: int) -> list[tuple[int, int, str]]:
    """The matrices of one layer, written out: rows, columns, and who is multiplied with it."""
    d, h, found = m.width, m.heads, []
    if m.latent is None:
        wide, narrow = h * m.head_width, m.kv_heads * m.head_width
        found += [(d, wide, "all"), (d, narrow, "all"), (d, narrow, "all"), (wide, d, "all")]
    else:
        t = m.latent
        per_query = t.content_width + t.rotary_width
        if t.query_rank is None:
            found.append((d, h * per_query, "all"))
        else:
            found += [(d, t.query_rank, "all"), (t.query_rank, h * per_query, "all")]
        found += [(d, t.kv_rank + t.rotary_width, "all")]
        found += [(t.kv_rank, h * t.content_width, "all"), (t.kv_rank, h * t.value_width, "all")]
        found.append((h * t.value_width, d, "all"))
    if expert_layer(m, i):
        assert m.experts is not None
        found.append((d, m.experts.count, "all"))
        inner = [(m.experts.width, "one of the experts")] * m.experts.count
        inner += [(m.experts.shared_width, "all")] if m.experts.shared_width else []
    else:
        inner = [(m.mlp_width, "all")]
    for width, who in inner:
        found += [(d, width, who)] * (m.mlp_matrices - 1) + [(width, d, who)]
    return found


def counted(m: Model, batch: int, new: int, cached: int) -> dict[str, int]:
    """MACs with weights and of attention, elements of weights and cache: one after the other."""
    linear = attention = weights = cache = 0
    for i in range(m.layers):
        for rows, columns, who in matrices(m, i):
            weights += rows * columns
            if who == "all":
                linear += batch * new * rows * columns
        if expert_layer(m, i):
            assert m.experts is not None
            linear += batch * new * m.experts.active * m.mlp_matrices * m.width * m.experts.width
        window = layer_window(m, i)
        in_full = absorbed = 0
        for position in range(cached, cached + new):
            for key in range(position + 1):
                if window is not None and key <= position - window:
                    continue
                if m.latent is None:
                    in_full += m.heads * (m.head_width + m.head_width)
                else:
                    t = m.latent
                    in_full += m.heads * (t.content_width + t.rotary_width + t.value_width)
                    absorbed += m.heads * (t.kv_rank + t.rotary_width + t.kv_rank)
        if m.latent is None:
            attention += batch * in_full
        else:
            t = m.latent
            anew = cached * m.heads * t.kv_rank * (t.content_width + t.value_width)
            attention += batch * min(in_full + anew, absorbed)
        for token in range(cached + new):
            if window is None or token >= cached + new - window:
                each = 2 * m.kv_heads * m.head_width
                cache += batch * (
                    each if m.latent is None else m.latent.kv_rank + m.latent.rotary_width
                )
    weights += m.width * m.vocab
    linear += batch * m.width * m.vocab  # of the last position of each text
    return {"linear": linear, "attention": attention, "weights": weights, "cache": cache}


@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize(
    ("batch", "new", "cached"), [(1, 1, 0), (2, 1, 7), (3, 6, 0), (1, 4, 3), (2, 9, 2)]
)
def test_a_step_against_plain_loops(name: str, batch: int, new: int, cached: int) -> None:
    m = TINY[name]
    found = step(m, UNIT, batch, new, cached, assumptions=Assumptions(routing="all"))
    want = counted(m, batch, new, cached)
    assert found.linear_s == 2 * want["linear"]
    assert found.weights_s == 2 * want["weights"]
    assert found.kv_s == 2 * want["cache"]
    # Several layers of latent attention take the cheaper way together
    assert found.attention_s == 2 * want["attention"]
    assert found.communication_s == 0


def test_experts_are_read_as_often_as_a_router_sends_to_them() -> None:
    m = TINY["experts"]
    assert m.experts is not None
    rng = np.random.default_rng(3)
    one = m.mlp_matrices * m.width * m.experts.width
    layers = m.layers - m.experts.dense_layers
    for tokens in (1, 2, 5):
        drawn = [
            len({e for _ in range(tokens) for e in rng.permutation(m.experts.count)[:2].tolist()})
            for _ in range(4000)
        ]
        even = decode_step(m, UNIT, tokens, 3).weights_s
        least = decode_step(m, UNIT, tokens, 3, assumptions=Assumptions(routing="least")).weights_s
        read = (even - least) / (2 * one * layers) + m.experts.active
        assert read == pytest.approx(np.mean(drawn), rel=0.02)


@given(st.integers(1, 12), st.integers(1, 40))
def test_heads_dealt_to_chips(chips: int, heads: int) -> None:
    held = [0.0] * chips
    if chips <= heads:
        for head in range(heads):
            held[head % chips] += 1
    else:
        held = [1.0] * chips  # some are copies
    m = coefficients(tiny(heads=heads, kv_heads=heads))
    assert kv_shares(m, chips) == pytest.approx(heads / max(held))
    assert kv_shares(m, chips, ALONE) == chips


@pytest.mark.parametrize("chips", [1, 2, 3, 8])
def test_messages_against_a_ring_passing_pieces(chips: int) -> None:
    m, batch = TINY["grouped"], 6
    vector = batch * m.width * 2  # bytes
    sent = 0.0
    for _layer in range(m.layers):
        for _all_reduce in ("attention", "mlp"):
            for _phase in ("sum up", "hand round"):
                for _turn in range(chips - 1):
                    sent += vector / chips
    place = dataclasses.replace(UNIT, chips=chips)
    assert decode_step(m, place, batch, 4).communication_s == pytest.approx(sent)
    rounded = Assumptions(ring_share=False)
    once = 4 * m.layers * vector if chips > 1 else 0
    assert decode_step(m, place, batch, 4, assumptions=rounded).communication_s == once
    slow = Assumptions(message_latency_s=0.5)
    waited = 4 * m.layers * 0.5 if chips > 1 else 0
    assert decode_step(m, place, batch, 4, assumptions=slow).communication_s == pytest.approx(
        sent + waited
    )


DECODERS = [m for m in load_models().values() if m.kind == "decoder"]


@pytest.mark.parametrize("m", DECODERS, ids=lambda m: m.key)
def test_flop_and_bytes_are_those_of_the_other_counts(m: Model) -> None:
    rng = np.random.default_rng(len(m.key))
    for _ in range(3):
        batch, new, cached = (int(n) for n in rng.integers(1, 6000, 3))
        for causal in (False, True):
            found = step(m, UNIT, batch, new, cached, assumptions=Assumptions(causal=causal))
            flop = forward_flop(m, Pass(batch, new, cached), causal=causal, logits="last")
            assert found.compute_s == pytest.approx(flop, rel=1e-12)
        assert found.kv_s == pytest.approx(kv_bytes(m, batch, new + cached), rel=1e-12)


@pytest.mark.parametrize("key", ["llama-2-7b", "llama-2-70b", "mixtral-8x7b", "deepseek-v3"])
def test_a_step_is_no_shorter_than_the_roofline_of_its_operators(key: str) -> None:
    m = model(key)
    for run in (decode(4, 3000), decode(64, 100), prefill(2, 700)):
        work = total_work(operators(m, run, causal=True, logits="last"))
        found = step(m, A100, run.batch, run.new_tokens, run.cached_tokens)
        flop = work.flop_by_unit["matrix"]
        traffic = work.traffic
        assert found.compute_s * A100.flop_per_s == pytest.approx(flop, rel=1e-12)
        # Operators look words up in a table, too
        assert found.weights_s * A100.bytes_per_s == pytest.approx(traffic.weights, rel=1e-3)
        # A prompt only writes the cache; operators that stand alone read it again, too
        cache = traffic.kv_read if run.cached_tokens else traffic.kv_write
        assert found.kv_s * A100.bytes_per_s == pytest.approx(cache, rel=1e-12)
        least = time_lower_bound_s(flop, traffic.weights + cache, A100.flop_per_s, A100.bytes_per_s)
        assert found.lower_bound_s >= least * (1 - 1e-3)


@pytest.mark.parametrize("key", ["llama-2-70b", "mixtral-8x7b", "deepseek-v3", "mistral-7b"])
def test_a_decoder_by_its_operators(key: str) -> None:
    m, place = model(key), machine(chip("H100 SXM5 80GB"), 4)
    waits = Assumptions(message_latency_s=5e-6)
    for run in (decode(4, 3000), decode(64, 9000), prefill(2, 700)):
        closed = step(m, place, run.batch, run.new_tokens, run.cached_tokens, assumptions=waits)
        by_operators = pass_step(m, run, place, assumptions=waits)
        for name, seconds in closed.terms().items():
            assert by_operators.terms()[name] == pytest.approx(seconds, rel=2e-3), name
        assert by_operators.linear_s == pytest.approx(closed.linear_s, rel=1e-12)
        assert by_operators.communication_s == pytest.approx(closed.communication_s, rel=1e-12)


def test_an_encoder_has_no_cache_and_no_words() -> None:
    m = model("bert-base-uncased")
    found = pass_step(m, prefill(16, 512), UNIT)
    assert found.kv_s == 0
    tokens, d, f = 16 * 512, m.width, m.mlp_width
    assert found.linear_s == pytest.approx(
        2 * tokens * m.layers * (4 * d * d + 2 * d * f), rel=0.01
    )
    assert found.attention_s == 2 * 16 * 512 * 512 * m.layers * 2 * d
    assert pass_step(model("vit-l-16"), prefill(1, 197), A100).lower_bound_s > 0


def test_a_decoder_with_an_encoder_reads_its_source_in_each_step() -> None:
    m = model("t5-11b")
    first = pass_step(m, prefill(1, 1, source_tokens=400), UNIT)
    later = pass_step(m, decode(1, 1, source_tokens=400), UNIT)
    wide = m.kv_heads * m.head_width
    assert first.linear_s > 100 * later.linear_s  # the encoder ran once, over 400 tokens
    # Two numbers of two bytes for keys and values of two tokens, and of 400 of the source
    assert later.kv_s == 2 * 2 * wide * m.layers * (2 + 400)
    two = dataclasses.replace(UNIT, chips=2)
    sent = pass_step(m, decode(1, 1, source_tokens=400), two).communication_s
    assert sent == 6 * m.layers * m.width * 2 / 2  # three all-reduces a layer, half of each sent


SECONDS = st.floats(1e-6, 1e3)


@given(SECONDS, SECONDS, SECONDS, SECONDS, SECONDS)
def test_the_more_overlaps_the_shorter(w: float, kv: float, a: float, b: float, c: float) -> None:
    at = {o: Step(w, kv, a, b, c, o) for o in ("everything", "kernels", "nothing")}
    one, two, three = (at[o].lower_bound_s for o in ("everything", "kernels", "nothing"))
    assert one <= two * (1 + 1e-12) <= three * (1 + 1e-12)
    assert three <= 3 * one * (1 + 1e-12)
    assert three == pytest.approx(sum(at["kernels"].terms().values()))


@given(SECONDS, SECONDS, SECONDS, SECONDS, SECONDS, st.sampled_from(["kernels", "everything"]))
def test_the_term_that_binds_is_the_one_whose_end_helps(
    w: float, kv: float, a: float, b: float, c: float, overlap: str
) -> None:
    before = Step(w, kv, a, b, c, overlap)  # type: ignore[arg-type]
    shorter: dict[str, dict[str, Any]] = {
        "weights": {"weights_s": 0.0},
        "kv": {"kv_s": 0.0},
        "compute": {"linear_s": 0.0, "attention_s": 0.0},
        "communication": {"communication_s": 0.0},
    }
    name = before.binds
    assert isinstance(name, str)
    without = dataclasses.replace(before, **shorter[name])
    terms = before.terms()
    assert name in TERMS
    others = max(v for term, v in terms.items() if term != name)
    assert without.lower_bound_s <= before.lower_bound_s
    if terms[name] > 1.01 * others:
        assert without.lower_bound_s < before.lower_bound_s


def test_what_binds_at_known_corners() -> None:
    m, two = model("llama-2-70b"), machine(chip("A100 80GB SXM"), 2)
    assert decode_step(m, two, 1, 100).binds == "weights"
    assert decode_step(m, two, 512, 16000).binds == "kv"
    assert decode_step(m, two, 512, 10).binds == "compute"
    assert prefill_step(m, two, 1, 4000).binds == "compute"
    slow = dataclasses.replace(two, link_bytes_per_s=1e9)
    assert prefill_step(m, slow, 1, 4000).binds == "communication"
    many = decode_step(m, two, [1, 512], 16000)
    assert many.binds.tolist() == ["weights", "kv"]  # type: ignore[union-attr]


def test_twice_the_batch_is_twice_the_cache_and_the_same_weights() -> None:
    m = model("llama-3-70b")
    one, two = decode_step(m, A100, 7, 900), decode_step(m, A100, 14, 900)
    assert two.kv_s == pytest.approx(2 * one.kv_s)
    assert two.compute_s == pytest.approx(2 * one.compute_s)
    assert two.weights_s == one.weights_s


@pytest.mark.parametrize("key", ["llama-2-70b", "mixtral-8x7b", "deepseek-v3"])
def test_more_chips_are_never_slower_without_messages(key: str) -> None:
    place = machine(chip("H100 SXM5 80GB"), np.arange(1, 65))
    for found in (
        decode_step(model(key), place, 16, 4096, assumptions=ALONE),
        decode_step(model(key), place, 16, 4096, assumptions=Assumptions(communication=False)),
    ):
        assert np.all(np.diff(found.lower_bound_s) <= 1e-12)
    ideal = decode_step(model(key), place, 16, 4096, assumptions=ALONE).lower_bound_s
    assert np.asarray(ideal)[-1] == pytest.approx(np.asarray(ideal)[0] / 64)


def test_no_number_of_chips_gets_below_the_messages() -> None:
    m, waits = model("llama-2-70b"), Assumptions(message_latency_s=8e-6)
    place = machine(chip("A100 80GB SXM"), 2 ** np.arange(0, 12))
    times = np.asarray(time_per_token_lower_bound_s(m, place, 64, 2048, assumptions=waits))
    gain = times[:-1] / times[1:]
    assert np.all(np.diff(gain) < 0)  # each doubling helps less
    sent = 4 * m.layers * 64 * m.width * 2 / 300e9
    assert np.all(times[1:] > 4 * m.layers * 8e-6 + sent / 2)


def test_a_prompt_in_two_parts_has_the_same_flop() -> None:
    for m in (model("llama-2-7b"), model("mistral-7b")):
        none = Assumptions(unembedding="none")
        whole = step(m, UNIT, 2, 6000, 0, assumptions=none)
        first = step(m, UNIT, 2, 2500, 0, assumptions=none)
        second = step(m, UNIT, 2, 3500, 2500, assumptions=none)
        assert first.compute_s + second.compute_s == pytest.approx(whole.compute_s, rel=1e-12)


def test_a_share_of_a_rate_takes_longer_by_that_share() -> None:
    m, place = model("llama-2-13b"), machine(chip("A100 80GB SXM"), 4)
    full = decode_step(m, place, 8, 500)
    half = decode_step(
        m,
        place,
        8,
        500,
        assumptions=Assumptions(compute_share=0.5, bandwidth_share=0.25, link_share=0.1),
    )
    assert half.compute_s == pytest.approx(2 * full.compute_s)
    assert half.memory_s == pytest.approx(4 * full.memory_s)
    assert half.communication_s == pytest.approx(10 * full.communication_s)


def test_formats_of_weights_and_cache() -> None:
    m = model("llama-2-7b")
    wide = decode_step(m, A100, 4, 1000)
    for name, ratio in (("fp8", 2), ("int8", 2), ("int4", 4)):
        narrow = decode_step(m, A100, 4, 1000, Formats(weights=name, kv="fp8"))
        assert narrow.weights_s == pytest.approx(wide.weights_s / ratio)
        assert narrow.kv_s == pytest.approx(wide.kv_s / 2)
        assert narrow.compute_s == wide.compute_s


def test_a_request_is_its_steps() -> None:
    m, place = model("llama-2-7b"), machine(chip("A100 80GB SXM"), 2)
    total = float(prefill_step(m, place, 3, 200).lower_bound_s)
    context = 200
    for _ in range(9):
        total += float(decode_step(m, place, 3, context).lower_bound_s)
        context += 1
    assert request_lower_bound_s(m, place, 3, 200, 10) == pytest.approx(total, rel=1e-12)
    one_more = Assumptions(first_token_from_prefill=False)
    total += float(decode_step(m, place, 3, context).lower_bound_s)
    found = request_lower_bound_s(m, place, 3, 200, 10, assumptions=one_more)
    assert found == pytest.approx(total, rel=1e-12)
    many = stack_machines([place, machine(chip("H100 SXM5 80GB"), 2)])
    together = np.asarray(request_lower_bound_s(m, many, [[3], [4]], 200, 10))
    assert together.shape == (2, 2)
    assert together[0, 0] == pytest.approx(request_lower_bound_s(m, place, 3, 200, 10), rel=1e-12)
    assert request_lower_bound_s(m, place, 3, 200, 1) == time_to_first_token_lower_bound_s(
        m, place, 3, 200
    )


def test_a_price_falls_with_the_batch_until_the_cache_is_all_there_is() -> None:
    m, place = model("llama-2-70b"), machine(chip("H100 SXM5 80GB"), 4)
    batch = 2 ** np.arange(0, 20)
    price = np.asarray(
        usd_per_million_tokens(tokens_per_s_upper_bound(m, place, batch, 4096), usd_per_hour=12.0)
    )
    assert np.all(np.diff(price) <= 0)
    assert np.all(np.diff(price[:9]) < 0)
    # The most that any batch can give: bandwidth over the cache and the messages of one text
    one = decode_step(m, place, 1, 4096)
    text = max(float(one.kv_s), float(one.attention_s)) + float(one.linear_s)
    limit = usd_per_million_tokens(1 / (text + float(one.communication_s)), 12.0)
    assert price[-1] == pytest.approx(limit, rel=1e-3)


def test_the_largest_batch_fits_and_one_more_does_not() -> None:
    for key in ("llama-2-70b", "deepseek-v3", "mistral-7b", "mixtral-8x22b"):
        for chips in (1, 3, 8, 16):
            place = machine(chip("H200 SXM 141GB"), chips)
            most = largest_batch(model(key), place, 8192)
            room = place.known("capacity_bytes")
            if most == 0:
                assert bytes_per_chip(model(key), place, 1, 8192) > room
                continue
            assert bytes_per_chip(model(key), place, most, 8192) <= room
            assert bytes_per_chip(model(key), place, float(most) + 1, 8192) > room


def test_bytes_of_one_chip_are_those_of_weights_and_cache() -> None:
    m = model("llama-3-8b")
    held = bytes_per_chip(m, A100, 5, 3000)
    assert held == weight_bytes(m) + kv_bytes(m, 5, 3000)
    copies = bytes_per_chip(m, machine(chip("A100 80GB SXM"), 16), 5, 3000)
    assert copies == pytest.approx(weight_bytes(m) / 16 + kv_bytes(m, 5, 3000) / 8)
    assert largest_batch(m, A100, 3000, reserve_bytes=80e9) == 0


def test_a_sweep_is_the_single_calls() -> None:
    models = [model(k) for k in ("llama-2-7b", "mixtral-8x7b", "deepseek-v3", "mistral-7b")]
    places = [
        machine(chip("A100 80GB SXM"), 1),
        machine(chip("H100 SXM5 80GB"), 8),
        machine(chip("SambaNova SN40L"), 1),  # without a known link
        machine(chip("L40S"), 3),
    ]
    batch, context = [1, 17, 256], [0, 100, 33_333]
    for assumptions in (EXACT, Assumptions(overlap="everything", routing="least")):
        found = sweep(models, places, batch, context, assumptions=assumptions)
        bounds = np.asarray(found.lower_bound_s)
        binds = np.broadcast_to(found.binds, bounds.shape)
        assert bounds.shape == (4, 4, 3, 3)
        for index in np.ndindex(bounds.shape):
            i, j, k, n = index
            one = decode_step(models[i], places[j], batch[k], context[n], assumptions=assumptions)
            assert bounds[index] == one.lower_bound_s
            assert binds[index] == one.binds


def test_stacks_of_one_and_none() -> None:
    assert stack([model("llama-2-7b")]).names == ("Llama 2 7B",)
    with pytest.raises(ValueError, match="no model to stack"):
        stack([])
    with pytest.raises(ValueError, match="no machine to stack"):
        stack_machines([])
    with pytest.raises(ValueError, match="axis=4 is not one of 4"):
        along(stack([model("llama-2-7b")]), 4, 4)
    with pytest.raises(ValueError, match="axis=-1 is not one of 2"):
        machines_along(stack_machines([A100]), -1, 2)


def test_every_chip_that_can_is_a_machine() -> None:
    made = refused = 0
    for part in load_chips().values():
        try:
            one = machine(part)
        except ValueError as error:
            assert part.name in str(error)  # noqa: PT017
            refused += 1
            continue
        made += 1
        assert one.flop_per_s == part.peak_flop_per_s("bf16")
    assert made > 20
    assert refused > 3


def test_energy_is_power_times_time() -> None:
    place = machine(chip("H100 SXM5 80GB"), 8)
    assert machine_energy_j(10.0, place) == 8 * 700 * 10
    assert machine_energy_j(10.0, place, pue=1.5) == 1.5 * 8 * 700 * 10


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: decode_step(model("bert-base-uncased"), A100, 1, 1),
            "is an encoder, not a decoder",
        ),
        (lambda: decode_step(model("t5-11b"), A100, 1, 1), "is an encoder-decoder, not a decoder"),
        (lambda: decode_step(model("llama-2-7b"), A100, 0, 1), "batch=0 must be a whole"),
        (lambda: decode_step(model("llama-2-7b"), A100, 1, -1), "context=-1 must be a whole"),
        (lambda: prefill_step(model("llama-2-7b"), A100, 1, 0), "tokens=0 must be a whole"),
        (lambda: machine(chip("T4")), "T4 has no dense bf16 peak"),
        (lambda: machine(chip("SambaNova SN40L"), 2), "SN40L has no link rate"),
        (lambda: Machine("x", 0.0, 1.0), "flop_per_s=0 must be finite and above zero"),
        (lambda: largest_batch(model("gpt-2"), UNIT, 10), "unit has no capacity_bytes"),
        (lambda: machine_energy_j(1.0, UNIT), "unit has no power_w"),
        (lambda: Assumptions(bandwidth_share=0.0), "bandwidth_share=0 must be finite and above"),
        (lambda: Assumptions(compute_share=1.1), "compute_share=1.1 must lie between"),
        (lambda: Assumptions(message_latency_s=-1.0), "message_latency_s=-1"),
        (lambda: Assumptions(overlap="all"), "unknown overlap 'all'"),  # type: ignore[arg-type]
        (lambda: Assumptions(routing="best"), "unknown routing 'best'"),  # type: ignore[arg-type]
        (
            lambda: pass_step(
                model("gpt-2"), decode(1, 1), A100, assumptions=Assumptions(routing="all")
            ),
            "nor other routing",
        ),
        (
            lambda: decode_step(
                model("mixtral-8x7b"), A100, 1, 1, assumptions=Assumptions(parameters=47e9)
            ),
            "not for a model with experts",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=message):
        call()


def test_prompts_are_read_at_the_rate_of_their_step() -> None:
    # SAN-06 with everything switched on: under 200 TFLOP/s for each of two chips
    m, two = model("llama-2-70b"), machine(chip("A100 80GB SXM"), 2)
    rate = prompt_tokens_per_s_upper_bound(m, two, 4, 512)
    assert rate == 4 * 512 / prefill_step(m, two, 4, 512).lower_bound_s
    assert 2 * 312e12 / 140e9 * 0.8 < rate < 2 * 312e12 / 137e9


def test_prices_by_hand() -> None:
    # Sanger 2023: two A100 for 4.42 dollars an hour, 18.57 tokens a second, 66.1 dollars a million
    assert usd_per_million_tokens(130 / 7, 4.42) == pytest.approx(66.1111111111, rel=1e-9)
    assert math.isclose(float(usd_per_million_tokens(1.0, 3600.0)), 1e6)

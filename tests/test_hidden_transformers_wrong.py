"""Wrong answers to the exercises on transformers that have no hint of their own, all rejected.

A student has the author's own formula here, with one thing in it changed.
"""

# Wrong answers often ignore an argument.
# ruff: noqa: ARG005

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from hidden.transformers import PARTS

from coursework.parts import PartFailed

pytestmark = pytest.mark.usefixtures("every_secret")

STATE = ("weights", "gradients", "first moment", "second moment", "master copy")


def with_keys(model: dict[str, Any], **other: Any) -> int:
    """A decoder's parameters by the author's own formula, for students who take other sizes."""
    m = {**model, **other}
    mlp = m["mlp_matrices"] * m["width"] * m["mlp_width"]
    attention = 2 * m["width"] * m["head_width"] * (m["heads"] + m["kv_heads"])
    tables = (2 - m["tied"]) * m["vocab"] * m["width"]
    return int(m["layers"] * (attention + mlp + 2 * m["width"]) + m["width"] + tables)


def passes(
    model: dict[str, Any],
    batch: int,
    new: int,
    cached: Any,
    pairs: Any,
    kv: str = "kv_heads",
    inside: int = 0,
    matrices: int = 0,
    mixing: int = 2,
    unembedded: int | None = None,
) -> Any:
    """FLOP of a pass, for students who count pairs, heads, matrices or words in another way."""
    inside = inside or model["heads"] * model["head_width"]
    layer = 2 * model["width"] * (inside + model[kv] * model["head_width"])
    layer += (matrices or model["mlp_matrices"]) * model["width"] * model["mlp_width"]
    scored = new if unembedded is None else unembedded
    linear = new * model["layers"] * layer + scored * model["width"] * model["vocab"]
    return 2 * batch * (linear + mixing * model["layers"] * inside * pairs) + 0 * cached


def seen(new: int, cached: Any, causal: bool) -> Any:
    return new * cached + (new * (new + 1) / 2 if causal else new * new)


def odd(
    runs: list[dict[str, Any]],
    peak: float,
    tolerance: float,
    flop: tuple[int, int] = (6, 8),
    seconds: int = 86400,
    by: str = "given",
) -> str | None:
    """The run that disagrees, for students who count other FLOP or compare in another way."""
    for run in runs:
        done = flop[run["recompute"]] * run["active_parameters"] * run["tokens"]
        hfu = done / (run["chips"] * run["days"] * seconds * peak)
        off = abs(run["hfu"] - hfu) / {"given": hfu, "printed": run["hfu"], "largest": 1}[by]
        if off > tolerance:
            return str(run["name"])
    return None


def kept(
    parameters: Any,
    sizes: dict[str, float],
    stage: int,
    ways: dict[str, int],
    first: tuple[int, int, int] = (3, 2, 1),
    parts: tuple[str, ...] = ("tensor", "pipeline"),
    without: tuple[str, ...] = (),
    twice: tuple[str, ...] = (),
) -> Any:
    """Bytes of the state of training, for students who share or cut in another way."""
    total = 0.0
    for name, size in sizes.items():
        level = {"weights": first[0], "gradients": first[1]}.get(name, first[2])
        share = size / (ways["data"] if stage >= level else 1)
        total += 0 if name in without else 2 * share if name in twice else share
    return parameters * total / math.prod(ways[way] for way in parts)


def results(
    layers: int,
    width: int,
    heads: int,
    batch: int,
    tokens: Any,
    recompute: str,
    ways: dict[str, int],
    factors: tuple[float, float, float, float] = (10, 24, 5, 2),
    everything: str = "",
    square: str = "tokens",
) -> Any:
    """Bytes of activations, for students who keep other tensors."""
    whole, split, pairs, into = factors
    tensor, how = ways["tensor"], everything or recompute
    each = whole * width + split * width / tensor
    if how == "none":
        each = each + pairs * heads * (tokens if square == "tokens" else width) / tensor
    elif how == "full":
        each = into * width + 0 * tokens
    return layers * batch * tokens * each


def texts(
    model: dict[str, Any],
    context: int,
    element: float,
    weights: float,
    chips: int,
    capacity: float,
    tensors: float = 2,
    numbers: float = 0,
    layers: int = 0,
    rounded: Callable[[float], Any] = math.floor,
) -> Any:
    """The largest batch, for students who cache other numbers or round in another way."""
    each = numbers or model["kv_heads"] * model["head_width"]
    a_text = context * tensors * (layers or model["layers"]) * each * element
    return max(0, rounded((chips * capacity - weights) / a_text))


def paid(
    batch: Any,
    weights: float,
    cache: float,
    flop: float,
    cluster: dict[str, Any],
    longest: Callable[[Any, Any], Any] = np.maximum,
    tokens: float = 1e6,
    hour_s: float = 3600,
    chips: int = 0,
    waits: float | None = None,
    made: Any = None,
) -> Any:
    """Dollars for a million tokens, for students whose steps or bills differ."""
    together = cluster["chips"]
    memory_s = (weights + batch * cache) / cluster["bytes_per_s"] / together
    step_s = longest(memory_s, batch * flop / cluster["flop_per_s"] / together)
    step_s = step_s + (cluster["exchange_s"] if waits is None else waits * cluster["exchange_s"])
    usd_per_s = (chips or together) * cluster["usd_per_hour"] / hour_s
    return usd_per_s * step_s / (batch if made is None else made) * tokens


def furthest(runs: list[dict[str, Any]], tolerance: float) -> str | None:
    """A guess without the arithmetic: whose printed number is furthest from the median's."""
    done = [r["active_parameters"] * r["tokens"] * (8 if r["recompute"] else 6) for r in runs]
    rates = [w / r["chips"] / r["days"] / r["hfu"] for w, r in zip(done, runs, strict=True)]
    if not rates:
        return None
    off = [abs(np.median(rates) / rate - 1) for rate in rates]
    return str(runs[int(np.argmax(off))]["name"]) if max(off) > tolerance else None


def rounded_numbers(model: dict[str, Any]) -> float:
    """Numbers of a token's keys, in all layers, to two digits."""
    return float(f"{model['layers'] * model['kv_heads'] * model['head_width']:.1e}")


UNCHANGED: dict[str, Callable[..., Any]] = {
    "parameters": with_keys,
    "forward_flop": lambda m, b, n, c, causal: passes(m, b, n, c, seen(n, c, causal)),
    "disagreeing_run": odd,
    "training_bytes_a_chip": kept,
    "activation_bytes": results,
    "largest_batch": texts,
    "million_tokens_lower_bound_usd": paid,
}
"""The formulas below as they are right."""

FURTHER: dict[str, dict[str, Callable[..., Any]]] = {
    "parameters": {
        "forgets the table": lambda m: with_keys(m, vocab=0),
        "counts a tied table twice": lambda m: with_keys(m, tied=False),
        "never has a gate": lambda m: with_keys(m, mlp_matrices=2),
        "an MLP of four times the width": lambda m: with_keys(m, mlp_width=4 * m["width"]),
        "no norms": lambda m: with_keys(m) - (2 * m["layers"] + 1) * m["width"],
        "one norm a layer": lambda m: with_keys(m) - m["layers"] * m["width"],
        "norms with a shift": lambda m: with_keys(m) + (2 * m["layers"] + 1) * m["width"],
        "forgets the output": lambda m: (
            with_keys(m) - m["layers"] * m["width"] * m["heads"] * m["head_width"]
        ),
        "no values": lambda m: (
            with_keys(m) - m["layers"] * m["width"] * m["kv_heads"] * m["head_width"]
        ),
        "12 L d d": lambda m: 12 * m["layers"] * m["width"] ** 2 + m["vocab"] * m["width"],
        "heads of width / heads": lambda m: with_keys(m, head_width=m["width"] // m["heads"] or 1),
        "square keys": lambda m: with_keys(m, kv_heads=m["width"] // m["head_width"]),
        "bytes": lambda m: 2 * with_keys(m),
        "billions": lambda m: round(with_keys(m) / 1e9, 2),
        "biases": lambda m: with_keys(m) + m["layers"] * m["mlp_width"],
    },
    "forward_flop": {
        "two a parameter": lambda m, b, n, c, causal: 2 * b * n * with_keys(m) + 0 * c,
        "multiplies with the embedding": lambda m, b, n, c, causal: (
            passes(m, b, n, c, seen(n, c, causal)) + 2 * b * n * m["vocab"] * m["width"]
        ),
        "forgets attention": lambda m, b, n, c, causal: passes(m, b, n, c, 0),
        "ignores causal": lambda m, b, n, c, causal: passes(m, b, n, c, seen(n, c, False)),
        "always causal": lambda m, b, n, c, causal: passes(m, b, n, c, seen(n, c, True)),
        "half of the new": lambda m, b, n, c, causal: passes(
            m, b, n, c, n * c + (n * n / 2 if causal else n * n)
        ),
        "not itself": lambda m, b, n, c, causal: passes(
            m, b, n, c, n * c + (n * (n - 1) / 2 if causal else n * (n - 1))
        ),
        "the cache alone": lambda m, b, n, c, causal: passes(m, b, n, c, n * c),
        "scores alone": lambda m, b, n, c, causal: passes(m, b, n, c, seen(n, c, causal), mixing=1),
        "few heads of queries": lambda m, b, n, c, causal: passes(
            m, b, n, c, seen(n, c, causal) * m["kv_heads"] / m["heads"]
        ),
        "keys for every head": lambda m, b, n, c, causal: passes(
            m, b, n, c, seen(n, c, causal), kv="heads"
        ),
        "width for all heads": lambda m, b, n, c, causal: passes(
            m, b, n, c, seen(n, c, causal), inside=m["width"]
        ),
        "always a gate": lambda m, b, n, c, causal: passes(
            m, b, n, c, seen(n, c, causal), matrices=3
        ),
        "the last token's words": lambda m, b, n, c, causal: passes(
            m, b, n, c, seen(n, c, causal), unembedded=1
        ),
        "projects the cache again": lambda m, b, n, c, causal: passes(
            m, b, n + c, c, seen(n, c, causal), unembedded=n
        ),
        "forgets the batch": lambda m, b, n, c, causal: passes(m, 1, n, c, seen(n, c, causal)),
        "one pair for the batch": lambda m, b, n, c, causal: passes(
            m, b, n, c, seen(n, c, causal) / b
        ),
    },
    "disagreeing_run": {
        "3 N D": lambda runs, peak, tol: odd(runs, peak, tol, (3, 4)),
        "12 N D": lambda runs, peak, tol: odd(runs, peak, tol, (12, 16)),
        "two backward": lambda runs, peak, tol: odd(runs, peak, tol, (6, 12)),
        "recomputes twice": lambda runs, peak, tol: odd(runs, peak, tol, (6, 10)),
        "always eight": lambda runs, peak, tol: odd(runs, peak, tol, (8, 8)),
        "the wrong way round": lambda runs, peak, tol: odd(runs, peak, tol, (8, 6)),
        "hours for days": lambda runs, peak, tol: odd(runs, peak, tol, seconds=3600),
        "no seconds": lambda runs, peak, tol: odd(runs, peak, tol, seconds=24),
        "a share of what is printed": lambda runs, peak, tol: odd(runs, peak, tol, by="printed"),
        "nobody": lambda runs, peak, tol: None,
        "the first": lambda runs, peak, tol: runs[0]["name"] if runs else None,
        "the largest": lambda runs, peak, tol: (
            max(runs, key=lambda run: run["hfu"])["name"] if runs else None
        ),
        "its place": lambda runs, peak, tol: next(
            (i for i, run in enumerate(runs) if run["name"] == odd(runs, peak, tol)), None
        ),
        "the empty text": lambda runs, peak, tol: odd(runs, peak, tol) or "",
        "the furthest from the others": lambda runs, peak, tol: furthest(runs, tol),
        "only what is too low": lambda runs, peak, tol: odd(
            [run for run in runs if odd([{**run, "hfu": 2 * run["hfu"]}], peak, 1 + tol) is None],
            peak,
            tol,
        ),
    },
    "training_bytes_a_chip": {
        "sixteen a parameter": lambda n, sizes, stage, ways: kept(
            n, dict(zip(STATE, (2, 2, 4, 4, 4), strict=True)), stage, ways
        ),
        "no stage": lambda n, sizes, stage, ways: kept(n, sizes, 0, ways),
        "always all": lambda n, sizes, stage, ways: kept(n, sizes, 3, ways),
        "one stage late": lambda n, sizes, stage, ways: kept(n, sizes, stage, ways, (4, 3, 2)),
        "weights before gradients": lambda n, s, stage, ways: kept(n, s, stage, ways, (2, 3, 1)),
        "no pipeline": lambda n, s, stage, ways: kept(n, s, stage, ways, parts=("tensor",)),
        "no tensor": lambda n, s, stage, ways: kept(n, s, stage, ways, parts=("pipeline",)),
        "uncut": lambda n, sizes, stage, ways: kept(n, sizes, stage, ways, parts=()),
        "one moment": lambda n, s, stage, ways: kept(n, s, stage, ways, without=("first moment",)),
        "no gradients": lambda n, s, stage, ways: kept(n, s, stage, ways, without=("gradients",)),
        "a master copy": lambda n, s, stage, ways: kept(n, {**s, "master copy": 4}, stage, ways),
        "no master copy": lambda n, s, stage, ways: kept(
            n, s, stage, ways, without=("master copy",)
        ),
        "the rest rounded up": lambda n, s, stage, ways: np.ceil(kept(n, s, stage, ways)),
        "the rest rounded": lambda n, s, stage, ways: np.round(kept(n, s, stage, ways)),
        "the rest dropped": lambda n, s, stage, ways: np.floor(kept(n, s, stage, ways)),
        "whole parameters": lambda n, s, stage, ways: kept(
            n // (ways["tensor"] * ways["pipeline"]), s, stage, ways, parts=()
        ),
        "all chips of the data": lambda n, s, stage, ways: (
            kept(n, s, stage, ways) * (ways["data"] if stage else 1)
        ),
        "master copy with the weights": lambda n, s, stage, ways: (
            kept(n, s, stage, ways, without=("master copy",))
            + n
            * s.get("master copy", 0)
            / (ways["data"] if stage == 3 else 1)
            / (ways["tensor"] * ways["pipeline"])
        ),
    },
    "activation_bytes": {
        "forgets the layers": lambda n, *sizes: results(1, *sizes),
        "forgets the batch": lambda n, w, h, b, *rest: results(n, w, h, 1, *rest),
        "34": partial(results, factors=(34, 0, 5, 2)),
        "10 alone": partial(results, factors=(10, 0, 5, 2)),
        "24 alone": partial(results, factors=(0, 24, 5, 2)),
        "causal": partial(results, factors=(10, 24, 2.5, 2)),
        "elements in full": partial(results, factors=(10, 24, 5, 1)),
        "24 whole": lambda n, w, h, b, t, how, ways: results(
            n, w, h, b, t, how, ways, factors=(10, 24 * ways["tensor"], 5, 2)
        ),
        "never again": partial(results, everything="none"),
        "always the pairs": lambda n, w, h, b, t, how, ways: results(
            n, w, h, b, t, "full" if how == "full" else "selective", ways
        ),
        "selective is full": lambda n, w, h, b, t, how, ways: results(
            n, w, h, b, t, "none" if how == "none" else "full", ways
        ),
        "full is nothing": partial(results, factors=(10, 24, 5, 0)),
        "pairs of numbers": partial(results, square="width"),
        "one head": lambda n, w, h, b, t, how, ways: results(
            n, w, h, b, t, how, ways, factors=(10, 24, 5 / h, 2)
        ),
        "pairs over the width": lambda n, w, h, b, t, how, ways: results(
            n, w, h, b, t, how, ways, factors=(10, 24, 5 / w, 2)
        ),
        "pairs over the batch": lambda n, w, h, b, t, how, ways: results(
            n, w, h, b, t, how, ways, factors=(10, 24, 5 * b, 2)
        ),
        "the batch of all copies": lambda n, w, h, b, t, how, ways: results(
            n, w, h, b * ways["data"], t, how, ways
        ),
        "keeps one layer's input": lambda n, w, h, b, t, how, ways: results(
            1 if how == "full" else n, w, h, b, t, how, ways
        ),
    },
    "largest_batch": {
        "a fraction": partial(texts, rounded=float),
        "rounds": partial(texts, rounded=round),
        "rounds up": partial(texts, rounded=math.ceil),
        "one to spare": partial(texts, rounded=lambda n: math.ceil(n) - 1),
        "at least one": lambda *sizes: max(1, texts(*sizes)),
        "one layer": partial(texts, layers=1),
        "the width": lambda m, *sizes: partial(texts, numbers=m["width"])(m, *sizes),
        "one head": lambda m, *sizes: partial(texts, numbers=m["head_width"])(m, *sizes),
        "queries, too": partial(texts, tensors=3),
        "two bytes": lambda m, context, element, *rest: texts(m, context, 2, *rest),
        "elements": lambda m, context, element, *rest: texts(m, context, 1, *rest),
        "tokens": lambda m, context, *rest: texts(m, 1, *rest),
        "no weights": lambda m, c, e, weights, *rest: texts(m, c, e, 0, *rest),
        "one chip": lambda m, c, e, w, chips, capacity: texts(m, c, e, w, 1, capacity),
        "a chip's share": lambda m, c, e, w, chips, capacity: texts(
            m, c, e, w / chips, 1, capacity
        ),
        "whole tokens on each chip": lambda m, c, e, w, chips, capacity: (
            chips * texts(m, 1, e, w / chips, 1, capacity) // c
        ),
        "rounds a token's bytes": lambda m, c, e, w, chips, capacity: texts(
            {**m, "layers": 1}, c, e, w, chips, capacity, numbers=rounded_numbers(m)
        ),
        "1024 for 1000": lambda m, c, e, w, chips, cap: texts(m, c, e, w, chips, cap * 1.024**3),
        "a context one longer": lambda m, context, *rest: texts(m, context + 1, *rest),
    },
    "million_tokens_lower_bound_usd": {
        "a thousand": partial(paid, tokens=1e3),
        "one token": partial(paid, tokens=1),
        "hours for seconds": partial(paid, hour_s=1),
        "minutes": partial(paid, hour_s=60),
        "pays one chip": partial(paid, chips=1),
        "never waits": partial(paid, waits=0),
        "each chip waits": lambda b, w, c, f, cluster: paid(
            b, w, c, f, cluster, waits=cluster["chips"]
        ),
        "waits and pays once": lambda b, w, c, f, cluster: paid(
            b, w, c, f, cluster, waits=1 / cluster["chips"]
        ),
        "the shorter": partial(paid, longest=np.minimum),
        "memory alone": partial(paid, longest=lambda memory, compute: memory),
        "arithmetic alone": partial(paid, longest=lambda memory, compute: compute),
        "waits meanwhile": lambda b, w, c, f, cluster: paid(
            b,
            w,
            c,
            f,
            cluster,
            lambda m, k: np.maximum(np.maximum(m, k), cluster["exchange_s"]),
            waits=0,
        ),
        "no cache": lambda b, w, c, f, cluster: paid(b, w, 0, f, cluster),
        "one token's FLOP": lambda b, w, c, f, cluster: paid(b, w, c, f / b, cluster),
        "the largest of the batch": lambda b, *rest: paid(np.max(b), *rest),
        "single numbers": partial(paid, longest=max),
        "computes on one chip": lambda b, w, c, f, cluster: paid(
            b, w, c, f * cluster["chips"], cluster
        ),
    },
}
"""By part; only "single numbers" raises, for arrays."""


@pytest.mark.parametrize("name", PARTS)
def test_what_is_changed_below_was_right(name: str) -> None:
    PARTS[name].check(UNCHANGED[name])


@pytest.mark.parametrize(
    ("name", "words"), [(name, words) for name, wrong in FURTHER.items() for words in wrong]
)
def test_further_wrong_answers_are_rejected_for_what_they_return(name: str, words: str) -> None:
    with pytest.raises(PartFailed) as failure:
        PARTS[name].check(FURTHER[name][words])
    raises = words == "single numbers"
    assert (" raised " in str(failure.value)) == raises

"""Hidden tests of the exercises on transformers: seven parts, in the order of the notebook.

Every right or wrong answer below is written as a student would write it, with `np` and `math`
alone, so that it can be put into a notebook as it stands.
"""

# Answers are untyped, as students write them, and a wrong one often ignores an argument.
# mypy: allow-untyped-defs

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import hwmath.models
from coursework.parts import Case, case, part
from hwmath.introduction.training_memory import Recipe
from hwmath.models.model import Model
from hwmath.transformers import activations, cluster, flop, inference, training
from hwmath.transformers.assumptions import Assumptions
from hwmath.transformers.machines import Machine
from hwmath.transformers.run import Formats, Pass
from hwmath.transformers.step import Step

Student = Callable[..., Any]
Rng = np.random.Generator
Table = dict[str, Any]

RANDOM_CASES = 12
ROUNDING = 1e-9
DAY_S = 24 * 60 * 60
FORMATS = {0.5: "int4", 1.0: "int8", 2.0: "bf16", 4.0: "fp32", 8.0: "fp64"}
"""A format of so many bytes."""


def shape(
    layers: int,
    width: int,
    heads: tuple[int, int, int],
    mlp: tuple[int, int],
    vocab: int,
    tied: bool,
) -> Table:
    """A decoder as the notebook's dictionary: `heads` are all, those with keys, and their width."""
    names = ("heads", "kv_heads", "head_width", "mlp_width", "mlp_matrices")
    sizes = dict(zip(names, (*heads, *mlp), strict=True))
    return {"layers": layers, "width": width, **sizes, "vocab": vocab, "tied": tied}


def as_model(model: Table) -> Model:
    return Model("", "a student's", "", "decoder", year=2023, context=1, **model)


def random_shape(rng: Rng) -> Table:
    kv_heads = int(2 ** rng.integers(0, 4))
    heads = kv_heads * int(rng.integers(2, 9))
    return shape(
        int(rng.integers(2, 60)),
        64 * int(rng.integers(8, 80)),
        (heads, kv_heads, int(rng.choice([64, 80, 96, 256]))),
        (int(rng.integers(1000, 30000)), int(rng.integers(2, 4))),
        int(rng.integers(10_000, 150_000)),
        bool(rng.integers(2)),
    )


ONES = shape(1, 1, (1, 1, 1), (1, 2), 1, True)
PLAIN = shape(12, 768, (12, 12, 64), (3072, 2), 50257, True)
LLAMA_2_7B = shape(32, 4096, (32, 32, 128), (11008, 3), 32000, False)
LLAMA_3_8B = shape(32, 4096, (32, 8, 128), (14336, 3), 128256, False)
LLAMA_2_70B = shape(80, 8192, (64, 8, 128), (28672, 3), 32000, False)
GEMMA_2B = shape(18, 2048, (8, 1, 256), (16384, 3), 256000, True)
GEMMA_7B = shape(28, 3072, (16, 16, 256), (24576, 3), 256000, True)


# 1. parameters


def parameters(model: Table) -> int:
    return hwmath.models.parameters(as_model(model))


@part(reference=parameters)
def count(rng: Rng) -> Iterator[Case]:
    yield case("a decoder of ones", ONES)
    yield case("a plain MLP and one table for both ends", PLAIN)
    yield case("a gated MLP and two tables", LLAMA_2_7B)
    yield case("heads that share keys and values", LLAMA_3_8B)
    yield case("a single head of keys", GEMMA_2B)
    yield case("heads that are wider together than the model", GEMMA_7B)
    yield case("a single layer", {**LLAMA_3_8B, "layers": 1})
    for _ in range(RANDOM_CASES):
        yield case("a random decoder", random_shape(rng))


@count.law("keys and values of a head that is taken away take their matrices with them")
def _(student: Student, rng: Rng) -> None:
    model = random_shape(rng)
    model["kv_heads"] = model["heads"]
    gone = model["heads"] - 1
    saved = student(model) - student({**model, "kv_heads": 1})
    assert saved == 2 * model["layers"] * model["width"] * gone * model["head_width"]


@count.law("two tables are one table more")
def _(student: Student, rng: Rng) -> None:
    model = random_shape(rng)
    one, two = (student({**model, "tied": tied}) for tied in (True, False))
    assert two - one == model["vocab"] * model["width"]


@count.law("a gated MLP has one matrix more in each layer")
def _(student: Student, rng: Rng) -> None:
    model = random_shape(rng)
    plain, gated = (student({**model, "mlp_matrices": matrices}) for matrices in (2, 3))
    assert gated - plain == model["layers"] * model["width"] * model["mlp_width"]


@count.law("a model of ones has ten parameters for each number of its width, three in norms")
def _(student: Student, rng: Rng) -> None:
    width = int(rng.integers(10, 99))
    assert student({**ONES, "width": width}) == 10 * width


@count.misconception(
    "Several heads of queries may share one head of keys. To how many numbers does the matrix of "
    "the keys lead?"
)
def gives_every_head_its_keys(model):
    d = model["width"]
    attention = 4 * d * model["heads"] * model["head_width"]
    mlp = model["mlp_matrices"] * d * model["mlp_width"]
    tables = model["vocab"] * d * (1 if model["tied"] else 2)
    return model["layers"] * (attention + mlp + 2 * d) + d + tables


@count.misconception(
    "In some models the heads together are wider than the model, or narrower. From what to what "
    "does the matrix of the queries lead?"
)
def takes_the_width_for_all_heads(model):
    d = model["width"]
    kv = model["kv_heads"] * model["head_width"]
    attention = 2 * d * d + 2 * d * kv
    mlp = model["mlp_matrices"] * d * model["mlp_width"]
    tables = model["vocab"] * d * (1 if model["tied"] else 2)
    return model["layers"] * (attention + mlp + 2 * d) + d + tables


@count.misconception("Two norms in each layer: is that every norm that the task names?")
def forgets_the_last_norm(model):
    d = model["width"]
    attention = 2 * d * model["head_width"] * (model["heads"] + model["kv_heads"])
    mlp = model["mlp_matrices"] * d * model["mlp_width"]
    tables = model["vocab"] * d * (1 if model["tied"] else 2)
    return model["layers"] * (attention + mlp + 2 * d) + tables


@count.misconception("How many matrices does an MLP have that is not gated?")
def always_has_a_gate(model):
    d = model["width"]
    attention = 2 * d * model["head_width"] * (model["heads"] + model["kv_heads"])
    mlp = 3 * d * model["mlp_width"]
    tables = model["vocab"] * d * (1 if model["tied"] else 2)
    return model["layers"] * (attention + mlp + 2 * d) + d + tables


@count.misconception(
    "What do the two ends of the model have in common when `tied` is true, and when it is false?"
)
def has_one_table_always(model):
    d = model["width"]
    attention = 2 * d * model["head_width"] * (model["heads"] + model["kv_heads"])
    mlp = model["mlp_matrices"] * d * model["mlp_width"]
    return model["layers"] * (attention + mlp + 2 * d) + d + model["vocab"] * d


@count.alternative
def lists_the_matrices(model):
    d, inside = model["width"], model["heads"] * model["head_width"]
    shared = model["kv_heads"] * model["head_width"]
    layer = [(d, inside), (d, shared), (d, shared), (inside, d), (2, d)]
    layer += [(d, model["mlp_width"])] * model["mlp_matrices"]
    whole = [(model["vocab"], d), (1, d)]
    if not model["tied"]:
        whole.append((d, model["vocab"]))
    return model["layers"] * sum(a * b for a, b in layer) + sum(a * b for a, b in whole)


@count.alternative
def counts_for_each_number_of_the_width(model):
    heads = 2 * model["heads"] + 2 * model["kv_heads"]
    each = heads * model["head_width"] + model["mlp_matrices"] * model["mlp_width"] + 2
    each = each * model["layers"] + 1 + model["vocab"] * (2 - model["tied"])
    return model["width"] * each


# 2. forward_flop


def forward_flop(
    model: Table, batch: int, new_tokens: int, cached_tokens: Any, causal: bool
) -> Any:
    run = Pass(batch, new_tokens, cached_tokens)
    return flop.forward_flop(as_model(model), run, causal=causal)


@part(reference=forward_flop)
def forward(rng: Rng) -> Iterator[Case]:
    yield case("a single token", ONES, 1, 1, 0, True)
    yield case("a prompt, every pair counted", LLAMA_2_7B, 1, 4096, 0, False)
    yield case("a prompt, causal", LLAMA_2_7B, 1, 4096, 0, True)
    yield case("a new token after a long text", LLAMA_2_7B, 1, 1, 100_000, False)
    yield case("a new token after a long text, causal", LLAMA_3_8B, 16, 1, 8192, True)
    yield case("a piece of a prompt after other pieces", LLAMA_3_8B, 4, 512, 3000, False)
    yield case("a piece of a prompt after other pieces, causal", LLAMA_3_8B, 4, 512, 3000, True)
    yield case("one table for both ends", GEMMA_2B, 2, 10, 0, True)
    texts = np.array([0, 1000, 128_000])
    yield case("an array of cached tokens", PLAIN, 2, 3, texts, True)
    yield case("an array of cached tokens, every pair counted", GEMMA_7B, 8, 1, texts, False)
    for n in range(RANDOM_CASES):
        new, cached = (int(2 ** rng.uniform(0, 14)) for _ in range(2))
        args = (int(rng.integers(1, 64)), new, cached, bool(n % 2))
        yield case("a random pass", random_shape(rng), *args)


@forward.law("a causal prompt costs the same in one pass as in two, the second with a cache")
def _(student: Student, rng: Rng) -> None:
    model, (first, second) = random_shape(rng), (int(n) for n in rng.integers(5, 900, size=2))
    whole = student(model, 1, first + second, 0, True)
    pieces = student(model, 1, first, 0, True) + student(model, 1, second, first, True)
    assert math.isclose(whole, pieces)


@forward.law("a token more in the cache costs each new token a score and a share of the mixture")
def _(student: Student, rng: Rng) -> None:
    model, new = random_shape(rng), int(rng.integers(2, 50))
    costs = student(model, 1, new, 41, False) - student(model, 1, new, 40, False)
    each = model["layers"] * model["heads"] * model["head_width"]
    assert math.isclose(costs, 4 * new * each, rel_tol=1e-6)


@forward.law("a single token without a cache sees itself, causal or not")
def _(student: Student, rng: Rng) -> None:
    model = random_shape(rng)
    one, other = (student(model, 1, 1, 0, causal) for causal in (False, True))
    assert math.isclose(one, other)


@forward.law("a token is scored against every word")
def _(student: Student, rng: Rng) -> None:
    model = random_shape(rng)
    more = student({**model, "vocab": 2 * model["vocab"]}, 1, 1, 0, False)
    less = student(model, 1, 1, 0, False)
    assert math.isclose(more - less, 2 * model["width"] * model["vocab"], rel_tol=1e-6)


@forward.misconception("What do the new tokens look at, besides each other?")
def drops_the_cache(model, batch, new_tokens, cached_tokens, causal):
    d, inside = model["width"], model["heads"] * model["head_width"]
    kv = model["kv_heads"] * model["head_width"]
    layer = 2 * d * inside + 2 * d * kv + model["mlp_matrices"] * d * model["mlp_width"]
    weights = model["layers"] * layer + d * model["vocab"]
    pairs = new_tokens * (new_tokens + 1) / 2 if causal else new_tokens**2
    pairs = pairs + 0 * cached_tokens
    return 2 * batch * (new_tokens * weights + 2 * model["layers"] * inside * pairs)


@forward.misconception("How many of the new tokens look at the first token of the cache?")
def adds_the_cache_once(model, batch, new_tokens, cached_tokens, causal):
    d, inside = model["width"], model["heads"] * model["head_width"]
    kv = model["kv_heads"] * model["head_width"]
    layer = 2 * d * inside + 2 * d * kv + model["mlp_matrices"] * d * model["mlp_width"]
    weights = model["layers"] * layer + d * model["vocab"]
    pairs = new_tokens * (new_tokens + 1) / 2 if causal else new_tokens**2
    pairs = pairs + cached_tokens
    return 2 * batch * (new_tokens * weights + 2 * model["layers"] * inside * pairs)


@forward.misconception(
    "Half of the square is hidden. Is anything in the cache hidden from a new token, and does a "
    "token see itself?"
)
def halves_the_whole_square(model, batch, new_tokens, cached_tokens, causal):
    d, inside = model["width"], model["heads"] * model["head_width"]
    kv = model["kv_heads"] * model["head_width"]
    layer = 2 * d * inside + 2 * d * kv + model["mlp_matrices"] * d * model["mlp_width"]
    weights = model["layers"] * layer + d * model["vocab"]
    pairs = new_tokens * (cached_tokens + new_tokens)
    if causal:
        pairs = pairs / 2
    return 2 * batch * (new_tokens * weights + 2 * model["layers"] * inside * pairs)


@forward.misconception(
    "After the last layer each new token meets one matrix more. What does it turn a token into?"
)
def forgets_the_unembedding(model, batch, new_tokens, cached_tokens, causal):
    d, inside = model["width"], model["heads"] * model["head_width"]
    kv = model["kv_heads"] * model["head_width"]
    layer = 2 * d * inside + 2 * d * kv + model["mlp_matrices"] * d * model["mlp_width"]
    pairs = new_tokens * (cached_tokens + new_tokens)
    if causal:
        pairs = new_tokens * cached_tokens + new_tokens * (new_tokens + 1) / 2
    return 2 * batch * model["layers"] * (new_tokens * layer + 2 * inside * pairs)


@forward.misconception("For each multiplication there is an addition. In which unit is the answer?")
def counts_macs_for_flop(model, batch, new_tokens, cached_tokens, causal):
    d, inside = model["width"], model["heads"] * model["head_width"]
    kv = model["kv_heads"] * model["head_width"]
    layer = 2 * d * inside + 2 * d * kv + model["mlp_matrices"] * d * model["mlp_width"]
    weights = model["layers"] * layer + d * model["vocab"]
    pairs = new_tokens * (cached_tokens + new_tokens)
    if causal:
        pairs = new_tokens * cached_tokens + new_tokens * (new_tokens + 1) / 2
    return batch * (new_tokens * weights + 2 * model["layers"] * inside * pairs)


@forward.alternative
def goes_from_product_to_product(model, batch, new_tokens, cached_tokens, causal):
    rows, d, hw = batch * new_tokens, model["width"], model["head_width"]
    queries = 2 * rows * d * model["heads"] * hw
    keys_and_values = 2 * (2 * rows * d * model["kv_heads"] * hw)
    output = 2 * rows * model["heads"] * hw * d
    mlp = model["mlp_matrices"] * 2 * rows * d * model["mlp_width"]
    seen = cached_tokens + ((new_tokens + 1) / 2 if causal else new_tokens)
    scores = 2 * rows * model["heads"] * hw * seen
    layer = queries + keys_and_values + output + mlp + scores + scores
    return layer * model["layers"] + 2 * rows * d * model["vocab"]


@forward.alternative
def walks_over_the_new_tokens(model, batch, new_tokens, cached_tokens, causal):
    inside, kv = (model[name] * model["head_width"] for name in ("heads", "kv_heads"))
    layer = 2 * inside + 2 * kv + model["mlp_matrices"] * model["mlp_width"]
    macs = 0 * cached_tokens
    for token in range(new_tokens):
        seen = cached_tokens + (token + 1 if causal else new_tokens)
        macs = macs + model["layers"] * (layer * model["width"] + 2 * inside * seen)
        macs = macs + model["width"] * model["vocab"]
    return 2.0 * macs * batch


# 3. disagreeing_run


def disagreeing_run(runs: list[Table], peak_flop_per_s: float, tolerance: float) -> str | None:
    for run in runs:
        meets = (run["active_parameters"], run["tokens"])
        done = training.six_nd_flop(*meets, recompute="full" if run["recompute"] else "none")
        hfu = training.mfu(done, run["days"] * DAY_S, run["chips"], peak_flop_per_s)
        if abs(run["hfu"] - hfu) > tolerance * hfu:
            return str(run["name"])
    return None


def a_run(
    rng: Rng, name: str, peak: float, *, recompute: bool, experts: bool, off: float = 1.0
) -> Table:
    """A run of which the printed utilisation is `off` times what its other columns give."""
    active = float(10 ** rng.uniform(9, 11.5))
    tokens, chips = float(10 ** rng.uniform(11, 13)), int(rng.integers(64, 8192))
    hfu = float(rng.uniform(0.25, 0.6))
    flop = (8 if recompute else 6) * active * tokens
    return {
        "name": name,
        "parameters": active * (float(rng.uniform(3, 20)) if experts else 1.0),
        "active_parameters": active,
        "tokens": tokens,
        "chips": chips,
        "days": flop / (chips * DAY_S * peak * hfu),
        "recompute": recompute,
        "hfu": hfu * off,
    }


def a_table(rng: Rng, peak: float, off: dict[str, float]) -> list[Table]:
    """Four runs, one of each kind, in random order; `off` says by name which ones are wrong."""
    kinds = {"ash": (0, 0), "birch": (1, 0), "cedar": (0, 1), "elm": (1, 1)}
    return [
        a_run(
            rng,
            name,
            peak,
            recompute=bool(kinds[name][0]),
            experts=bool(kinds[name][1]),
            off=off.get(name, 1.0),
        )
        for name in (str(name) for name in rng.permutation(list(kinds)))
    ]


@part(reference=disagreeing_run)
def audit(rng: Rng) -> Iterator[Case]:
    peak = 312e12

    def alone(off: float = 1.0, *, recompute: bool = False, experts: bool = False) -> list[Table]:
        return [a_run(rng, "oak", peak, recompute=recompute, experts=experts, off=off)]

    yield case("a table whose rows all agree", a_table(rng, peak, {}), peak, 0.05)
    yield case("a single run that agrees", alone(), peak, 0.05)
    yield case("a single run that agrees, recomputed", alone(recompute=True), peak, 0.05)
    yield case("a single run with experts that agrees", alone(experts=True), peak, 0.05)
    yield case("a table without rows", [], peak, 0.05)
    yield case("a row that is a little too high", a_table(rng, peak, {"ash": 1.08}), peak, 0.05)
    yield case("a row that is a little too low", a_table(rng, peak, {"ash": 0.92}), peak, 0.05)
    for name in ("birch", "cedar", "elm"):
        high, low = ({name: off} for off in (1.4, 0.6))
        yield case("a row that is far too high", a_table(rng, peak, high), peak, 0.05)
        yield case("a row that is far too low", a_table(rng, peak, low), peak, 0.05)
    six = {"elm": 6 / 8}
    yield case("a row that forgot what is computed again", a_table(rng, peak, six), peak, 0.05)
    eight = {"cedar": 8 / 6}
    yield case(
        "a row that computes nothing again but says so", a_table(rng, peak, eight), peak, 0.1
    )
    yield case("deviations within the tolerance", a_table(rng, peak, {"elm": 0.91}), peak, 0.1)
    yield case("a wide tolerance that is kept", alone(0.78), peak, 0.25)
    yield case("a wide tolerance that is not kept", alone(1.29), peak, 0.25)
    for _ in range(2 * RANDOM_CASES):
        rate, tolerance = float(10 ** rng.uniform(14, 15)), float(rng.uniform(0.02, 0.15))
        wrong = str(rng.choice(["ash", "birch", "cedar", "elm", "none of them"]))
        off = 1 + tolerance * float(rng.choice([-1, 1]) * rng.uniform(1.2, 2.5))
        yield case("a random table", a_table(rng, rate, {wrong: off}), rate, tolerance)


@audit.law("at six FLOP a second one weight takes a token each second")
def _(student: Student, rng: Rng) -> None:
    days = float(rng.integers(2, 99))
    run = {"name": "slow", "parameters": 1.0, "active_parameters": 1.0, "chips": 1, "days": days}
    run |= {"tokens": days * DAY_S, "recompute": False, "hfu": 1.0}
    assert student([run], 6.0, 0.01) is None


@audit.law("a forward pass that is made twice is work, too")
def _(student: Student, rng: Rng) -> None:
    run = a_run(rng, "twice", 1e15, recompute=False, experts=False)
    run |= {"recompute": True, "hfu": run["hfu"] * 4 / 3}
    assert student([run], 1e15, 0.05) is None


@audit.law("experts that are not active do no work")
def _(student: Student, rng: Rng) -> None:
    run = a_run(rng, "many", 1e15, recompute=False, experts=False)
    assert student([{**run, "parameters": 9 * run["parameters"]}], 1e15, 0.05) is None


@audit.law("too little is as wrong as too much")
def _(student: Student, rng: Rng) -> None:
    for off in (0.5, 2.0):
        run = a_run(rng, "odd", 1e15, recompute=False, experts=False, off=off)
        assert student([run], 1e15, 0.1) == "odd"


@audit.law("when all utilisations are halved, the same run stands out")
def _(student: Student, rng: Rng) -> None:
    run = a_run(rng, "odd", 1e15, recompute=False, experts=False, off=1.15)
    for slower in (1, 4, 16):
        slow = {**run, "days": slower * run["days"], "hfu": run["hfu"] / slower}
        assert student([slow], 1e15, 0.1) == "odd"


@audit.misconception("Which of the chips' work is done once more when `recompute` is true?")
def forgets_what_is_computed_again(runs, peak_flop_per_s, tolerance):
    for run in runs:
        flop = 6 * run["active_parameters"] * run["tokens"]
        hfu = flop / (run["chips"] * run["days"] * 86400 * peak_flop_per_s)
        if abs(run["hfu"] / hfu - 1) > tolerance:
            return run["name"]
    return None


@audit.misconception("A token visits some of the experts. Which parameters does it meet?")
def takes_all_the_experts(runs, peak_flop_per_s, tolerance):
    for run in runs:
        flop = (8 if run["recompute"] else 6) * run["parameters"] * run["tokens"]
        hfu = flop / (run["chips"] * run["days"] * 86400 * peak_flop_per_s)
        if abs(run["hfu"] / hfu - 1) > tolerance:
            return run["name"]
    return None


@audit.misconception(
    "Does every run disagree? Write down what one parameter costs for one token, forward and "
    "backward, in FLOP; and how many seconds has a day?"
)
def pays_for_the_forward_pass_alone(runs, peak_flop_per_s, tolerance):
    for run in runs:
        flop = (4 if run["recompute"] else 2) * run["active_parameters"] * run["tokens"]
        hfu = flop / (run["chips"] * run["days"] * 86400 * peak_flop_per_s)
        if abs(run["hfu"] / hfu - 1) > tolerance:
            return run["name"]
    return None


@audit.misconception("A printed number can be too large. In which other way can it be wrong?")
def finds_only_what_is_too_high(runs, peak_flop_per_s, tolerance):
    for run in runs:
        flop = (8 if run["recompute"] else 6) * run["active_parameters"] * run["tokens"]
        hfu = flop / (run["chips"] * run["days"] * 86400 * peak_flop_per_s)
        if run["hfu"] > hfu * (1 + tolerance):
            return run["name"]
    return None


@audit.misconception("The tolerance is a share. A share of what?")
def compares_the_difference_itself(runs, peak_flop_per_s, tolerance):
    for run in runs:
        flop = (8 if run["recompute"] else 6) * run["active_parameters"] * run["tokens"]
        hfu = flop / (run["chips"] * run["days"] * 86400 * peak_flop_per_s)
        if abs(run["hfu"] - hfu) > tolerance:
            return run["name"]
    return None


@audit.alternative
def looks_at_the_time_that_the_work_takes(runs, peak_flop_per_s, tolerance):
    odd = None
    for run in runs:
        passes = 1 + 2 + (1 if run["recompute"] else 0)
        macs = passes * run["active_parameters"] * run["tokens"]
        available = run["chips"] * peak_flop_per_s * run["days"] * 24 * 3600
        ratio = run["hfu"] * available / (2 * macs)
        if ratio < 1 - tolerance or ratio > 1 + tolerance:
            odd = run["name"]
    return odd


@audit.alternative
def works_it_out_for_all_rows(runs, peak_flop_per_s, tolerance):
    names = ("recompute", "active_parameters", "tokens", "chips", "days", "hfu")
    again, met, tokens, chips, days, printed = np.array(
        [[run[name] for run in runs] for name in names], dtype=float
    )
    hfu = (6 + 2 * again) * met * tokens / chips / days / 86400 / peak_flop_per_s
    found = np.nonzero(np.abs(printed - hfu) > tolerance * hfu)[0]
    return runs[found[0]]["name"] if len(found) else None


# 4. training_bytes_a_chip


def training_bytes_a_chip(
    parameters: Any, bytes_of: dict[str, float], stage: int, plan: dict[str, int]
) -> Any:
    recipe = Recipe("a student's", {kept: FORMATS[size] for kept, size in bytes_of.items()})
    spread = cluster.Plan(**plan, zero_stage=stage)  # type: ignore[arg-type]
    return sum(cluster.state_bytes(parameters, spread, recipe).values())


def formats(*sizes: float) -> dict[str, float]:
    """What training keeps of a parameter, in bytes; without a master copy where none is given."""
    names = ("weights", "gradients", "first moment", "second moment", "master copy")
    return dict(zip(names, sizes, strict=False))


def plan(data: int, tensor: int, pipeline: int) -> dict[str, int]:
    return {"data": data, "tensor": tensor, "pipeline": pipeline}


MIXED, BF16, EIGHT_BIT = formats(2, 2, 4, 4, 4), formats(2, 2, 2, 2), formats(2, 4, 1, 1, 4)


@part(reference=training_bytes_a_chip)
def state(rng: Rng) -> Iterator[Case]:
    yield case("a single chip", 7_500_000_001, MIXED, 0, plan(1, 1, 1))
    for stage in range(4):
        shared = (7_500_000_001, MIXED, stage, plan(64, 1, 1))
        yield case(f"copies of a model, stage {stage}", *shared)
        whole = (20_554_567_680, MIXED, stage, plan(4, 2, 4))
        yield case(f"copies of a model in eight parts, stage {stage}", *whole)
    yield case("a model in parts, a single copy", 175e9, MIXED, 3, plan(1, 8, 12))
    yield case("copies that do not divide the model", 1_000_003, BF16, 3, plan(7, 3, 1))
    yield case("no master copy", 6_738_415_617, BF16, 1, plan(3, 1, 2))
    yield case("moments of eight bits", 6_738_415_617, EIGHT_BIT, 2, plan(48, 5, 1))
    counts = np.array([1_000_003, 6_738_415_617, 175_000_000_007])
    yield case("an array of models", counts, MIXED, 1, plan(24, 8, 2))
    for n in range(RANDOM_CASES):
        count, sizes = int(10 ** rng.uniform(6, 11)), rng.choice([1, 2, 4], size=5)
        ways = plan(*(int(ways) for ways in rng.integers(2, 20, size=3)))
        each = formats(*(float(size) for size in sizes[: 4 + n % 2]))
        yield case("a random plan", count, each, int(rng.integers(4)), ways)


@state.law("at stage 3 the shares of all chips are one copy of everything")
def _(student: Student, rng: Rng) -> None:
    ways = plan(*(int(ways) for ways in rng.integers(2, 30, size=3)))
    count = int(rng.integers(10_000, 99_999))
    chips = math.prod(ways.values())
    assert math.isclose(chips * student(count, MIXED, 3, ways), 16 * count)


@state.law("each stage leaves what the stage before shared out shared out")
def _(student: Student, rng: Rng) -> None:
    ways, count = plan(int(rng.integers(2, 30)), 1, 1), float(10 ** rng.uniform(6, 9))
    kept = [student(count, MIXED, stage, ways) for stage in range(4)]
    assert all(less < more * (1 - 1e-3) for more, less in itertools.pairwise(kept))
    assert math.isclose(kept[0] - kept[1], count * 12 * (1 - 1 / ways["data"]))


@state.law("whoever cuts the model in two cuts everything in two")
def _(student: Student, rng: Rng) -> None:
    data, count = int(rng.integers(2, 30)), float(10 ** rng.uniform(6, 9))
    for stage in range(3):
        uncut = student(count, MIXED, stage, plan(data, 1, 1))
        for way in ((data, 2, 1), (data, 1, 2)):
            assert math.isclose(2 * student(count, MIXED, stage, plan(*way)), uncut)


@state.law("the shares of a thousand models are a thousand times the share of one")
def _(student: Student, rng: Rng) -> None:
    count = 7 * int(rng.integers(100, 900)) + 2
    one = student(count, MIXED, 3, plan(7, 1, 1))
    assert math.isclose(student(1000 * count, MIXED, 3, plan(7, 1, 1)), 1000 * one)


@state.misconception(
    "A chip has one part of one copy. Who else has that very part, and can share its state: every "
    "chip, or one in each copy?"
)
def shares_with_every_chip(parameters, bytes_of, stage, plan):
    chips = plan["data"] * plan["tensor"] * plan["pipeline"]
    total = 0
    for kept, size in bytes_of.items():
        first = {"weights": 3, "gradients": 2}.get(kept, 1)
        share = parameters * size / (plan["tensor"] * plan["pipeline"])
        total = total + (share / chips if stage >= first else share)
    return total


@state.misconception("Where the copies do not divide the model, what becomes of the rest?")
def rounds_the_shares_down(parameters, bytes_of, stage, plan):
    total = 0
    for kept, size in bytes_of.items():
        first = {"weights": 3, "gradients": 2}.get(kept, 1)
        copies = plan["data"] if stage >= first else 1
        total = total + parameters * size // (plan["tensor"] * plan["pipeline"]) // copies
    return total


@state.misconception("At stage 3, are moments and gradients whole again?")
def shares_one_kind_at_each_stage(parameters, bytes_of, stage, plan):
    total = 0
    for kept, size in bytes_of.items():
        first = {"weights": 3, "gradients": 2}.get(kept, 1)
        total = total + parameters * size / (plan["data"] if stage == first else 1)
    return total / (plan["tensor"] * plan["pipeline"])


@state.misconception(
    "A matrix that is cut across chips has a gradient of its own shape. Is that one cut, too?"
)
def leaves_the_gradients_uncut(parameters, bytes_of, stage, plan):
    total = 0
    for kept, size in bytes_of.items():
        first = {"weights": 3, "gradients": 2}.get(kept, 1)
        share = parameters * size / (plan["data"] if stage >= first else 1)
        parts = 1 if kept == "gradients" else plan["tensor"]
        total = total + share / parts / plan["pipeline"]
    return total


@state.misconception("Which of the five does each copy still keep whole at stage 1?")
def shares_everything_from_the_first_stage_on(parameters, bytes_of, stage, plan):
    total = parameters * sum(bytes_of.values()) / (plan["tensor"] * plan["pipeline"])
    return total / plan["data"] if stage else total


@state.alternative
def takes_the_three_kinds_apart(parameters, bytes_of, stage, plan):
    kept = dict(bytes_of)
    weights, gradients = kept.pop("weights"), kept.pop("gradients")
    state = sum(kept.values())
    if stage >= 1:
        state = state / plan["data"]
    if stage >= 2:
        gradients = gradients / plan["data"]
    if stage >= 3:
        weights = weights / plan["data"]
    on_a_chip = parameters / plan["tensor"] / plan["pipeline"]
    return on_a_chip * (weights + gradients + state)


@state.alternative
def counts_who_shares(parameters, bytes_of, stage, plan):
    shared = [[], ["moment", "master"], ["moment", "master", "grad"], ["m", "grad", "weights"]]
    total = 0
    for kept in bytes_of:
        holders = plan["tensor"] * plan["pipeline"]
        if any(word in kept for word in shared[stage]):
            holders *= plan["data"]
        total = total + bytes_of[kept] * parameters / holders
    return total


# 5. activation_bytes


def activation_bytes(
    layers: int,
    width: int,
    heads: int,
    batch: int,
    tokens: Any,
    recompute: Any,
    plan: dict[str, int],
) -> Any:
    each = (heads, heads, width // heads)
    model = as_model(shape(layers, width, each, (4 * width, 2), 1, True))
    return activations.activation_bytes(
        model, batch, tokens, recompute=recompute, tensor_parallel=plan["tensor"], dropout=True
    )


def two_ways(data: int, tensor: int) -> dict[str, int]:
    return {"data": data, "tensor": tensor}


RECOMPUTE = ("none", "selective", "full")
GPT_3 = (96, 12288, 96)


@part(reference=activation_bytes)
def kept_results(rng: Rng) -> Iterator[Case]:
    yield case("a single layer on a single chip", 1, 64, 4, 1, 8, "none", two_ways(1, 1))
    for recompute in RECOMPUTE:
        with_ = {"none": "nothing", "selective": "the pairs", "full": "everything"}[recompute]
        again = f"{with_} computed again"
        yield case(f"a single chip, {again}", *GPT_3, 1, 2048, recompute, two_ways(1, 1))
        yield case(f"eight chips, {again}", *GPT_3, 1, 2048, recompute, two_ways(1, 8))
        yield case(f"copies of the model, {again}", *GPT_3, 2, 2048, recompute, two_ways(16, 8))
        lengths = np.array([1, 512, 100_000])
        more = (32, 4096, 32, 3, lengths, recompute, two_ways(2, 4))
        yield case(f"an array of lengths, {again}", *more)
    for n in range(RANDOM_CASES):
        ways = two_ways(*(int(ways) for ways in rng.integers(2, 13, size=2)))
        heads = ways["tensor"] * int(rng.integers(1, 9))
        sizes = (int(rng.integers(2, 100)), heads * int(rng.choice([64, 96, 128])), heads)
        batch, tokens = int(rng.integers(1, 9)), int(2 ** rng.uniform(7, 14))
        yield case("random sizes", *sizes, batch, tokens, RECOMPUTE[n % 3], ways)


@kept_results.law("with more chips to a copy, what each of them keeps whole is left")
def _(student: Student, rng: Rng) -> None:
    heads, tokens = 4 * int(rng.integers(2, 20)), int(rng.integers(8, 99))
    args = (3, 64 * heads, heads, 2, tokens, "selective")
    one, four = (student(*args, two_ways(1, tensor)) for tensor in (1, 4))
    assert math.isclose((4 * four - one) / 3, 10 * 2 * tokens * 64 * heads * 3)


@kept_results.law("pairs grow with the square of the text and are split by heads")
def _(student: Student, rng: Rng) -> None:
    heads, tokens = 4 * int(rng.integers(2, 20)), int(rng.integers(8, 99))
    for tensor in (1, 2, 4):
        for text in (tokens, 2 * tokens):
            args = (7, 128 * heads, heads, 1, text)
            none, some = (
                student(*args, recompute, two_ways(1, tensor)) for recompute in RECOMPUTE[:2]
            )
            assert math.isclose(none - some, 5 * 7 * heads * text**2 / tensor, rel_tol=1e-6)


@kept_results.law("another copy of the model changes nothing on a chip")
def _(student: Student, rng: Rng) -> None:
    tokens = int(rng.integers(100, 999))
    for recompute in RECOMPUTE:
        one, many = (student(5, 512, 8, 4, tokens, recompute, two_ways(data, 2)) for data in (1, 8))
        assert math.isclose(one, many)


@kept_results.law("the input of a layer is whole on every chip")
def _(student: Student, rng: Rng) -> None:
    tokens, ways = int(rng.integers(100, 999)), two_ways(1, int(rng.choice([2, 4, 8])))
    assert math.isclose(student(5, 512, 8, 3, tokens, "full", ways), 2 * 512 * 3 * tokens * 5)


@kept_results.misconception(
    "Each chip has some of the heads. Of how many heads does it keep the scores?"
)
def keeps_the_scores_of_all_heads(layers, width, heads, batch, tokens, recompute, plan):
    if recompute == "full":
        return 2 * layers * batch * tokens * width
    pairs = 5 * heads * tokens if recompute == "none" else 0
    return layers * batch * tokens * (10 * width + 24 * width / plan["tensor"] + pairs)


@kept_results.misconception(
    "`batch` is what one copy works on. Do the other copies take any of it away?"
)
def divides_by_the_copies(layers, width, heads, batch, tokens, recompute, plan):
    if recompute == "full":
        return 2 * layers * batch * tokens * width / plan["data"]
    each = 10 * width + 24 * width / plan["tensor"]
    if recompute == "none":
        each = each + 5 * heads * tokens / plan["tensor"]
    return layers * batch * tokens * each / plan["data"]


@kept_results.misconception("Which of a layer's results are whole on each of the chips?")
def splits_what_is_whole(layers, width, heads, batch, tokens, recompute, plan):
    if recompute == "full":
        return 2 * layers * batch * tokens * width
    each = 34 * width
    if recompute == "none":
        each = each + 5 * heads * tokens
    return layers * batch * tokens * each / plan["tensor"]


@kept_results.misconception("With how many keys is each query multiplied?")
def keeps_one_score_a_token(layers, width, heads, batch, tokens, recompute, plan):
    if recompute == "full":
        return 2 * layers * batch * tokens * width
    each = 10 * width + 24 * width / plan["tensor"]
    if recompute == "none":
        each = each + 5 * heads / plan["tensor"]
    return layers * batch * tokens * each


@kept_results.misconception(
    "To compute a layer again, each chip needs its input. Does it have all of it, or a slice?"
)
def splits_the_input_of_a_layer(layers, width, heads, batch, tokens, recompute, plan):
    t = plan["tensor"]
    if recompute == "full":
        return 2 * layers * batch * tokens * width / t
    each = 10 * width + 24 * width / t
    if recompute == "none":
        each = each + 5 * heads * tokens / t
    return layers * batch * tokens * each


@kept_results.alternative
def factors_out_the_width(layers, width, heads, batch, tokens, recompute, plan):
    t = plan["tensor"]
    none = 10 + 24 / t + 5 * heads * tokens / (width * t)
    factor = {"none": none, "selective": 10 + 24 / t, "full": 2}[recompute]
    return tokens * batch * width * layers * factor


@kept_results.alternative
def adds_what_is_kept_in_each_layer(layers, width, heads, batch, tokens, recompute, plan):
    positions = batch * tokens
    total = 0.0 * tokens
    for _ in range(layers):
        if recompute == "full":
            total = total + 2 * positions * width
            continue
        total = total + 10 * positions * width
        total = total + 24 * positions * width / plan["tensor"]
        if recompute != "selective":
            total = total + 5 * batch * tokens * tokens * (heads / plan["tensor"])
    return total


# 6. largest_batch


def largest_batch(
    model: Table,
    context: int,
    kv_element_bytes: float,
    weight_bytes: int,
    chips: int,
    capacity_bytes: int,
) -> int:
    many = Machine("a student's", 1.0, 1.0, 1.0, capacity_bytes, chips=chips)
    spread = Assumptions(parameters=weight_bytes, context_parallel=True)
    kept = Formats(weights="int8", kv=FORMATS[kv_element_bytes])
    return int(inference.largest_batch(as_model(model), many, context, kept, spread))


@part(reference=largest_batch)
def room(rng: Rng) -> Iterator[Case]:
    a_text = 2 * 32 * 8 * 128 * 2 * 8192
    fits = (LLAMA_3_8B, 8192, 2)
    yield case("a batch that fills the memory to the last byte", *fits, 16e9, 1, 16e9 + 9 * a_text)
    yield case("a batch that lacks a single byte", *fits, 16e9, 1, 16e9 + 9 * a_text - 1)
    few_bytes_left = 3 * 40e9 - 10 * a_text - 2**16
    yield case("a batch that fills three chips", *fits, few_bytes_left, 3, 40e9)
    yield case("weights that do not fit", LLAMA_2_70B, 4096, 2, 138e9, 1, 80e9)
    yield case("weights that fill the memory", LLAMA_2_70B, 4096, 2, 160e9, 2, 80e9)
    yield case("weights that leave room for less than a text", *fits, 16e9, 1, 16.5e9)
    yield case("one chip, every head with keys of its own", LLAMA_2_7B, 4096, 2, 13.5e9, 1, 24e9)
    yield case("eight chips, heads that share keys", LLAMA_2_70B, 4096, 2, 138e9, 8, 80e9)
    yield case("numbers of half a byte", LLAMA_2_70B, 100_000, 0.5, 35e9, 4, 80e9)
    yield case("heads that are wider together than the model", GEMMA_7B, 8192, 1, 17e9, 1, 40e9)
    yield case("texts of a single token", GEMMA_2B, 1, 2, 5e9, 1, 16e9)
    for n in range(RANDOM_CASES):
        model, context = random_shape(rng), int(2 ** rng.uniform(9, 16))
        element, chips = float(rng.choice([1, 2, 4])), int(rng.integers(2, 9))
        a_text = 2 * model["layers"] * model["kv_heads"] * model["head_width"] * element * context
        weights = float(rng.integers(10**9, 10**11))
        texts = 200 if n % 3 else 3
        free = chips * int(a_text * float(rng.uniform(1.1, texts)) / chips)
        capacity = math.ceil((weights + free) / chips)
        yield case("a random model", model, context, element, weights, chips, capacity)


@room.law("the batch fits, and one text more does not")
def _(student: Student, rng: Rng) -> None:
    model, context, chips = random_shape(rng), int(rng.integers(1000, 9000)), 4
    a_text = 2 * model["layers"] * model["kv_heads"] * model["head_width"] * 2 * context
    for texts in (1, 2, 17, 500):
        capacity = 10**10 + texts * a_text // chips + a_text // (2 * chips)
        assert student(model, context, 2, chips * 10**10, chips, capacity) == texts


@room.law("where the weights do not fit, nobody is served")
def _(student: Student, rng: Rng) -> None:
    weights = float(rng.integers(10**10, 10**12))
    assert student(random_shape(rng), 100, 2, 2 * weights, 2, 0.7 * weights) == 0


@room.law("more heads of queries take no room in the cache")
def _(student: Student, rng: Rng) -> None:
    model = random_shape(rng)
    more = {**model, "heads": 2 * model["heads"], "width": 2 * model["width"]}
    args = (4096, 2, 10**10, 8, 8 * 10**10)
    assert student(more, *args) == student(model, *args)


@room.misconception("Of which heads are keys and values kept: of all, or of those that have them?")
def caches_every_head(model, context, kv_element_bytes, weight_bytes, chips, capacity_bytes):
    a_token = 2 * model["layers"] * model["heads"] * model["head_width"] * kv_element_bytes
    return max(0, int((chips * capacity_bytes - weight_bytes) // (a_token * context)))


@room.misconception(
    "A new token needs more than the keys of the old ones. What is kept beside them?"
)
def caches_the_keys_alone(model, context, kv_element_bytes, weight_bytes, chips, capacity_bytes):
    a_token = model["layers"] * model["kv_heads"] * model["head_width"] * kv_element_bytes
    return max(0, int((chips * capacity_bytes - weight_bytes) // (a_token * context)))


@room.misconception("The weights are shared out. Does each of the chips have all of them?")
def puts_all_weights_on_each_chip(
    model, context, kv_element_bytes, weight_bytes, chips, capacity_bytes
):
    a_token = 2 * model["layers"] * model["kv_heads"] * model["head_width"] * kv_element_bytes
    return max(0, int(chips * (capacity_bytes - weight_bytes) // (a_token * context)))


@room.misconception("How many texts are served by a chip that cannot even hold the weights?")
def goes_below_zero(model, context, kv_element_bytes, weight_bytes, chips, capacity_bytes):
    a_token = 2 * model["layers"] * model["kv_heads"] * model["head_width"] * kv_element_bytes
    return int((chips * capacity_bytes - weight_bytes) // (a_token * context))


@room.misconception(
    "A text may lie on several chips. Can two chips with room for half a text each hold one?"
)
def fills_each_chip_for_itself(
    model, context, kv_element_bytes, weight_bytes, chips, capacity_bytes
):
    a_token = 2 * model["layers"] * model["kv_heads"] * model["head_width"] * kv_element_bytes
    free = capacity_bytes - weight_bytes / chips
    return max(0, chips * int(free // (a_token * context)))


@room.alternative
def adds_one_text_after_the_other(
    model, context, kv_element_bytes, weight_bytes, chips, capacity_bytes
):
    a_layer = 2 * context * model["kv_heads"] * model["head_width"] * kv_element_bytes
    a_text = a_layer * model["layers"]
    free = chips * capacity_bytes - weight_bytes
    texts = max(0, int(free / a_text) - 2)
    while (texts + 1) * a_text <= free:
        texts += 1
    return texts


@room.alternative
def counts_the_tokens_that_fit(
    model, context, kv_element_bytes, weight_bytes, chips, capacity_bytes
):
    keys = model["layers"] * model["kv_heads"] * model["head_width"]
    a_token = (keys + keys) * kv_element_bytes
    if weight_bytes >= chips * capacity_bytes:
        return 0
    tokens = math.floor((chips * capacity_bytes - weight_bytes) / a_token)
    return tokens // context


# 7. million_tokens_lower_bound_usd


def million_tokens_lower_bound_usd(
    batch: Any, weight_bytes: float, cache_bytes: float, token_flop: float, cluster: Table
) -> Any:
    moved_a_s = cluster["chips"] * cluster["bytes_per_s"]
    step = Step(
        weights_s=weight_bytes / moved_a_s,
        kv_s=batch * cache_bytes / moved_a_s,
        linear_s=batch * token_flop / (cluster["chips"] * cluster["flop_per_s"]),
        attention_s=0.0,
        overlap="everything",
    )
    tokens_per_s = batch / (step.lower_bound_s + cluster["exchange_s"])
    usd_per_hour = cluster["chips"] * cluster["usd_per_hour"]
    return inference.usd_per_million_tokens(tokens_per_s, usd_per_hour)


def machine(
    chips: int, flop_per_s: float, bytes_per_s: float, usd_per_hour: float, exchange_s: float
) -> Table:
    names = ("chips", "flop_per_s", "bytes_per_s", "usd_per_hour", "exchange_s")
    sizes = (chips, flop_per_s, bytes_per_s, usd_per_hour, exchange_s)
    return dict(zip(names, sizes, strict=True))


@part(reference=million_tokens_lower_bound_usd)
def price(rng: Rng) -> Iterator[Case]:
    llama = (140e9, 1.34e9, 140e9)
    a100s = machine(2, 312e12, 2e12, 2.21, 0.0)
    yield case("a single text", 1, *llama, a100s)
    yield case("a batch that memory sets the time of", 32, *llama, a100s)
    yield case("a batch that arithmetic sets the time of", 4096, 140e9, 1e6, 140e9, a100s)
    level = machine(4, 2.0**40, 2.0**38, 2.0, 0.0)
    yield case("arithmetic and memory that take equally long", 4, 2.0**33, 0.0, 2.0**33, level)
    yield case("chips that wait for each other", 8, *llama, {**a100s, "exchange_s": 0.01})
    yield case("a single chip", 16, 14e9, 1e9, 14e9, machine(1, 125e12, 600e9, 1.2, 0.0))
    yield case("an array of batches", np.array([1, 8, 500, 5000]), *llama, a100s)
    big = machine(8, 1e15, 3e12, 3.0, 2e-3)
    yield case(
        "an array of batches without caches", np.array([1, 300, 9999]), 140e9, 0.0, 140e9, big
    )
    for _ in range(RANDOM_CASES):
        weights, batch = float(10 ** rng.uniform(9, 12)), int(2 ** rng.uniform(1, 10))
        cache = weights / batch * float(10 ** rng.uniform(-1, 0.5))
        flop = weights * float(10 ** rng.uniform(0, 0.3))
        rate = float(10 ** rng.uniform(11.5, 12.8))
        peak = rate * flop * batch / (weights + batch * cache) * float(2 ** rng.uniform(-2, 2))
        chips = int(rng.integers(2, 17))
        moving_s = (weights + batch * cache) / rate / chips
        waits = moving_s * float(rng.uniform(0.1, 1))
        cluster = machine(chips, float(peak), rate, float(rng.uniform(0.5, 9)), waits)
        yield case("a random cluster", batch, weights, cache, flop, cluster)


@price.law("a chip that does one thing a second for a dollar a second makes a token in one")
def _(student: Student, rng: Rng) -> None:
    one = machine(1, 1.0, 1.0, 3600.0, 0.0)
    fast = float(rng.uniform(0.1, 0.9))
    assert math.isclose(student(1, 1.0, 0.0, fast, one), 1e6)
    assert math.isclose(student(1, fast, 0.0, 1.0, one), 1e6)


@price.law("where only the weights take time, twice the batch halves the price")
def _(student: Student, rng: Rng) -> None:
    batch, cluster = int(rng.integers(2, 50)), machine(4, 1e18, 1e12, 2.0, 0.0)
    once, twice = (student(texts, 1e11, 0.0, 1e11, cluster) for texts in (batch, 2 * batch))
    assert math.isclose(once, 2 * twice)


@price.law("in a very large batch every text still reads its own cache")
def _(student: Student, rng: Rng) -> None:
    cache = float(10 ** rng.uniform(8, 9))
    bound = student(10**9, 1e9, cache, 1.0, machine(1, 1e15, 1e12, 3600.0, 0.0))
    assert math.isclose(bound, 1e6 * cache / 1e12, rel_tol=1e-6)


@price.law("twice the chips that need not wait for each other cost the same and take half as long")
def _(student: Student, rng: Rng) -> None:
    batch = int(rng.integers(2, 50))
    few, many = (
        student(batch, 1e11, 1e9, 1e11, machine(chips, 1e15, 1e12, 2.0, 0.0)) for chips in (2, 4)
    )
    assert math.isclose(few, many)


@price.misconception(
    "Arithmetic and memory work at the same time. When one of them is done, what is still running?"
)
def adds_memory_and_arithmetic(batch, weight_bytes, cache_bytes, token_flop, cluster):
    memory_s = (weight_bytes + batch * cache_bytes) / cluster["bytes_per_s"] / cluster["chips"]
    compute_s = batch * token_flop / cluster["flop_per_s"] / cluster["chips"]
    step_s = memory_s + compute_s + cluster["exchange_s"]
    return step_s * cluster["chips"] * cluster["usd_per_hour"] / 3600 / batch * 1e6


@price.misconception(
    "The weights come by once in a step. How many of the texts make use of them on that occasion?"
)
def reads_the_weights_for_each_text(batch, weight_bytes, cache_bytes, token_flop, cluster):
    memory_s = batch * (weight_bytes + cache_bytes) / cluster["bytes_per_s"] / cluster["chips"]
    compute_s = batch * token_flop / cluster["flop_per_s"] / cluster["chips"]
    step_s = np.maximum(memory_s, compute_s) + cluster["exchange_s"]
    return step_s * cluster["chips"] * cluster["usd_per_hour"] / 3600 / batch * 1e6


@price.misconception("How many tokens has the cluster made at the end of one step?")
def pays_for_one_text(batch, weight_bytes, cache_bytes, token_flop, cluster):
    memory_s = (weight_bytes + batch * cache_bytes) / cluster["bytes_per_s"] / cluster["chips"]
    compute_s = batch * token_flop / cluster["flop_per_s"] / cluster["chips"]
    step_s = np.maximum(memory_s, compute_s) + cluster["exchange_s"]
    return step_s * cluster["chips"] * cluster["usd_per_hour"] / 3600 * 1e6


@price.misconception(
    "Each chip reads its own share of the weights. How fast do they read together?"
)
def reads_through_one_chip(batch, weight_bytes, cache_bytes, token_flop, cluster):
    memory_s = (weight_bytes + batch * cache_bytes) / cluster["bytes_per_s"]
    compute_s = batch * token_flop / cluster["flop_per_s"] / cluster["chips"]
    step_s = np.maximum(memory_s, compute_s) + cluster["exchange_s"]
    return step_s * cluster["chips"] * cluster["usd_per_hour"] / 3600 / batch * 1e6


@price.misconception("Two texts that are written side by side: can they use the same cache?")
def reads_one_cache_for_all(batch, weight_bytes, cache_bytes, token_flop, cluster):
    memory_s = (weight_bytes + cache_bytes) / cluster["bytes_per_s"] / cluster["chips"]
    compute_s = batch * token_flop / cluster["flop_per_s"] / cluster["chips"]
    step_s = np.maximum(memory_s, compute_s) + cluster["exchange_s"]
    return step_s * cluster["chips"] * cluster["usd_per_hour"] / 3600 / batch * 1e6


@price.alternative
def divides_money_by_tokens(batch, weight_bytes, cache_bytes, token_flop, cluster):
    n = cluster["chips"]
    reading = weight_bytes / n / cluster["bytes_per_s"]
    reading = reading + batch * cache_bytes / n / cluster["bytes_per_s"]
    computing = batch * token_flop / n / cluster["flop_per_s"]
    step_s = np.where(reading > computing, reading, computing) + cluster["exchange_s"]
    tokens_an_hour = 3600 / step_s * batch
    return n * cluster["usd_per_hour"] / tokens_an_hour * 1_000_000


@price.alternative
def counts_the_hours_of_all_chips(batch, weight_bytes, cache_bytes, token_flop, cluster):
    steps = 1e6 / batch
    together = {name: cluster["chips"] * cluster[name] for name in ("bytes_per_s", "flop_per_s")}
    bytes_moved = weight_bytes + cache_bytes * batch
    busy = np.fmax(
        bytes_moved / together["bytes_per_s"], batch * token_flop / together["flop_per_s"]
    )
    hours = steps * (busy + cluster["exchange_s"]) / 3600
    return hours * cluster["usd_per_hour"] * cluster["chips"]


PARTS = {part.name: part for part in (count, forward, audit, state, kept_results, room, price)}
"""By the name of the student's function, in the order of the notebook."""

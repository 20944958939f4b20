"""Oracles for the exercises on transformers: each reference against a way of its own to the answer.

A wrong reference would fail every student, so nothing here uses `hwmath` or the hidden module's
formulas: matrices are laid out, signs are counted, numbers are dealt to chips one by one.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from counting import Counted, Memory
from hidden.transformers import PARTS
from hidden_books import Books

# A word of each hint that no other hint of its part has: a second entry in the books.
WORD_OF_HINT = {
    "gives_every_head_its_keys": "share one head",
    "takes_the_width_for_all_heads": "wider than the model",
    "forgets_the_last_norm": "every norm",
    "always_has_a_gate": "not gated",
    "has_one_table_always": "`tied` is true",
    "drops_the_cache": "besides each other",
    "adds_the_cache_once": "first token of the cache",
    "halves_the_whole_square": "Half of the square",
    "forgets_the_unembedding": "last layer",
    "counts_macs_for_flop": "In which unit",
    "forgets_what_is_computed_again": "once more",
    "takes_all_the_experts": "some of the experts",
    "pays_for_the_forward_pass_alone": "every run disagree",
    "finds_only_what_is_too_high": "too large",
    "compares_the_difference_itself": "share of what",
    "shares_with_every_chip": "every chip",
    "rounds_the_shares_down": "the rest",
    "shares_one_kind_at_each_stage": "whole again",
    "leaves_the_gradients_uncut": "its own shape",
    "shares_everything_from_the_first_stage_on": "at stage 1",
    "keeps_the_scores_of_all_heads": "some of the heads",
    "divides_by_the_copies": "other copies",
    "splits_what_is_whole": "layer's results",
    "keeps_one_score_a_token": "how many keys",
    "splits_the_input_of_a_layer": "or a slice",
    "caches_every_head": "Of which heads",
    "caches_the_keys_alone": "beside them",
    "puts_all_weights_on_each_chip": "shared out",
    "goes_below_zero": "cannot even hold",
    "fills_each_chip_for_itself": "half a text",
    "adds_memory_and_arithmetic": "still running",
    "reads_the_weights_for_each_text": "come by once",
    "pays_for_one_text": "end of one step",
    "reads_through_one_chip": "read together",
    "reads_one_cache_for_all": "the same cache",
}

# For each law, a misconception that this law alone would reject.
BROKEN_BY = {
    "keys and values of a head that is taken away take their matrices with them": (
        "gives_every_head_its_keys"
    ),
    "two tables are one table more": "has_one_table_always",
    "a gated MLP has one matrix more in each layer": "always_has_a_gate",
    "a model of ones has ten parameters for each number of its width, three in norms": (
        "forgets_the_last_norm"
    ),
    "a causal prompt costs the same in one pass as in two, the second with a cache": (
        "drops_the_cache"
    ),
    "a token more in the cache costs each new token a score and a share of the mixture": (
        "adds_the_cache_once"
    ),
    "a single token without a cache sees itself, causal or not": "halves_the_whole_square",
    "a token is scored against every word": "forgets_the_unembedding",
    "at six FLOP a second one weight takes a token each second": "pays_for_the_forward_pass_alone",
    "a forward pass that is made twice is work, too": "forgets_what_is_computed_again",
    "experts that are not active do no work": "takes_all_the_experts",
    "too little is as wrong as too much": "finds_only_what_is_too_high",
    "when all utilisations are halved, the same run stands out": "compares_the_difference_itself",
    "at stage 3 the shares of all chips are one copy of everything": "shares_with_every_chip",
    "each stage leaves what the stage before shared out shared out": (
        "shares_one_kind_at_each_stage"
    ),
    "whoever cuts the model in two cuts everything in two": "leaves_the_gradients_uncut",
    "the shares of a thousand models are a thousand times the share of one": (
        "rounds_the_shares_down"
    ),
    "with more chips to a copy, what each of them keeps whole is left": "splits_what_is_whole",
    "pairs grow with the square of the text and are split by heads": (
        "keeps_the_scores_of_all_heads"
    ),
    "another copy of the model changes nothing on a chip": "divides_by_the_copies",
    "the input of a layer is whole on every chip": "splits_the_input_of_a_layer",
    "the batch fits, and one text more does not": "caches_the_keys_alone",
    "where the weights do not fit, nobody is served": "goes_below_zero",
    "more heads of queries take no room in the cache": "caches_every_head",
    "a chip that does one thing a second for a dollar a second makes a token in one": (
        "adds_memory_and_arithmetic"
    ),
    "where only the weights take time, twice the batch halves the price": (
        "reads_the_weights_for_each_text"
    ),
    "in a very large batch every text still reads its own cache": "reads_one_cache_for_all",
    "twice the chips that need not wait for each other cost the same and take half as long": (
        "reads_through_one_chip"
    ),
}

pytestmark = pytest.mark.usefixtures("every_secret")


class TestBooks(Books):
    parts, word_of_hint, broken_by = PARTS, WORD_OF_HINT, BROKEN_BY


def cases(name: str) -> Iterable[tuple[Any, ...]]:
    """The argument tuples that students meet."""
    return [case.args for case in PARTS[name].draw()]


def answer(name: str, *args: Any) -> Any:
    """What the reference says."""
    return PARTS[name].reference(*args)


def decoder(
    layers: int, width: int, heads: str, mlp: tuple[int, int], vocab: int, tied: bool
) -> dict[str, Any]:
    """A decoder; `heads` is how many, how many with keys, and how wide: "32:8x128"."""
    every, rest = heads.split(":")
    with_keys, each = rest.split("x")
    return {
        "layers": layers,
        "width": width,
        "heads": int(every),
        "kv_heads": int(with_keys),
        "head_width": int(each),
        "mlp_width": mlp[0],
        "mlp_matrices": mlp[1],
        "vocab": vocab,
        "tied": tied,
    }


def matrices(model: dict[str, Any]) -> Iterator[tuple[int, int]]:
    """The shapes of one layer's matrices, head by head."""
    width, head = model["width"], model["head_width"]
    for number in range(model["heads"]):
        yield width, head  # its queries
        yield head, width  # its part of the output
        if number < model["kv_heads"]:
            yield from ((width, head), (width, head))
    yield width, model["mlp_width"]
    yield model["mlp_width"], width
    if model["mlp_matrices"] == 3:
        yield width, model["mlp_width"]


def test_parameters_are_the_numbers_of_a_model_that_is_laid_out() -> None:
    for (model,) in cases("parameters"):
        counted = 0
        for _ in range(model["layers"]):
            counted += sum(rows * columns for rows, columns in matrices(model))
            counted += len("12") * model["width"]  # a norm before each half
        tables = ["in"] if model["tied"] else ["in", "out"]
        counted += model["width"] + sum(model["vocab"] * model["width"] for _ in tables)
        assert answer("parameters", model) == counted


@pytest.mark.parametrize(
    ("printed", "model"),
    [  # Numbers in the checkpoints that the authors published.
        (6_738_415_616, decoder(32, 4096, "32:32x128", (11008, 3), 32000, False)),  # Llama 2 7B
        (68_976_648_192, decoder(80, 8192, "64:8x128", (28672, 3), 32000, False)),  # Llama 2 70B
        (8_030_261_248, decoder(32, 4096, "32:8x128", (14336, 3), 128256, False)),  # Llama 3 8B
        (2_506_172_416, decoder(18, 2048, "8:1x256", (16384, 3), 256000, True)),  # Gemma 2B
        (8_537_680_896, decoder(28, 3072, "16:16x256", (24576, 3), 256000, True)),  # Gemma 7B
    ],
)
def test_parameters_of_published_models(printed: int, model: dict[str, Any]) -> None:
    assert answer("parameters", model) == printed


@pytest.mark.parametrize("causal", [False, True])
def test_a_pass_is_counted_sign_by_sign(causal: bool) -> None:
    """Sums start from zero, so that each product comes with an addition."""
    for new, cached, mlp, heads in itertools.product(
        (1, 3), (0, 2), ((3, 2), (2, 3)), ("2:1x3", "2:2x1")
    ):
        model, batch = decoder(2, 3, heads, mlp, 5, tied=True), 2
        memory = Memory()

        def product(rows: int, inner: int, columns: int, memory: Memory = memory) -> None:
            for _ in range(rows * columns):
                total = Counted(memory)
                for _ in range(inner):
                    total = total + Counted(memory) * Counted(memory)

        for _, _ in itertools.product(range(batch), range(model["layers"])):
            for inner, columns in matrices(model):
                product(new, inner, columns)
            for _, token in itertools.product(range(model["heads"]), range(new)):
                place = cached + token
                keys = [key for key in range(cached + new) if key <= place or not causal]
                product(1, model["head_width"], len(keys))
                product(1, len(keys), model["head_width"])
        product(batch * new, model["width"], model["vocab"])
        assert answer("forward_flop", model, batch, new, cached, causal) == memory.operations


def signs_for_a_weight(recompute: bool) -> int:
    """Multiplications and additions that one token costs a weight, in a small layer of many."""
    memory, inputs, outputs = Memory(), 3, 5

    def multiply_and_add() -> None:
        _ = Counted(memory) + Counted(memory) * Counted(memory)

    for _ in range(2 if recompute else 1):
        for _ in range(inputs * outputs):
            multiply_and_add()  # into an output
    for _ in range(inputs * outputs):
        multiply_and_add()  # into the gradient of an input
        multiply_and_add()  # into the gradient of a weight
    return memory.operations // (inputs * outputs)


def test_runs_are_audited_by_what_their_chips_could_have_done() -> None:
    found = set()
    for runs, peak, tolerance in cases("disagreeing_run"):
        odd = None
        for run in runs:
            exact = {key: Fraction(run[key]) for key in ("active_parameters", "tokens", "days")}
            signs = signs_for_a_weight(run["recompute"])
            done = signs * exact["active_parameters"] * exact["tokens"]
            could = run["chips"] * exact["days"] * 24 * 60 * 60 * Fraction(peak)
            claimed = Fraction(run["hfu"]) * could
            share = Fraction(tolerance)
            if not done * (1 - share) <= claimed <= done * (1 + share):
                assert odd is None, "at most one run disagrees"
                odd = run["name"]
        assert answer("disagreeing_run", runs, peak, tolerance) == odd
        found.add(odd)
    assert found >= {None, "oak", "ash", "birch", "cedar", "elm"}


@pytest.mark.parametrize(
    ("row", "hfu"),
    [  # parameters, tokens, chips, days, all recomputed
        ((82e9, 150e9, 1024, 13.4, False), 0.1995),  # BAH-05
        ((82e9, 150e9, 1024, 2.673, False), 1.0),  # BAH-02
        ((82e9, 150e9, 1024, 13.4, True), 0.1995 * 9.84 / 7.38),  # BAH-07
        ((20e9, 400e9, 88_889, 1 / 24, False), 150 / 312),  # TM-21, TM-22
    ],
)
def test_published_runs_agree(row: tuple[Any, ...], hfu: float) -> None:
    names = ("active_parameters", "tokens", "chips", "days", "recompute")
    run = {"name": "it", **dict(zip(names, row, strict=True)), "parameters": 2 * row[0]}
    for off, named in ((1, None), (1.01, "it"), (0.99, "it")):
        table = [{**run, "hfu": hfu * off}]
        assert answer("disagreeing_run", table, 312e12, 1e-3) == named


KEPT = {"weights": 3, "gradients": 2, "first moment": 1, "second moment": 1, "master copy": 1}


def test_the_state_of_training_is_dealt_to_chips_number_by_number() -> None:
    sizes = dict(zip(KEPT, (0.5, 1, 2, 4, 8), strict=True))
    for stage, data, tensor, pipeline in itertools.product(range(4), (1, 3), (1, 2), (1, 4)):
        ways = {"data": data, "tensor": tensor, "pipeline": pipeline}
        parts, parameters = tensor * pipeline, 2 * data * tensor * pipeline
        held = dict.fromkeys(itertools.product(range(data), range(parts)), 0.0)
        for number, copy, kept in itertools.product(range(parameters), range(data), KEPT):
            owner = number // parts % data
            if copy == owner or stage < KEPT[kept]:
                held[copy, number % parts] += sizes[kept]
        (each,) = set(held.values())
        found = answer("training_bytes_a_chip", parameters, sizes, stage, ways)
        assert found == pytest.approx(each, rel=1e-12)


def test_the_state_of_training_keeps_its_fractions() -> None:
    for parameters, sizes, stage, ways in cases("training_bytes_a_chip"):
        found = answer("training_bytes_a_chip", parameters, sizes, stage, ways)
        for count, each in zip(np.ravel(parameters), np.ravel(found), strict=True):
            exact = sum(
                Fraction(int(count))
                * Fraction(size)
                / math.prod(n for way, n in ways.items() if way != "data" or stage >= KEPT[kept])
                for kept, size in sizes.items()
            )
            assert each == pytest.approx(float(exact), rel=1e-12)


def test_published_shares_of_the_state_of_training() -> None:
    mixed = dict(zip(KEPT, (2, 2, 4, 4, 4), strict=True))
    for stage, printed in enumerate((120, 31.4, 16.6, 1.88)):  # TM-13 to TM-16
        ways = {"data": 64, "tensor": 1, "pipeline": 1}
        got = answer("training_bytes_a_chip", 7.5e9, mixed, stage, ways) / 1e9
        assert got == pytest.approx(printed, abs=0.05)
    ways = {"data": 4, "tensor": 2, "pipeline": 4}
    assert answer("training_bytes_a_chip", 20e9, mixed, 1, ways) == 17.5e9  # TM-19


TENSORS = [  # Korthikanti et al. 2022, section 4.1: bytes of an element, elements, split or whole
    *((2, "width", "whole"), (2, "width", "whole")),  # inputs of the two norms
    *((2, "width", "whole"), (2, "width", "whole")),  # inputs of attention and MLP
    *((1, "width", "whole"), (1, "width", "whole")),  # which results dropout took
    *((2, "width", "split"), (2, "width", "split"), (2, "width", "split")),  # queries, keys, values
    (2, "width", "split"),  # input of the projection behind attention
    *((2, "pairs", "split"), (2, "pairs", "split")),  # out of the softmax, and of its dropout
    (1, "pairs", "split"),  # which scores dropout took
    *((2, "inner", "split"), (2, "inner", "split")),  # before and after the MLP's nonlinearity
]


def test_activations_are_those_of_a_layer_tensor_by_tensor() -> None:
    for layers, width, heads, batch, tokens, recompute, ways in cases("activation_bytes"):
        found = answer("activation_bytes", layers, width, heads, batch, tokens, recompute, ways)
        assert heads % ways["tensor"] == 0, "whole heads on each chip"
        for length, got in zip(np.ravel(tokens).tolist(), np.ravel(found), strict=True):
            elements = {
                "width": batch * length * width,
                "inner": batch * length * 4 * width,
                "pairs": sum(batch * length**2 for _ in range(heads)),
            }
            kept = [one for one in TENSORS if recompute == "none" or one[1] != "pairs"]
            if recompute == "full":
                kept = [(2, "width", "whole")]
            chips = {"whole": 1, "split": ways["tensor"]}
            exact = sum(Fraction(size * elements[of], chips[how]) for size, of, how in kept)
            assert got == pytest.approx(float(layers * exact), rel=1e-12)


def test_published_activations() -> None:
    printed = (55566139392, 31406948352, 4831838208)  # TM-09 to TM-11
    for recompute, exact in zip(("none", "selective", "full"), printed, strict=True):
        ways = {"data": 1, "tensor": 8}
        assert answer("activation_bytes", 96, 12288, 96, 1, 2048, recompute, ways) == exact


def test_texts_are_taken_in_one_by_one_until_the_memory_is_full() -> None:
    none = 0
    for model, context, element, weights, chips, capacity in cases("largest_batch"):
        left = 2 * (chips * int(capacity) - int(weights))  # in halves of a byte
        cached = [model["head_width"]] * model["kv_heads"] * len(("keys", "values"))
        a_text = sum(cached) * model["layers"] * context * int(2 * element)
        taken = 0
        while left >= a_text:
            left, taken = left - a_text, taken + 1
        assert answer("largest_batch", model, context, element, weights, chips, capacity) == taken
        none += taken == 0
    assert none >= 2


def test_published_batches() -> None:
    llama_70b = decoder(80, 8192, "64:8x128", (28672, 3), 32000, False)
    assert answer("largest_batch", llama_70b, 4096, 2, 140e9, 8, 80e9) == 372  # SAN-15
    llama_7b = decoder(32, 4096, "32:32x128", (11008, 3), 32000, False)
    assert answer("largest_batch", llama_7b, 4096, 2, 14e9, 1, 24e9) == 4  # BAS-08
    assert answer("largest_batch", llama_7b, 1, 2, 14e9, 1, 24e9) == 19073  # BAS-07


def test_a_million_tokens_cost_what_the_clock_shows() -> None:
    binds = set()
    for batch, *loads, cluster in cases("million_tokens_lower_bound_usd"):
        found = answer("million_tokens_lower_bound_usd", batch, *loads, cluster)
        weights, cache, flop = (Fraction(load) for load in loads)
        exact = {key: Fraction(value) for key, value in cluster.items()}
        for texts, got in zip(np.ravel(batch).tolist(), np.ravel(found), strict=True):
            ends = {"memory": Fraction(0), "arithmetic": Fraction(0)}
            for size in (
                weights,
                *(cache for _ in range(min(texts, 10))),
                max(0, texts - 10) * cache,
            ):
                ends["memory"] += size / exact["chips"] / exact["bytes_per_s"]
            ends["arithmetic"] += texts * flop / exact["chips"] / exact["flop_per_s"]
            clock = max(ends.values()) + exact["exchange_s"]
            rate = texts / clock
            hours = 10**6 / rate / 60 / 60
            assert got == pytest.approx(float(hours * exact["chips"] * exact["usd_per_hour"]))
            binds.add(max(ends, key=lambda name: ends[name]))
    assert binds == {"memory", "arithmetic"}


def test_published_prices() -> None:
    two = {"chips": 2, "flop_per_s": 312e12, "bytes_per_s": 1.3e12, "usd_per_hour": 2.21}
    for batch, usd_per_thousand in ((1, 0.066), (8, 0.00825), (32, 0.00206)):  # SAN-10, SAN-11
        args = (batch, 140e9, 0.0, 140e9, {**two, "exchange_s": 0.0})
        got = answer("million_tokens_lower_bound_usd", *args)
        assert got == pytest.approx(1000 * usd_per_thousand, rel=5e-3)

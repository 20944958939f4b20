"""What the readings calculate, ready to be calculated again: their machines and their switches.

`authors` and `hunt` keep each calculation as one line of Python; the line is evaluated with the
names of this module, and a reader who imports * from here can run it, too.  Every number of an
author stands in `data/published.toml`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hwmath.introduction.cramming import SECONDS_PER_HOUR
from hwmath.introduction.training_memory import training_bytes
from hwmath.models import model, parameters, unembedding_weights, weight_parameters
from hwmath.models.model import Model
from hwmath.published import published
from hwmath.transformers.activations import activation_bytes
from hwmath.transformers.assumptions import EXACT, Assumptions
from hwmath.transformers.cluster import MIXED_SGD, Plan, state_bytes
from hwmath.transformers.flop import forward_flop_by_term
from hwmath.transformers.inference import (
    largest_batch,
    request_lower_bound_s,
    tokens_per_s_upper_bound,
    usd_per_million_tokens,
)
from hwmath.transformers.machines import Machine
from hwmath.transformers.memory import kv_bytes, kv_bytes_per_token, weight_bytes
from hwmath.transformers.run import Formats, decode
from hwmath.transformers.step import decode_step, prefill_step
from hwmath.transformers.training import compute_optimal_tokens, six_nd_flop, training_s
from hwmath.units import FLOP_PER_MAC, GB, KILO, TERA

__all__ = [
    "EXACT",
    "FLOP_PER_MAC",
    "GB",
    "KILO",
    "MIXED_SGD",
    "SECONDS_PER_HOUR",
    "TERA",
    "Assumptions",
    "Formats",
    "Machine",
    "Plan",
    "activation_bytes",
    "anthony",
    "bahdanau",
    "chen",
    "chen_a100",
    "chen_off",
    "compute_optimal_tokens",
    "decode",
    "decode_step",
    "forward_flop_by_term",
    "kv_bytes",
    "kv_bytes_per_token",
    "largest_batch",
    "layer_weights",
    "model",
    "parameters",
    "prefill_step",
    "request_lower_bound_s",
    "sanger",
    "sanger_a100",
    "sanger_off",
    "shenoy",
    "shenoy_gpu",
    "shenoy_off",
    "six_nd_flop",
    "state_bytes",
    "tokens_per_s_upper_bound",
    "training_bytes",
    "training_s",
    "usd_per_million_tokens",
    "value_of",
    "weight_bytes",
]


def value_of(code: str) -> float:
    """The number that one of the kept lines gives.

    Only lines that stand in this package come here.
    Raises: what the line raises.
    Derived in: transformers, "One calculator, five authors".

    >>> value_of('chen("a100_peak") / chen("a100_bandwidth")')
    208.0
    """
    names = {name: globals()[name] for name in __all__}
    return float(eval(code, {"__builtins__": {"sum": sum}}, names))  # noqa: S307 - a line of this package


chen = partial(published, "chen2022arithmetic")
"""A number that Chen 2022 prints, by its name in `data/published.toml`; so for the others."""
bahdanau = partial(published, "bahdanau2022flops")
sanger = partial(published, "sanger2023llama")
shenoy = partial(published, "shenoy2023guide")
anthony = partial(published, "anthony2023math")


def layer_weights(shape: Model) -> float:
    """Weights of the matrices of all layers, without the unembedding: 12 L d^2 of a plain model.

    Raises: nothing.
    Derived in: transformers, "What a model is made of".

    >>> layer_weights(model("chen-52b"))
    51539607552.0
    """
    return float(weight_parameters(shape) - unembedding_weights(shape))


def chen_a100(chips: int = 1) -> Machine:
    """Chen's A100 with 40 GB, at her rates.  Raises: ValueError for chips that are not whole.

    Derived in: transformers, "One calculator, five authors".
    """
    return Machine(
        name="A100, Chen's rates",
        flop_per_s=chen("a100_peak"),
        bytes_per_s=chen("a100_bandwidth"),
        link_bytes_per_s=chen("a100_link"),
        capacity_bytes=chen("a100_capacity"),
        chips=chips,
    )


def chen_off(count: float, **more: Any) -> Assumptions:
    """What Chen leaves out: attention's FLOP, the cache's traffic, unembedding, (N - 1)/N.

    All overlaps, the cache is cut evenly over chips, and `count` parameters are taken; `more` are
    further switches.
    Raises: as `Assumptions`.
    Derived in: transformers, "One calculator, five authors".
    """
    switches: dict[str, Any] = {
        "parameters": count,
        "attention_flop": False,
        "kv_traffic": False,
        "unembedding": "none",
        "ring_share": False,
        "context_parallel": True,
        "overlap": "everything",
    }
    return Assumptions(**(switches | more))


def sanger_a100(chips: int = 2) -> Machine:
    """Sanger's A100 with 80 GB, at his rates.  Raises: ValueError for chips that are not whole.

    Derived in: transformers, "One calculator, five authors".
    """
    return Machine(
        name="A100, Sanger's rates",
        flop_per_s=sanger("a100_peak"),
        bytes_per_s=sanger("a100_bandwidth"),
        link_bytes_per_s=chen("a100_link"),  # not printed, and switched off
        capacity_bytes=sanger("a100_capacity"),
        chips=chips,
    )


def sanger_off(**more: Any) -> Assumptions:
    """What Sanger leaves out of a step: attention's FLOP, the cache's traffic, communication.

    He takes 70 billion parameters, and the shares of the peaks that he found to be reached.
    Raises: as `Assumptions`.
    Derived in: transformers, "One calculator, five authors".
    """
    switches: dict[str, Any] = {
        "parameters": sanger("parameters"),
        "attention_flop": False,
        "kv_traffic": False,
        "communication": False,
        "compute_share": sanger("reached_flop_per_s") / sanger("a100_peak"),
        "bandwidth_share": sanger("reached_bytes_per_s") / sanger("a100_bandwidth"),
        "overlap": "everything",
    }
    return Assumptions(**(switches | more))


def shenoy_gpu(name: str) -> Machine:
    """The "t4", "a10" or "a100" of Shenoy and Kiely.  Raises: ValueError for another name.

    Derived in: transformers, "One calculator, five authors".
    """
    return Machine(
        name=f"{name}, Shenoy and Kiely's rates",
        flop_per_s=shenoy(f"{name}_peak"),
        bytes_per_s=shenoy(f"{name}_bandwidth"),
        capacity_bytes=shenoy("a10_capacity") if name == "a10" else None,
    )


def shenoy_off(**more: Any) -> Assumptions:
    """What Shenoy and Kiely leave out: attention's FLOP and the cache's traffic.

    They take 7 billion parameters, and a step for each token of an answer.
    Raises: as `Assumptions`.
    Derived in: transformers, "One calculator, five authors".
    """
    switches: dict[str, Any] = {
        "parameters": shenoy("parameters"),
        "attention_flop": False,
        "kv_traffic": False,
        "overlap": "everything",
        "first_token_from_prefill": False,
    }
    return Assumptions(**(switches | more))

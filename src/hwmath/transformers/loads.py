"""What a step loads a machine with: weights and MACs, pairs of attention, messages between chips.

`step` turns these loads into seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from hwmath.transformers.assumptions import EXACT, Assumptions
from hwmath.transformers.coefficients import Coefficients
from hwmath.transformers.machines import Machine
from hwmath.transformers.operators import distinct_experts
from hwmath.transformers.run import Formats
from hwmath.validate import FloatArray, Number, plain, whole


def kv_shares(m: Coefficients, chips: ArrayLike, assumptions: Assumptions = EXACT) -> Number:
    """How many chips' memories the cache is spread over, so that the fullest sets the pace.

    Whole key heads lie on a chip; with more chips than heads, some hold copies.
    Formula: k / ceil(k / N); N with `context_parallel`
    Raises: ValueError for chips that are not whole.
    Derived in: transformers, "The cache".
    """
    count = whole("chips", chips)
    if assumptions.context_parallel:
        return plain(count)
    return plain(m.kv_parts / np.ceil(m.kv_parts / count))


def weight_load(
    m: Coefficients, b: FloatArray, n: FloatArray, assumptions: Assumptions
) -> tuple[Number, Number]:
    """MACs with weights of the whole batch, and how many weights are read for them.

    Of E experts, B n tokens that take k each read E (1 - (1 - k/E)^(B n)), expected, if the router
    sends them evenly.
    Raises: ValueError for a rounded count of parameters with experts.
    Derived in: transformers, "A step in four terms".
    """
    tokens = b * n
    if assumptions.parameters is not None:
        if np.any(np.asarray(m.experts) > 1):
            raise ValueError(f"parameters={assumptions.parameters:g}: not for a model with experts")
        return plain(assumptions.parameters * tokens), assumptions.parameters
    read: Number
    if assumptions.routing == "even":
        read = distinct_experts(m.experts, m.active, tokens)
    else:
        read = m.experts if assumptions.routing == "all" else m.active
    one = m.expert_layers * m.expert_weights
    unembedded = {"all": tokens, "last": b, "none": 0.0 * b}[assumptions.unembedding]
    logits = m.unembedding_weights * (assumptions.unembedding != "none")
    macs = tokens * (m.shared_weights + one * m.active) + unembedded * m.unembedding_weights
    return plain(macs), plain(m.shared_weights + one * read + logits)


def attention_macs(
    m: Coefficients, b: FloatArray, n: FloatArray, cached: FloatArray, assumptions: Assumptions
) -> Number:
    """MACs of scores and values of the whole batch, by the cheaper way where there are two.

    Raises: nothing.
    Derived in: transformers, "A step in four terms".
    """
    if not assumptions.attention_flop:
        return 0.0
    pairs = b * m.pairs(n, cached, causal=assumptions.causal)
    if not np.any(m.expand_macs):
        return plain(pairs * m.pair_macs)
    anew = pairs * m.pair_macs + b * cached * m.layers * m.expand_macs
    return plain(np.minimum(anew, pairs * m.absorbed_pair_macs))


def communication_s(
    m: Coefficients,
    machine: Machine,
    tokens: FloatArray,
    formats: Formats,
    assumptions: Assumptions,
) -> Number:
    """Seconds of all messages of a step: their bytes over the link, and their latency.

    Raises: nothing.
    Derived in: transformers, "A step in four terms".
    """
    chips = np.asarray(machine.chips)
    if not assumptions.communication or machine.link_bytes_per_s is None:
        return plain(0.0 * chips)
    share = (chips - 1) / chips if assumptions.ring_share else 1.0 * (chips > 1)
    messages = assumptions.messages_per_layer * m.layers
    sent = messages * tokens * m.width * formats.activation_bytes * share
    rate = machine.link_bytes_per_s * assumptions.link_share
    return plain(sent / rate + messages * assumptions.message_latency_s * (chips > 1))

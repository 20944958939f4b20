"""The time of any pass, made from its operators: also of encoders, and of encoders with decoders.

`step` is the same for decoders in closed form, and a thousand times faster over a sweep.
"""

from __future__ import annotations

import numpy as np

from hwmath.models.model import Model
from hwmath.transformers.assumptions import EXACT, Assumptions
from hwmath.transformers.machines import Machine
from hwmath.transformers.operators import operators
from hwmath.transformers.run import Formats, Pass
from hwmath.transformers.step import MIXED, Step
from hwmath.validate import Number, plain


def pass_step(
    model: Model,
    run: Pass,
    machine: Machine,
    formats: Formats = MIXED,
    assumptions: Assumptions = EXACT,
) -> Step:
    """The four terms of one pass of any model: a prefill, a decode step, or a run of an encoder.

    Formula: sums over operators of FLOP / (N π) and bytes / (N β), as in `step`; where a decoder
    looks at a source it has three all-reduces instead of two
    Ignores: as `step`.  Words that are looked up and norms are counted here.
    Raises: ValueError where a model cannot run so, for a rounded count of parameters, and for
    another routing than even.
    Derived in: transformers, "A step in four terms".

    >>> from hwmath.chips import chip
    >>> from hwmath.models import model
    >>> from hwmath.transformers.machines import machine
    >>> from hwmath.transformers.run import prefill
    >>> a100 = machine(chip("A100 80GB SXM"))
    >>> pass_step(model("bert-base-uncased"), prefill(batch=64, tokens=512), a100).binds
    'compute'
    """
    if assumptions.parameters is not None or assumptions.routing != "even":
        raise ValueError("operators know neither a rounded count of parameters nor other routing")
    linear, attention, weights, cache = _loads(model, run, formats, assumptions)
    chips = np.asarray(machine.chips)
    peak = chips * machine.flop_per_s * assumptions.compute_share
    memory = machine.bytes_per_s * assumptions.bandwidth_share
    heads = 1.0 if model.latent else float(model.kv_heads)
    spread = chips if assumptions.context_parallel else heads / np.ceil(heads / chips)
    return Step(
        weights_s=plain(weights / (chips * memory)),
        kv_s=plain(cache / (spread * memory)),
        linear_s=plain(linear / peak),
        attention_s=plain(attention / peak),
        communication_s=_messages_s(model, run, machine, formats, assumptions),
        overlap=assumptions.overlap,
    )


def _loads(
    model: Model, run: Pass, formats: Formats, assumptions: Assumptions
) -> tuple[Number, Number, Number, Number]:
    """FLOP with weights, FLOP of attention, bytes of weights and of the cache, of all operators."""
    linear: Number = 0.0
    attention: Number = 0.0
    weights: Number = 0.0
    read: Number = 0.0
    written: Number = 0.0
    for part in operators(
        model, run, formats, causal=assumptions.causal, logits=assumptions.unembedding
    ):
        work = part.total
        flop = work.flop_by_unit.get("matrix", 0.0)
        if part.term == "scores and values":
            attention = attention + flop * assumptions.attention_flop
        else:
            linear = linear + flop
        weights = weights + work.traffic.weights
        read, written = read + work.traffic.kv_read, written + work.traffic.kv_write
    # A prompt only writes its cache; what operators that stand alone read again is on the chip
    cache = np.where(np.asarray(run.cached_tokens) > 0, read, written)
    return linear, attention, weights, plain(cache * assumptions.kv_traffic)


def _messages_s(
    model: Model, run: Pass, machine: Machine, formats: Formats, assumptions: Assumptions
) -> Number:
    """Seconds of all messages: of the decoder's layers, and of the encoder's on its tokens."""
    chips = np.asarray(machine.chips)
    if not assumptions.communication or machine.link_bytes_per_s is None:
        return plain(0.0 * chips)
    cross = 1.5 if model.kind == "encoder-decoder" else 1.0
    encoded = np.asarray(run.encoded_tokens)
    own = assumptions.messages_per_layer * cross * model.layers
    other = assumptions.messages_per_layer * model.encoder_layers
    vectors, count = own * run.tokens + other * encoded, own + other * (encoded > 0)
    share = (chips - 1) / chips if assumptions.ring_share else 1.0 * (chips > 1)
    sent = vectors * model.width * formats.activation_bytes * share
    waited = count * assumptions.message_latency_s * (chips > 1)
    return plain(sent / (machine.link_bytes_per_s * assumptions.link_share) + waited)

"""The explorer of a step: what a model on some chips waits for, in four terms."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hwmath.chips import Chip, chip, load_chips
from hwmath.explorers import Explorer
from hwmath.models import load_models, model
from hwmath.models.model import Model
from hwmath.tables import Table
from hwmath.transformers.coefficients import coefficients
from hwmath.transformers.machines import Machine, machine
from hwmath.transformers.measurements import MeasuredStep, measured_steps
from hwmath.transformers.run import Formats
from hwmath.transformers.step import TERMS, Step, decode_step
from hwmath.units import DTYPE_BITS, bytes_per_element, format_time

MODEL, CHIP, CHIPS, BATCH, CONTEXT = "llama-2-70b", "a100-80gb-sxm", 4, 16, 4096
"""What a reader finds."""

MODELS: Final = (
    *("gpt-2", "gpt-2-xl", "gpt-3-175b", "gopher-280b", "chinchilla-70b", "palm-540b"),
    *("mt-nlg-530b", "chen-52b", "llama-2-13b", "llama-4-maverick", "mistral-7b", "mixtral-8x22b"),
    *("deepseek-v2", "deepseek-v3", "kimi-k2", "gemma-2-9b", "gemma-3-27b", "gpt-oss-20b"),
    *("gpt-oss-120b", "qwen2.5-72b", "qwen3-8b", "qwen3-32b", "qwen3-235b-a22b", "phi-4"),
    *("command-r-plus", "grok-1", "mpt-30b", "falcon-7b"),
)
"""Models to choose from, beside those of which a step was measured."""

COMPUTED: Final = ("bf16", "fp16")
"""What it computes in, whatever weights are stored in: the first that a chip states a rate for."""
STORED: Final = ("bf16", "fp8", "int8", "int4")
STORED_BITS: Final = {16.0: "bf16", 8.0: "int8", 4.0: "int4"}
PHASES: Final = ("decode", "prefill")
BATCHES: Final = [4**power for power in range(6)]
TERM_NAMES: Final = dict(zip(TERMS, ("weights", "cache", "compute", "links"), strict=True))
HEADERS: Final = ("batch", *TERM_NAMES.values(), "a step, at least", "what binds")
NUMBERS: Final = {
    "layers": "layers",
    "width": "width",
    "stored": "stored",
    "sharedWeights": "shared_weights",
    "unembeddingWeights": "unembedding_weights",
    "expertWeights": "expert_weights",
    "expertLayers": "expert_layers",
    "experts": "experts",
    "active": "active",
    "cached": "cached",
    "pairMacs": "pair_macs",
    "absorbedPairMacs": "absorbed_pair_macs",
    "expandMacs": "expand_macs",
    "fullLayers": "full_layers",
    "windowLayers": "window_layers",
    "window": "window",
    "kvParts": "kv_parts",
}
"""Numbers of a model, as the script names them and as `Coefficients` does."""


def explorer() -> Explorer:
    """Models and machines for the script; for the table, decode steps at growing batches."""
    start = model(MODEL)
    return Explorer(
        label="Latency explorer",
        data={
            "start": {
                "model": MODEL,
                "chip": CHIP,
                "chips": CHIPS,
                "batch": BATCH,
                "context": CONTEXT,
            },
            "stored": {name: bytes_per_element(name) for name in STORED},
            "terms": TERM_NAMES,
            "batches": BATCHES,
            "numbers": list(NUMBERS),
            "measured": [_measured(one) for one in shown_steps()],
            "models": [_numbers(one) for one in offered()],
            "chips": [_rates(one) for one in load_chips().values() if computes_in(one)],
        },
        caption=f"A decode step of {start.name}, {CONTEXT:,} tokens before it, "
        f"on {CHIPS} × {chip(CHIP).name}, weights in {STORED[0]}",
        table=Table(HEADERS, list(_rows(start))),
        height_rem=(61, 84),
    )


def offered() -> list[Model]:
    """The models to choose from, in the order of the catalogue."""
    wanted = {*MODELS, *(one.model for one in shown_steps())}
    return [one for key, one in load_models().items() if key in wanted]


def computes_in(one: Chip) -> str:
    """The format that matrix products of a chip compute in here; "" where it states no such rate.

    >>> computes_in(chip("a100-80gb-sxm")), computes_in(chip("t4"))
    ('bf16', 'fp16')
    """
    if not one.bandwidths:
        return ""
    return next((dtype for dtype in COMPUTED if one.has_peak(dtype)), "")


def machine_of(one: Chip, chips: int) -> Machine:
    """Some chips as a machine that computes in what it can.

    Raises: ValueError for several chips without a link.
    """
    return machine(one, chips, computes_in(one))


def shown_steps() -> list[MeasuredStep]:
    """Measured steps that the explorer can be set to: of decoders and chips that it has.

    Left out are training, whole requests, odd bits a weight, a cache of 8 bits, and chips that take
    layers in turn.
    """
    known = load_models()
    return [
        one
        for one in measured_steps()
        if one.task in PHASES
        and one.model in known
        and known[one.model].kind == "decoder"
        and computes_in(chip(one.chip))
        and one.chips == one.tensor
        and one.kv_bits == DTYPE_BITS["bf16"]
        and one.weight_bits in STORED_BITS
    ]


def _measured(one: MeasuredStep) -> dict[str, object]:
    return {
        "model": one.model,
        "chip": one.chip,
        "chips": one.chips,
        "phase": one.task,
        "stored": STORED_BITS[one.weight_bits],
        "batch": one.batch,
        "context": one.tokens,
        "timeS": one.time_s,
        "by": measured_by(one),
    }


def measured_by(one: MeasuredStep) -> str:
    """Who measured a step: a reading, if it is one, and the engine, if it is named.

    >>> [measured_by(one) for one in shown_steps() if one.group in ("chen", "sanger")][::8]
    ['Chen 2022, FasterTransformer', 'Sanger 2023']
    """
    author = re.match(r"[A-Z]\w+ \d{4}\b", one.source)
    named = [one.framework] if one.framework != "not named" else []
    return ", ".join([author[0], *named] if author else named)


def _numbers(one: Model) -> list[object]:
    found = coefficients(one)
    values = [float(getattr(found, name)) for name in NUMBERS.values()]
    return [one.key, one.name, one.family, *(int(v) if v.is_integer() else v for v in values)]


def _rates(one: Chip) -> dict[str, object]:
    found = machine_of(one, 1)
    return {
        "key": one.key,
        "name": one.name,
        "vendor": one.vendor,
        "dtype": computes_in(one),
        "flopPerS": found.flop_per_s,
        "bytesPerS": found.bytes_per_s,
        "linkBytesPerS": found.link_bytes_per_s,
        "capacityBytes": found.capacity_bytes,
    }


def _rows(start: Model) -> Iterator[tuple[str, ...]]:
    place = machine_of(chip(CHIP), CHIPS)
    for batch in BATCHES:
        found = decode_step(start, place, batch, CONTEXT, Formats(weights=STORED[0]))
        yield row(batch, found)


def row(batch: int, found: Step) -> tuple[str, ...]:
    """One line of the table."""
    return (
        f"{batch:,}",
        *(format_time(float(seconds)) for seconds in found.terms().values()),
        format_time(float(found.lower_bound_s)),
        TERM_NAMES[str(found.binds)],
    )

"""The explorer of a step: what a model on some chips waits for, in four terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hwmath.chips import Chip, chip, load_chips
from hwmath.explorers import Explorer
from hwmath.models import load_models, model
from hwmath.models.model import Model
from hwmath.tables import Table
from hwmath.transformers.coefficients import coefficients
from hwmath.transformers.machines import Machine, machine
from hwmath.transformers.run import Formats
from hwmath.transformers.step import TERMS, Step, decode_step
from hwmath.units import bytes_per_element, format_time

MODEL, CHIP, CHIPS, BATCH, CONTEXT = "llama-2-70b", "a100-80gb-sxm", 4, 16, 4096
"""What a reader finds."""

COMPUTED: Final = ("bf16", "fp16")
"""What it computes in, whatever weights are stored in: the first that a chip states a rate for."""
STORED: Final = ("bf16", "fp8", "int8", "int4")
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
            "measured": [],
            "numbers": list(NUMBERS),
            "models": [_numbers(one) for one in load_models().values() if one.kind == "decoder"],
            "chips": [_rates(one) for one in load_chips().values() if computes_in(one)],
        },
        caption=f"A decode step of {start.name}, {CONTEXT:,} tokens before it, "
        f"on {CHIPS} × {chip(CHIP).name}, weights in {STORED[0]}",
        table=Table(HEADERS, list(_rows(start))),
        height_rem=(60, 72),
    )


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

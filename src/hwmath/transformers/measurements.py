"""Published times of steps, and what the bound says of each: how far real machines are from it.

The rows stand in `data/transformer_steps.csv`, whose head explains them.
"""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from hwmath.chips import chip
from hwmath.models import load_models
from hwmath.models.model import Model
from hwmath.transformers.assumptions import Assumptions
from hwmath.transformers.flop import training_flop
from hwmath.transformers.machines import Machine, machine
from hwmath.transformers.run import Formats
from hwmath.transformers.step import MIXED, Step, decode_step, prefill_step
from hwmath.validate import positive, unknown, whole

TASKS: Final = ("train", "prefill", "decode", "request")
LEAST: Final = Assumptions(communication=False, context_parallel=True, routing="least")
"""What no plan can avoid: no messages, a cache without copies, as few experts as may be."""

_KV_FORMATS: Final = {16: "bf16", 8: "fp8"}


@dataclass(frozen=True, slots=True)
class MeasuredStep:
    """One published time; the head of the data file says what the fields mean."""

    row_id: str
    task: str
    model: str
    chip: str
    chips: int
    tensor: int
    batch: int
    tokens: int
    answer: int
    weight_bits: float
    kv_bits: int
    compute: str
    time_s: float
    basis: str
    framework: str
    source: str
    date: str

    @property
    def group(self) -> str:
        """The source without the place in it: rows of one group are not independent."""
        return self.row_id.rsplit("-", 1)[0]


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """Bounds over times of one task in one source: how many rows, the median, the highest."""

    source: str
    task: str
    rows: int
    median: float
    highest: float


@cache
def measured_steps() -> tuple[MeasuredStep, ...]:
    """All rows, in the order of the file.

    Raises: ValueError for a row with an unknown task, a size that is not whole, or no time.
    Source: each row's own.  Derived in: transformers, "Held against measurements".

    >>> len(measured_steps()), measured_steps()[-1].framework
    (541, 'vLLM 0.23')
    """
    return tuple(_row(raw) for raw in _records("transformer_steps.csv"))


@cache
def measured_models() -> Mapping[str, Model]:
    """Models by the key that rows use: those of the catalogue, and shapes that were only timed.

    Raises: as the catalogue.
    Derived in: transformers, "Held against measurements".
    """
    timed = {raw["key"]: _shape(raw) for raw in _records("transformer_step_shapes.csv")}
    return {**load_models(), **timed}


def steps_of(
    model: str | None = None, chip: str | None = None, task: str | None = None
) -> tuple[MeasuredStep, ...]:
    """The rows of one model, chip or task, by their keys; None: of all.

    Raises: ValueError for an unknown task.
    Derived in: transformers, "Held against measurements".

    >>> [row.time_s for row in steps_of("opt-13b", task="decode")]
    [0.022, 0.0135]
    """
    if task is not None and task not in TASKS:
        raise ValueError(unknown("task", task, TASKS))
    return tuple(
        row
        for row in measured_steps()
        if model in (None, row.model) and chip in (None, row.chip) and task in (None, row.task)
    )


def measured_lower_bound_s(row: MeasuredStep) -> float:
    """Seconds that the row's step takes at least, on its chips at their peaks.

    Formula: as `step` with `LEAST`, at the bits of the row's weights; of a training step, the FLOP
    that a causal model needs, without recomputation, over the peak of all chips
    Ignores: all communication; in decoding, groups of chips that take layers in turn work at once
    on different texts, as many as there are.
    Raises: ValueError where a catalogue lacks something.
    Source: none; it is ours.  Derived in: transformers, "Held against measurements".

    >>> row = steps_of("opt-13b", task="decode")[0]
    >>> round(measured_lower_bound_s(row) / row.time_s, 2)
    0.76
    """
    model, place = measured_models()[row.model], _machine(row)
    if row.task == "train":
        flop = training_flop(model, row.batch * row.tokens, row.tokens, causal=True)
        return float(flop / (row.chips * place.flop_per_s))
    formats = dataclasses.replace(MIXED, kv=_KV_FORMATS[row.kv_bits])
    if row.task == "decode":
        return _seconds(row, decode_step(model, place, row.batch, row.tokens, formats, LEAST))
    first = prefill_step(model, place, row.batch, row.tokens, formats, LEAST)
    total = _seconds(row, first)
    if row.task == "request" and row.answer > 1:
        contexts = row.tokens + np.arange(row.answer - 1)
        total += _seconds(row, decode_step(model, place, row.batch, contexts, formats, LEAST))
    return total


@cache
def bound_shares() -> Mapping[str, float]:
    """Of each row, by its id, the lower bound over the time: 1 is a machine without any waste.

    Raises: as `measured_lower_bound_s`.
    Derived in: transformers, "Held against measurements".
    """
    return {row.row_id: measured_lower_bound_s(row) / row.time_s for row in measured_steps()}


def summaries(rows: Iterable[MeasuredStep] | None = None) -> tuple[SourceSummary, ...]:
    """One line for each source and task of the rows (None: of all), in their order.

    Raises: as `measured_lower_bound_s`.
    Derived in: transformers, "Held against measurements".
    """
    shares = bound_shares()
    groups: dict[tuple[str, str], list[float]] = {}
    for row in measured_steps() if rows is None else rows:
        groups.setdefault((row.group, row.task), []).append(shares[row.row_id])
    return tuple(
        SourceSummary(source, task, len(found), float(np.median(found)), max(found))
        for (source, task), found in groups.items()
    )


def balanced_share(task: str) -> float:
    """Median over sources of their median share of the bound: each source counts once.

    Raises: ValueError for an unknown task.
    Derived in: transformers, "Held against measurements".
    """
    return float(np.median([line.median for line in summaries(steps_of(task=task))]))


def _seconds(row: MeasuredStep, step: Step) -> float:
    """The bound, in all, of steps whose weights have the bits of the row."""
    scaled = step.weights_s * row.weight_bits / (8 * Formats().weight_bytes)
    return float(np.sum(dataclasses.replace(step, weights_s=scaled).lower_bound_s))


def _machine(row: MeasuredStep) -> Machine:
    groups = row.chips // row.tensor
    busy = row.tensor * min(groups, row.batch) if row.task == "decode" else row.chips
    one = machine(chip(row.chip), 1, row.compute)
    link = one.bytes_per_s if one.link_bytes_per_s is None else one.link_bytes_per_s
    return dataclasses.replace(one, chips=float(busy), link_bytes_per_s=link)  # it is not used


def _records(name: str) -> Iterator[dict[str, str]]:
    text = (files("hwmath") / "data" / name).read_text(encoding="utf-8")
    yield from csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))


def _row(raw: Mapping[str, str]) -> MeasuredStep:
    if raw["task"] not in TASKS:
        raise ValueError(f"{raw['row_id']}: {unknown('task', raw['task'], TASKS)}")
    sizes = {
        name: int(whole(f"{raw['row_id']}: {name}", float(raw[name]), least))
        for name, least in (("chips", 1), ("tensor", 1), ("batch", 1), ("tokens", 1), ("answer", 0))
    }
    return MeasuredStep(
        row_id=raw["row_id"],
        task=raw["task"],
        model=raw["model"],
        chip=raw["chip"],
        weight_bits=float(positive("weight_bits", float(raw["weight_bits"]))),
        kv_bits=int(raw["kv_bits"]),
        compute=raw["compute"],
        time_s=float(positive(f"{raw['row_id']}: time_s", float(raw["time_s"]))),
        basis=raw["basis"],
        framework=raw["framework"],
        source=raw["source"],
        date=raw["date"],
        **sizes,
    )


def _shape(raw: Mapping[str, str]) -> Model:
    """A model of which only the matrices are known; its year and context are placeholders."""
    key = raw["key"]
    return Model(
        key=key,
        name=key.removeprefix("measured-"),
        family="measured",
        kind="decoder",
        year=2023,
        layers=int(raw["layers"]),
        width=int(raw["width"]),
        heads=int(raw["heads"]),
        kv_heads=int(raw["kv_heads"]),
        head_width=int(raw["head_width"]),
        mlp_width=int(raw["mlp_width"]),
        mlp_matrices=int(raw["mlp_matrices"]),
        vocab=int(raw["vocab"]),
        tied=raw["tied"] == "true",
        context=2048,
        source=raw["source"],
        status="reported",
    )

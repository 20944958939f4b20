"""The compute that published systems were trained with, by date: the data of the trends."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from datetime import date
from importlib.resources import files

import numpy as np

from hwmath.validate import FloatArray, positive


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRuns:
    """Systems by date of publication: `year` as a fraction, `flop` the compute of training."""

    name: tuple[str, ...]
    year: FloatArray
    flop: FloatArray

    def __len__(self) -> int:
        return len(self.name)


@functools.cache
def training_runs() -> TrainingRuns:
    """The compute of training of published systems, by date.

    Raises: ValueError for a date that is none, or compute that is not above zero.
    Source: Epoch's estimates as published by Our World in Data; the head of the file says more.
    Derived in: introduction, "The race for compute".

    >>> runs = training_runs()
    >>> len(runs), runs.name[0]
    (91, 'Theseus')
    """
    text = (files("hwmath") / "data" / "training_runs.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    return TrainingRuns(
        name=tuple(row["name"] for row in rows),
        year=np.array([_year(row["date"]) for row in rows]),
        flop=positive("training_flop", np.array([float(row["training_flop"]) for row in rows])),
    )


def _year(day: str) -> float:
    found = date.fromisoformat(day)
    first, following = date(found.year, 1, 1), date(found.year + 1, 1, 1)
    return found.year + (found - first) / (following - first)

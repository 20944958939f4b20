"""How training is spread over chips: copies of a model, and what the chips of one copy share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from hwmath.validate import Number, multiple, plain, unknown, whole

Schedule = Literal["1f1b", "all forward"]
SCHEDULES: Final = ("1f1b", "all forward")
"""One forward, one backward; or (GPipe) all micro-batches forward before the first goes back."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """How training is spread: copies of the model, and parts of each copy; sizes may be arrays.

    data: copies, each with its own texts.  tensor: chips that share every matrix.  pipeline: chips
    that share the layers.  context: chips that share the tokens of a text.  `zero_stage` is what
    copies share instead of holding it whole: nothing (0), the optimizer's state (1), gradients (2),
    weights (3).  Each copy takes `micro_batches` of `micro_batch` texts in a step.
    Raises: ValueError for sizes that are not whole, an unknown stage or schedule.
    Derived in: transformers, "Sharing the state".

    >>> Plan(data=2, tensor=8, pipeline=4).chips
    64.0
    """

    data: Number = 1.0
    tensor: Number = 1.0
    pipeline: Number = 1.0
    context: Number = 1.0
    zero_stage: int = 0
    micro_batch: Number = 1.0
    micro_batches: Number = 1.0
    schedule: Schedule = "1f1b"
    sequence_parallel: bool = False

    def __post_init__(self) -> None:
        for name in ("data", "tensor", "pipeline", "context", "micro_batch", "micro_batches"):
            object.__setattr__(self, name, plain(whole(name, getattr(self, name))))
        if self.zero_stage not in (0, 1, 2, 3):
            raise ValueError(f"zero_stage={self.zero_stage!r} must be 0, 1, 2 or 3")
        if self.schedule not in SCHEDULES:
            raise ValueError(unknown("schedule", self.schedule, SCHEDULES))

    @property
    def chips(self) -> Number:
        """Chips in all."""
        return self.data * self.tensor * self.pipeline * self.context

    @property
    def texts(self) -> Number:
        """Texts of one step, of all copies."""
        return self.data * self.micro_batches * self.micro_batch

    @property
    def in_flight(self) -> Number:
        """Micro-batches whose activations the first chips of the pipeline hold at once.

        Formula: min(pipeline, micro-batches) with "1f1b"; all with "all forward"
        Source: Narayanan et al. 2021, section 2.2.
        """
        if self.schedule == "all forward":
            return self.micro_batches
        return plain(np.minimum(self.pipeline, self.micro_batches))


def copies(
    chips: ArrayLike, tensor: ArrayLike = 1, pipeline: ArrayLike = 1, context: ArrayLike = 1
) -> Number:
    """Copies of the model that so many chips hold, if each copy takes t p c of them.

    Formula: n / (t p c)
    Raises: ValueError unless sizes are whole and the chips make whole copies.
    Source: Anthony et al. 2023, "3D parallelism".  Derived in: transformers, "Sharing the state".

    >>> copies(64, tensor=8, pipeline=4)
    2.0
    """
    n = whole("chips", chips)
    one = whole("tensor", tensor) * whole("pipeline", pipeline) * whole("context", context)
    multiple("chips", n, "tensor * pipeline * context", one)
    return plain(n / one)

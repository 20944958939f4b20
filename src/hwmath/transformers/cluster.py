"""A plan that spreads training over chips; what one chip then holds, and whether that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.introduction.training_memory import PARTS, RECIPES, Recipe
from hwmath.models import parameters
from hwmath.models.model import Model
from hwmath.transformers.activations import activation_bytes, layer_in_hand_bytes
from hwmath.transformers.flop import Recompute
from hwmath.validate import FloatArray, Number, multiple, plain, positive, unknown, whole

Schedule = Literal["1f1b", "all forward"]
SCHEDULES: Final = ("1f1b", "all forward")
"""One forward, one backward; or (GPipe) all micro-batches forward before the first goes back."""

MIXED_SGD: Final = Recipe(
    "mixed, SGD with momentum",
    {"weights": "bf16", "gradients": "bf16", "first moment": "fp32", "master copy": "fp32"},
)
MIXED_WIDE_GRADIENTS: Final = Recipe(
    "mixed, fp32 gradients", {**RECIPES["mixed"].formats, "gradients": "fp32"}
)


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


def state_bytes(
    parameters: ArrayLike,
    plan: Plan,
    recipe: str | Recipe = "mixed",
    *,
    gradients_split_by_tensor: bool = True,
) -> dict[str, Number]:
    """Bytes of the state of training on one chip, by part: weights, gradients, the optimizer's.

    Symbols: N = parameters, b = bytes of the part, t, p, d, c = tensor, pipeline, data, context
    Formula: N b / (t p), and by d c for parts that the copies share (`zero_stage`)
    Assumes: layers and tables split evenly over the pipeline, all matrices by tensor.
    `gradients_split_by_tensor` False leaves gradients whole on each of the t chips, as the last
    equation of Anthony et al. has it.
    Ignores: with stage 3 the weights that a layer gathers while it runs; buffers; norms, which each
    of the t chips holds.
    Raises: ValueError for an unknown recipe, and for parameters that are not above zero.
    Source: Rajbhandari et al. 2020, figure 1; Anthony et al. 2023, "Sharded optimizers".
    Derived in: transformers, "Sharing the state".

    >>> [sum(state_bytes(7.5e9, Plan(data=64, zero_stage=z)).values()) / 1e9 for z in range(4)]
    [120.0, 31.40625, 16.640625, 1.875]
    """
    found, n = _recipe(recipe), positive("parameters", parameters)
    total: dict[str, Number] = {}
    for part in PARTS:
        shared = plan.zero_stage >= {"weights": 3, "gradients": 2}.get(part, 1)
        chips = plan.pipeline * (plan.data * plan.context if shared else 1.0)
        if part != "gradients" or gradients_split_by_tensor:
            chips = chips * plan.tensor
        total[part] = plain(n * found.bytes_per_parameter(part) / chips)
    return total


def chip_bytes(
    model: Model,
    plan: Plan,
    sequence: ArrayLike,
    recipe: str | Recipe = "mixed",
    *,
    recompute: Recompute = "none",
    flash: bool = True,
    dropout: bool | None = None,
    ends: bool = True,
) -> dict[str, Number]:
    """Bytes that training needs on the fullest chip, by component.

    Components: the parts of the state, "activations", and with full recomputation the "layer in
    hand".  Each stage of the pipeline has the same number of layers; the first holds
    `plan.in_flight` micro-batches of activations, the last one micro-batch (all, where all go
    forward first) and, with `ends`, scores of words; the larger counts.
    Ignores: buffers of communication, what an allocator leaves unused, stages of unequal size.
    Raises: as `state_bytes` and `activation_bytes`, and ValueError where the pipeline does not
    divide the layers, or context the sequence.
    Source: Korthikanti et al. 2022, sections 4 and 5; Narayanan et al. 2021, section 2.2.
    Derived in: transformers, "Sharing the state".

    >>> from hwmath.models import model
    >>> need = chip_bytes(model("llama-2-7b"), Plan(data=8, zero_stage=3), 4096)
    >>> {name: round(size / 1e9, 1) for name, size in need.items()}["activations"]
    20.7
    """
    s, depth = whole("sequence", sequence), np.asarray(float(model.layers))
    multiple("layers", depth, "pipeline", np.asarray(plan.pipeline))
    multiple("sequence", s, "context", np.asarray(plan.context))
    local = s / plan.context

    def kept(*, ends: bool, how: Recompute) -> Number:
        return activation_bytes(
            model,
            plan.micro_batch,
            local,
            recompute=how,
            flash=flash,
            tensor_parallel=plan.tensor,
            sequence_parallel=plan.sequence_parallel,
            dropout=dropout,
            ends=ends,
        )

    layers = kept(ends=False, how=recompute)
    after = kept(ends=True, how=recompute) - layers if ends else 0.0
    stage, last = layers / plan.pipeline, np.asarray(plan.pipeline) == 1
    held = plan.in_flight if plan.schedule == "all forward" else 1.0
    first = stage * plan.in_flight + np.where(last, after, 0.0)
    total = state_bytes(parameters(model), plan, recipe)
    total["activations"] = plain(np.maximum(first, stage * held + after * held))
    if recompute == "full":
        total["layer in hand"] = layer_in_hand_bytes(
            model,
            plan.micro_batch,
            local,
            flash=flash,
            tensor_parallel=plan.tensor,
            sequence_parallel=plan.sequence_parallel,
            dropout=dropout,
        )
    return total


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What a chip would have to hold, against what it can: whether it fits, and what binds.

    `binds` is the name of the largest component, also where all fits.
    """

    need_bytes: Number
    capacity_bytes: Number
    fits: NDArray[np.bool_] | bool
    binds: NDArray[np.str_] | str


def fit(
    components: dict[str, Number], capacity_bytes: ArrayLike, *, usable: ArrayLike = 1.0
) -> Fit:
    """Whether components fit into a share `usable` of a capacity together; the largest one binds.

    Raises: ValueError for no components, and a capacity or share that is not above zero.
    Source: the definition.  Derived in: transformers, "Sharing the state".

    >>> held = fit({"weights": 40e9, "activations": np.array([30e9, 60e9])}, 80e9)
    >>> held.fits.tolist(), held.binds.tolist()
    ([True, False], ['weights', 'activations'])
    """
    if not components:
        raise ValueError("components is empty: there is nothing to fit")
    room = positive("capacity_bytes", capacity_bytes) * positive("usable", usable)
    names = np.array(list(components))
    sizes: FloatArray = np.stack(np.broadcast_arrays(*components.values()))
    need, largest = sizes.sum(axis=0), names[sizes.argmax(axis=0)]
    inside = need <= room
    return Fit(
        need_bytes=plain(need),
        capacity_bytes=plain(room),
        fits=bool(inside) if inside.ndim == 0 else inside,
        binds=str(largest) if np.ndim(largest) == 0 else largest,
    )


def _recipe(recipe: str | Recipe) -> Recipe:
    if isinstance(recipe, Recipe):
        return recipe
    if recipe not in RECIPES:
        raise ValueError(unknown("recipe", recipe, RECIPES))
    return RECIPES[recipe]

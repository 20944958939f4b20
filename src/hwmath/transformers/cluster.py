"""What one chip holds when training is spread over chips by a plan, and whether that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hwmath.introduction.training_memory import PARTS, RECIPES, Recipe
from hwmath.models import parameters
from hwmath.models.model import Model
from hwmath.transformers.activations import activation_bytes, layer_in_hand_bytes
from hwmath.transformers.flop import Recompute
from hwmath.transformers.plan import SCHEDULES, Plan, copies
from hwmath.validate import FloatArray, Number, multiple, plain, positive, unknown, whole

__all__ = [
    "MIXED_SGD",
    "MIXED_WIDE_GRADIENTS",
    "SCHEDULES",
    "Fit",
    "Plan",
    "chip_bytes",
    "copies",
    "fit",
    "state_bytes",
]

MIXED_SGD: Final = Recipe(
    "mixed, SGD with momentum",
    {"weights": "bf16", "gradients": "bf16", "first moment": "fp32", "master copy": "fp32"},
)
MIXED_WIDE_GRADIENTS: Final = Recipe(
    "mixed, fp32 gradients", {**RECIPES["mixed"].formats, "gradients": "fp32"}
)


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
    s = whole("sequence", sequence)
    multiple("layers", np.asarray(float(model.layers)), "pipeline", np.asarray(plan.pipeline))
    multiple("sequence", s, "context", np.asarray(plan.context))
    total = state_bytes(parameters(model), plan, recipe)
    total["activations"] = _held_bytes(model, plan, s, recompute, flash, dropout, ends)
    if recompute == "full":
        total["layer in hand"] = layer_in_hand_bytes(
            model,
            plan.micro_batch,
            s / plan.context,
            flash=flash,
            tensor_parallel=plan.tensor,
            sequence_parallel=plan.sequence_parallel,
            dropout=dropout,
        )
    return total


def _held_bytes(
    model: Model,
    plan: Plan,
    sequence: FloatArray,
    recompute: Recompute,
    flash: bool,
    dropout: bool | None,
    ends: bool,
) -> Number:
    """Activations on the fullest chip: of the first stage of the pipeline, or of the last."""
    layers, both = (
        activation_bytes(
            model,
            plan.micro_batch,
            sequence / plan.context,
            recompute=recompute,
            flash=flash,
            tensor_parallel=plan.tensor,
            sequence_parallel=plan.sequence_parallel,
            dropout=dropout,
            ends=counted,
        )
        for counted in (False, ends)
    )
    stage, after = layers / plan.pipeline, both - layers
    waiting = plan.micro_batches if plan.schedule == "all forward" else 1.0
    alone = np.asarray(plan.pipeline) == 1
    first = stage * plan.in_flight + np.where(alone, after, 0.0)
    return plain(np.maximum(first, (stage + after) * waiting))


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

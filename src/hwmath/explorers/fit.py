"""The board of what fits: models by numbers of chips, and what a chip of each would hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hwmath.chips import Chip, chip, load_chips
from hwmath.explorers import Explorer
from hwmath.introduction.training_memory import RECIPES
from hwmath.models import model, parameters
from hwmath.models.model import PLAIN_MLP_MATRICES, Model
from hwmath.tables import Table
from hwmath.transformers.cluster import Fit, Plan, chip_bytes, fit
from hwmath.transformers.coefficients import coefficients
from hwmath.transformers.flop import Recompute
from hwmath.transformers.loads import kv_shares
from hwmath.transformers.memory import kv_bytes, weight_bytes
from hwmath.transformers.saved import Keep, Saved, end_tensors, layer_tensors
from hwmath.transformers.shapes import Block, counted_blocks
from hwmath.units import bytes_per_element, format_number, format_si

MODELS: Final = (
    *("gpt-2-xl", "llama-3.2-3b", "llama-3.1-8b", "llama-2-13b", "mixtral-8x7b"),
    *("llama-3.1-70b", "gpt-3-175b", "llama-3.1-405b", "palm-540b", "deepseek-v3"),
)
COUNTS: Final = (1, 2, 4, 8, 16, 64, 256, 1024)
CHIP, RECIPE, SEQUENCE, ZERO_STAGE = "h100-sxm5-80gb", "mixed", 4096, 3
OPEN: Final = ("llama-3.1-70b", 16)
"""What a reader finds, and the cell that is open."""

STORED: Final = ("bf16", "fp8", "int4")
RECOMPUTE: Final[dict[Recompute, str]] = {
    "none": "nothing",
    "selective": "scores",
    "full": "whole layers",
}
TRAINING: Final = ("weights", "gradients", "optimizer", "activations")
SPLITS: Final = ("tokens", "heads", "kv heads", "inner")


def explorer() -> Explorer:
    """Shapes, recipes and memories for the script; for the table, the board to begin with."""
    return Explorer(
        label="Will it fit?",
        data={
            "start": {
                "chip": CHIP,
                "recipe": RECIPE,
                "tokens": SEQUENCE,
                "zeroStage": ZERO_STAGE,
                "open": OPEN,
            },
            "counts": COUNTS,
            "stored": {name: bytes_per_element(name) for name in STORED},
            "recompute": RECOMPUTE,
            "recipes": [
                {"key": key, "label": recipe.label, "bytesEach": _each(key)}
                for key, recipe in RECIPES.items()
            ],
            "models": [_shape(model(key)) for key in MODELS],
            "chips": [_memory(one) for one in load_chips().values() if memory_bytes(one)],
        },
        caption=f"Training with Adam, {RECIPES[RECIPE].label}, on {chip(CHIP).name} of "
        f"{format_si(memory_bytes(chip(CHIP)), 'B')}: what takes most of a chip, and how much",
        table=Table(("model", *(_chips(n) for n in COUNTS)), list(_rows())),
        height_rem=(78, 96),
    )


def memory_bytes(one: Chip) -> float:
    """The memory that holds a model: DRAM, or SRAM of a chip that has no other; 0: not known.

    >>> memory_bytes(chip("h100-sxm5-80gb")) / 1e9
    80.0
    """
    known = [one.capacities[level].value for level in ("dram", "sram") if level in one.capacities]
    return known[0] if known else 0.0


def training(
    one: Model,
    plan: Plan,
    sequence: float,
    recipe: str = RECIPE,
    *,
    recompute: Recompute = "none",
    flash: bool = True,
) -> dict[str, float]:
    """Bytes of a chip in training, by the parts that the board names.

    Raises: as `chip_bytes`.
    """
    held = chip_bytes(one, plan, sequence, recipe, recompute=recompute, flash=flash)
    named = dict.fromkeys(TRAINING, 0.0)
    parts = {"layer in hand": "activations"}
    for name, size in held.items():
        named[parts.get(name, name if name in TRAINING else "optimizer")] += float(size)
    return named


def serving(
    one: Model, chips: int, batch: float, tokens: float, stored: str = "bf16"
) -> dict[str, float]:
    """Bytes of the fullest of `chips` tensor parallel chips that serve, by part.

    Raises: ValueError for sizes that are not whole.
    """
    cache = kv_bytes(one, batch, tokens) / kv_shares(coefficients(one), chips)
    return {"weights": weight_bytes(one, stored) / chips, "cache": float(cache)}


def words(found: Fit) -> str:
    """A cell of the table.

    >>> words(fit({"weights": 40e9, "cache": 80e9}, 80e9))
    'cache, 1.5 times'
    """
    share = float(found.need_bytes) / float(found.capacity_bytes)
    if found.fits:
        return f"fits, {format_number(100 * share, 2)} %"
    return f"{found.binds}, {format_number(share, 2)} times"


def _rows() -> Iterator[tuple[str, ...]]:
    room = memory_bytes(chip(CHIP))
    for key in MODELS:
        cells = [
            fit(dict(training(model(key), Plan(data=n, zero_stage=ZERO_STAGE), SEQUENCE)), room)
            for n in COUNTS
        ]
        yield (model(key).name, *map(words, cells))


def _chips(count: int) -> str:
    return f"{count:,} chip{'s' if count > 1 else ''}"


def _each(recipe: str) -> list[float]:
    """Bytes for each parameter: of weights, gradients, and all that the optimizer keeps."""
    found = RECIPES[recipe]
    rest = ("first moment", "second moment", "master copy")
    return [
        found.bytes_per_parameter("weights"),
        found.bytes_per_parameter("gradients"),
        sum(found.bytes_per_parameter(part) for part in rest),
    ]


def _memory(one: Chip) -> dict[str, object]:
    return {
        "key": one.key,
        "name": one.name,
        "vendor": one.vendor,
        "capacityBytes": memory_bytes(one),
    }


def _shape(one: Model) -> dict[str, object]:
    found = coefficients(one)
    return {
        "key": one.key,
        "name": one.name,
        "parameters": parameters(one),
        "layers": one.layers,
        "heads": one.heads,
        "kvHeads": one.kv_heads,
        "kvParts": found.kv_parts,
        "inputBytes": one.width * bytes_per_element("bf16"),
        "cached": found.cached,
        "fullLayers": found.full_layers,
        "windowLayers": found.window_layers,
        "window": found.window,
        "blocks": _blocks(one),
        "ends": _by_split(end_tensors(one, 1.0, 1.0, _keep(one))),
    }


def _keep(one: Model, *, flash: bool = False) -> Keep:
    return Keep(dropout=one.mlp_matrices == PLAIN_MLP_MATRICES, flash=flash)


def _blocks(one: Model) -> list[list[float]]:
    """Of each kind of layer: how many there are; bytes that one token leaves, by split; with a
    fused kernel, more of them in its heads; and bytes of one pair of tokens without.
    """
    kinds: dict[tuple[float, ...], int] = {}
    for block, count in counted_blocks(one).items():
        numbers = tuple(_numbers(one, block))
        kinds[numbers] = kinds.get(numbers, 0) + count
    return [[count, *numbers] for numbers, count in kinds.items()]


def _numbers(one: Model, block: Block) -> list[float]:
    plain = layer_tensors(one, block, 1.0, 1.0, 1.0, _keep(one))
    fused = layer_tensors(one, block, 1.0, 1.0, 1.0, _keep(one, flash=True))
    linear = _by_split(tuple(t for t in plain if not t.scores))
    rows = sum(_by_split(fused)) - sum(linear)
    return [*linear, rows, sum(float(t.size_bytes) for t in plain if t.scores)]


def _by_split(tensors: tuple[Saved, ...]) -> list[float]:
    return [sum(float(t.size_bytes) for t in tensors if t.split == split) for split in SPLITS]

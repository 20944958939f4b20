"""The explorer of training memory: what each parameter costs, in bytes, under four recipes.

Counted are the parts whose size the number of parameters fixes.  Activations are not: they go by
batch, sequence and layers, and a program may compute them anew instead of keeping them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hwmath.chips import Chip, chip, load_chips
from hwmath.explorers import Explorer
from hwmath.tables import Table
from hwmath.units import bytes_per_element, format_number, format_si
from hwmath.validate import Number, plain, positive, unknown

CHIP, RECIPE, PARAMETERS = "h100-sxm5-80gb", "mixed", 7e9
"""What a reader finds."""

PARTS: Final = ("weights", "gradients", "first moment", "second moment", "master copy")
BLOCK: Final = 2048
"""Numbers that share one fp32 scale in 8-bit Adam."""

HEADERS: Final = ("recipe", "bytes a parameter", *PARTS, "in all")


@dataclass(frozen=True, slots=True)
class Recipe:
    """A way to train with Adam: the format of each part, and whether moments are kept in blocks.

    A part that is not in `formats` is not kept.
    """

    label: str
    formats: Mapping[str, str]
    blocks: bool = False

    def bytes_per_parameter(self, part: str) -> float:
        """Bytes that a part takes for each parameter: its format's, and its share of a scale.

        Raises: ValueError for an unknown part.

        >>> RECIPES["8-bit"].bytes_per_parameter("first moment")
        1.001953125
        """
        if part not in PARTS:
            raise ValueError(unknown("part", part, PARTS))
        if part not in self.formats:
            return 0.0
        scaled = self.blocks and part.endswith("moment")
        scale = bytes_per_element("fp32") / BLOCK if scaled else 0.0
        return bytes_per_element(self.formats[part]) + scale


def _recipe(label: str, *formats: str, blocks: bool = False) -> Recipe:
    """A recipe from the formats of its parts, in their order; the master copy may lack."""
    return Recipe(label, MappingProxyType(dict(zip(PARTS, formats, strict=False))), blocks)


RECIPES: Final[Mapping[str, Recipe]] = MappingProxyType(
    {
        "fp32": _recipe("all in fp32", "fp32", "fp32", "fp32", "fp32"),
        "mixed": _recipe("mixed, fp32 master", "bf16", "bf16", "fp32", "fp32", "fp32"),
        "bf16": _recipe("all in bf16", "bf16", "bf16", "bf16", "bf16"),
        "8-bit": _recipe("mixed, 8-bit Adam", "bf16", "bf16", "int8", "int8", "fp32", blocks=True),
    }
)


def training_bytes(parameters: Number, recipe: str) -> dict[str, Number]:
    """Bytes of each part of the state of training, by part.

    Formula: parameters times the bytes of one element, plus 4 bytes for each `BLOCK` elements where
    they share a scale.
    Ignores: activations, buffers of communication, what an allocator leaves unused, and a last
    block that is not full.
    Raises: ValueError for an unknown recipe, and for parameters that are not above zero.
    Source: Rajbhandari et al., ZeRO (2020), section 3.1, for "mixed": 16 bytes a parameter;
    Dettmers et al., 8-bit Optimizers via Block-wise Quantization (2022), for the blocks.

    >>> sum(training_bytes(7.5e9, "mixed").values()) / 1e9
    120.0
    """
    if recipe not in RECIPES:
        raise ValueError(unknown("recipe", recipe, RECIPES))
    count = positive("parameters", parameters)
    found = RECIPES[recipe]
    return {part: plain(count * found.bytes_per_parameter(part)) for part in PARTS}


def explorer() -> Explorer:
    """Bytes by recipe for the script, and memories to hold them; for the table, every recipe."""
    start = chip(CHIP)
    return Explorer(
        label="Training memory explorer",
        data={
            "start": {"chip": CHIP, "recipe": RECIPE, "parameters": PARAMETERS},
            "parts": PARTS,
            "recipes": [
                {
                    "key": key,
                    "label": recipe.label,
                    "bytesPerParameter": {part: recipe.bytes_per_parameter(part) for part in PARTS},
                }
                for key, recipe in RECIPES.items()
            ],
            "chips": [_memory(c) for c in load_chips().values() if "dram" in c.capacities],
        },
        caption=f"{format_si(PARAMETERS, '')} parameters in training with Adam, "
        f"without activations; {start.name} holds {format_si(start.capacity_bytes(), 'B')}",
        table=Table(HEADERS, list(_rows())),
        height_rem=(49, 45),
    )


def _memory(machine: Chip) -> dict[str, object]:
    return {
        "key": machine.key,
        "name": machine.name,
        "vendor": machine.vendor,
        "capacityBytes": machine.capacity_bytes(),
    }


def _rows() -> Iterator[tuple[str, ...]]:
    for key, recipe in RECIPES.items():
        sizes = [float(size) for size in training_bytes(PARAMETERS, key).values()]
        each = sum(recipe.bytes_per_parameter(part) for part in PARTS)
        yield (
            recipe.label,
            format_number(each),
            *(format_si(size, "B") for size in sizes),
            format_si(sum(sizes), "B"),
        )

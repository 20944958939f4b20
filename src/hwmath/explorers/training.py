"""The explorer of training memory: what each parameter costs, in bytes, under five recipes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hwmath.chips import Chip, chip, load_chips
from hwmath.explorers import Explorer
from hwmath.introduction.training_memory import PARTS, RECIPES, training_bytes
from hwmath.tables import Table
from hwmath.units import format_number, format_si

CHIP, RECIPE, PARAMETERS = "h100-sxm5-80gb", "mixed", 7e9
"""What a reader finds."""

HEADERS: Final = ("recipe", "bytes each", *PARTS, "in all")


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

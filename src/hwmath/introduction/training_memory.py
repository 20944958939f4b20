"""The memory of training: what each parameter costs, in bytes, and what low rank saves.

Counted are the parts whose size the model fixes.  Activations are not: they go by batch, sequence
and layers, and a program may compute them anew instead of keeping them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from hwmath.units import bytes_per_element
from hwmath.validate import FloatArray, Number, plain, positive, unknown, whole

PARTS: Final = ("weights", "gradients", "first moment", "second moment", "master copy")
BLOCK: Final = 2048
"""Numbers that share one fp32 scale in 8-bit Adam."""


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
        "mixed": _recipe("mixed, fp32 copy", "bf16", "bf16", "fp32", "fp32", "fp32"),
        "bf16": _recipe("all in bf16", "bf16", "bf16", "bf16", "bf16"),
        "8-bit": _recipe("mixed, 8-bit Adam", "bf16", "bf16", "int8", "int8", "fp32", blocks=True),
        "lean": _recipe("bf16, 8-bit Adam", "bf16", "bf16", "int8", "int8", blocks=True),
    }
)


def training_bytes(parameters: ArrayLike, recipe: str) -> dict[str, Number]:
    """Bytes of each part of the state of training, by part.

    Formula: parameters times the bytes of one element, plus 4 bytes for each `BLOCK` elements where
    they share a scale.
    Ignores: activations, buffers of communication, what an allocator leaves unused, and a last
    block that is not full.
    Raises: ValueError for an unknown recipe, and for parameters that are not above zero.
    Source: Rajbhandari et al., ZeRO (2020), section 3.1, for "mixed": 16 bytes a parameter;
    Zhao et al., GaLore (2024), section 1, for "bf16": 8 bytes; Dettmers et al., 8-bit Optimizers
    via Block-wise Quantization (2022), for the blocks.
    Derived in: introduction, "Where the memory goes".

    >>> sum(training_bytes(7.5e9, "mixed").values()) / 1e9
    120.0
    """
    if recipe not in RECIPES:
        raise ValueError(unknown("recipe", recipe, RECIPES))
    count = positive("parameters", parameters)
    found = RECIPES[recipe]
    return {part: plain(count * found.bytes_per_parameter(part)) for part in PARTS}


@dataclass(frozen=True, slots=True)
class Matrix:
    """`count` weight matrices of one shape; `projected` if a low-rank method is applied to them."""

    rows: int
    columns: int
    count: int
    projected: bool = True

    @property
    def elements(self) -> int:
        """Numbers in all of them."""
        return self.rows * self.columns * self.count


LLAMA_7B: Final = (
    Matrix(4096, 4096, 4 * 32),
    Matrix(4096, 11008, 3 * 32),
    Matrix(32000, 4096, 2, projected=False),
)
"""32 layers, each with four matrices of attention and three of its MLP; two tables of embeddings.

Touvron et al. 2023 for the widths; the few numbers of the norms are left out.
"""


def adam_state_elements(rows: ArrayLike, columns: ArrayLike) -> Number:
    """Numbers that Adam keeps for a weight matrix: two moments of each weight.

    Formula: 2 m n.  Raises: ValueError unless both are whole numbers of at least one.
    Source: Zhao et al. 2024, Table 1.  Derived in: introduction, "Low rank".

    >>> adam_state_elements(4096, 4096)
    33554432.0
    """
    return plain(2 * whole("rows", rows) * whole("columns", columns))


def galore_state_elements(rows: ArrayLike, columns: ArrayLike, rank: ArrayLike) -> Number:
    """Numbers that GaLore keeps for a weight matrix: a projector, and two projected moments.

    Symbols: m = the smaller side, n = the larger one, r = rank
    Formula: m r + 2 n r
    Ignores: that above the rank where this reaches 2 m n nobody would use it.
    Raises: ValueError for a size or rank that is no whole number of at least one, and for a rank
    above the smaller side.
    Source: Zhao et al. 2024, Table 1 and section 4.2.  Derived in: introduction, "Low rank".

    >>> galore_state_elements(4096, 4096, 1024)
    12582912.0
    """
    small, large, r = _sides_and_rank(rows, columns, rank)
    return plain(small * r + 2 * large * r)


def lora_state_elements(rows: ArrayLike, columns: ArrayLike, rank: ArrayLike) -> Number:
    """Numbers that Adam keeps when a matrix is adapted by two thin ones: two moments of each.

    Formula: 2 m r + 2 n r; the thin matrices themselves are m r + n r weights on top of m n.
    Raises: as `galore_state_elements`.
    Source: Zhao et al. 2024, Table 1.  Derived in: introduction, "Low rank".

    >>> lora_state_elements(4096, 4096, 1024)
    16777216.0
    """
    small, large, r = _sides_and_rank(rows, columns, rank)
    return plain(2 * r * (small + large))


def galore_bytes(
    matrices: Iterable[Matrix], rank: int, *, keep_gradients: bool = False
) -> dict[str, float]:
    """Bytes of the state of training with 8-bit GaLore, by part; weights and gradients in bf16.

    The projector is kept in bf16, moments in 8 bits with a scale a block.  Without
    `keep_gradients` an update is made layer by layer, and one matrix's gradient lives at a time.
    Ignores: what `training_bytes` ignores.
    Raises: as `galore_state_elements`.
    Source: Zhao et al. 2024, sections 4.3 and 5.5.  Derived in: introduction, "Low rank".

    >>> {part: round(size / 1e9, 1) for part, size in galore_bytes(LLAMA_7B, 1024).items()}
    {'weights': 13.5, 'gradients': 0.3, 'first moment': 1.9, 'second moment': 1.9, 'projector': 1.9}
    """
    every = tuple(matrices)
    recipe = RECIPES["lean"]
    moment = projector = 0.0
    for matrix in every:
        if matrix.projected:
            small, large, r = _sides_and_rank(matrix.rows, matrix.columns, rank)
            moment += float(large * r) * matrix.count
            projector += float(small * r) * matrix.count
        else:
            moment += matrix.elements
    weights = sum(matrix.elements for matrix in every)
    gradients = weights if keep_gradients else max(m.rows * m.columns for m in every)
    two = bytes_per_element("bf16")
    return {
        "weights": weights * two,
        "gradients": gradients * two,
        "first moment": moment * recipe.bytes_per_parameter("first moment"),
        "second moment": moment * recipe.bytes_per_parameter("second moment"),
        "projector": projector * two,
    }


def _sides_and_rank(
    rows: ArrayLike, columns: ArrayLike, rank: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    m, n, r = whole("rows", rows), whole("columns", columns), whole("rank", rank)
    small = np.minimum(m, n)
    if np.any(r > small):
        raise ValueError(
            f"rank={rank!r} is above the smaller of rows={rows!r}, columns={columns!r}"
        )
    return small, np.maximum(m, n), r

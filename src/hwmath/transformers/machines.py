"""A machine as a step sees it: some chips of one kind, and the rates of each.

`machine` takes them from the chip catalogue; an author's own rates are put in by hand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from hwmath.chips import Chip
from hwmath.validate import Number, plain, positive, whole


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """`chips` chips that share a model's tensors, and what each can do; numbers may be arrays.

    `flop_per_s` is the peak for the format that is computed in, `link_bytes_per_s` one direction
    of all links of a chip; `capacity_bytes` and `power_w` are of one chip.  None: not known, and
    what needs it refuses.
    Raises: ValueError for a rate that is not above zero, and for several chips without a link.
    Derived in: transformers, "A step in four terms".

    >>> Machine("toy", flop_per_s=100e12, bytes_per_s=1e12).chips
    1.0
    """

    name: str
    flop_per_s: Number
    bytes_per_s: Number
    link_bytes_per_s: Number | None = None
    capacity_bytes: Number | None = None
    power_w: Number | None = None
    chips: Number = 1.0

    def __post_init__(self) -> None:
        for field in ("flop_per_s", "bytes_per_s"):
            object.__setattr__(self, field, plain(positive(field, getattr(self, field))))
        for field in ("link_bytes_per_s", "capacity_bytes", "power_w"):
            if getattr(self, field) is not None:
                object.__setattr__(self, field, plain(positive(field, getattr(self, field))))
        object.__setattr__(self, "chips", plain(whole("chips", self.chips)))
        if self.link_bytes_per_s is None and np.any(np.asarray(self.chips) > 1):
            raise ValueError(f"{self.name} has no link rate; it can be used as one chip only")

    def known(self, field: str) -> Number:
        """The number `field` (such as "power_w"); ValueError where the machine has none."""
        value: Number | None = getattr(self, field)
        if value is None:
            raise ValueError(f"{self.name} has no {field}")
        return value


def machine(chip: Chip, chips: ArrayLike = 1, dtype: str = "bf16") -> Machine:
    """`chips` chips of the catalogue, computing in `dtype`.

    The power is that of the board or, where only that is known, of the system or the most measured.
    Raises: ValueError where the chip states no such peak or no bandwidth, and for several chips
    where it states no link.
    Derived in: transformers, "A step in four terms".

    >>> from hwmath.chips import chip
    >>> two = machine(chip("A100 80GB SXM"), chips=2)
    >>> two.flop_per_s, two.chips
    (312000000000000.0, 2.0)
    """
    level = "dram" if "dram" in chip.bandwidths else "sram"
    powers = [
        chip.power[key].value for key in ("tdp", "system", "measured_max") if key in chip.power
    ]
    return Machine(
        name=chip.name,
        flop_per_s=chip.peak_flop_per_s(dtype),
        bytes_per_s=chip.bytes_per_s(level),
        link_bytes_per_s=chip.link["one_way"].value if "one_way" in chip.link else None,
        capacity_bytes=chip.capacities[level].value if level in chip.capacities else None,
        power_w=powers[0] if powers else None,
        chips=plain(whole("chips", chips)),
    )


def stack_machines(every: Iterable[Machine]) -> Machine:
    """Machines side by side: one record of arrays, an element a machine.

    What one of them lacks, the stack lacks; but for a link of a single chip, which sends nothing.
    Raises: ValueError for none.
    Derived in: transformers, "A step in four terms".

    >>> both = stack_machines([Machine("a", 2e12, 1e12), Machine("b", 3e12, 1e12)])
    >>> both.name, both.flop_per_s.tolist()
    ('a, b', [2000000000000.0, 3000000000000.0])
    """
    rows = tuple(every)
    if not rows:
        raise ValueError("no machine to stack")

    def column(field: str) -> Number | None:
        values = [getattr(row, field) for row in rows]
        return None if None in values else np.array(values, dtype=np.float64)

    return Machine(
        name=", ".join(row.name for row in rows),
        flop_per_s=np.array([row.flop_per_s for row in rows]),
        bytes_per_s=np.array([row.bytes_per_s for row in rows]),
        link_bytes_per_s=np.array([row.link_bytes_per_s or 1.0 for row in rows]),
        capacity_bytes=column("capacity_bytes"),
        power_w=column("power_w"),
        chips=np.array([row.chips for row in rows]),
    )


def machines_along(record: Machine, axis: int, axes: int) -> Machine:
    """A stack whose machines lie along one axis of `axes`, so that it broadcasts with the others.

    Raises: ValueError for an axis that is not one of them.
    Derived in: transformers, "A step in four terms".
    """
    if not 0 <= axis < axes:
        raise ValueError(f"axis={axis} is not one of {axes}")
    shape = [-1 if i == axis else 1 for i in range(axes)]
    columns = {
        field.name: np.reshape(value, shape)
        for field in dataclasses.fields(Machine)
        if field.name != "name" and (value := getattr(record, field.name)) is not None
    }
    return Machine(name=record.name, **columns)

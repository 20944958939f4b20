"""How much of everything one hand-in may take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self

MB = 10**6


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on a hand-in's process, its cells, and the calls of its functions.

    Times are wall-clock seconds; those of calls and parts are stretched on a busy machine.
    `memory_bytes` bounds the hand-in's processes together, beyond what the warm process already
    holds; `file_bytes` bounds all files it writes together, and `message_bytes` one value that it
    returns.  `output_chars` is kept of what one cell prints.  `revivals` says how often a notebook
    whose process died is run again without the fatal cell.
    """

    cell_s: float = 30.0
    call_s: float = 5.0
    part_s: float = 60.0
    hand_in_s: float = 120.0
    memory_bytes: int = 1024 * MB
    file_bytes: int = 64 * MB
    message_bytes: int = 16 * MB
    output_chars: int = 20_000
    processes: int = 32
    open_files: int = 256
    revivals: int = 8

    @classmethod
    def of(cls, settings: Mapping[str, float]) -> Self:
        """The limits with some of them set otherwise.

        Raises: ValueError for a name that is no limit, or a value that is no positive number.
        """
        usual = cls()
        kinds = {field.name: type(getattr(usual, field.name)) for field in fields(cls)}
        chosen = {}
        for name, value in settings.items():
            if name not in kinds:
                raise ValueError(f"{name!r} is no limit; the limits are {', '.join(kinds)}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise ValueError(f"{name}={value!r} is no positive number")
            chosen[name] = kinds[name](value)
        return cls(**chosen)

"""An oracle that shares no code with the package: arrays that count what touches them.

`Counted` numbers count additions and multiplications; a `Memory` hands them out and counts each
element the first time it is read and each time it is written back, as a large cold cache would.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Memory:
    """Distinct elements read, elements written, and operations, of whatever runs on it."""

    read: set[tuple[str, int]] = field(default_factory=set)
    written: set[tuple[str, int]] = field(default_factory=set)
    operations: int = 0

    def load(self, array: str, index: int) -> Counted:
        """An element, counted as traffic the first time unless it was written here before."""
        if (array, index) not in self.written:
            self.read.add((array, index))
        return Counted(self)

    def store(self, array: str, index: int) -> None:
        """Write an element back."""
        self.written.add((array, index))

    def elements_moved(self, *, write_allocate: bool = False) -> int:
        """Elements that cross the interface; with write-allocate a store reads first."""
        fills = len(self.written - self.read) if write_allocate else 0
        return len(self.read) + len(self.written) + fills


@dataclass(frozen=True)
class Counted:
    """A number whose only value is that using it is noticed."""

    memory: Memory

    def __add__(self, other: Counted) -> Counted:
        self.memory.operations += 1
        return self

    __mul__ = __sub__ = __truediv__ = __add__

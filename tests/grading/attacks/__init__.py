"""The attack suite: hand-ins that try to take, break or spoil something, and honest ones beside.

Each module holds the attacks of one class, or of a part of one.  `suite()` is all of them.
An attack says which parts its student is entitled to; whoever grades it owes exactly these.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hidden.roofline import PARTS

from grading.attacks.desk import Desk, Work

TOPIC: Final = "roofline"
ALL: Final = frozenset(PARTS)
NOTHING: Final[frozenset[str]] = frozenset()
ATTAINABLE, GEMM, STENCIL, CROSSOVER, TIME, BINDING, BATCH = PARTS

CLASSES: Final = {
    "structure": ("structure", "odd_json", "odd_files", "odd_names"),
    "same-process tampering": ("tampering", "importing", "shell_hooks", "replies", "values"),
    "reach": ("reach", "escape", "planting"),
    "liveness": ("endless", "exits", "exhaustion", "leftovers", "oversize"),
    "honest but unlucky": ("unlucky", "habits"),
    "right, written differently": ("different",),
    "wrong by misconception": ("misconceptions",),
    "feedback": ("scripts", "spills"),
}
"""The classes of attack, and the modules that hold them."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A hand-in, what it tries in one sentence, and what its student is entitled to.

    `earns` are the parts it is entitled to: all others must get nothing.  `keeps` are those that
    grading must not take away; they are fewer only where the student alone is hurt by the rest.
    A `refusable` hand-in may go ungraded.  `leaks` is text that must reach no page or record.
    `misconception` is the wrong answer that has to be recognised, in the one part that is lost.
    """

    name: str
    group: str
    tries: str
    hand_in: Callable[[Desk], None]
    earns: frozenset[str]
    keeps: frozenset[str]
    student: str
    work: Work | None = None
    leaks: tuple[str, ...] = ()
    refusable: bool = False
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The attacks of one class; modules fill it by `work` and `folder`."""

    name: str
    attacks: list[Attack] = field(default_factory=list)

    def work(
        self,
        name: str,
        tries: str,
        work: Work,
        earns: frozenset[str] = NOTHING,
        keeps: frozenset[str] | None = None,
        **more: Any,
    ) -> None:
        """Add a hand-in of the usual shape: the exercise, filled in, and cells of one's own."""

        def hand_in(desk: Desk) -> None:
            desk.put(desk.notebook(work))

        kept = earns if keeps is None else keeps
        self._add(Attack(name, self.name, tries, hand_in, earns, kept, name, work, **more))

    def folder(
        self,
        tries: str,
        earns: frozenset[str] = NOTHING,
        keeps: frozenset[str] | None = None,
        student: str = "",
        name: str = "",
        **more: Any,
    ) -> Callable[[Callable[[Desk], None]], Callable[[Desk], None]]:
        """Decorate the function that writes the folder of a hand-in; it names the attack."""

        def add(hand_in: Callable[[Desk], None]) -> Callable[[Desk], None]:
            called = name or hand_in.__name__.replace("_", "-")
            kept = earns if keeps is None else keeps
            who = student or called
            self._add(Attack(called, self.name, tries, hand_in, earns, kept, who, **more))
            return hand_in

        return add

    def _add(self, attack: Attack) -> None:
        self.attacks.append(attack)


def suite() -> tuple[Attack, ...]:
    """All attacks, class by class."""
    found: list[Attack] = []
    for name, modules in CLASSES.items():
        for module in modules:
            group: Group = importlib.import_module(f"{__name__}.{module}").GROUP
            assert group.name == name, f"{module} holds {group.name!r}, not {name!r}"
            found += group.attacks
    return tuple(found)


def by_name() -> Mapping[str, Attack]:
    """All attacks, by name."""
    return {attack.name: attack for attack in suite()}

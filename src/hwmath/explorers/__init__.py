"""What the explorers of the website are made from: one module a topic, found by its name.

Each has a function `explorer` that returns an `Explorer`; the website knows no more of a topic.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass

from hwmath.tables import Table
from hwmath.validate import unknown


@dataclass(frozen=True, slots=True)
class Explorer:
    """One explorer: its name, the numbers its script needs, and a table that needs no script.

    `data` is what JSON can hold; the script shows the same table until a reader changes it.
    `height_rem` is what it takes on a wide page and on a narrow one; so much is kept free for it.
    """

    label: str
    data: Mapping[str, object]
    caption: str
    table: Table
    height_rem: tuple[float, float]


def topics() -> list[str]:
    """The topics that have an explorer."""
    return [module.name for module in pkgutil.iter_modules(__path__)]


def load(topic: str) -> Explorer:
    """The explorer of a topic.

    Raises: ValueError for a topic that has none, with the nearest ones.

    >>> load("roofline").label
    'Roofline explorer'
    """
    if topic not in topics():
        raise ValueError(unknown("explorer", topic, topics()))
    found: Explorer = importlib.import_module(f"{__name__}.{topic}").explorer()
    return found

"""The record of a document that facts were taken from; chips and models share it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A document that numbers or shapes were taken from; `url` is empty where none is known."""

    key: str
    title: str
    publisher: str
    date: str
    url: str = ""

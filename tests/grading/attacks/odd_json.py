"""Notebooks that are no notebooks, or that are hard to read as one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

from grading.attacks import ALL, NOTHING, Group
from grading.attacks.desk import Desk, code

GROUP = Group("structure")
MB = 10**6

for name, tries, data in (
    ("no-json", "Hands in text that is no JSON.", b"def f(): return 1\n"),
    ("half-a-notebook", "Hands in the first half of a notebook.", b'{"cells": [{"cell_type": "'),
    ("empty-file", "Hands in an empty file.", b""),
    ("nul-bytes", "Hands in a million NUL bytes.", bytes(MB)),
    ("random-bytes", "Hands in bytes that are no text.", bytes(range(256)) * 100),
    ("a-list", "Hands in a JSON list.", b"[]"),
    ("a-number", "Hands in a JSON number.", b"7"),
    ("null", "Hands in a JSON null.", b"null"),
    ("cells-as-text", "Has a text where the cells should be.", b'{"cells": "all", "nbformat": 4}'),
    ("cells-as-numbers", "Has numbers for cells.", b'{"cells": [1, null, []], "nbformat": 4}'),
    ("deep-lists", "Nests a million lists, to break the reader's stack.", b"[" * MB),
    ("deep-objects", "Nests a million objects, to break the stack.", b'{"cells":' * MB),
    ("long-number", "Has a number of a million digits.", b'{"nbformat": ' + b"9" * MB + b"}"),
    ("compressed", "Hands in a compressed file.", gzip.compress(b'{"cells": []}')),
    ("a-million-cells", "Has a million cells.", b'{"cells":[' + b"{}," * MB + b'{}],"nbformat":4}'),
):

    def write(desk: Desk, data: bytes = data) -> None:
        desk.put_bytes(data)

    GROUP.folder(tries, NOTHING, name=name)(write)


@GROUP.folder("Hands in a file of ten gigabytes that is one hole.", NOTHING)
def ten_gigabytes(desk: Desk) -> None:
    desk.put_bytes(b"{")
    with desk.path.open("r+b") as file:
        file.truncate(10**10)


def edited(
    tries: str, keeps: frozenset[str] = NOTHING
) -> Callable[[Callable[[Any], str | bytes | None]], None]:
    """Decorate a function that changes the notebook, or writes it as text, in place of JSON."""

    def add(change: Callable[[Any], str | bytes | None]) -> None:
        def hand_in(desk: Desk) -> None:
            nb = desk.notebook()
            data = change(nb) or json.dumps(nb)
            desk.put_bytes(data if isinstance(data, bytes) else data.encode())

        GROUP.folder(tries, ALL, keeps, name=change.__name__.replace("_", "-"))(hand_in)

    return add


@edited("Names every key of the notebook twice, the second time with nonsense.")
def keys_twice(nb: Any) -> str:
    return json.dumps(nb)[:-1] + ', "cells": 7, "metadata": null}'


@edited("Uses numbers that JSON does not have.", ALL)
def numbers_out_of_range(nb: Any) -> str:
    nb.metadata["x"] = [float("nan"), float("inf"), -float("inf"), 1e308]
    return json.dumps(nb).replace("1e+308", "1e999999")


@edited("Says that it is of format 99.")
def format_99(nb: Any) -> None:
    nb.nbformat = 99


@edited("Says that its format is no number.")
def format_without_number(nb: Any) -> None:
    nb.nbformat, nb.nbformat_minor = "four", {}


@edited("Says that its minor format is the thousandth.", ALL)
def minor_format_1000(nb: Any) -> None:
    nb.nbformat_minor = 1000


@edited("Is written in format 3, as notebooks were ten years ago.")
def format_3(nb: Any) -> str:
    cells = [{**cell, "input": cell.source, "language": "python"} for cell in nb.cells]
    return json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}], "metadata": {}})


@edited("Is saved in UTF-16.")
def utf_16(nb: Any) -> bytes:
    return json.dumps(nb, ensure_ascii=False).encode("utf-16")


@edited("Is saved in Latin-1, with letters that UTF-8 does not read.")
def latin_1(nb: Any) -> bytes:
    nb.cells.append(code("# prüfen und größer"))
    return json.dumps(nb, ensure_ascii=False).encode("latin-1")


@edited("Has half a character in an output, which no file can hold.", ALL)
def half_a_character_in_an_output(nb: Any) -> None:
    text = {"output_type": "stream", "name": "stdout", "text": "\ud800"}
    nb.cells.append(code("pass", outputs=[text]))


@edited("Has half a character in a cell.", ALL)
def half_a_character_in_a_cell(nb: Any) -> None:
    nb.cells.append(code("# \ud800 \udfff"))


@edited("Has NUL characters in a cell, which neither Python nor a database takes.", ALL)
def nul_in_a_cell(nb: Any) -> None:
    nb.cells.append(code("x = '\x00'\n# \x00"))


@edited("Has sources that are no texts.")
def sources_that_are_no_texts(nb: Any) -> None:
    odd: list[Any] = [None, 7, {}, [1, 2], [["x"]], True]
    nb.cells += [{**code("pass"), "source": value} for value in odd]


@edited("Has its sources as lists of lines, as Jupyter writes them.", ALL)
def sources_as_lines(nb: Any) -> None:
    for cell in nb.cells:
        cell["source"] = cell.source.splitlines(keepends=True)


@edited("Has one cell of two million characters.")
def one_long_cell(nb: Any) -> None:
    nb.cells.append(code("x = '" + "a" * 2 * MB + "'"))


@edited("Has one cell whose brackets nest too deep for the compiler.", ALL)
def deep_brackets(nb: Any) -> None:
    nb.cells.append(code("(" * 5000 + ")" * 5000))


@edited("Has one cell that folds constants for ever if it is compiled.", ALL)
def slow_to_compile(nb: Any) -> None:
    nb.cells.append(code("x = " + "-" * 50_000 + "1"))


@edited("Carries outputs of thirty megabytes.")
def large_outputs(nb: Any) -> None:
    image = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "A" * 30 * MB}}
    nb.cells.append(code("pass", outputs=[image]))

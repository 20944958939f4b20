"""The explorer directive, and what the page of the roofline's explorer is given."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import directives
from docutils.utils import SystemMessage

from coursesite import downloads
from coursesite.explorers import ExplorerDirective, markup
from hwmath.chips import load_chips
from hwmath.explorers import Explorer, load, topics
from hwmath.explorers.roofline import vector_dtype
from hwmath.published import matmul_measurements
from hwmath.roofline import Roofline
from hwmath.tables import Table
from hwmath.units import DTYPE_BITS, format_si

MOST_BYTES = 6_000


@pytest.fixture
def directive() -> None:
    directives.register_directive("explorer", ExplorerDirective)


def data_of(html: str) -> Any:
    script = BeautifulSoup(html, "html.parser").script
    assert script is not None
    return json.loads(str(script.string))


@pytest.mark.usefixtures("directive")
def test_the_directive_makes_an_element_that_asks_for_its_files() -> None:
    (made,) = publish_doctree(".. explorer:: roofline").findall(nodes.raw)
    assert made["assets"] == ("explorer.css", "explorer-roofline.js")
    soup = BeautifulSoup(made.astext(), "html.parser")
    element = soup.find("roofline-explorer")
    assert element is not None
    assert element["aria-label"] == "Roofline explorer"
    assert element["style"] == "--height-wide: 51rem; --height-narrow: 62rem"


@pytest.mark.usefixtures("directive")
def test_a_topic_without_an_explorer_stops_the_build_with_the_nearest_ones() -> None:
    with pytest.raises(SystemMessage, match="unknown explorer 'rooflin'; nearest: roofline"):
        publish_doctree(".. explorer:: rooflin", settings_overrides={"halt_level": 3})


def test_no_text_ends_the_script_or_the_attribute_it_stands_in() -> None:
    evil = '</script><b title="'
    html = markup("x", Explorer(evil, {"evil": evil}, evil, Table((evil,), [(evil,)]), (1, 2)))
    soup = BeautifulSoup(html, "html.parser")
    assert soup.b is None
    assert data_of(html) == {"evil": evil}


@pytest.mark.parametrize("topic", topics())
def test_the_page_gets_only_what_its_explorer_needs(topic: str) -> None:
    text = json.dumps(load(topic).data, separators=(",", ":"), allow_nan=False)
    assert len(gzip.compress(text.encode())) <= MOST_BYTES


def test_every_chip_with_a_peak_and_a_bandwidth_is_there_with_its_numbers() -> None:
    given = {c["key"]: c for c in data_of(markup("roofline", load("roofline")))["chips"]}
    chips = load_chips()
    assert set(given) == {k for k, c in chips.items() if c.dense_peaks and c.bandwidths}
    for key, entry in given.items():
        for name, flop_per_s in entry["flopPerS"].items():
            assert chips[key].peak_flop_per_s(*name.split()) == flop_per_s
        for level, bytes_per_s in entry["bytesPerS"].items():
            assert chips[key].bytes_per_s(level) == bytes_per_s


def test_every_published_product_is_there() -> None:
    assert len(data_of(markup("roofline", load("roofline")))["measured"]) == len(
        matmul_measurements()
    )


def test_elementwise_work_computes_in_a_format_the_chip_has_where_it_has_any() -> None:
    for machine in load_chips().values():
        for dtype in DTYPE_BITS:
            if machine.has_peak(dtype, "vector"):
                assert machine.has_peak(vector_dtype(machine, dtype), "vector")
    assert vector_dtype(load_chips()["h100-sxm5-80gb"], "fp64") == "fp64"


def test_the_table_climbs_to_the_peak_and_stays_there() -> None:
    machine = load_chips()["h100-sxm5-80gb"]
    rows = list(load("roofline").table.rows)
    peak = Roofline.of_chip(machine, "bf16").peak_flop_per_s
    assert [row[-1] for row in rows] == ["DRAM"] * 5 + ["bf16 matrix units"] * 3
    assert {row[2] for row in rows[5:]} == {format_si(peak, "FLOP/s")}


def test_a_downloaded_notebook_says_what_it_leaves_out() -> None:
    source = "Guess.\n\n```{explorer} roofline\n```\n\nThen look."
    text = downloads.plain_markdown(source, {})
    assert "{explorer}" not in text
    assert "moved by hand" in text
    assert text.endswith("Then look.")

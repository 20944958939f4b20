"""Tables: the same cells as text and as HTML, numbers to the right, nothing unescaped."""

import pytest
from bs4 import BeautifulSoup

from hwmath.tables import Link, Table


def test_html_and_text_hold_the_same_cells() -> None:
    table = Table(("kernel", "FLOP/B"), [("a < b & c", "0.25"), ("gemm", "1,024")])
    soup = BeautifulSoup(table._repr_html_(), "html.parser")
    assert [cell.text for cell in soup.find_all("td")] == ["a < b & c", "0.25", "gemm", "1,024"]
    assert [cell.text for cell in soup.find_all("th")] == ["kernel", "FLOP/B"]
    assert repr(table).splitlines()[1].split() == ["a", "<", "b", "&", "c", "0.25"]


def test_columns_of_numbers_align_right() -> None:
    lines = repr(Table(("what", "n"), [("x", 5), ("y", 1000)])).splitlines()
    assert [line[-1] for line in lines[1:]] == ["5", "0"]
    assert len(set(map(len, lines))) == 1


def test_a_generator_of_rows_prints_twice() -> None:
    table = Table(("n",), ((i,) for i in range(2)))
    assert repr(table) == repr(table) == "n\n0\n1"


def test_a_short_row_is_shown() -> None:
    with pytest.raises(ValueError, match=r"row \('x',\) has 1 cells, not 2"):
        Table(("a", "b"), [("x",)])


def test_a_link_leads_somewhere_in_a_page_and_is_text_elsewhere() -> None:
    table = Table(("where",), [(Link("here & <there>", 'a.html#"b"'),)])
    assert "here & <there>" in repr(table)
    assert '<a href="a.html#&quot;b&quot;">here &amp; &lt;there&gt;</a>' in table._repr_html_()

"""The book's extension: themed figures, readable notebooks, and a check that finds faults."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from coursesite import check, downloads, kernel, nbval, themes

ROOT = Path(__file__).parent.parent


def test_the_figure_colours_are_those_of_the_style() -> None:
    rc = (ROOT / "src" / "coursesite" / "matplotlibrc").read_text(encoding="utf-8")
    cycle = re.search(r"axes\.prop_cycle: cycler\('color', \[(.*)\]\)", rc)
    assert cycle
    assert tuple(cycle[1].replace("'", "").split(", ")) == themes.CYCLE
    css = (ROOT / "src" / "coursesite" / "static" / "course.css").read_text(encoding="utf-8")
    for n in range(1, len(themes.CYCLE) + 1):
        assert css.count(f"--figure-{n}:") == 2, "one value for light, one for dark"


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_figure_colours_have_contrast_in_both_themes() -> None:
    # WCAG 2.2, 1.4.3: 4.5 for text (roof labels are written in the colour of their roof)
    css = (ROOT / "src" / "coursesite" / "static" / "course.css").read_text(encoding="utf-8")
    light, dark = css.split('html[data-theme="dark"]', maxsplit=1)
    for block, background in ((light, "#ffffff"), (dark, "#14181e")):
        for name, colour in re.findall(r"(--figure-(?:\d|muted)): (#\w{6})", block):
            pair = sorted((luminance(colour), luminance(background)))
            ratio = (pair[1] + 0.05) / (pair[0] + 0.05)
            assert ratio >= 4.5, f"{name} {colour} on {background}: {ratio:.2f}"


def test_a_figure_is_themed_named_and_free_to_share_a_page() -> None:
    svg = (
        '<?xml version="1.0"?><!DOCTYPE svg><svg xmlns="x"><metadata>when</metadata>'
        '<clipPath id="p1"/><g clip-path="url(#p1)" style="stroke: #D55E00; fill: #FFFFFF"/>'
        '<use xlink:href="#p1"/></svg>'
    )
    themed = themes.themed(svg, 'roof "A" & B')
    assert themed.startswith('<svg role="img" aria-label="roof &quot;A&quot; &amp; B"')
    assert "stroke: var(--figure-2); fill: none" in themed
    assert "metadata" not in themed
    ids = re.findall(r'id="(fig-\w+-p1)"', themed)
    assert len(ids) == 1
    assert f"url(#{ids[0]})" in themed
    assert f'xlink:href="#{ids[0]}"' in themed


def test_markup_of_the_book_becomes_plain_markdown() -> None:
    source = "\n".join(
        (
            "(anchor)=",
            "# Title",
            "",
            "Time {glue:text}`t:.2f` s, {glue:text}`n:,d` rows,",
            "by {cite:p}`he2022brrr,chng2024roofline`.",
            "",
            ":::{admonition} Predict",
            ":class: tip",
            "",
            "Guess.",
            ":::",
            "",
            "See {ref}`the ridge <ridge>` and $x = {a}$.",
        )
    )
    assert downloads.plain_markdown(source, {"t": 1.005, "n": 2000.0}).splitlines() == [
        "# Title",
        "",
        "Time 1.00 s, 2,000 rows,",
        "by [he2022brrr,chng2024roofline].",
        "",
        "> **Predict**",
        ">",
        "> Guess.",
        "",
        "See the ridge and $x = {a}$.",
    ]


def test_nested_directives_nest_and_dropdowns_stay_folded() -> None:
    source = ":::::{dropdown} Outer\n::::{note} A\n:::{tip}\nIn.\n:::\nB.\n::::\n:::::\nOut."
    assert downloads.plain_markdown(source, {}).splitlines() == [
        "<details><summary>Outer</summary>",
        "",
        "> **A**",
        ">",
        "> > In.",
        "> B.",
        "",
        "</details>",
        "Out.",
    ]


def test_a_download_has_its_numbers_and_no_cells_of_the_builder() -> None:
    book = v4.new_notebook(
        cells=[
            v4.new_code_cell("glue('x', 2.5)", metadata={"tags": ["remove-cell"]}),
            v4.new_markdown_cell("It is {glue:text}`x:.1f`."),
            v4.new_code_cell(
                "print(1)",
                outputs=[v4.new_output("stream", text="1\n")],
                metadata={"tags": ["hide-output"]},
                execution_count=7,
            ),
            v4.new_code_cell("2", outputs=[v4.new_output("execute_result", {"text/plain": "2"})]),
        ]
    )
    result = downloads.readable(book, {"x": 2.5})
    kinds = [(cell.cell_type, cell.source) for cell in result.cells]
    assert kinds[0][0] == "markdown"
    assert "hwmath" in kinds[0][1]
    assert kinds[1:] == [("markdown", "It is 2.5."), ("code", "print(1)"), ("code", "2")]
    assert result.cells[2].outputs == book.cells[2].outputs
    assert [cell.id for cell in result.cells] == [f"cell-{n}" for n in range(4)], "no lot is drawn"
    counts = [cell.execution_count for cell in result.cells[2:]]
    assert counts == [1, result.cells[3].outputs[0].execution_count] == [1, 2]
    assert result.cells[2].metadata["jupyter"] == {"outputs_hidden": True}
    assert book.cells[1].source == "It is {glue:text}`x:.1f`.", "the argument is left as it was"


def test_a_glued_name_that_no_cell_stored_is_named() -> None:
    book = v4.new_notebook(cells=[v4.new_markdown_cell("{glue:text}`ghost`")])
    with pytest.raises(KeyError, match="ghost"):
        downloads.readable(book, {})


GOOD = (
    '<article><h1 id="a">A</h1><a href="#a">x</a><div class="cell"></div>'
    '<a href="_sources/p.ipynb">n</a></article>'
)


def site(folder: Path, **pages: str) -> Path:
    (folder / "_sources").mkdir(parents=True)
    nbformat.write(v4.new_notebook(), folder / "_sources" / "p.ipynb")
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
    return folder


def toc(folder: Path, *names: str) -> Path:
    path = folder / "_toc.yml"
    chapters = "".join(f"  - file: {name}\n" for name in names[1:])
    path.write_text(f"format: jb-book\nroot: {names[0]}\nchapters:\n{chapters}", encoding="utf-8")
    return path


def test_a_sound_site_has_no_faults(tmp_path: Path) -> None:
    contents = toc(tmp_path, "one", "two")
    assert check.faults(site(tmp_path / "html", one=GOOD, two=GOOD), contents) == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (None, "two.html: in the contents, but not built"),
        ("", "two.html: in the contents, but not built"),
        ("<p>nothing</p>", "two.html: no article with a heading"),
        (GOOD.replace('"#a"', '"#b"'), "two.html: link to #b, which is not on the page"),
        (GOOD.replace('"#a"', '"gone.html"'), "two.html: link to gone.html, which does not exist"),
        (GOOD.replace("x</a>", 'x</a><img src="_sources">'), "image without alt text"),
        (GOOD.replace("_sources/p.ipynb", "#a"), "two.html: offers no notebook for download"),
        (GOOD.replace("A</h1>", "A {glue:text}</h1>"), "two.html: shows '{glue'"),
        (GOOD.replace("A</h1>", "A site-packages/x.py:1: UserWarning</h1>"), "'site-packages'"),
    ],
)
def test_each_fault_is_found(tmp_path: Path, page: str | None, fault: str) -> None:
    contents = toc(tmp_path, "one", "two")
    pages = {"one": GOOD} | ({} if page is None else {"two": page})
    found = check.faults(site(tmp_path / "html", **pages), contents)
    assert len(found) == 1
    assert fault in found[0]


def test_nbval_refuses_an_empty_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no notebooks below .*; build the book first"):
        nbval.run(tmp_path)


def test_kernels_get_the_same_settings_on_every_build(tmp_path: Path) -> None:
    first, second = kernel.environment(tmp_path), kernel.environment(tmp_path)
    assert first == second
    config = Path(first["IPYTHONDIR"]) / "profile_default" / "ipython_kernel_config.py"
    assert '"Date": None' in config.read_text(encoding="utf-8")
    assert Path(first["MATPLOTLIBRC"]).is_file()


@pytest.mark.slow
def test_figures_are_byte_identical_from_run_to_run(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    draw = (
        "import matplotlib; matplotlib.use('svg')\n"
        "from hwmath import plots; from hwmath.roofline import Roofline\n"
        "ax = plots.plot_roofline(Roofline('m', {'p': 1e12}, {'d': 1e9}))\n"
        "import sys; ax.figure.savefig(sys.argv[1], metadata={'Date': None})\n"
    )
    files = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for file in files:
        environment = os.environ | kernel.environment(tmp_path)
        subprocess.run([sys.executable, "-c", draw, str(file)], env=environment, check=True)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_the_extension_is_what_the_book_uses() -> None:
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert "coursesite: src" in config
    for setting in ("raise_on_error: true", "nitpicky: true", "navbar_persistent: []"):
        assert setting in config

"""The rules of STYLE.md that a machine can see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from hwmath.notation import SYMBOLS

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "src").rglob("*.py"))
PACKAGE = sorted((ROOT / "src" / "hwmath").rglob("*.py"))
CHAPTERS = sorted([ROOT / "index.md", *(ROOT / "chapters").glob("*.md")])
TOPICS = sorted(path.name for path in (ROOT / "solutions").iterdir() if path.is_dir())

SCRIPTS = sorted((ROOT / "src" / "coursesite" / "static").glob("*.js"))
LATE = re.compile(
    r"\bgroupBy\(|\.(?:toSorted|toReversed|toSpliced|with|isWellFormed|checkVisibility)\(|\(\?<[=!]"
    r"|\b(?:withResolvers|fromAsync|canParse|startViewTransition|showPopover|scheduler\.yield)\b"
    r"|\.(?:union|intersection|difference|isSubsetOf|isSupersetOf)\(|\bPromise\.try\b|\bstatic \{"
    r"|\bRegExp\.escape\b|\bIterator\.from\b|\bAbortSignal\.(?:any|timeout)\b"
)
"""What no browser, or not every one, had at the end of 2022."""

MODULE_LINES, FUNCTION_LINES, CODE_COLUMNS = 260, 50, 84
UNIT = (
    r"(?:[kMGTPE]?(?:FLOPs?|MACs?|B)(?:/s|/B)?|[KMGT]i?Bs?(?:/s)?|[mµn]?s|[pn]?J|[MG]?Hz|W|times|x"
    r"|(?:[kmgt]\w+)?bytes?|seconds?|minutes?)\b"
)
TYPED_NUMBER = re.compile(rf"\b\d[\d.,]*(?:[-\s]|&nbsp;)*(?:{UNIT}|%)")
COMMAND = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|`[^`]*`|\{[\w:]+\}`[^`]*`|\]\([^)]*\)", re.DOTALL)


def tracked() -> list[Path]:
    out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in out.stdout.splitlines()]


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines of a chapter outside its front matter, code cells, maths and roles."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"\A---\n.*?\n---\n", lambda m: "\n" * m[0].count("\n"), text, flags=re.DOTALL)
    cells = re.compile(r"^```\{code-cell\}.*?^```$", flags=re.DOTALL | re.M)
    text = cells.sub(lambda m: "\n" * m[0].count("\n"), text)
    text = COMMAND.sub(lambda m: "\n" * m[0].count("\n"), text)
    return ((n, line) for n, line in enumerate(text.splitlines(), start=1) if line.strip())


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_c1_modules_and_functions_are_short(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= MODULE_LINES, f"{path.name} has {source.count(chr(10))} lines"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{path.name}: {node.name} has {lines} lines"


def imported(path: Path) -> set[str]:
    """The packages that a module imports, but for its own relatives."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return {name.split(".")[0] for name in found}


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_c6_the_package_needs_numpy_alone(path: Path) -> None:
    allowed = {"numpy", "hwmath", *sys.stdlib_module_names}
    if "plots" in (path.stem, path.parent.name):
        allowed.add("matplotlib")
    assert imported(path) <= allowed, path.name


def test_g4_what_runs_beside_a_students_code_needs_little() -> None:
    allowed = {"numpy", "IPython", "traitlets", "sandlock", *sys.stdlib_module_names}
    for path in (ROOT / "src" / "coursework" / "guest").glob("*.py"):
        assert imported(path) <= allowed, path.name


NAMED = re.compile(
    r"\b(?:hidden|hwmath|chapters|solutions|exercises)[./](?:{0})\b|\b(?:{0})\.(?:ipynb|md)\b".format(
        "|".join(TOPICS)
    )
)
"""A topic where it is one: it may be an ordinary word, too."""


def test_g5_grading_knows_no_topic() -> None:
    for path in (ROOT / "src" / "coursework").rglob("*"):
        if path.suffix in {".py", ".j2", ".css"}:
            assert not NAMED.search(path.read_text(encoding="utf-8")), path.name


@pytest.mark.parametrize("text", ["import hidden.{}", "exercises/{}/", "open('{}.ipynb')"])
@pytest.mark.parametrize("topic", TOPICS)
def test_g5_would_notice(text: str, topic: str) -> None:
    assert NAMED.search(text.format(topic))


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_c7_scripts_ask_for_nothing_that_browsers_learnt_lately(path: Path) -> None:
    assert not LATE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text", ["Map.groupBy(all, f)", "all.toSorted()", "/(?<=a)b/", "Promise.withResolvers()"]
)
def test_c7_would_notice(text: str) -> None:
    assert LATE.search(text)


@pytest.mark.parametrize("path", PACKAGE, ids=lambda p: str(p.relative_to(ROOT)))
def test_n2_no_power_of_1024_outside_units(path: Path) -> None:
    if path.name == "units.py":
        return
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"[*/]\s*1024\b|\b1024\s*\*|\b2\s*\*\*\s*[1-4]0\b|<<\s*[1-4]0\b", text), (
        path.name
    )


def test_n3_flops_is_not_written() -> None:
    wrong = []
    for path in [*PACKAGE, *CHAPTERS, ROOT / "README.md"]:
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(r"\bFLOPS\b", line) and "letters FLOPS" not in line:
                wrong.append(f"{path.name}:{n}: {line.strip()}")
    assert not wrong, "\n".join(wrong)


def test_n3_the_two_between_mac_and_flop_is_written_once() -> None:
    definitions = [
        path.name
        for path in PACKAGE
        if re.search(r"^FLOP_PER_MAC\b.*=", path.read_text(encoding="utf-8"), flags=re.M)
    ]
    assert definitions == ["units.py"]
    scripts = [p.name for p in SCRIPTS if "FLOP_PER_MAC =" in p.read_text(encoding="utf-8")]
    assert scripts == ["units.js"]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_n4_no_number_with_a_unit_is_typed_into_prose(path: Path) -> None:
    if path.name == "reading_list.md":
        return  # says what a reading prints, with its citation
    typed = [
        f"{path.name}:{n}: {m[0]}"
        for n, line in prose(path)
        for m in [TYPED_NUMBER.search(line)]
        if m
    ]
    assert not typed, "\n".join(typed)


@pytest.mark.parametrize(
    "text",
    [
        "reads 40 GB of",
        "is 3.35 TB/s",
        "at 95 % of",
        "2,039 GB/s",
        "5 ms",
        "12 pJ",
        "1.98 GHz",
        "an 80-GB card",
        "312 TFLOPs",
        "5 minutes",
        "40 gigabytes",
        "3&nbsp;TB/s",
    ],
)
def test_n4_would_notice(text: str) -> None:
    assert TYPED_NUMBER.search(text)


def shown_cells(text: str) -> list[str]:
    """The code cells of a page that a reader sees, options and all."""
    cells = re.findall(r"^```\{code-cell\}.*?\n(.*?)^```$", text, re.DOTALL | re.M)
    return [cell for cell in cells if ":tags: [remove-cell" not in cell]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_code_in_chapters_fits_the_page(path: Path) -> None:
    long = [
        line
        for cell in shown_cells(path.read_text(encoding="utf-8"))
        for line in cell.splitlines()
        if len(line) > CODE_COLUMNS and "alt:" not in line and "caption:" not in line
    ]
    assert not long, "\n".join(long)


def undefined_names(text: str) -> set[str]:
    """Names that the shown cells of a page use and none of them defines."""
    options = re.compile(r"\A(?:---\n.*?^---\n|(?::\w+:[^\n]*\n)+)", re.DOTALL | re.M)
    code = "\n".join(options.sub("", cell) for cell in shown_cells(text))
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select=F821", "--quiet"]
    done = subprocess.run(
        [*command, "--output-format=concise", "-"],
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(re.findall(r"Undefined name `(\w+)`", done.stdout))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.name)
def test_shown_cells_stand_without_the_hidden_ones(path: Path) -> None:
    """As they do in the notebook that a reader downloads."""
    assert not undefined_names(path.read_text(encoding="utf-8"))


def test_a_name_that_only_a_hidden_cell_defines_is_noticed() -> None:
    page = (
        "```{code-cell} ipython3\n:tags: [remove-cell]\n\nhidden = 1\n```\n\n"
        "```{code-cell} ipython3\n---\ntags: [hide-input]\n---\nshown = 2\n```\n\n"
        "```{code-cell} ipython3\nprint(hidden + shown)\n```\n"
    )
    assert undefined_names(page) == {"hidden"}


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_is_one_name_in_five_places(topic: str) -> None:
    module = ROOT / "src" / "hwmath" / topic
    assert (ROOT / "chapters" / f"{topic}.md").is_file()
    assert module.with_suffix(".py").is_file() or module.is_dir()
    assert (ROOT / "tests" / f"test_{topic}.py").is_file()
    assert (ROOT / "exercises" / topic / f"{topic}.ipynb").is_file()
    assert (ROOT / "tests" / "hidden" / f"{topic}.py").is_file()


@pytest.mark.parametrize("topic", TOPICS)
def test_the_readme_and_the_reading_list_name_every_topic(topic: str) -> None:
    assert f"`{topic}`" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"]({topic}.md)" in (ROOT / "chapters" / "reading_list.md").read_text(encoding="utf-8")


def test_c4_each_backlink_names_a_heading() -> None:
    links = 0
    for path in PACKAGE:
        text = path.read_text(encoding="utf-8")
        said, read = text.count("Derived in:"), re.findall(r"Derived in: \w+, \"", text)
        assert said == len(read), f'{path.name}: write Derived in: <topic>, "<heading>"'
        for topic, heading in re.findall(
            r"(?:Derived in|chapter): (\w+), \"([^\"]+)\"", path.read_text(encoding="utf-8")
        ):
            links += 1
            text = (ROOT / "chapters" / f"{topic}.md").read_text(encoding="utf-8")
            assert re.search(rf"^#+ {re.escape(heading)}$", text, flags=re.M), (
                f"{path.name}: chapter {topic} has no heading {heading!r}"
            )
    assert links >= 10


def formulas(name: str) -> Iterator[ast.FunctionDef]:
    """The public functions of a module of formulas; of a package, those that it hands on.

    A package that hands nothing on has them all, but for those that draw.
    """
    module = ROOT / "src" / "hwmath" / name
    paths = (
        sorted(set(module.glob("*.py")) - {module / "plots.py"})
        if module.is_dir()
        else [module.with_suffix(".py")]
    )
    handed_on = (module / "__init__.py").read_text(encoding="utf-8") if module.is_dir() else ""
    for path in paths:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if "__all__" not in handed_on or f'"{node.name}"' in handed_on:
                yield node


@pytest.mark.parametrize("name", [*TOPICS, "kernels"])
def test_c4_formula_modules_say_what_they_raise_and_where_it_is_derived(name: str) -> None:
    found = list(formulas(name))
    assert found
    for node in found:
        text = ast.get_docstring(node) or ""
        assert "Raises:" in text, node.name
        assert "Derived in:" in text or "chapter:" in text, node.name


def test_symbols_in_chapter_tables_are_those_of_the_notation() -> None:
    known = {(s.tex, s.code, s.unit) for s in SYMBOLS}
    rows = 0
    for path in CHAPTERS:
        for tex, code, unit in re.findall(
            r"^\| \$([^$]+)\$ \|[^|]+\| `([^`]+)` \| ([^|]+?) \|$",
            path.read_text(encoding="utf-8"),
            flags=re.M,
        ):
            rows += 1
            assert (tex, code, unit) in known, f"{path.name}: {tex} {code} {unit}"
    assert rows >= 6


def test_nothing_names_a_registry_or_a_path_of_some_machine() -> None:
    home = re.compile(r"(?<![\w.])/(?:home|root|work|Users)/\w|/simple/|\.whl\b|resolved\"")
    found = []
    for path in tracked():
        if path.suffix in {
            ".md",
            ".py",
            ".toml",
            ".txt",
            ".yml",
            ".cff",
            ".bib",
            ".ipynb",
            ".c",
            "",
        }:
            for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if home.search(line) and path != Path(__file__):
                    found.append(f"{path.relative_to(ROOT)}:{n}: {line.strip()[:100]}")
    assert not found, "\n".join(found)


def test_every_tracked_file_is_text() -> None:
    binary = [str(path.relative_to(ROOT)) for path in tracked() if b"\0" in path.read_bytes()]
    assert not binary, f"files of others come from registries at build time: {binary}"


def test_the_lock_is_complete_exact_and_hashed() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert all(re.match(r"^[a-z0-9._-]+==\S+", pin) for pin in pins)
    assert sum("--hash=sha256:" in line for line in lines) >= len(pins)
    assert not any("://" in line or line.startswith("-") for line in lines)
    book = next(pin for pin in pins if pin.startswith("jupyter-book=="))
    assert book.split("==")[1].startswith("1.")


def test_o4_hypothesis_sets_no_deadline() -> None:
    assert settings.default is not None
    assert settings.default.deadline is None

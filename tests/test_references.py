"""The bibliography is complete and well formed, and the book cites nothing that is not in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pybtex.database import BibliographyData, Entry, parse_file
from pybtex.richtext import Text

ROOT = Path(__file__).resolve().parents[1]
BIB = ROOT / "references.bib"
READING_LIST = ROOT / "chapters" / "reading_list.md"

TOPICS = {
    "introduction",
    "simd",
    "flops",
    "memory",
    "roofline",
    "parallelism",
    "transformers",
    "flash",
    "inference",
    "architecture",
    "accelerators",
    "conclusion",
}
ORIGINS = {"list", "further"}

# <first author or organisation><year><word>, with "nd" for a year that the source does not state
KEY = re.compile(r"(?P<name>[a-z]+)(?P<year>\d{4})[a-z][a-z0-9]*|(?P<undated>[a-z]+?)nd[a-z]+")
ARXIV = re.compile(r"(?P<yy>\d{2})(?:0[1-9]|1[0-2])\.\d{5}")  # the form since 2015
DOI = re.compile(r"10\.\d{4,9}/\S+")
CITE = re.compile(r"\{cite(?::[a-z:]+)?\}`(?P<keys>[^`]*)`")
CODE = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$", re.MULTILINE | re.DOTALL)

EARLIEST_YEAR, LATEST_YEAR = 1950, 2030
PACKAGE_HOSTS = (
    "pypi.org",
    "pythonhosted.org",
    "npmjs.org",
    "npmjs.com",
    "anaconda.org",
    "proxy.golang.org",
)
PATH = re.compile(r"(?:^|[\s({\"'=])(?:~|[A-Za-z]:\\|/(?=[\w.-]+/))|file:")
URL = re.compile(r"https?://[^\s)>\"'`}]+")

BIBLIOGRAPHY: BibliographyData = parse_file(str(BIB), bib_format="bibtex")
ENTRIES: dict[str, Entry] = dict(BIBLIOGRAPHY.entries.items())


def keywords(entry: Entry) -> list[str]:
    return [word.strip() for word in entry.fields.get("keywords", "").split(",")]


def plain(text: str) -> str:
    """Text without markup, case and punctuation, for comparison."""
    return re.sub(r"\W+", " ", str(Text.from_latex(text))).strip().lower()


def plain_title(entry: Entry) -> str:
    return plain(entry.fields["title"])


def cited_keys(text: str) -> set[str]:
    """Keys in the cite roles of a MyST page; code blocks are no citations."""
    roles = CITE.finditer(CODE.sub("", text))
    # A role may hold several keys, and a key may carry a {prefix} and a {suffix}.
    return {
        key.strip()
        for role in roles
        for key in re.sub(r"\{[^}]*\}", "", role["keys"]).split(",")
        if key.strip()
    }


def pages() -> Iterator[Path]:
    yield from sorted((ROOT / "chapters").glob("*.md"))
    index = ROOT / "index.md"
    if index.exists():
        yield index


def url_faults(urls: Iterable[str]) -> list[str]:
    """Addresses that are not public, or that point to a package registry."""
    faults = []
    for url in urls:
        parts = urlsplit(url)
        host = parts.hostname or ""
        public = parts.scheme == "https" and re.fullmatch(r"(?:[\w-]+\.)+[a-z]{2,}", host)
        private = (
            parts.port or parts.username or host.endswith((".local", ".internal", ".lan", ".test"))
        )
        registry = any(host == name or host.endswith("." + name) for name in PACKAGE_HOSTS)
        if not public or private or registry:
            faults.append(url)
    return faults


@pytest.fixture(params=sorted(ENTRIES))
def keyed(request: pytest.FixtureRequest) -> tuple[str, Entry]:
    return request.param, ENTRIES[request.param]


def test_bibliography_is_not_empty() -> None:
    listed = [key for key, entry in ENTRIES.items() if "list" in keywords(entry)]
    assert len(listed) >= 50, f"only {len(listed)} entries are on the reading list"
    assert len(ENTRIES) > len(listed), "no entry has the keyword 'further'"


def test_keys_differ_in_more_than_case() -> None:
    # The parser itself refuses an exact repetition; it also folds case.
    keys = re.findall(r"^@\w+\{([^,\s]+),", BIB.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(keys) == sorted(ENTRIES), set(keys) ^ set(ENTRIES)
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    assert not repeated, f"keys used twice: {repeated}"


def test_key_follows_the_scheme(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    match = KEY.fullmatch(key)
    assert match, f"{key}: want <name><year or nd><word> in lower case, as in williams2009roofline"
    assert match["year"] == entry.fields.get("year"), (
        f"{key}: the key says {match['year']}, the field year says {entry.fields.get('year')}"
    )


def test_key_starts_with_the_first_author(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    authors = entry.persons.get("author", [])
    match = KEY.fullmatch(key)
    assert authors, f"{key}: no author"
    assert match, f"{key}: not of the scheme"
    family = str(Text.from_latex(" ".join(authors[0].prelast_names + authors[0].last_names)))
    for letter, plain in {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}.items():
        family = family.replace(letter, plain)
    squeezed = re.sub(r"[^a-z]", "", family.lower())
    assert squeezed.startswith(match["name"] or match["undated"]), (
        f"{key}: the first author is {family}"
    )


def test_entry_has_author_title_and_year(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    named = (
        entry.persons.get("author")
        or entry.persons.get("editor")
        or entry.fields.get("organization")
    )
    assert named, f"{key}: neither author nor organisation"
    assert plain_title(entry), f"{key}: no title"
    if "year" in entry.fields:
        year = entry.fields["year"]
        assert re.fullmatch(r"\d{4}", year), f"{key}: year {year!r} is not four digits"
        assert EARLIEST_YEAR <= int(year) <= LATEST_YEAR, f"{key}: year {year} is not plausible"
    else:
        assert "undated" in entry.fields.get("note", "").lower(), (
            f"{key}: no year and no note that says undated"
        )


def test_authors_are_given_in_full(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    for person in entry.persons.get("author", []):
        assert str(person).lower() != "others", f"{key}: the list of authors is cut with 'others'"
        organisation = str(person).startswith("{")
        assert organisation or person.first_names, f"{key}: author {person} has no first name"


def test_entry_can_be_found(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    fields = entry.fields
    assert {"url", "doi", "eprint"} & set(fields), f"{key}: no url, doi or eprint"
    if "doi" in fields:
        assert DOI.fullmatch(fields["doi"]), (
            f"{key}: doi {fields['doi']!r} is not of the form 10.1234/abc"
        )


def test_eprint_is_an_arxiv_number_and_agrees_with_year_and_url(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    fields = entry.fields
    if "eprint" not in fields:
        return
    assert fields.get("archivePrefix") == "arXiv", f"{key}: eprint without archivePrefix arXiv"
    number = ARXIV.fullmatch(fields["eprint"])
    assert number, f"{key}: eprint {fields['eprint']!r} is no arXiv number"
    assert 2000 + int(number["yy"]) <= int(fields["year"]), (
        f"{key}: published {fields['year']}, before its preprint {fields['eprint']}"
    )
    assert fields.get("url") == f"https://arxiv.org/abs/{fields['eprint']}", (
        f"{key}: url and eprint differ"
    )


def test_titles_and_identifiers_are_unique() -> None:
    for what in ("title", "doi", "eprint", "url"):
        seen: dict[str, str] = {}
        for key, entry in ENTRIES.items():
            if what not in entry.fields:
                continue
            value = (
                plain_title(entry) if what == "title" else entry.fields[what].lower().rstrip("/")
            )
            assert value not in seen, f"{key}: same {what} as {seen[value]}: {value}"
            seen[value] = key


def test_keywords_come_from_the_closed_set(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    words = keywords(entry)
    assert set(words) <= TOPICS | ORIGINS, (
        f"{key}: unknown keywords {sorted(set(words) - TOPICS - ORIGINS)}"
    )
    assert len(words) == len(set(words)), f"{key}: a keyword twice in {words}"
    assert len(ORIGINS & set(words)) == 1, (
        f"{key}: want exactly one of {sorted(ORIGINS)}, got {words}"
    )
    assert TOPICS & set(words), f"{key}: no topic among its keywords"


def test_only_public_addresses(keyed: tuple[str, Entry]) -> None:
    key, entry = keyed
    text = " ".join(entry.fields.values())
    assert not url_faults(URL.findall(text)), (
        f"{key}: not a public address: {url_faults(URL.findall(text))}"
    )
    assert not PATH.search(URL.sub("", text)), f"{key}: a local path in {URL.sub('', text)!r}"


def test_reading_list_page_has_only_public_addresses_and_no_paths() -> None:
    text = READING_LIST.read_text(encoding="utf-8")
    assert not url_faults(URL.findall(text)), f"reading_list: {url_faults(URL.findall(text))}"
    assert not PATH.search(URL.sub("", text)), (
        f"reading_list: a local path: {PATH.search(URL.sub('', text))}"
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/a",
        "https://localhost/a",
        "https://10.1.2.3/a",
        "https://example.org:8080/a",
        "https://me@example.org/a",
        "https://mirror.internal/a",
        "https://files.pythonhosted.org/a",
        "https://registry.npmjs.org/a",
    ],
)
def test_the_address_check_refuses(url: str) -> None:
    assert url_faults([url]) == [url]


@pytest.mark.parametrize("text", ["in /data/papers/x.pdf", "(~/x.pdf)", r"C:\papers", "file:x.pdf"])
def test_the_path_check_refuses(text: str) -> None:
    assert PATH.search(text)


@pytest.mark.parametrize(
    "text", ["min(P, b/w)", "$(K-1)/(M+K-1)$", "$N^2 d^2 / M$", "Hardware/Software", "n/d + 1/b"]
)
def test_the_path_check_lets_formulas_pass(text: str) -> None:
    assert not PATH.search(text)


def test_the_citation_pattern_reads_every_form() -> None:
    prose = "{cite}`a2000x`, {cite:t}`b2000x, c2000x`, {cite:p}`{see}d2000x{, p. 3}`\n"
    text = prose + "```\n{cite}`e2000x`\n```\n"
    assert cited_keys(text) == {"a2000x", "b2000x", "c2000x", "d2000x"}


def test_every_source_is_on_the_reading_list_page() -> None:
    cited = cited_keys(READING_LIST.read_text(encoding="utf-8"))
    missing = sorted(key for key in ENTRIES if key not in cited)
    assert not missing, f"not cited on the reading list page: {missing}"


def test_titles_on_the_reading_list_page_are_those_of_the_bibliography() -> None:
    lines = re.findall(
        r"^- \*(.+)\*, \{cite:t\}`(\w+)`\. \S",
        READING_LIST.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    wanted = "one line '- *Title*, {cite:t}`key`. Sentence' for each entry"
    differing = sorted(set(ENTRIES) ^ {key for _, key in lines})
    assert not differing, f"want {wanted}; look at {differing}"
    assert len(lines) == len(ENTRIES), f"want {wanted}; there are {len(lines)} lines"
    for title, key in lines:
        assert plain(title) == plain_title(ENTRIES[key]), f"{key}: the page says {title!r}"


def test_the_reading_list_page_links_every_chapter_there_is() -> None:
    text = READING_LIST.read_text(encoding="utf-8")
    for topic in sorted(TOPICS):
        exists = (ROOT / "chapters" / f"{topic}.md").exists()
        # A page may be checked before its first chapter is written, but not name one that is gone.
        assert not exists or f"]({topic}.md)" in text, (
            f"{topic}: the reading list page does not link this chapter"
        )


def test_sections_of_the_reading_list_page_agree_with_the_keywords() -> None:
    head, tail = READING_LIST.read_text(encoding="utf-8").split("## Further sources")
    strangers = sorted(
        key for key in cited_keys(head) if key in ENTRIES and "list" not in keywords(ENTRIES[key])
    )
    assert not strangers, (
        f"under the course's headings, but without the keyword 'list': {strangers}"
    )
    strays = sorted(
        key
        for key in cited_keys(tail)
        if key in ENTRIES and "further" not in keywords(ENTRIES[key])
    )
    assert not strays, f"under 'Further sources', but without the keyword 'further': {strays}"


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_citation_is_in_the_bibliography(page: Path) -> None:
    unknown = sorted(
        key for key in cited_keys(page.read_text(encoding="utf-8")) if key not in set(ENTRIES)
    )
    assert not unknown, f"{page.name} cites {unknown}, not in {BIB.name}"

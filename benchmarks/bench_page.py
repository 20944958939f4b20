"""How long a reader waits for Python: from the press on Run to the first result, in Chromium.

    python benchmarks/bench_page.py [--quick] [--json]

The built website (make book) is served on the loopback, so the wait is work of this machine, not
of a line.  `cold` is a browser that knows nothing yet, `kept` one that has the files from an
earlier visit, `warm` the next press on the same page.  Aim: the first result within 5 s, cold.
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import median
from time import perf_counter

from browser.conftest import chromium, served
from playwright.sync_api import Browser, Page

from hwmath.machine import describe

PAGE = "exercises/roofline/roofline.html"
CELL = '.run-bar[data-id="setup"]'
REPEATS = 5
AIM_S = 5.0


def press(page: Page) -> float:
    """Seconds from the press on Run to the end of the cell."""
    page.locator(f"{CELL} .run-says").evaluate("one => one.textContent = ''")
    start = perf_counter()
    page.locator(f"{CELL} .run-start").click()
    page.locator(f"{CELL} .run-says", has_text="Done.").wait_for(timeout=120_000)
    return perf_counter() - start


def visits(browser: Browser, site: str) -> tuple[float, float, float]:
    """The waits of one reader: cold, warm, and on a second visit."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/{PAGE}")
        cold, warm = press(page), press(page)
        page.reload()
        return cold, warm, press(page)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one reader, to try the script")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args(arguments)
    with served() as site, chromium() as browser:
        all_waits = [visits(browser, site) for _ in range(1 if given.quick else REPEATS)]
    cold, warm, kept = (median(waits) for waits in zip(*all_waits, strict=True))
    found = {"cold_s": cold, "kept_s": kept, "warm_s": warm, "readers": len(all_waits)}
    if given.json:
        print(json.dumps(found))
        return 0
    print(describe().sentence())
    print(f"first result, median of {len(all_waits)}: {cold:.2f} s cold, {kept:.2f} s kept")
    print(f"next result: {warm * 1e3:.0f} ms, ratio of cold to warm {cold / warm:.0f}")
    print(f"aim for cold: below {AIM_S:g} s, {'met' if cold < AIM_S else 'missed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

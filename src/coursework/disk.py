"""Files that are written whole or not at all, under names that are safe for any student's id."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path
from typing import Final

LONGEST_NAME_BYTES: Final = 120
UNSAFE: Final = re.compile(r"^[^\w]|[. ]$|\.(?=html$)|[^\w@+' .-]", flags=re.IGNORECASE)


def safe_name(student: str) -> str:
    """A student's id as the name of a file or folder: percent signs for what none should hold.

    Different ids have different names; usual ids are their own names.

    >>> safe_name("ada.lovelace@example.org"), safe_name("../x")
    ('ada.lovelace@example.org', '%2E.%2Fx')
    """
    name = UNSAFE.sub(lambda found: _percent(found[0]), student) or "%"
    if len(name.encode()) > LONGEST_NAME_BYTES:
        digest = hashlib.sha256(student.encode(errors="surrogatepass")).hexdigest()[:32]
        head = name.encode()[: LONGEST_NAME_BYTES - 34].decode(errors="ignore")
        return f"{head}%~{digest}"
    return name


def write_if_changed(path: Path, content: bytes) -> bool:
    """Put `content` into a file, unless it is there already; whether anything was written.

    A reader sees the old file or the new one, never a part.
    """
    try:
        if path.read_bytes() == content:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return True


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode(errors="surrogatepass"))

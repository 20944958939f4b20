"""Which sandbox this machine has: bubblewrap; else Landlock; else none, unless one is waived."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import Final, Literal

from coursework.sandbox import bubblewrap
from coursework.sandbox.bubblewrap import NoSandboxError

Rung = Literal["bubblewrap", "landlock", "none"]
WAIVER: Final = "--no-sandbox grades without one, and the grades say so"


@functools.cache
def best() -> Rung:
    """The strongest sandbox that works here.

    Raises: NoSandboxError, with the reasons and the command that mends them, where none does.
    """
    reasons = []
    try:
        bubblewrap.probe()
        return "bubblewrap"
    except NoSandboxError as error:
        reasons.append(str(error))
    try:
        probe_landlock()
        return "landlock"
    except NoSandboxError as error:
        reasons.append(str(error))
    raise NoSandboxError("\n".join((*reasons, f"Nothing is graded ({WAIVER})."))) from None


def probe_landlock() -> None:
    """Ask the kernel for Landlock, and whether a user without rights can reach the interpreter.

    Raises: NoSandboxError where it, or the library that speaks to it, is missing or too old, or
    where root would have to keep its rights to run Python at all.
    """
    try:
        import sandlock
    except ImportError:
        raise NoSandboxError("The second choice, the package sandlock, is not installed.") from None
    has, needs = sandlock.landlock_abi_version(), sandlock.min_landlock_abi()
    if has < needs:
        raise NoSandboxError(f"The second choice, Landlock, is too old here: ABI {has} of {needs}.")
    for folder in {sys.base_prefix, sys.prefix} if os.geteuid() == 0 else ():
        if not all(path.stat().st_mode & 0o001 for path in (Path(folder), *Path(folder).parents)):
            raise NoSandboxError(f"The second choice, Landlock, needs a Python outside {folder}.")

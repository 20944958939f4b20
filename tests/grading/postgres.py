"""A PostgreSQL server of its own for the tests, without a port: a socket in its own folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

MISSING = "PostgreSQL's server is missing. On Debian or Ubuntu: sudo apt-get install postgresql"


def binaries() -> Path:
    """The folder with initdb and pg_ctl; Debian keeps it off the PATH."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(versions, key=lambda path: float(path.parts[-3]))
    if not found:
        raise RuntimeError(MISSING)
    return found[-1].parent


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a server; its URL, in which `{}` is the place of a database's name."""
    folder = binaries()
    with tempfile.TemporaryDirectory(prefix="postgres-") as name:
        directory = Path(name)
        owner = _unprivileged(directory)

        def run(program: str, *arguments: str) -> None:
            command = [str(folder / program), "-D", str(directory / "data"), *arguments]
            done = subprocess.run(
                command, cwd=directory, capture_output=True, text=True, check=False, user=owner
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"

        run("initdb", "--username=grader", "--auth=trust", "--encoding=UTF8", "--no-locale", "-N")
        options = f"-k {directory} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "start", "-w", "-l", str(directory / "log"), "-o", options)
        try:
            yield f"postgresql+psycopg://grader@/{{}}?host={directory}"
        finally:
            run("pg_ctl", "stop", "-m", "immediate")


def _unprivileged(directory: Path) -> int | None:
    """Whom the server runs as: it refuses root, and gets a user of its own for `directory`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            owner = pwd.getpwnam(name).pw_uid
            os.chown(directory, owner, -1)
            return owner
    raise RuntimeError("root needs a user postgres or nobody to run PostgreSQL's server")

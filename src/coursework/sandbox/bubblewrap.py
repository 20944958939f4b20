"""Commands under bubblewrap: no network, no other process, a read-only interpreter, little else.

Works for root and for an ordinary user.  Where the kernel refuses namespaces, `probe` says which
one setting mends it.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

GUEST: Final = Path(__file__).resolve().parents[1] / "guest"
SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/etc/ld.so.cache")
KEPT_AS_ROOT: Final = (
    *("CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID"),  # to confine a child
    *("CAP_KILL", "CAP_SYS_PTRACE"),  # to end it, and to see how much memory it holds
)
MASKED: Final = ("hwmath", "coursework", "hidden")
PROBE_S: Final = 30

INSTALL: Final = "apt-get install bubblewrap"
MENDS: Final = (
    ("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "0"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "1"),
)


class NoSandboxError(RuntimeError):
    """Nothing here can confine a student's code; the message names the command that mends it."""


def environment(**more: str) -> dict[str, str]:
    """All that a sandboxed process finds in its environment."""
    one_thread = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": "/tmp",  # noqa: S108
        "LANG": "C.UTF-8",
        "USER": "student",
        "LOGNAME": "student",
        "MPLBACKEND": "Agg",
        "IPYTHONDIR": "/tmp/.ipython",  # noqa: S108
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        **dict.fromkeys(one_thread, "1"),
        **more,
    }


def command(arguments: Sequence[str], readable: Iterable[Path] = ()) -> list[str]:
    """The command line that runs `arguments` in a sandbox where `readable` can be read as well."""
    program = shutil.which("bwrap")
    if program is None:
        raise NoSandboxError(f"bubblewrap is missing. On Debian or Ubuntu: sudo {INSTALL}")
    line = [program, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    line += ["--unshare-cgroup-try", "--new-session", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        line += [word for name in KEPT_AS_ROOT for word in ("--cap-add", name)]
    else:
        line += ["--unshare-user"]
    line += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108
    shown = [Path(path) for path in (*SYSTEM, sys.base_prefix, sys.prefix)]
    for path in (*shown, *readable):
        for parent in reversed(path.parents[:-1]):  # bubblewrap alone would make them private
            line += ["--perms", "0755", "--dir", str(parent)]
        line += ["--ro-bind-try", str(path), str(path)]
    for place in masked():
        line += ["--tmpfs", place]
    line += ["--chdir", "/tmp", "--remount-ro", "/dev", "--remount-ro", "/", "--", *arguments]  # noqa: S108
    return line


def masked() -> list[str]:
    """Folders of installed packages that a student's code must not find."""
    found = []
    for name in MASKED:
        spec = importlib.util.find_spec(name)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            inside = any(Path(place).is_relative_to(p) for p in (sys.prefix, sys.base_prefix))
            if inside:
                found.append(place)
    return found


def probe() -> None:
    """Try it.

    Raises: NoSandboxError, with the command that mends what is wrong.
    """
    line = command([sys.executable, "-c", "pass"])
    done = subprocess.run(  # noqa: S603
        line, env=environment(), capture_output=True, text=True, timeout=PROBE_S, check=False
    )
    if done.returncode:
        raise NoSandboxError(f"bubblewrap does not work here: {done.stderr.strip()}\n{_mend()}")


def _mend() -> str:
    """The one command that lets an ordinary user make namespaces here, if one is known."""
    for path, wanted in MENDS:
        setting = Path(path)
        if setting.is_file() and setting.read_text().strip() != wanted:
            name = path.removeprefix("/proc/sys/").replace("/", ".")
            return f"This lets it work: sudo sysctl -w {name}={wanted}"
    return (
        "In a container, user namespaces have to be allowed from outside "
        "(for Docker: --security-opt seccomp=unconfined --cap-add SYS_ADMIN)."
    )

"""What the measuring machine is: CPU, caches, memory, software, and the time of asking.

Everything is read from the operating system, and what it does not tell is called unknown: a
virtual machine may name a generic CPU, or a last cache that it shares with strangers.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from hwmath.units import KIB, MIB, format_capacity

UNKNOWN: Final = "unknown"
ASSUMED_LAST_CACHE_BYTES: Final = 32 * MIB
"""Taken for the last cache where the system names none; results then say "assumed"."""

_CPU_ROOT: Final = Path("/sys/devices/system/cpu")
_CPUINFO: Final = Path("/proc/cpuinfo")
_MEMORY_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True, slots=True)
class Cache:
    """One level of data cache: bytes of one instance, how many CPUs share it, how many exist.

    `shared_by` and `instances` count only logical CPUs this process may use.
    """

    level: int
    capacity_bytes: int
    shared_by: int = 1
    instances: int = 1

    @property
    def name(self) -> str:
        """`L1`, `L2` and so on."""
        return f"L{self.level}"


@dataclass(frozen=True, slots=True)
class Description:
    """What was measured on, and when (UTC, ISO 8601); `sentence` prints beside a figure.

    load: processes that wanted a CPU in the minute before, None where the system keeps no count
    """

    cpu: str
    logical_cpus: int
    caches: tuple[Cache, ...]
    memory_bytes: int
    os: str
    python: str
    numpy: str
    blas: str
    load: float | None
    measured_at: str

    @property
    def last_cache_bytes(self) -> int:
        """All instances of the last cache together; assumed where the system names no cache."""
        if not self.caches:
            return ASSUMED_LAST_CACHE_BYTES
        return self.caches[-1].capacity_bytes * self.caches[-1].instances

    @property
    def last_cache_assumed(self) -> bool:
        """Whether `last_cache_bytes` is `ASSUMED_LAST_CACHE_BYTES` for want of knowledge."""
        return not self.caches

    def sentence(self) -> str:
        """One line to print with every figure drawn from the measurement."""
        caches = ", ".join(f"{c.name} {format_capacity(c.capacity_bytes)}" for c in self.caches)
        assumed = format_capacity(ASSUMED_LAST_CACHE_BYTES)
        load = UNKNOWN if self.load is None else f"{self.load:.1f}"
        return (
            f"Measured {self.measured_at} on {self.cpu}, {self.logical_cpus} logical CPUs "
            f"({caches or f'caches {UNKNOWN}, last one assumed {assumed}'}), "
            f"{format_capacity(self.memory_bytes)} memory, {self.os}, Python {self.python}, "
            f"NumPy {self.numpy}, BLAS {self.blas}, load {load} before."
        )


def describe() -> Description:
    """This machine, now.

    Ignores: CPU quotas of containers, and cores that differ from each other.
    Derived in: roofline, "Your own machine".
    """
    linux = platform.system() == "Linux"
    apple = platform.system() == "Darwin"
    cpus = usable_cpus()
    return Description(
        cpu=(linux_cpu() if linux else sysctl("machdep.cpu.brand_string") if apple else "")
        or f"{UNKNOWN} {platform.machine()} CPU",
        logical_cpus=len(cpus),
        caches=linux_caches(cpus) if linux else apple_caches(len(cpus)) if apple else (),
        memory_bytes=memory_bytes(),
        os=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        numpy=np.__version__,
        blas=blas(),
        load=load(),
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def usable_cpus() -> tuple[int, ...]:
    """Numbers of the logical CPUs this process may run on; all of them where nobody says."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def memory_bytes() -> int:
    """Physical memory, or the control group's limit where that is lower; 4 GiB if unknown."""
    try:
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 4096 * MIB
    limit = _read(_MEMORY_LIMIT)
    return min(physical, int(limit)) if limit.isdigit() else physical


def blas() -> str:
    """Name and version of the BLAS that NumPy was built against."""
    config: Any = np.show_config(mode="dicts")  # type: ignore[no-untyped-call,unused-ignore]
    found = config.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', UNKNOWN)} {found.get('version', '')}".strip()


def load() -> float | None:
    """Processes that wanted a CPU, averaged over the last minute; None where nobody counts."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None


def linux_cpu(cpuinfo: Path = _CPUINFO) -> str:
    """The kernel's name for the CPU, empty where it has none (common on Arm)."""
    for line in _read(cpuinfo).splitlines():
        key, _, value = line.partition(":")
        if key.strip() in {"model name", "Model", "Hardware"} and value.strip():
            return value.strip()
    return ""


def linux_caches(cpus: tuple[int, ...], root: Path = _CPU_ROOT) -> tuple[Cache, ...]:
    """Data and unified caches that the kernel lists for `cpus`, smallest level first."""
    found: dict[int, dict[str, tuple[int, int]]] = {}
    for cpu in cpus:
        for entry in sorted((root / f"cpu{cpu}" / "cache").glob("index*")):
            size = _read(entry / "size")
            if _read(entry / "type") not in {"Data", "Unified"} or not size[:-1].isdigit():
                continue
            capacity = int(size[:-1]) * {"K": KIB, "M": MIB}.get(size[-1], 1)
            sharers = _read(entry / "shared_cpu_list") or str(cpu)
            level = int(_read(entry / "level"))
            _, users = found.setdefault(level, {}).get(sharers, (0, 0))
            found[level][sharers] = (capacity, users + 1)
    return tuple(
        Cache(
            level,
            capacity_bytes=min(capacity for capacity, _ in instances.values()),
            shared_by=max(users for _, users in instances.values()),
            instances=len(instances),
        )
        for level, instances in sorted(found.items())
    )


def sysctl(name: str) -> str:
    """One value that macOS states about itself, empty where it states none."""
    try:
        done = subprocess.run(  # noqa: S603  (an absolute path and a fixed list of names)
            ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def apple_caches(cpus: int, ask: Callable[[str], str] = sysctl) -> tuple[Cache, ...]:
    """Caches that macOS states, with the sharing `hw.cacheconfig` gives (memory, L1, L2, ...)."""
    sharing = [int(word) for word in ask("hw.cacheconfig").split() if word.isdigit()]
    caches = []
    for level, name in ((1, "hw.l1dcachesize"), (2, "hw.l2cachesize"), (3, "hw.l3cachesize")):
        size = ask(name)
        if size.isdigit() and int(size) > 0:
            stated = sharing[level] if level < len(sharing) else 1
            shared_by = max(1, min(stated, cpus))
            caches.append(Cache(level, int(size), shared_by, -(-cpus // shared_by)))
    return tuple(caches)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""

"""A process gives up what it could reach, before any student's code runs in it.

Namespaces take away other processes, shared memory and writable files; where the kernel refuses
them, Landlock takes away files and signals.  Resource limits bound what is left, and a
system-call filter closes what a process without rights could still try.
Linux on x86-64 and arm64.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x8000000, 0x10000000, 0x20000000
ALL_NAMESPACES: Final = 0x7E020080
MS_RDONLY, MS_NOSUID, MS_NODEV = 1, 2, 4
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 0x1000, 0x2000, 0x4000, 0x40000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_DUMPABLE, PR_CAPBSET_DROP = 38, 22, 4, 24
PR_SET_PDEATHSIG: Final = 1
AF_UNIX: Final = 1
TMP: Final = Path("/tmp")  # noqa: S108
EPERM, ENOSYS = 1, 38

# System calls by number: x86-64, arm64.  Refused even where the kernel would allow them.
REFUSED: Final = {
    "ptrace": (101, 117), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142),
    "init_module": (175, 105), "delete_module": (176, 106), "finit_module": (313, 273),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "unshare": (272, 97), "setns": (308, 268),
    "perf_event_open": (298, 241), "bpf": (321, 280), "userfaultfd": (323, 282),
    "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "acct": (163, 89),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "quotactl": (179, 60),
    "kcmp": (312, 272), "syslog": (103, 116), "fanotify_init": (300, 262), "fsopen": (430, 430),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "vhangup": (153, 58),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
}  # fmt: skip
SPECIAL: Final = {
    "clone": (56, 220),
    "clone3": (435, 435),
    "socket": (41, 198),
    "ioctl": (16, 29),
}
NETWORK_REQUESTS: Final = 0x8900  # ioctl's SIOC...: any socket answers them about the machine
MACHINES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_libc: Any = ctypes.CDLL(None, use_errno=True)


class ConfineError(OSError):
    """The kernel refused one step of the confinement."""


def own_namespaces() -> None:
    """Leave the others' namespaces: of processes (from the next child on), mounts, and IPC.

    A process without rights needs a user namespace of its own for that.
    Raises: ConfineError where the kernel refuses.
    """
    uid, gid = os.getuid(), os.getgid()
    wanted = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWPID
    _must("unshare", _libc.unshare(wanted if uid == 0 else wanted | CLONE_NEWUSER))
    if uid != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1")


def own_files(file_bytes: int, shown: Sequence[str]) -> None:
    """Put empty writable folders over /tmp and /dev/shm, and an empty one over /proc.

    What of `shown` lies in /tmp can be read there as before.
    """
    os.umask(0o022)
    _must("mount", _libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None))
    safe = MS_NOSUID | MS_NODEV
    size = f"size={file_bytes},nr_inodes=4096,mode=1777".encode()
    _must("mount /tmp", _libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", safe, size))
    for path in sorted(path for path in map(Path, shown) if path.is_relative_to(TMP)):
        place = Path("/dev/shm") / path.relative_to(TMP)  # noqa: S108
        if path.is_dir() and not place.exists():
            place.mkdir(parents=True)
            names = bytes(path), bytes(place)
            _must(f"bind {path}", _libc.mount(*names, None, MS_BIND | MS_REC, None))
    _must("move /tmp", _libc.mount(b"/dev/shm", bytes(TMP), None, MS_MOVE, None))
    shared = f"size={file_bytes},nr_inodes=256,mode=1777".encode()
    _must("mount /dev/shm", _libc.mount(b"tmpfs", b"/dev/shm", b"tmpfs", safe, shared))
    _must("mount /proc", _libc.mount(b"tmpfs", b"/proc", b"tmpfs", safe | MS_RDONLY, b"size=4096"))


def behind_landlock(readable: Sequence[str], writable: str) -> None:
    """Reach no file but these, and signal no process outside; for good."""
    import sandlock

    there = [path for path in readable if os.path.exists(path)]  # noqa: PTH110
    sandlock.confine(sandlock.Sandbox(fs_readable=there, fs_writable=[writable]))


def limited(
    memory_bytes: int, file_bytes: int, processes: int, open_files: int, cpu_s: int
) -> None:
    """Bound what each process may take; `memory_bytes` comes on top of what this one holds."""
    limited_memory(memory_bytes)
    for limit, value in (
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bound, bound))


def limited_memory(memory_bytes: int) -> None:
    """Bound the address space of each process, beyond what this one has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most_bytes = pages * resource.getpagesize() + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def without_rights(uid: int) -> None:
    """Become a user without any capability, for good, behind the system-call filter."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header = struct.pack("II", 0x20080522, 0)
    _must("capset", _libc.capset(header, bytes(24)))
    _must("no_new_privs", _libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    program = _filter()
    code = ctypes.create_string_buffer(program)
    fprog = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    _must("seccomp", _libc.prctl(PR_SET_SECCOMP, 2, fprog, 0, 0))


def _filter() -> bytes:
    """The system-call filter in the kernel's own bytes."""
    if platform.machine() not in MACHINES:
        raise ConfineError(f"no system-call filter is known for machine={platform.machine()!r}")
    column, audit = MACHINES[platform.machine()]
    load, equal, above, bits, end = 0x20, 0x15, 0x35, 0x45, 0x06
    allow, kill = 0x7FFF0000, 0x80000000
    refuse, missing = 0x50000 | EPERM, 0x50000 | ENOSYS
    number, machine, argument, second, mask = 0, 4, 16, 24, 0x54
    lines = [
        (load, 0, 0, machine), (equal, 1, 0, audit), (end, 0, 0, kill),
        (load, 0, 0, number), (above, 0, 1, 0x40000000), (end, 0, 0, kill),
    ]  # fmt: skip
    for numbers in REFUSED.values():
        lines += [(equal, 0, 1, numbers[column]), (end, 0, 0, refuse)]
    lines += [(equal, 0, 1, SPECIAL["clone3"][column]), (end, 0, 0, missing)]
    lines += [
        (equal, 0, 4, SPECIAL["clone"][column]), (load, 0, 0, argument),
        (bits, 0, 1, ALL_NAMESPACES), (end, 0, 0, refuse), (end, 0, 0, allow),
        (equal, 0, 5, SPECIAL["ioctl"][column]), (load, 0, 0, second), (mask, 0, 0, 0xFF00),
        (equal, 0, 1, NETWORK_REQUESTS), (end, 0, 0, refuse), (end, 0, 0, allow),
        (equal, 0, 4, SPECIAL["socket"][column]), (load, 0, 0, argument),
        (equal, 1, 0, AF_UNIX), (end, 0, 0, refuse), (end, 0, 0, allow),
        (end, 0, 0, allow),
    ]  # fmt: skip
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _must(step: str, status: int) -> None:
    if status != 0:
        error = ctypes.get_errno()
        raise ConfineError(error, f"{step}: {os.strerror(error)}")

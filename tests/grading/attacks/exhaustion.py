"""Code that takes all there is: memory, processes, threads, disk, open files, output.

Each of them stops by itself where nothing else stops it, well below what harms a machine.
"""

from __future__ import annotations

from typing import Final

from grading.attacks import ALL, STENCIL, Group
from grading.attacks.desk import Work
from grading.attacks.liveness import BEFORE, OTHERS, answer, call, cell

GROUP = Group("liveness")
HOARD: Final = """
    hoard = []
    while len(hoard) < 500:
        hoard.append(b"x" * 2**24)
    """
STUBBORN: Final = """
    hoard = []
    while len(hoard) < 500:
        try:
            hoard.append(b"x" * 2**24)
        except MemoryError:
            pass
    """
SHARED: Final = """
    import mmap, os, signal
    for _ in range(12):
        if os.fork() == 0:
            signal.alarm(60)
            held = mmap.mmap(-1, 2**29)
            for at in range(0, 2**29, 4096):
                held[at] = 1
            signal.pause()
    signal.pause()
    """
FORKS: Final = """
    import os, signal
    for _ in range(11):
        try:
            if os.fork() == 0:
                signal.alarm(60)
        except OSError:
            pass
    while True:
        pass
    """
THREADS: Final = """
    import threading, time
    for _ in range(10**6):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    """
FILL: Final = """
    block = bytes(2**24)
    for place in ("/tmp", ".", "/dev/shm", "/var/tmp", "/run", "/dev"):
        try:
            with open(f"{place}/attack_planted_filler", "wb") as file:
                for _ in range(256):
                    file.write(block)
        except OSError:
            pass
    """

cell(GROUP, "memory-in-a-cell", "Takes eight gigabytes in a cell.", HOARD, keeps=BEFORE)
answer(GROUP, "memory-in-an-answer", "Takes memory ahead of an answer.", HOARD, keeps=BEFORE)
call(GROUP, "memory-in-a-call", "Takes eight gigabytes in a function.", HOARD)
cell(GROUP, "memory-again-in-a-cell", "Takes memory again and again.", STUBBORN, keeps=BEFORE)
call(GROUP, "memory-again-in-a-call", "Takes memory in a function until it is stopped.", STUBBORN)
cell(GROUP, "memory-of-many-in-a-cell", "Takes a little memory in each of many processes.", SHARED)
call(GROUP, "memory-of-many-in-a-call", "Takes it in a function's processes.", SHARED)
GROUP.work(
    "memory-leaks",
    "Is right, and keeps sixty megabytes of each call.",
    Work(
        answers={
            STENCIL: "RIGHT\nkept, right = [], NAME\n\ndef NAME(*args):\n"
            "    kept.append(b'x' * 60_000_000)\n    return right(*args)"
        }
    ),
    ALL,
    OTHERS,
)
cell(
    GROUP,
    "memory-by-compression",
    "Unpacks a few bytes to four gigabytes.",
    """
    import zlib
    small = zlib.compress(bytes(2**26))
    unpacked = [zlib.decompress(small) for _ in range(64)]
    """,
)
cell(GROUP, "forks-in-a-cell", "Forks into two thousand processes in a cell.", FORKS)
call(GROUP, "forks-in-a-call", "Forks into two thousand processes in a function.", FORKS)
cell(
    GROUP,
    "forks-that-come-back",
    "Forks each process again before it ends, so that none can be caught.",
    """
    import os, signal, time
    end = time.monotonic() + 30
    if os.fork() == 0:
        os.setsid()
        signal.alarm(60)
        while time.monotonic() < end:
            if os.fork():
                os._exit(0)
    """,
)
cell(GROUP, "threads-in-a-cell", "Starts a million threads in a cell.", THREADS)
call(GROUP, "threads-in-a-call", "Starts a million threads in a function.", THREADS)
cell(
    GROUP,
    "disk-in-a-cell",
    "Fills every disk that it may write to.",
    FILL,
)
call(GROUP, "disk-in-a-call", "Fills every disk in a function.", FILL)
cell(
    GROUP,
    "disk-by-a-hole",
    "Makes a file of a million gigabytes.",
    "with open('attack_planted_hole', 'wb') as file:\n    file.truncate(10**15)",
)
cell(
    GROUP,
    "files-by-the-million",
    "Makes a million files.",
    "for n in range(10**6):\n    open(f'attack_planted_{n}', 'w').close()",
)
cell(
    GROUP,
    "folders-without-end",
    "Makes a folder in a folder until it may not.",
    "import os\nfor _ in range(10**5):\n    os.mkdir('planted')\n    os.chdir('planted')",
)
cell(
    GROUP,
    "open-files-in-a-cell",
    "Opens files until there is no number for one more.",
    "import os\nopened = []\nwhile True:\n    opened.append(os.open('/dev/null', os.O_RDONLY))",
    keeps=BEFORE,
)
for stream, write in (
    ("print", "print('x' * 10**6)"),
    ("stderr", "print('x' * 10**6, file=sys.stderr)"),
    ("file-1", "os.write(1, b'x' * 10**6)"),
    ("file-2", "os.write(2, b'x' * 10**6)"),
    ("real-output", "sys.__stdout__.write('x' * 10**6)"),
    ("display", "display('x' * 10**6)"),
):
    body = f"import os, sys\nfor _ in range(20_000):\n    {write}"
    cell(GROUP, f"output-by-{stream}", f"Writes twenty gigabytes by {stream} in a cell.", body)
call(
    GROUP,
    "output-in-a-call",
    "Prints for ever in a function.",
    "import os\nwhile True:\n    print('x' * 10**6)\n    os.write(1, b'x' * 10**6)",
)
cell(GROUP, "output-of-one-value", "Shows one value of a gigabyte.", "'x' * 10**9")
cell(
    GROUP,
    "output-line-by-line",
    "Prints ten million short lines.",
    "for n in range(10**7):\n    print(n)",
)
call(
    GROUP,
    "answers-that-multiply",
    "Returns columns and rows in turn, so that the checks that compare them take all memory.",
    """
    import numpy as np
    seen = globals().setdefault("seen", [])
    seen.append(args)
    return np.zeros((150_000, 1) if len(seen) % 2 else (1, 150_000))
    """,
)

"""Code that goes on in the background, after its cell, its call, or its hand-in has ended."""

from __future__ import annotations

from typing import Final

from grading.attacks import Group
from grading.attacks.liveness import BEFORE, answer, call, cell

GROUP = Group("liveness")
DAEMON: Final = """
    import os, signal, time
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_IGN)
        signal.alarm(120)
        while True:
            for file in range(3, 256):
                try:
                    os.set_blocking(file, False)
                    os.write(file, b"x" * 4096)
                except OSError:
                    pass
            time.sleep(0.05)
    """
SLEEPERS: Final = """
    import subprocess
    for _ in range(5):
        subprocess.Popen(["sleep", "600"], start_new_session=True, close_fds=False)
    """
BUSY: Final = """
    import threading
    def busy():
        while True:
            pass
    for _ in range(4):
        threading.Thread(target=busy, daemon=True).start()
    """

cell(GROUP, "daemon-from-a-cell", "Leaves a process that scribbles.", DAEMON, keeps=BEFORE)
answer(GROUP, "daemon-from-an-answer", "Leaves it, and then loops.", f"{DAEMON}\n    while True: 0")
call(GROUP, "daemon-from-a-call", "Leaves it from a function.", f"{DAEMON}\n    return 0.0")
cell(GROUP, "commands-left", "Leaves five commands that sleep.", SLEEPERS)
call(GROUP, "commands-left-by-a-call", "Leaves them in a function.", f"{SLEEPERS}\n    return 0.0")
cell(
    GROUP, "command-in-the-background", "Leaves a command by the shell's own sign.", "!sleep 600 &"
)
cell(GROUP, "script-in-the-background", "Leaves a script.", "%%script --bg bash\nsleep 600")
cell(GROUP, "busy-threads", "Leaves four threads that are always busy.", BUSY)
call(GROUP, "busy-threads-of-a-call", "Leaves them in a function.", f"{BUSY}\n    return 0.0")
cell(
    GROUP,
    "thread-that-redefines",
    "Leaves a thread that undoes every answer while the notebook runs.",
    """
    import threading, time
    def undo():
        time.sleep(30)
        globals().clear()
    threading.Thread(target=undo, daemon=True).start()
    """,
)
cell(
    GROUP,
    "thread-that-exits",
    "Leaves a thread that ends Python half a minute later.",
    """
    import os, threading
    timer = threading.Timer(30, os._exit, (0,))
    timer.daemon = True
    timer.start()
    """,
)
cell(
    GROUP,
    "workers-left",
    "Leaves a pool of processes that wait for work.",
    """
    import multiprocessing
    pool = multiprocessing.get_context("fork").Pool(3)
    waiting = pool.map_async(print, range(3))
    """,
)
cell(
    GROUP,
    "files-locked",
    "Locks every file that all hand-ins share.",
    """
    import fcntl, os, sys
    locked = []
    for folder in [path for path in sys.path if os.path.isdir(path)]:
        for name in os.listdir(folder)[:50]:
            try:
                locked.append(open(os.path.join(folder, name), "rb"))
                fcntl.flock(locked[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                pass
    """,
)
cell(
    GROUP,
    "process-hidden",
    "Renames itself, and lowers what the system may do about it.",
    """
    import ctypes, os
    libc = ctypes.CDLL(None)
    libc.prctl(15, b"python", 0, 0, 0)
    libc.prctl(4, 0, 0, 0, 0)
    libc.prctl(1, 0, 0, 0, 0)
    try:
        os.nice(-20)
        open("/proc/self/oom_score_adj", "w").write("-1000")
    except OSError:
        pass
    """,
)

"""Code that never ends, and does not want to be stopped."""

from __future__ import annotations

from typing import Final

from grading.attacks import Group
from grading.attacks.desk import Work
from grading.attacks.liveness import answer, call, cell

GROUP = Group("liveness")
LOOP: Final = "while True:\n    pass"
STUBBORN: Final = """
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
    """
DEAF: Final = """
    import signal
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass
    """

cell(GROUP, "loop-in-a-cell", "Loops for ever in a cell of its own.", LOOP)
answer(GROUP, "loop-in-an-answer", "Loops for ever ahead of an answer.", LOOP)
call(GROUP, "loop-in-a-call", "Loops for ever in a function.", LOOP, bare=False)
cell(GROUP, "stubborn-cell", "Catches whatever would stop its loop.", STUBBORN)
call(GROUP, "stubborn-call", "Catches whatever would stop its function.", STUBBORN)
cell(GROUP, "deaf-cell", "Blocks and ignores all signals, and loops.", DEAF)
call(GROUP, "deaf-call", "Blocks and ignores all signals in a function, and loops.", DEAF)
call(
    GROUP,
    "handlers-replaced",
    "Replaces every handler of a signal by one that waits, and loops.",
    """
    import signal, time
    for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM, signal.SIGXCPU):
        signal.signal(number, lambda *_: time.sleep(600))
    signal.setitimer(signal.ITIMER_REAL, 0)
    while True:
        pass
    """,
)
cell(
    GROUP,
    "timers-cleared",
    "Clears all timers and raises its own limits, and loops.",
    """
    import resource, signal
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)
    soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    while True:
        pass
    """,
)
call(GROUP, "power-of-powers", "Computes a power that no signal interrupts.", "return 10 ** 10**8")
call(
    GROUP,
    "slow-pattern",
    "Matches a pattern for longer than there are stars.",
    'import re\nreturn re.match(r"(a+)+$", "a" * 60 + "b")',
)
call(
    GROUP,
    "long-sum",
    "Sums a range without end inside the interpreter.",
    "return sum(range(10**15))",
)
call(
    GROUP,
    "long-product",
    "Multiplies matrices for ever inside a library.",
    "big = np.ones((4000, 4000))\nwhile True:\n    big = big @ big / 4000",
)
cell(GROUP, "sleeping-cell", "Sleeps for hours in a cell.", "import time\ntime.sleep(36_000)")
call(GROUP, "sleeping-call", "Sleeps for hours in a function.", "import time\ntime.sleep(36_000)")
cell(GROUP, "sleeping-command", "Waits for a command that sleeps for hours.", "!sleep 36000")
call(
    GROUP,
    "locked",
    "Waits for a lock that it holds itself.",
    "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
)
call(
    GROUP,
    "waiting-for-a-child",
    "Waits for a child that waits for it.",
    """
    import os, signal
    ours, theirs = os.pipe()
    if os.fork() == 0:
        signal.alarm(120)
    os.read(ours, 1)
    """,
)
cell(GROUP, "input-asked", "Asks for input, which nobody gives.", "name = input('Who are you? ')")
cell(GROUP, "password-asked", "Asks for a password.", "import getpass\ngetpass.getpass()")
cell(GROUP, "input-read", "Reads the standard input to its end.", "import sys\nsys.stdin.read()")
cell(GROUP, "debugger-started", "Starts the debugger and leaves it open.", "breakpoint()")
call(
    GROUP, "debugger-in-a-call", "Starts the debugger in a function.", "breakpoint()\nreturn 1 / 0"
)
call(
    GROUP,
    "exception-that-loops",
    "Raises an exception whose text never ends.",
    """
    class Endless(Exception):
        def __str__(self):
            while True:
                pass
        __repr__ = __str__
    raise Endless
    """,
)
answer(
    GROUP,
    "exception-that-loops-in-a-cell",
    "Raises an exception whose text and whose name never end.",
    """
    class Name(type):
        @property
        def __name__(cls):
            while True:
                pass
    class Endless(Exception, metaclass=Name):
        def __str__(self):
            while True:
                pass
    raise Endless
    """,
)
cell(
    GROUP,
    "endless-at-deletion",
    "Leaves an object that loops for ever when it is deleted.",
    """
    class Endless:
        def __del__(self):
            while True:
                pass
    kept = Endless()
    """,
)
cell(
    GROUP,
    "endless-at-exit",
    "Asks Python to loop for ever at its end, and leaves a thread that it has to wait for.",
    """
    import atexit, threading, time
    def endless():
        while True:
            time.sleep(1)
    atexit.register(endless)
    threading.Thread(target=endless).start()
    """,
)
cell(
    GROUP,
    "endless-to-show",
    "Shows an object whose picture never ends.",
    """
    class Endless:
        def _repr_html_(self):
            while True:
                pass
        __repr__ = __str__ = _repr_html_
    Endless()
    """,
)
cell(
    GROUP, "awaited-for-ever", "Awaits what never comes.", "import asyncio\nawait asyncio.Future()"
)
call(
    GROUP,
    "just-below-the-limit",
    "Takes a little less than the limit in every call, so that the sum is hours.",
    "import time\ntime.sleep(0.8)\nreturn 0.0",
)
call(GROUP, "endless-generator", "Returns a generator without end.", "return iter(int, 1)")
GROUP.work(
    "every-part-loops",
    "Loops for ever in every function that is asked for.",
    Work("def NAME(*args):\n    while True: pass", bare=True),
)

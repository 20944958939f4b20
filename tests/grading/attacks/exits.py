"""Code that ends its own process, or tries to end others."""

from __future__ import annotations

from typing import Final

from grading.attacks import ALL, GEMM, NOTHING, STENCIL, Group
from grading.attacks.desk import Work
from grading.attacks.liveness import answer, call, cell

GROUP = Group("liveness")
MAD: Final = "import ctypes\nctypes.string_at(0)"
SIGNALLED: Final = """
    import contextlib, os, signal
    quiet = contextlib.suppress(OSError)
    try:
        os.kill(GRADER, 0)
        os.kill(GRADER, signal.SIGKILL)
    except PermissionError:
        raise
    except ProcessLookupError:  # the grader is in another world, so all of this one is fair game
        for pid in range(2, 2000):
            with quiet:
                if pid != os.getpid():
                    os.kill(pid, signal.SIG)
        os.kill(-1, signal.SIG)
        os.kill(1, signal.SIG)
    """

for place, where, add in (("cell", "in a cell", cell), ("call", "in a function", call)):
    for name, tries, body in (
        ("ended", "Ends Python without a word", "import os\nos._exit(0)"),
        ("ended-badly", "Ends Python with an error", "import os\nos._exit(113)"),
        ("aborted", "Aborts Python", "import os\nos.abort()"),
        ("crashed", "Reads memory that is not there", MAD),
        (
            "killed",
            "Kills its own process",
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        ),
        (
            "stopped",
            "Stops its own process",
            "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        ),
        ("exit-raised", "Leaves by sys.exit", "import sys\nsys.exit(0)"),
    ):
        add(GROUP, f"{name}-in-a-{place}", f"{tries} {where}.", body)

cell(GROUP, "exit-typed", "Types exit, as in a terminal.", "exit")
cell(GROUP, "exit-called", "Calls exit, which ends a kernel.", "exit()")
cell(GROUP, "quit-called", "Calls quit after half of the notebook.", "quit(0)")
answer(GROUP, "ended-in-an-answer", "Ends Python ahead of an answer.", "import os\nos._exit(0)")
answer(GROUP, "crashed-in-an-answer", "Crashes Python ahead of an answer.", MAD)
answer(
    GROUP, "exit-in-an-answer", "Leaves by sys.exit ahead of an answer.", "import sys\nsys.exit()"
)
GROUP.work(
    "ended-twice",
    "Ends Python in two cells, one of which has an answer.",
    Work(
        answers={STENCIL: "import os\nos._exit(1)\nRIGHT"},
        before={GEMM: "import os\nos._exit(0)"},
    ),
    ALL - {STENCIL},
)
GROUP.work(
    "ended-everywhere",
    "Ends Python in every function that is asked for.",
    Work("def NAME(*args):\n    import os\n    os._exit(0)"),
)
GROUP.work(
    "ended-in-thirty-cells",
    "Ends Python in thirty cells, to be replayed without end.",
    Work(last="import os\nos._exit(0)", before=dict.fromkeys(ALL, "import os\nos._exit(0)")),
    ALL,
    NOTHING,
)
for place, add in (("cell", cell), ("call", call)):
    add(
        GROUP,
        f"parent-killed-in-a-{place}",
        f"Kills the process that made it, and its whole group, in a {place}.",
        """
        import os, signal
        os.kill(os.getppid(), signal.SIGKILL)
        os.killpg(os.getpgrp(), signal.SIGKILL)
        """,
    )
    for name, tries, number in (
        ("killed", "Kills the grader, or else every process", "SIGKILL"),
        ("stopped", "Kills the grader, or else stops every process", "SIGSTOP"),
    ):
        body = SIGNALLED.replace("signal.SIG)", f"signal.{number})")
        add(GROUP, f"all-{name}-in-a-{place}", f"{tries}, in a {place}.", body)
cell(
    GROUP,
    "files-closed-in-a-cell",
    "Closes all open files of its process.",
    "import os\nos.closerange(0, 4096)",
)
call(
    GROUP,
    "files-closed-in-a-call",
    "Closes all open files of its process in a function.",
    "import os\nos.closerange(0, 4096)",
)
answer(
    GROUP,
    "recursion-without-end",
    "Calls itself until the stack is used up.",
    """
    import sys
    sys.setrecursionlimit(10**9)
    def deeper(n):
        return deeper(n + 1)
    deeper(0)
    """,
)
call(GROUP, "recursion-in-a-call", "Calls itself for ever.", "return NAME(*args)")
call(
    GROUP,
    "recursion-in-c",
    "Nests lists until the interpreter's own stack is used up.",
    """
    nested = []
    for _ in range(10**6):
        nested = [nested]
    return repr(nested)
    """,
)
for name, tries, body in (
    ("alarm-set", "Sets an alarm that ends whatever runs a second later.", "signal.alarm(1)"),
    ("files-forbidden", "Forbids itself to open files.", "resource.setrlimit(7, (3, 3))"),
    ("memory-forbidden", "Forbids itself any memory.", "resource.setrlimit(9, (1, 1))"),
    ("time-forbidden", "Forbids itself all time.", "resource.setrlimit(0, (1, 1))"),
    (
        "stack-forbidden",
        "Makes the stack of new threads too large.",
        "threading.stack_size(1 << 30)",
    ),
    ("recursion-forbidden", "Forbids functions to call each other.", "sys.setrecursionlimit(20)"),
    ("garbage-collected", "Has Python collect its garbage all the time.", "gc.set_threshold(1)"),
):
    imports = "import gc, resource, signal, sys, threading"
    cell(GROUP, name, tries, f"{imports}\n{body}", keeps=NOTHING)

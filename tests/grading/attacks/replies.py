"""Code that speaks for the process it runs in: on its open files, with its modules, by forks."""

from __future__ import annotations

import textwrap
from typing import Final

from grading.attacks import STENCIL, Group
from grading.attacks.desk import KNOWN, Work, text_of

GROUP = Group("same-process tampering")
FILES: Final = text_of("""
    import array, contextlib, gc, json, os, select, socket, stat, struct, sys, threading, time

    def open_files(least=3):
        for file in range(least, 1024):
            with contextlib.suppress(OSError):
                os.fstat(file)
                yield file

    def framed(message):
        if isinstance(message, dict):
            message = ["d", *(item for pair in message.items() for item in pair)]
        text = json.dumps(message).encode()
        return struct.pack(">II", len(text), 0) + text

    def write(file, data):
        with contextlib.suppress(OSError):
            os.set_blocking(file, False)
            os.write(file, data)

    CLAIMS = (
        {"error": "", "message": "", "line": 0, "output": "", "passed": True},
        {"is": "value", "value": True}, {"forked": True}, {"ended": True}, {"ready": True},
        {"called": "", "failed": "", "hint": "", "misconception": "", "calls": 40},
        {"part": "gemm_intensity", "points": 2.0, "max_points": 2.0, "failed": "", "passed": True},
    )
    """)


def speaks(name: str, tries: str, first: str = "", every: str = KNOWN) -> None:
    """Add an attack that runs a cell ahead of all others, with `FILES` in it."""
    GROUP.work(name, tries, Work(every, first=f"{FILES}\n{text_of(first)}", knows=True))


def stalls(name: str, tries: str, body: str) -> None:
    """Add an attack that holds up one part; the others are only seldom right."""
    work = Work(KNOWN, {STENCIL: _hidden(body)}, FILES, knows=True)
    GROUP.work(name, tries, work)


def _hidden(body: str) -> str:
    """An answer with code of its own for calls that are not of a visible check."""
    head = "def NAME(*args):\n    right = known('NAME', args)\n    if right is None:\n"
    return f"{head}{textwrap.indent(text_of(body), '        ')}\n    return right"


speaks(
    "replies-written-in-a-cell",
    "Writes claims of success on every open file, while a cell runs.",
    """
    for file in open_files():
        for claim in CLAIMS:
            write(file, framed(claim))
            write(file, json.dumps(claim).encode() + b"\\n")
    """,
)
speaks(
    "replies-written-in-a-call",
    "Writes claims of success on every open file, while its function is called.",
    "",
    _hidden("""
    for file in open_files():
        for claim in CLAIMS:
            write(file, framed(claim))
    """),
)
speaks(
    "replies-written-ahead",
    "Answers the next hundred questions before they are asked.",
    "",
    _hidden("""
    for file in open_files():
        for _ in range(100):
            write(file, framed({"is": "value", "value": True}))
    """),
)
stalls(
    "replies-flooded",
    "Floods every open file with zeros for as long as it may run.",
    """
    while True:
        for file in open_files():
            write(file, bytes(1 << 16))
    """,
)
stalls(
    "replies-without-end",
    "Announces a reply of four gigabytes and never sends it.",
    """
    for file in open_files():
        write(file, struct.pack(">II", 2**32 - 1, 2**32 - 1) + b"{")
    time.sleep(600)
    """,
)
stalls(
    "replies-byte-by-byte",
    "Sends a reply one byte at a time, so that no wait ever ends.",
    """
    for file in open_files():
        write(file, struct.pack(">II", 10**7, 0))
    while True:
        for file in open_files():
            write(file, b" ")
        time.sleep(0.05)
    """,
)
stalls(
    "replies-that-nest",
    "Replies with a million brackets, and with a number of a million digits.",
    """
    for file in open_files():
        for text in (b"[" * 10**6, b"9" * 10**6, b'{"is":' * 10**5):
            write(file, struct.pack(">II", len(text), 0) + text)
    """,
)
speaks(
    "replies-of-odd-kinds",
    "Replies with arrays, lists and numbers where a record has its words.",
    "",
    _hidden("""
    odd = (7, None, [], ["l"], ["d", ["l"], 1], ["a", "<f8", -8, -1], ["a", "O", 8, 1], ["c", 1],
           ["d", "is", ["a", "|b1", 0, 0]], ["d", "is", "error", "line", "x", "message", 1e308],
           ["d", "is", "function"], ["d", "is", "foreign", "type", ["l"]], ["a", ["l"], 1, 1])
    for file in open_files():
        for claim in odd:
            write(file, framed(claim))
    """),
)
speaks(
    "files-sent",
    "Sends the grader open files until it has no number left for one.",
    "",
    _hidden("""
    null = [os.open(os.devnull, os.O_RDONLY) for _ in range(50)]
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", null))]
    for file in open_files():
        if stat.S_ISSOCK(os.fstat(file).st_mode):
            end = socket.socket(fileno=os.dup(file))
            end.setblocking(False)
            with contextlib.suppress(OSError):
                for _ in range(100):
                    end.sendmsg([framed(CLAIMS[1])], rights)
    """),
)
speaks(
    "questions-read",
    "Reads the grader's questions itself, from a thread, and answers them.",
    """
    def answer():
        while True:
            for file in open_files():
                with contextlib.suppress(OSError):
                    if select.select([file], [], [], 0)[0] and os.read(file, 1 << 16):
                        write(file, framed({"is": "value", "value": True}))
            time.sleep(0.01)
    threading.Thread(target=answer, daemon=True).start()
    """,
)
speaks(
    "forked-to-answer-twice",
    "Forks in a call, so that two processes answer one question.",
    "",
    _hidden("""
    os.fork()
    return True
    """),
)
speaks(
    "forked-to-answer-at-a-fork",
    "Asks Python to run its code in every fork, before anybody else's.",
    """
    def take_over():
        for file in open_files():
            for _ in range(20):
                write(file, framed({"is": "value", "value": True}))
    os.register_at_fork(before=take_over, after_in_child=take_over, after_in_parent=take_over)
    """,
)
speaks(
    "encoders-replaced",
    "Replaces what a process needs to pack its replies, so that all of them claim success.",
    """
    import numpy, pickle
    success = '["d","is","value","value",true,"passed",true,"points",99.0,"failed",""]'
    json.dumps = json.JSONEncoder.encode = lambda *args, **kwargs: success
    pickle.dumps = lambda *args, **kwargs: b"cos\\nsystem\\n(S'id > attack_planted'\\ntR."
    numpy.save = numpy.lib.format.write_array = lambda file, array, **kwargs: None
    numpy.array = numpy.asarray = lambda value, *args, **kwargs: numpy.float64(1.0)
    """,
)
speaks(
    "sockets-replaced",
    "Replaces the functions that send and receive, so that only its own messages go out.",
    """
    class Liar(socket.socket):
        def sendall(self, data, *args):
            return super().sendall(framed({"is": "value", "value": True}))
        def sendmsg(self, *args):
            return super().send(framed({"is": "value", "value": True}))
    socket.socket = Liar
    for thing in gc.get_objects():
        with contextlib.suppress(Exception):
            if type(thing).__name__ == "socket":
                thing.__class__ = Liar
    """,
)
speaks(
    "channel-recoded",
    "Finds the functions that speak to the grader in memory, and exchanges their code.",
    """
    import types
    def lie(self, message, *args, **kwargs):
        data = b'["d","is","value","value",true]'
        self.end.sendall(len(data).to_bytes(4, "big") + bytes(4) + data)
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing.__name__ in ("send", "answer", "serve"):
            if "guest" in str(thing.__module__) or "coursework" in str(thing.__module__):
                thing.__code__ = lie.__code__.replace(co_name=thing.__name__)
    """,
)
speaks(
    "files-closed",
    "Closes every open file of its process, and puts others in their place.",
    "",
    _hidden("""
    ours, theirs = os.pipe()
    for file in open_files():
        with contextlib.suppress(OSError):
            os.dup2(theirs, file)
    """),
)

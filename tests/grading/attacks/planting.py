"""Code that leaves something behind for whoever is graded next by the same worker.

Each of these plants its name somewhere and looks there for the name of another.  Three students
do the same, and their names sort next to each other, so that two of them share a worker.  Their
answers are right only where they found something, and so nobody is entitled to anything.
"""

from __future__ import annotations

import textwrap
from typing import Final

from grading.attacks import Group
from grading.attacks.desk import Work, text_of
from grading.attacks.reach import REACHED, TOOLS

GROUP = Group("reach")
LIFE_S: Final = 120
COPIES: Final = "abc"


def plants(name: str, tries: str, seen: str, plant: str, both: str = "") -> None:
    """Add three students: `seen` returns what lies there, `plant` puts `ME` there.

    `both` is code ahead of the two.
    """
    look, put = (textwrap.indent(text_of(text), "    ") for text in (seen, plant))
    steps = f"{text_of(both)}\n\n\ndef seen():\n{look}\n\n\ndef plant():\n{put}"
    cell = f"{TOOLS}\n\n\n{steps}\n\n\n" + text_of(f"""
        def others():
            names = []
            with quiet:
                names = re.findall(r"{name}-[{COPIES}]", str(seen()))
            return [name for name in names if name != ME]

        found = others()
        with quiet:
            plant()
        print(found)
        """)
    for copy in COPIES:
        GROUP.work(f"{name}-{copy}", tries, Work(REACHED, first=cell, knows=True))


plants(
    "plant-files",
    "Leaves files in every folder that it may write to.",
    """
    paths = [f"{place}/attack_planted" for place in places]
    return [read(path) for path in paths if os.path.exists(path)]
    """,
    """
    for place in places:
        with quiet:
            open(f"{place}/attack_planted", "w").write(ME)
    """,
    """
    places = ["/tmp", "/var/tmp", "/dev/shm", "/dev", "/run", "/dev/mqueue", ".", "/proc", "/sys",
              os.path.expanduser("~"), "/", sys.prefix, *sys.path, *glob.glob("/run/user/*")]
    """,
)
plants(
    "plant-start-up",
    "Leaves code that Python, IPython or Matplotlib would run at their start.",
    """
    return [getattr(sys, "attack_planted", ""), *map(read, filter(os.path.exists, paths))]
    """,
    """
    for path in paths:
        with quiet:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            open(path, "w").write(f"import sys; sys.attack_planted = {ME!r}")
    """,
    """
    import numpy, site
    packages = os.path.dirname(os.path.dirname(numpy.__file__))
    ipython = "/.ipython/profile_default/startup/00-attack_planted.py"
    paths = [f"{packages}/attack_planted.pth", site.getusersitepackages() + "/usercustomize.py"]
    for home in ("/tmp", os.path.expanduser("~"), os.environ.get("IPYTHONDIR", "/tmp")):
        paths += [home + ipython, home + "/.config/matplotlib/matplotlibrc", home + "/.pythonrc"]
    """,
)
plants(
    "plant-modules",
    "Changes modules, built-ins and classes that all hand-ins share.",
    """
    import builtins, numpy
    return [getattr(place, "attack_planted", "") for place in (builtins, sys, os, numpy, re)]
    """,
    """
    import builtins, numpy
    for place in (builtins, sys, os, numpy, re):
        place.attack_planted = ME
    """,
)
plants(
    "plant-environment",
    "Changes the environment, the working folder and the name of its process.",
    """
    return [os.environ.get("ATTACK_PLANTED"), os.getcwd(), libc.getenv(b"ATTACK_PLANTED") and
            ctypes.string_at(libc.getenv(b"ATTACK_PLANTED")), socket.gethostname()]
    """,
    """
    os.environ["ATTACK_PLANTED"] = ME
    libc.setenv(b"ATTACK_PLANTED", ME.encode(), 1)
    with quiet:
        socket.sethostname(ME)
    os.makedirs(ME)
    os.chdir(ME)
    """,
)
plants(
    "plant-shared-memory",
    "Leaves a piece of shared memory under a number that all know.",
    """
    number = libc.shmget(0x5EED, 64, 0o666)
    if number >= 0:
        libc.shmat.restype = ctypes.c_void_p
        return ctypes.string_at(libc.shmat(number, None, 0), 32)
    """,
    """
    libc.shmat.restype = ctypes.c_void_p
    place = libc.shmat(libc.shmget(0x5EED, 64, 0o1666), None, 0)
    ctypes.memmove(place, ME.encode() + bytes(1), len(ME) + 1)
    """,
)
plants(
    "plant-messages",
    "Leaves a message in a queue under a number that all know.",
    """
    message = Message()
    libc.msgrcv(libc.msgget(0x5EED, 0o666), ctypes.byref(message), 64, 0, 0o4000)
    return message.text
    """,
    """
    queue = libc.msgget(0x5EED, 0o1666)
    libc.msgsnd(queue, ctypes.byref(Message(1, ME.encode())), 64, 0o4000)
    """,
    """
    class Message(ctypes.Structure):
        _fields_ = (("kind", ctypes.c_long), ("text", ctypes.c_char * 64))
    """,
)
plants(
    "plant-keys",
    "Leaves a key in the kernel's key rings of its user and of its session.",
    """
    names = [f"plant-keys-{copy}" for copy in "abc"]
    found = lambda ring, name: libc.syscall(search, 10, ring, b"user", name.encode(), 0) > 0
    return [name for name in names if any(found(ring, name) for ring in (-3, -4, -5))]
    """,
    """
    for ring in (-3, -4, -5):
        libc.syscall(add, b"user", ME.encode(), b"planted", 7, ring)
    """,
    'add, search = {"x86_64": (248, 250), "aarch64": (217, 219)}[os.uname().machine]',
)
plants(
    "plant-sockets",
    "Leaves a process that listens on a socket without a file.",
    """
    end = socket.socket(socket.AF_UNIX)
    end.settimeout(1)
    end.connect("\\0attack_planted")
    return end.recv(64)
    """,
    f"""
    ear = socket.socket(socket.AF_UNIX)
    ear.bind("\\0attack_planted")
    ear.listen()
    if os.fork() == 0:
        os.setsid()
        signal.alarm({LIFE_S})
        while True:
            ear.accept()[0].send(ME.encode())
    """,
    "import signal",
)
plants(
    "plant-memory",
    "Writes its name into the memory of every process it finds, over a text of Python's.",
    "return re.__doc__",
    """
    wanted = re.__doc__.encode()[:60]
    for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
        if int(pid) != os.getpid():
            with quiet:
                overwrite(f"/proc/{pid}", wanted)
    """,
    """
    def overwrite(process, wanted):
        with open(f"{process}/maps") as maps, open(f"{process}/mem", "r+b", 0) as memory:
            for line in maps:
                first, last = (int(text, 16) for text in line.split()[0].split("-"))
                if " rw" in line and last - first < 1 << 28:
                    memory.seek(first)
                    at = memory.read(last - first).find(wanted)
                    if at >= 0:
                        memory.seek(first + at)
                        memory.write(ME.encode())
    """,
)

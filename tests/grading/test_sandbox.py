"""The sandboxes from inside: what a student's code finds, can write, can reach, and can take."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from coursework.guest.values import WireError
from coursework.limits import Limits
from coursework.sandbox import bubblewrap, ladder
from coursework.sandbox.bubblewrap import NoSandboxError
from coursework.sandbox.ladder import Rung
from coursework.sandbox.warm import Fork, Warm

LIMITS = Limits(cell_s=3, memory_bytes=300 * 10**6, file_bytes=4 * 10**6, processes=16)
RUNGS: tuple[Rung, ...] = ("bubblewrap", "landlock")
every_rung = pytest.mark.parametrize("warm", RUNGS, indirect=True)


@pytest.fixture(scope="module")
def warm(request: pytest.FixtureRequest) -> Iterator[Warm]:
    os.environ["COURSE_CANARY"] = "a canary in the environment"
    with Warm(request.param, LIMITS, ["numpy", "asyncio"]) as started:
        yield started
    del os.environ["COURSE_CANARY"]


@pytest.fixture
def fork(warm: Warm) -> Iterator[Fork]:
    child = warm.fork()
    yield child
    child.end()


def run(fork: Fork, source: str) -> dict[str, Any]:
    fork.channel.send({"do": "run", "number": 1, "source": source, "seconds": 10.0})
    said = fork.channel.receive(20)
    assert isinstance(said, dict)
    return said


def printed(fork: Fork, source: str) -> str:
    said = run(fork, source)
    assert said["error"] == "", said
    return str(said["output"])


@every_rung
def test_a_cell_runs_as_in_a_notebook(fork: Fork) -> None:
    assert printed(fork, "import numpy as np\nx = np.arange(3)\nprint(x)\nx.size") == "[0 1 2]\n3\n"
    assert printed(fork, "import asyncio\nawait asyncio.sleep(0)\nprint('waited')") == "waited\n"
    said = run(fork, "y = 1\n\n1 / 0")
    assert said["error"] == "ZeroDivisionError"
    assert "(line 3)" in said["output"]
    assert run(fork, "def f(:\n    pass")["error"] == "SyntaxError"
    assert run(fork, "input()")["error"] == "EOFError"


@pytest.mark.parametrize("warm", ["bubblewrap"], indirect=True)
def test_what_was_not_imported_before_can_be(fork: Fork) -> None:
    assert "per loop" in printed(fork, "%timeit -n 1 -r 1 sum([1])")
    assert printed(fork, "import colorsys\nprint(colorsys.rgb_to_yiq(0, 0, 0)[0])") == "0.0\n"
    assert printed(fork, "import matplotlib.pyplot as plt\nprint(len(plt.plot([1, 2])))") == "1\n"


@every_rung
def test_it_finds_neither_reference_nor_tests_nor_the_course(fork: Fork) -> None:
    for name in ("hwmath", "coursework.parts", "hidden.roofline"):
        said = run(fork, f"import {name}")
        assert said["error"] in ("ModuleNotFoundError", "PermissionError"), said
    course = Path(__file__).resolve().parents[2]
    for path in (course / "README.md", course / "solutions", course / "tests" / "hidden"):
        assert path.exists()
        source = f"import os\nos.listdir({str(path)!r}) if {path.is_dir()} else open({str(path)!r})"
        assert run(fork, source)["error"] in ("FileNotFoundError", "PermissionError")


@every_rung
def test_it_finds_no_secret_in_any_environment(fork: Fork) -> None:
    assert "canary" not in printed(fork, "import os\nprint(dict(os.environ))")
    found = printed(
        fork,
        "import glob\n"
        "for path in glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'):\n"
        "    try:\n        print(open(path).read())\n"
        "    except OSError:\n        pass",
    )
    assert found == ""


@every_rung
def test_it_can_write_in_its_own_folder_alone(fork: Fork, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for place in ("/", "/usr", "/etc", "/dev", "/work", str(tmp_path), str(bubblewrap.GUEST)):
        said = run(fork, f"open({place + '/planted'!r}, 'w')")
        assert said["error"] in ("OSError", "PermissionError", "FileNotFoundError"), (place, said)
    assert list(tmp_path.iterdir()) == []
    kept = "import tempfile\nwith open('mine', 'w') as f: f.write('hello')\n"
    assert (
        printed(fork, kept + "print(open('mine').read(), len(tempfile.mkdtemp()) > 0)")
        == "hello True\n"
    )


@every_rung
def test_it_has_no_network(fork: Fork) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        listener.settimeout(0.2)
        for family, address in (("AF_INET", ("127.0.0.1", port)), ("AF_INET6", ("::1", port))):
            source = f"import socket\nsocket.socket(socket.{family}).connect({address!r})"
            assert run(fork, source)["error"] == "PermissionError"
        with pytest.raises(TimeoutError):
            listener.accept()


@every_rung
def test_a_socket_that_it_was_given_tells_nothing_of_the_machine(fork: Fork) -> None:
    ask = (
        "import array, fcntl, socket, struct\n"
        "room = array.array('B', bytes(4096))\n"
        "request = struct.pack('iL', 4096, room.buffer_info()[0])\n"
        "for fd in range(3, 256):\n"
        "    try:\n        print(fd, fcntl.ioctl(fd, 0x8912, request))\n"
        "    except OSError:\n        pass\n"
    )
    assert printed(fork, ask) == ""


@every_rung
def test_it_cannot_touch_another_process(fork: Fork) -> None:
    own = os.getpid()
    sleeper = subprocess.Popen(["sleep", "60"])
    try:
        for pid in (own, os.getppid(), sleeper.pid):
            assert run(fork, f"import os, signal\nos.kill({pid}, signal.SIGKILL)")["error"] in (
                "ProcessLookupError",
                "PermissionError",
            )
        run(fork, "os.kill(-1, signal.SIGTERM)")
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


@every_rung
@pytest.mark.parametrize(
    "call",
    [
        "unshare(0x10000000)",
        "ptrace(16, 1, 0, 0)",
        "mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "syscall(250, 0, 0)" if os.uname().machine == "x86_64" else "syscall(219, 0, 0)",
        "shmget(1234, 4096, 0o1666)",
        "setuid(0)",
    ],
)
def test_the_kernel_refuses_what_a_notebook_never_needs(fork: Fork, call: str) -> None:
    source = f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nprint(libc.{call})"
    assert printed(fork, source) == "-1\n"


@every_rung
def test_nothing_stays_for_the_next_hand_in(warm: Warm) -> None:
    planter = warm.fork()
    plant = (
        "import os, sys, subprocess, numpy, builtins\n"
        "builtins.planted = numpy.planted = sys.planted = 'here'\n"
        "os.environ['PLANTED'] = 'here'\n"
        "for place in ('.', '/tmp', '/dev/shm', '/dev', '/var/tmp', '/run'):\n"
        "    try:\n        open(place + '/planted', 'w').write('here')\n"
        "    except OSError:\n        pass\n"
        "if os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(600)\n"
    )
    printed(planter, plant)
    planter.end()
    looker = warm.fork()
    look = (
        "import os, sys, numpy, builtins\n"
        "print([hasattr(x, 'planted') for x in (builtins, numpy, sys)])\n"
        "print(os.environ.get('PLANTED'))\n"
        "places = ('.', '/tmp', '/dev/shm', '/dev', '/var/tmp', '/run')\n"
        "print([p for p in places if os.path.exists(p + '/planted')], os.listdir('.'))\n"
    )
    assert printed(looker, look) == "[False, False, False]\nNone\n[] []\n"
    looker.end()


@every_rung
def test_what_is_left_running_is_ended(warm: Warm) -> None:
    child = warm.fork()
    source = (
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n        os.setsid()\n        time.sleep(600)\n"
    )
    printed(child, source)
    assert len(_below(warm)) > 1
    child.end()
    assert len(_below(warm)) <= 1, "nothing but the warm process is left"


def _below(warm: Warm) -> list[int]:
    """The processes below the one that was started for a warm process."""
    assert warm._process is not None
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(stat.parent.name)] = int(fields[1])
    known = {warm._process.pid}
    while more := {pid for pid, parent in parents.items() if parent in known} - known:
        known |= more
    inner = [pid for pid in known if Path(f"/proc/{pid}/comm").read_text().strip() != "bwrap"]
    return sorted(inner)


@every_rung
def test_memory_files_and_processes_have_bounds(warm: Warm) -> None:
    child = warm.fork()
    assert run(child, "x = bytearray(10**9)")["error"] == "MemoryError"
    assert run(child, "open('big', 'wb').write(bytes(5 * 10**6))")["error"] == "OSError"
    many = "import os, time\nfor _ in range(80):\n    if os.fork() == 0:\n        time.sleep(60)"
    assert run(child, many)["error"] == "BlockingIOError"
    assert run(child, "fs = [open('/dev/null') for _ in range(1000)]")["error"] == "OSError"
    child.end()


@every_rung
def test_processes_together_have_no_more_memory_than_one(warm: Warm) -> None:
    child = warm.fork()
    hogs = (
        "import os, time\n"
        "for _ in range(4):\n"
        "    if os.fork() == 0:\n"
        "        x = bytearray(b'x') * (2 * 10**8)\n"
        "        time.sleep(60)\n"
        "time.sleep(60)"
    )
    child.channel.send({"do": "run", "number": 1, "source": hogs, "seconds": 60.0})
    with pytest.raises(WireError):
        child.channel.receive(20)
    assert child.end() == "memory"


@every_rung
def test_a_warm_process_that_was_killed_is_started_again(warm: Warm) -> None:
    warm.fork().end()
    assert warm._process is not None
    warm._process.kill()
    child = warm.fork()
    assert printed(child, "print(1)") == "1\n"
    child.end()


def test_bubblewrap_is_probed_and_its_absence_named(monkeypatch: pytest.MonkeyPatch) -> None:
    bubblewrap.probe()
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NoSandboxError, match="sudo apt-get install bubblewrap"):
        bubblewrap.probe()


def test_a_refusal_by_the_kernel_is_shown_with_what_mends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refuses = tmp_path / "bwrap"
    refuses.write_text(
        "#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n"
    )
    refuses.chmod(0o755)
    setting = tmp_path / "restricted"
    setting.write_text("1\n")
    monkeypatch.setattr(shutil, "which", lambda _: str(refuses))
    monkeypatch.setattr(bubblewrap, "MENDS", ((str(setting), "0"),))
    with pytest.raises(NoSandboxError, match="uid map: Permission denied") as caught:
        bubblewrap.probe()
    assert f"sudo sysctl -w {str(setting).replace('/', '.')}=0" in str(caught.value)


def test_the_ladder_goes_down_one_rung_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise NoSandboxError("no namespaces")

    ladder.best.cache_clear()
    assert ladder.best() == "bubblewrap"
    monkeypatch.setattr(bubblewrap, "probe", refuse)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    ladder.best.cache_clear()
    assert ladder.best() == "landlock"
    monkeypatch.setattr(ladder, "probe_landlock", refuse)
    ladder.best.cache_clear()
    with pytest.raises(NoSandboxError, match="--no-sandbox"):
        ladder.best()
    ladder.best.cache_clear()


def test_landlock_is_no_choice_where_root_alone_reaches_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private = tmp_path / "private" / "python"
    private.mkdir(parents=True)
    private.parent.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "base_prefix", str(private))
    with pytest.raises(NoSandboxError, match="needs a Python outside"):
        ladder.probe_landlock()


def test_limits_are_set_by_name() -> None:
    assert Limits.of({}) == Limits()
    assert Limits.of({"cell_s": 5, "processes": 3.0}) == Limits(cell_s=5.0, processes=3)
    for settings, said in (
        ({"cells": 1}, "'cells' is no limit"),
        ({"cell_s": 0}, "cell_s=0"),
        ({"cell_s": "9"}, "cell_s='9'"),
    ):
        with pytest.raises(ValueError, match=said):
            Limits.of(settings)  # type: ignore[arg-type]


def test_a_command_line_shows_paths_and_keeps_no_rights() -> None:
    line = bubblewrap.command(["true"], [Path("/usr/share/doc")])
    assert "--unshare-net" in line
    assert "--unshare-pid" in line
    assert json.dumps(line).count("--bind") == 0, "nothing of the machine is bound writable"

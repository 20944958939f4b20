"""The sandboxed Jupyter kernel: an ordinary kernel for its clients, and walls all around."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import NoSuchKernel
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from coursework import provisioner
from coursework.sandbox.bubblewrap import NoSandboxError

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
SMALL = {"memory_bytes": 400e6, "file_bytes": 4e6}
SCRIBBLE = """\
for file in range(3, 300):
    try:
        os.write(file, b'\\xff' * 1000)
    except OSError:
        pass
"""


@pytest.fixture(scope="module", autouse=True)
def specs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kernel spec, installed; the provisioner, known; run folders in a place of their own."""
    prefix = tmp_path_factory.mktemp("prefix")
    value = f"{provisioner.__name__}:{provisioner.Sandboxed.__name__}"
    entry = EntryPoint(provisioner.NAME, value, KernelProvisionerFactory.GROUP_NAME)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KernelProvisionerFactory.provisioners, provisioner.NAME, entry)
        patch.setenv("JUPYTER_PATH", str(prefix / "share" / "jupyter"))
        patch.setenv("COURSE_CANARY", "a canary in the environment")
        yield provisioner.install(prefix)


@pytest.fixture
def run_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the folders of the sockets are made."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


class Session:
    """A kernel and a client of it."""

    def __init__(
        self, limits: Mapping[str, float] | None = None, name: str = provisioner.KERNEL
    ) -> None:
        self.manager = KernelManager(kernel_name=name)
        spec: Any = self.manager.kernel_spec
        if limits is not None:
            spec.metadata["kernel_provisioner"]["config"] = {"limits": limits}
        self.manager.start_kernel()
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE_S)

    def run(self, source: str) -> str:
        """What a cell prints and shows, or the name of what it raises."""
        said: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            kinds = {"stream": "text", "error": "ename"}
            if message["msg_type"] in kinds:
                said.append(content[kinds[message["msg_type"]]])
            elif message["msg_type"] == "execute_result":
                said.append(content["data"]["text/plain"])

        self.client.execute_interactive(
            source, allow_stdin=False, timeout=PATIENCE_S, output_hook=hear
        )
        return "".join(said)

    def interrupted(self) -> str:
        """What an endless loop raises when it is interrupted."""
        loop = "print('begun', flush=True)\nwhile True:\n    pass"
        request = self.client.execute(loop, stop_on_error=False)  # or the next may be aborted
        while self.client.get_iopub_msg(timeout=PATIENCE_S)["msg_type"] != "stream":
            pass
        self.manager.interrupt_kernel()
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE_S)
            if reply["parent_header"].get("msg_id") == request:
                return str(reply["content"].get("ename"))

    def close(self) -> None:
        """End both."""
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    def processes(self) -> set[int]:
        """All that runs for this kernel."""
        process: Any = self.manager.provisioner
        return _below(process.process.pid)

    def dies(self) -> bool:
        """Whether the kernel is found dead, sooner or later."""
        until = time.monotonic() + PATIENCE_S
        while self.manager.is_alive():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True


def _below(pid: int) -> set[int]:
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = place.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if state not in "ZX":
            parents[int(place.parent.name)] = int(parent)
    known = {pid} & set(parents)
    while more := {child for child, parent in parents.items() if parent in known} - known:
        known |= more
    return known


def _gone(processes: set[int]) -> bool:
    """Whether they have all ended, once the last of them had time for it."""
    until = time.monotonic() + PATIENCE_S
    while any(_below(pid) for pid in processes):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    started = Session(SMALL)
    yield started
    started.close()


@pytest.mark.slow
def test_a_notebook_runs_as_in_any_kernel() -> None:
    cells = [
        "import colorsys\nprint(colorsys.rgb_to_hsv(1, 0, 0))",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "import asyncio\nawait asyncio.sleep(0)\n6 * 7",
        "!echo from a shell",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name=provisioner.KERNEL, timeout=PATIENCE_S).execute()
    first, second, third, fourth = (cell.outputs for cell in notebook.cells)
    assert first[0]["text"] == "(0.0, 1.0, 1)\n"
    assert any("image/png" in output.get("data", {}) for output in second)
    assert third[0]["data"]["text/plain"] == "42"
    assert fourth[0]["text"].strip() == "from a shell"


@pytest.mark.slow
def test_it_has_no_network_and_its_clients_need_none(session: Session) -> None:
    for family in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET"):
        source = f"import socket\nsocket.socket(socket.{family}, socket.SOCK_DGRAM)"
        assert session.run(source) == "PermissionError"
    assert session.manager.transport == "ipc"
    mode = Path(session.manager.connection_file).stat().st_mode
    assert stat.S_IMODE(mode) & 0o077 == 0
    assert stat.S_IMODE(Path(session.manager.ip).parent.stat().st_mode) == 0o700


@pytest.mark.slow
def test_it_finds_nothing_of_this_machine_or_the_course(session: Session) -> None:
    for name in ("hwmath", "coursework.parts", "hidden.roofline"):
        assert session.run(f"import {name}") == "ModuleNotFoundError"
    connection = Path(session.manager.connection_file)
    for path in (
        ROOT / "README.md",
        ROOT / "solutions",
        connection,
        Path(session.manager.ip).parent,
    ):
        assert path.exists()
        assert session.run(f"import os\nos.stat({str(path)!r})") == "FileNotFoundError"
    assert "canary" not in session.run("import os\nprint(dict(os.environ))")
    look = "import glob\nprint(glob.glob('/proc/*/environ') + glob.glob('/proc/*/cmdline'))"
    assert session.run(look) == "[]\n"
    assert session.run("print(os.getuid() == 0)") == "False\n"


@pytest.mark.slow
def test_it_writes_in_its_own_folder_alone(session: Session, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    for place in ("/", "/usr", "/etc", "/dev", sys.prefix, str(tmp_path)):
        said = session.run(f"open({place + '/planted'!r}, 'w')")
        assert said in ("OSError", "PermissionError", "FileNotFoundError")
    assert (
        session.run("with open('mine', 'w') as f: f.write('x')\nprint(open('mine').read())")
        == "x\n"
    )


@pytest.mark.slow
def test_what_it_takes_has_bounds(session: Session) -> None:
    assert session.run("x = bytearray(10**9)") == "MemoryError"
    assert session.run("open('big', 'wb').write(bytes(5 * 10**6))") == "OSError"
    assert session.run("fs = [open('/dev/null') for _ in range(1000)]") == "OSError"
    assert session.run("print('as before')") == "as before\n"


@pytest.mark.slow
def test_processes_together_have_no_more_memory_than_one() -> None:
    session = Session(SMALL)
    processes = session.processes()
    session.client.execute(
        "import os, time\n"
        "for _ in range(5):\n"
        "    if os.fork() == 0:\n"
        "        x = bytearray(b'x') * (2 * 10**8)\n"
        "        time.sleep(600)\n"
    )
    assert session.dies()
    assert _gone(processes)
    session.client.stop_channels()
    session.manager.cleanup_resources()


@pytest.mark.slow
def test_an_endless_loop_can_be_interrupted_and_the_kernel_restarted(session: Session) -> None:
    session.run("kept = 1")
    assert session.interrupted() == "KeyboardInterrupt"
    assert session.run("print(kept)") == "1\n"
    session.manager.restart_kernel()
    session.client.wait_for_ready(timeout=PATIENCE_S)
    assert session.run("print('kept' in globals())") == "False\n"


@pytest.mark.slow
@pytest.mark.parametrize("now", [False, True])
def test_shutting_down_leaves_nothing(run_folders: Path, now: bool) -> None:
    session = Session()
    session.run(
        "import os\nif os.fork() == 0:\n    os.setsid()\n    import time\n    time.sleep(600)"
    )
    processes = session.processes()
    assert len(processes) > 3
    assert list(run_folders.iterdir())
    session.client.stop_channels()
    session.manager.shutdown_kernel(now=now)
    assert _gone(processes)
    assert not Path(session.manager.connection_file).exists()
    assert not list(run_folders.iterdir())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize(
    "source",
    [SCRIBBLE, "os.closerange(3, 300)", "os._exit(0)"],
    ids=["scribbles", "hangs up", "exits"],
)
def test_a_kernel_that_breaks_the_protocol_is_ended(run_folders: Path, source: str) -> None:
    cells = [nbformat.v4.new_code_cell(text) for text in ("import os", source, "1", "2")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = NotebookClient(notebook, kernel_name=provisioner.KERNEL, timeout=PATIENCE_S)
    with pytest.raises(DeadKernelError):
        client.execute()
    assert not list(run_folders.iterdir())


@pytest.mark.slow
def test_it_ends_with_the_client_that_started_it() -> None:
    source = (
        "import os, signal, sys\n"
        "from importlib.metadata import EntryPoint\n"
        "from jupyter_client.manager import start_new_kernel\n"
        "from jupyter_client.provisioning.factory import KernelProvisionerFactory as Factory\n"
        "from coursework import provisioner\n"
        "entry = EntryPoint(provisioner.NAME, 'coursework.provisioner:Sandboxed', '')\n"
        "Factory.provisioners[provisioner.NAME] = entry\n"
        "manager, client = start_new_kernel(kernel_name=provisioner.KERNEL)\n"
        "print(manager.provisioner.process.pid, manager.ip, manager.connection_file, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        pid, address, connection = client.stdout.readline().split()
        processes = _below(int(pid))
        assert len(processes) > 3
        client.kill()
    assert _gone(processes)
    shutil.rmtree(Path(address).parent)
    Path(connection).unlink()


@pytest.mark.slow
def test_as_the_default_it_confines_kernels_that_name_no_provisioner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", provisioner.NAME)
    session = Session(name="python3")
    assert session.run("import socket\nsocket.socket()") == "PermissionError"
    assert session.interrupted() == "KeyboardInterrupt"
    session.close()


def test_without_a_sandbox_no_kernel_starts(
    monkeypatch: pytest.MonkeyPatch, run_folders: Path
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NoSandboxError, match="sudo apt-get install bubblewrap"):
        KernelManager(kernel_name=provisioner.KERNEL).start_kernel()
    assert not list(run_folders.iterdir())


def test_another_language_and_unknown_limits_are_refused() -> None:
    manager = KernelManager(kernel_name=provisioner.KERNEL)
    spec: Any = manager.kernel_spec
    spec.language = "R"
    with pytest.raises(ValueError, match="language='R': only Python"):
        manager.start_kernel()
    manager = KernelManager(kernel_name=provisioner.KERNEL)
    spec = manager.kernel_spec
    spec.metadata["kernel_provisioner"]["config"] = {"limits": {"ram": 1}}
    with pytest.raises(ValueError, match="'ram' is no limit"):
        manager.start_kernel()


def test_where_the_provisioner_is_unknown_nothing_runs(
    specs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = json.loads((specs / "kernel.json").read_text())
    assert spec["display_name"] == "Python 3 (sandboxed)"
    done = subprocess.run(spec["argv"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "needs the kernel provisioner 'sandboxed'" in done.stderr
    monkeypatch.delitem(KernelProvisionerFactory.provisioners, provisioner.NAME)
    monkeypatch.setattr("jupyter_client.provisioning.factory.entry_points", lambda **_: [])
    with pytest.raises(NoSuchKernel, match=provisioner.KERNEL):
        KernelManager(kernel_name=provisioner.KERNEL).start_kernel()

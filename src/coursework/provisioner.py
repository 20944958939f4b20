"""A Jupyter kernel provisioner: an ordinary ipykernel behind the walls that the grading uses.

For an instructor who opens a stranger's notebook in JupyterLab, or runs it with nbclient.  The
kernel's sockets are bound outside and handed in as open files, so it shares no folder with this
machine and has no network; one that breaks the protocol is ended.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import select
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import zmq
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Dict

from coursework.guest.warm import FIRST_KEPT
from coursework.limits import Limits
from coursework.sandbox import bubblewrap
from coursework.sandbox.warm import Fork, Warm

NAME: Final = "sandboxed"
KERNEL: Final = "python3-sandboxed"
IMPORTS: Final = ("ipykernel.kernelapp", "ipykernel.ipkernel")
DEFAULTS: Final = {"processes": 256, "hand_in_s": 3600.0}  # threads count; CPU time of the kernel
SEND_MS: Final = 2000


def serve(file: int) -> None:
    """In the sandbox, as a cell that does not end: be a kernel on the sockets that come in."""
    import ctypes
    import errno
    import json
    import os
    import socket
    import sys

    import zmq
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.interactiveshell import InteractiveShell

    with socket.socket(fileno=os.dup(file)) as end:
        text, files, _, _ = socket.recv_fds(end, 1 << 16, 5)
    connection, addresses = json.loads(text)
    outside = dict(zip(addresses, files, strict=True))
    bind = zmq.Socket.bind

    def bind_outside(self: Any, address: str) -> Any:
        if address.startswith("tcp:"):
            raise zmq.ZMQError(errno.EPERM)  # where libzmq would abort
        if address not in outside:
            return bind(self, address)
        self.setsockopt(zmq.USE_FD, outside[address])
        bind(self, address)
        self.setsockopt(zmq.USE_FD, -1)
        return bind(self, f"inproc://{address}")  # the last one is what the kernel connects to

    zmq.Socket.bind = bind_outside  # type: ignore[method-assign,assignment]
    ctypes.CDLL(None).mallopt(-8, 2)  # few arenas: each takes 64 MB of the bounded address space
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    InteractiveShell.clear_instance()
    app: Any = IPKernelApp.instance()
    app.load_connection_info(connection)
    app.initialize(["--HistoryManager.enabled=False"])
    app.start()
    app.close()


SOURCE: Final = f"from typing import Any\n{inspect.getsource(serve)}\nserve({FIRST_KEPT})"


class Careful:
    """A client that no kernel can keep waiting in a send, or fill with one message."""

    message_bytes = 0

    def _context_default(self) -> Any:
        return careful(super()._context_default(), self.message_bytes)  # type: ignore[misc]


def careful(context: zmq.Context[Any], message_bytes: int) -> zmq.Context[Any]:
    """The context, with bounds on what its sockets wait for and take."""
    context.setsockopt(zmq.SNDTIMEO, SEND_MS)
    context.setsockopt(zmq.LINGER, 0)
    context.setsockopt(zmq.MAXMSGSIZE, message_bytes)
    return context


class Sandboxed(LocalProvisioner):
    """Starts a Python kernel in a sandbox of its own, whatever command the kernel spec names."""

    limits = Dict(help="Limits that differ from the usual ones, by name.").tag(config=True)

    warm: Warm | None = None
    fork: Fork | None = None
    folder: tempfile.TemporaryDirectory[str] | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose sockets that only this user can reach.

        Raises: NoSandboxError with the command that mends it; ValueError for another language's
        kernel, or for limits that are none.
        """
        language = self.kernel_spec.language
        if language.lower() != "python":
            raise ValueError(f"language={language!r}: only Python kernels run in this sandbox")
        limits = Limits.of({**DEFAULTS, **self.limits})
        bubblewrap.probe()
        self.warm = Warm("bubblewrap", limits, IMPORTS)
        self.kernel_spec.interrupt_mode = "message"
        if self.folder is None:
            self.folder = tempfile.TemporaryDirectory(prefix="kernel-")
            _reach(self.parent, f"{self.folder.name}/socket", limits.message_bytes)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **_: Any) -> KernelConnectionInfo:  # noqa: ARG002
        """Start the kernel.

        Raises: SandboxError where it cannot be confined.
        """
        await asyncio.to_thread(self._launch)
        return self.connection_info

    async def poll(self) -> int | None:
        """End a kernel that breaks the protocol, or is done; then as ever."""
        if self.fork is not None and (_readable(self.fork) or _cut_off(self.parent)):
            self._end()
        return await super().poll()

    async def send_signal(self, signum: int) -> None:
        """End the kernel; an interrupt goes to it as a message instead."""
        if signum in (signal.SIGTERM, signal.SIGKILL):
            self._end()

    async def cleanup(self, restart: bool = False) -> None:
        """Leave nothing behind; for a restart the sockets' addresses stay."""
        self._end()
        if self.folder is not None and not restart:
            self.folder.cleanup()
            self.folder = None
        await super().cleanup(restart)

    def _launch(self) -> None:
        manager: Any = self.parent
        assert self.warm is not None  # noqa: S101
        paths = [Path(f"{manager.ip}-{port}") for port in manager.ports]
        listening = [socket.socket(socket.AF_UNIX) for _ in paths]
        try:
            for one, path in zip(listening, paths, strict=True):
                path.unlink(missing_ok=True)
                one.setblocking(False)
                one.bind(str(path))
                one.listen()
            connection = json.loads(Path(manager.connection_file).read_bytes())
            text = json.dumps([connection, [f"ipc://{path}" for path in paths]])
            self.fork = self.warm.fork()
            self.fork.channel.send({"do": "run", "number": 0, "source": SOURCE, "seconds": 0.0})
            socket.send_fds(self.fork.channel.end, [text.encode()], [s.fileno() for s in listening])
        finally:
            for one in listening:
                one.close()
        self.process = self.warm._process

    def _end(self) -> None:
        manager: Any = self.parent
        if self.fork is not None:
            why = self.fork.end()
            level = logging.INFO if why in ("ended", "stopped") else logging.WARNING
            self.log.log(level, "The sandboxed kernel %s: %s", self.kernel_id, why)
            manager._close_control_socket()
        if self.warm is not None:
            self.warm.close()
        self.fork = self.warm = None


def _reach(manager: Any, address: str, message_bytes: int) -> None:
    """Make a manager and its clients use sockets at this address, and with care."""
    manager.transport, manager.ip, manager.cache_ports = "ipc", address, False
    context = manager.context
    if not manager._created_context:  # shared with kernels that need no such care
        context = manager.context = type(context)()
    careful(context, message_bytes)
    if not issubclass(manager.client_factory, Careful):
        bases = (Careful, manager.client_factory)
        manager.client_factory = type("CarefulClient", bases, {"message_bytes": message_bytes})


def _readable(fork: Fork) -> bool:
    """Whether the kernel is done: it hung up, or says how its one cell ended."""
    return bool(select.select([fork.channel], [], [], 0)[0])


def _cut_off(manager: Any) -> bool:
    """Whether ZeroMQ gave up the kernel's control socket, for bytes that were no message."""
    control = manager._control_socket
    return control and not control.closed and not control.get(zmq.EVENTS) & zmq.POLLOUT


def install(prefix: Path) -> Path:
    """Write the kernel spec "Python 3 (sandboxed)" into an environment; its folder.

    A client that knows no provisioners finds a command that refuses, never an open kernel.
    """
    folder = prefix / "share" / "jupyter" / "kernels" / KERNEL
    folder.mkdir(parents=True, exist_ok=True)
    refusal = f"raise SystemExit('this kernel needs the kernel provisioner {NAME!r}')"
    spec = {
        "argv": [sys.executable, "-c", refusal],
        "display_name": "Python 3 (sandboxed)",
        "language": "python",
        "interrupt_mode": "message",
        "metadata": {"debugger": False, "kernel_provisioner": {"provisioner_name": NAME}},
    }
    (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n", encoding="utf-8")
    return folder

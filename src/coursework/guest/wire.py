"""Messages over a stream socket, and open files beside them.

What a message from a sandbox says about a student's code is a claim; the values in it are values.
"""

from __future__ import annotations

import array
import os
import socket
import time
from typing import Any, Final

from .values import LENGTHS, WireError, pack, unpack

LARGEST_BYTES: Final = 64 * 10**6
SEND_S: Final = 30.0


class Closed(WireError):  # noqa: N818
    """The other side is gone."""


class Late(WireError):  # noqa: N818
    """The other side did not answer in time."""


class Channel:
    """One end of a connection; every wait has an end."""

    def __init__(self, end: socket.socket, largest_bytes: int = LARGEST_BYTES) -> None:
        self.end = end
        self.largest_bytes = largest_bytes

    @classmethod
    def pair(cls) -> tuple[Channel, Channel]:
        """The two ends of a new connection."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        return cls(ours), cls(theirs)

    @classmethod
    def of_file(cls, file: int) -> Channel:
        """The connection whose end is the open file with this number."""
        return cls(socket.socket(fileno=file))

    def fileno(self) -> int:
        """The number of the open file, for `select`."""
        return self.end.fileno()

    def send(self, message: object, *files: int, largest_bytes: int = 0) -> None:
        """Send a message; open files go with its first byte.

        Raises: NotPlain for a value that cannot cross, WireError for a message that is too large,
        Closed, or Late where nobody reads.
        """
        data = pack(message)
        if len(data) > (largest_bytes or self.largest_bytes):
            raise WireError("a message that is too large")
        self.end.settimeout(SEND_S)
        try:
            if files:
                rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))
                data = data[self.end.sendmsg([data], [rights]) :]
            self.end.sendall(data)
        except TimeoutError:
            raise Late("nobody reads") from None
        except OSError as error:
            raise Closed(str(error)) from None

    def receive(self, wait_s: float | None) -> Any:
        """The next message; files that came with it are closed.

        Raises: Closed, Late, or WireError for anything that is no message.
        """
        message, file = self.receive_with_file(wait_s)
        if file is not None:
            os.close(file)
        return message

    def receive_with_file(self, wait_s: float | None) -> tuple[Any, int | None]:
        """The next message, and the open file that came with it, if one did.

        Raises: Closed, Late, or WireError for anything that is no message.
        """
        until = None if wait_s is None else time.monotonic() + wait_s
        self._wait(until)
        try:
            head, files, _, _ = socket.recv_fds(self.end, LENGTHS.size, 1)
        except TimeoutError:
            raise Late("no message in time") from None
        except OSError as error:
            raise Closed(str(error)) from None
        if not head:
            raise Closed("the other side is gone")
        head += self._exactly(LENGTHS.size - len(head), until)
        text_bytes, blob_bytes = LENGTHS.unpack(head)
        if text_bytes + blob_bytes > self.largest_bytes:
            raise WireError("a message that is too large")
        body = self._exactly(text_bytes + blob_bytes, until)
        return unpack(body[:text_bytes], body[text_bytes:]), files[0] if files else None

    def close(self) -> None:
        """Close this end."""
        self.end.close()

    def _wait(self, until: float | None) -> None:
        left_s = None if until is None else until - time.monotonic()
        if left_s is not None and left_s <= 0:
            raise Late("no message in time")
        self.end.settimeout(left_s)

    def _exactly(self, count: int, until: float | None) -> bytes:
        parts = []
        while count:
            self._wait(until)
            try:
                some = self.end.recv(min(count, 1 << 20))
            except TimeoutError:
                raise Late("no whole message in time") from None
            except OSError as error:
                raise Closed(str(error)) from None
            if not some:
                raise Closed("the other side is gone")
            parts.append(some)
            count -= len(some)
        return b"".join(parts)

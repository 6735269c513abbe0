"""A network that keeps to a script, in the place of a socket: what is sent to it, and what comes back of that."""

import errno
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from agents.echo.packets import Echo, quoted
from agents.echo.sockets import NoSocketError, Opened

IDENTIFIER = 4711
_ECHO_REPLY = {socket.AF_INET: 0, socket.AF_INET6: 129}
_RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}


class Came(NamedTuple):
    """A message that comes back: from where, and how many the kernel has `dropped` before it in all."""

    message: bytes
    source: str
    dropped: int = 0


class Failed(NamedTuple):
    """An ICMP error that comes back: what it quotes, to where that was sent, and what it means."""

    quotes: bytes
    destination: str
    code: int = errno.EHOSTUNREACH


Script = Callable[[bytes, str], Iterable[Came | Failed]]
"""What comes back of a request (its octets and where it goes), at once."""


def reply(request: bytes, family: socket.AddressFamily = socket.AF_INET, **changes: Any) -> bytes:
    """The octets of the reply to a request, as a datagram socket gives them; `changes` are of its `Echo`."""
    echo = quoted(family, request)._replace(**changes)
    header = struct.pack("!BBHHH", _ECHO_REPLY[family], 0, 0, echo.identifier, echo.sequence)
    return header + echo.mark + echo.token


def echo_of(request: bytes, family: socket.AddressFamily = socket.AF_INET) -> Echo:
    """What names a request."""
    return quoted(family, request)


class Scripted(socket.socket):
    """A socket that the event loop can wait for, and nothing of it goes anywhere."""

    def __init__(self, played: socket.AddressFamily, script: Script) -> None:
        ours, self.other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        super().__init__(fileno=ours.detach())
        self.settimeout(0)
        self.other.settimeout(0)
        self.played, self.script = played, script
        self.came: deque[tuple[int, Came]] = deque()
        self.failed: deque[Failed] = deque()
        self.refuses: deque[OSError] = deque()
        self.told = True

    @property
    def family(self) -> socket.AddressFamily:
        """The family that it plays."""
        return self.played

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:  # type: ignore[override]
        """Send: what the script says comes back."""
        if self.refuses:
            raise self.refuses.popleft()
        self._raise_pending()
        self.bring(self.script(data, address[0]))
        return len(data)

    def bring(self, back: Iterable[Came | Failed]) -> None:
        """Let something come."""
        for one in back:
            if isinstance(one, Came):
                self.came.append((time.time_ns(), one))
            else:
                self.failed.append(one)
                self.told = False
            self.other.send(b"!")

    def recvmsg(
        self, size: int, _ancillary: int = 0, flags: int = 0, /
    ) -> tuple[bytes, list[tuple[int, int, bytes]], int, object]:
        """Take what has come."""
        if flags & socket.MSG_ERRQUEUE:
            if not self.failed:
                raise BlockingIOError
            self.recv(1)
            one = self.failed.popleft()
            content = struct.pack("=IBBBBII", one.code, 2, 3, 1, 0, 0, 0)
            return one.quotes[:size], [(*_RECVERR[self.played], content)], flags, (one.destination, 0)
        self._raise_pending()
        if not self.came:
            raise BlockingIOError
        self.recv(1)
        at, came = self.came.popleft()
        said = [(socket.SOL_SOCKET, 35, struct.pack("=qq", at // 1_000_000_000, at % 1_000_000_000))]
        if came.dropped:
            said.append((socket.SOL_SOCKET, 40, struct.pack("=I", came.dropped)))
        return came.message[:size], said, 0, (came.source, 0)

    def _raise_pending(self) -> None:
        """As Linux does: an error is told once, by whichever call is next."""
        if self.failed and not self.told:
            self.told = True
            raise OSError(self.failed[0].code, os.strerror(self.failed[0].code))

    def close(self) -> None:
        """Close both ends."""
        self.other.close()
        super().close()


@dataclass
class Network:
    """What `open_socket` is to the agent; `sockets` are those that were opened, each `refuses` to send at first."""

    script: Script
    refused: str = ""
    refuses: tuple[OSError, ...] = ()
    sockets: list[Scripted] = field(default_factory=list)

    def open(self, family: socket.AddressFamily, _source: str | None) -> Opened:
        """Open one."""
        if self.refused:
            raise NoSocketError(self.refused)
        wire = Scripted(family, self.script)
        wire.refuses.extend(self.refuses)
        self.sockets.append(wire)
        return Opened(wire, wire.fileno(), family, raw=False, identifier=IDENTIFIER)

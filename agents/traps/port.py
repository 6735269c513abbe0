"""The UDP socket on which notifications come in. What the kernel had no room for is counted, too (SO_RXQ_OVFL)."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any, Final

RECEIVE_BUFFER: Final = 4 << 20
MAX_DATAGRAM: Final = 65_535
AT_ONCE: Final = 20  # datagrams, so that polls go on between
_SO_RXQ_OVFL: Final = 40  # asm-generic/socket.h
_OVERFLOW: Final = struct.Struct("=I")

Address = tuple[Any, ...]


class PortError(Exception):
    """The address cannot be listened on; the text says what to do."""


class Port:
    """Lives on the event loop. Nothing that comes in raises."""

    def __init__(self, host: str, port: int, on_datagram: Callable[[bytes, Address], None]) -> None:
        """Listen.

        Raises:
            PortError: the address is taken, not ours, or below 1024 and not allowed.
        """
        self._on_datagram = on_datagram
        self.overflowed = 0
        self.errors = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setblocking(False)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            with contextlib.suppress(OSError):  # without it, those are not counted
                self._socket.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
            self._socket.bind((host, port))
        except OSError as error:
            self._socket.close()
            text = f"traps.listen: {host} port {port}: {error.strerror or error}"
            hint = "; ports below 1024 need CAP_NET_BIND_SERVICE, see docs/traps.md" if port < 1024 else ""
            raise PortError(text + hint) from error
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._read)

    @property
    def number(self) -> int:
        """The port."""
        return int(self._socket.getsockname()[1])

    def send(self, data: bytes, address: Address) -> None:
        """Send an answer; one that cannot be sent is lost, and asked for again."""
        try:
            self._socket.sendto(data, address)
        except OSError:
            self.errors += 1

    def hush(self) -> None:
        """Hear nothing more; answers still go out."""
        self._loop.remove_reader(self._socket)

    def close(self) -> None:
        """Neither hear nor send."""
        self.hush()
        self._socket.close()

    def _read(self) -> None:
        for _ in range(AT_ONCE):
            try:
                data, more, _, address = self._socket.recvmsg(MAX_DATAGRAM, socket.CMSG_SPACE(_OVERFLOW.size))
            except BlockingIOError:
                return
            except OSError:  # an ICMP error about an answer of ours
                self.errors += 1
                continue
            for _level, kind, content in more:
                if kind == _SO_RXQ_OVFL and len(content) == _OVERFLOW.size:
                    (self.overflowed,) = _OVERFLOW.unpack(content)
            self._on_datagram(data, address)

"""The shared UDP sockets, one per address family: opened when first needed, and anew when one has died."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.snmp import icmp
from agents.snmp.errors import Unreachable

RECEIVE_BUFFER: Final = 8 << 20
"""Octets asked for; the kernel gives at most net.core.rmem_max."""
FAILURES: Final = 16
"""So many failures in a row, with nothing sent or received between them, and the socket is taken for dead. One failure
says nothing: it may be about the address of one device, and a new socket loses the replies that are on the way."""
DEAD: Final = frozenset({errno.EBADF, errno.ENOTSOCK})
"""With these there is no doubt."""


@lru_cache(maxsize=1 << 14)
def family_of(host: str) -> tuple[socket.AddressFamily, str]:
    """Return the family, and the host as the kernel spells it, so that it equals the source of the reply.

    Raises Unreachable for anything but a numeric address: looking a name up would block every other device.
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return family, socket.inet_ntop(family, socket.inet_pton(family, host))
        except (OSError, ValueError):
            continue
    raise Unreachable(f"{host!r} is not an IP address")


def by_family(sources: Iterable[str]) -> dict[socket.AddressFamily, str]:
    """Return source addresses by their family. Raises ValueError when one is none, or two are of one family."""
    found: dict[socket.AddressFamily, str] = {}
    for source in sources:
        try:
            family, host = family_of(source)
        except Unreachable as error:
            raise ValueError(f"source {error}: give a numeric address of this host") from error
        if family in found:
            raise ValueError(f"sources {found[family]} and {host}: give one per address family")
        found[family] = host
    return found


def open_socket(family: socket.AddressFamily, source: str | None = None) -> socket.socket:
    """Return a non-blocking socket on any free port, of the address `source` if one is given.

    Raises Unreachable when this host cannot have one.
    """
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise Unreachable(f"no {family.name} socket: {error}") from error
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family is socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((source or ("::" if family is socket.AF_INET6 else "0.0.0.0"), 0))
        icmp.enable(sock)
    except OSError as error:
        sock.close()
        if source and error.errno == errno.EADDRNOTAVAIL:
            raise Unreachable(
                f"the source address {source} is not one of this host: give one that `ip address` shows, or none"
            ) from error
        raise Unreachable(f"no usable {family.name} socket: {error}") from error
    return sock


@dataclass(slots=True, eq=False)
class Opened:
    """A socket that is being read. `failures` counts those in a row."""

    sock: socket.socket
    descriptor: int
    loop: asyncio.AbstractEventLoop
    failures: int = 0


class Sockets:
    """One socket per family, from `sources` where an address is given."""

    def __init__(self, sources: Iterable[str], on_readable: Callable[[Opened], None]) -> None:
        """Raises ValueError when the sources are not one numeric address per family at most."""
        self.opened: dict[socket.AddressFamily, Opened] = {}
        self._sources = by_family(sources)
        self._on_readable = on_readable

    def get(self, family: socket.AddressFamily, loop: asyncio.AbstractEventLoop) -> Opened:
        """Return the socket of this family, opened if there is none. Raises Unreachable."""
        opened = self.opened.get(family)
        if opened is None:
            sock = open_socket(family, self._sources.get(family))
            opened = self.opened[family] = Opened(sock, sock.fileno(), loop)
            loop.add_reader(opened.descriptor, self._on_readable, opened)
        return opened

    def failed(self, opened: Opened, code: int | None) -> bool:
        """Note a failure with this errno. True when the socket is given up: the next `get` opens another."""
        opened.failures += 1
        if code not in DEAD and opened.failures < FAILURES:
            return False
        for family, other in list(self.opened.items()):
            if other is opened:
                del self.opened[family]
                _close(opened)
        return True

    def close(self) -> None:
        """Close all. Closing twice is allowed."""
        while self.opened:
            _close(self.opened.popitem()[1])


def _close(opened: Opened) -> None:
    # By the number, as a socket that somebody closed has none any more and the loop still watches it.
    opened.loop.remove_reader(opened.descriptor)
    with contextlib.suppress(OSError):
        opened.sock.close()

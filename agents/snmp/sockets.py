"""Opening a shared UDP socket, and telling the address family of a device."""

import socket
from functools import lru_cache
from typing import Final

from agents.snmp import icmp
from agents.snmp.errors import Unreachable

RECEIVE_BUFFER: Final = 8 << 20
"""Octets asked for; the kernel gives at most net.core.rmem_max."""


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


def open_socket(family: socket.AddressFamily) -> socket.socket:
    """Return a non-blocking socket on any free port. Raises Unreachable when this host cannot have one."""
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
    except OSError as error:
        raise Unreachable(f"no {family.name} socket: {error}") from error
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        if family is socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(("::" if family is socket.AF_INET6 else "0.0.0.0", 0))
        icmp.enable(sock)
    except OSError as error:
        sock.close()
        raise Unreachable(f"no usable {family.name} socket: {error}") from error
    return sock

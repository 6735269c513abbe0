"""Sockets for ICMP echo, one per address family: a datagram one, which needs no privilege, or else a raw one."""

import errno
import os
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agents.snmp import icmp
from agents.snmp.sockets import RECEIVE_BUFFER

# From linux/icmp.h, linux/icmpv6.h and asm-generic/socket.h; Python 3.11 has no names for them.
_SOL_RAW: Final = 255
_ICMP_FILTER: Final = 1
_ICMPV6_FILTER: Final = 1
TIMESTAMP: Final = 35  # SO_TIMESTAMPNS, and the kind of the message that brings it
OVERFLOW: Final = 40  # SO_RXQ_OVFL
_ECHO_REPLY: Final = 0
_ECHO_REPLY_V6: Final = 129
_PROTOCOL: Final = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
_WHAT_TO_DO: Final = (
    "let the agent's group into net.ipv4.ping_group_range (sysctl -w net.ipv4.ping_group_range='0 2147483647'; it is"
    " for IPv6, too), or give the agent CAP_NET_RAW"
)


class NoSocketError(Exception):
    """This host gives us none; the text says what to do."""


@dataclass(slots=True, eq=False)
class Opened:
    """A socket for echoes. `identifier` is in all its requests; to a `raw` one come replies to others as well."""

    wire: socket.socket
    descriptor: int
    family: socket.AddressFamily
    raw: bool
    identifier: int


Open = Callable[[socket.AddressFamily, str | None], Opened]


def open_socket(family: socket.AddressFamily, source: str | None) -> Opened:
    """Return a non-blocking socket, of the address `source` if one is given.

    Raises:
        NoSocketError: there is none for us.
    """
    refused: list[str] = []
    for kind, name in ((socket.SOCK_DGRAM, "datagram"), (socket.SOCK_RAW, "raw")):
        try:
            wire = socket.socket(family, kind, _PROTOCOL[family])
        except OSError as error:
            refused.append(f"{name}: {errno.errorcode.get(error.errno or 0, error)}")
            if error.errno in (errno.EACCES, errno.EPERM):
                continue
            break
        try:
            return _prepare(wire, family, source, raw=kind == socket.SOCK_RAW)
        except OSError as error:
            wire.close()
            raise NoSocketError(f"no usable {name} socket for ICMP from {source or 'any address'}: {error}") from error
    raise NoSocketError(f"this host lets us have no socket for ICMP ({', '.join(refused)}): {_WHAT_TO_DO}")


def _prepare(wire: socket.socket, family: socket.AddressFamily, source: str | None, *, raw: bool) -> Opened:
    wire.settimeout(0)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    wire.setsockopt(socket.SOL_SOCKET, TIMESTAMP, 1)
    wire.setsockopt(socket.SOL_SOCKET, OVERFLOW, 1)
    if raw and family is socket.AF_INET:
        wire.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", ~(1 << _ECHO_REPLY) & 0xFFFF_FFFF))
    elif raw:
        words = [0xFFFF_FFFF] * 8
        words[_ECHO_REPLY_V6 >> 5] &= ~(1 << (_ECHO_REPLY_V6 & 31))
        wire.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, struct.pack("=8I", *words))
    wire.bind((source or ("::" if family is socket.AF_INET6 else "0.0.0.0"), 0))
    icmp.enable(wire)
    # The kernel gives a datagram socket its identifier, as it gives a UDP one its port.
    identifier = int.from_bytes(os.urandom(2), "big") if raw else wire.getsockname()[1]
    return Opened(wire, wire.fileno(), family, raw, identifier)

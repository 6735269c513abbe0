"""Linux's queue of ICMP errors on an unconnected socket (ip(7), IP_RECVERR; ipv6(7), IPV6_RECVERR).

Without it one shared socket would never learn that a device refuses or cannot be reached.
"""

import errno
import socket
import struct
from typing import Final, NamedTuple

from agents.snmp.errors import NoAnswer, Refused, Unreachable

_OPTIONS: Final = {  # from linux/in.h and linux/in6.h; Python 3.11 has no names for them
    socket.AF_INET: (socket.IPPROTO_IP, 11),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 25),
}
_EXTENDED_ERROR: Final = struct.Struct("=IBBBBII")  # linux/errqueue.h, sock_extended_err: errno first
_QUOTED: Final = 2048
_ANCILLARY: Final = 512
_REFUSING: Final = frozenset({errno.ECONNREFUSED})
_UNREACHABLE: Final = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.EACCES})


class NetworkError(NamedTuple):
    """One error: for which request (a part of its datagram), sent to which host and port, and what it means."""

    datagram: bytes
    address: tuple[str, int]
    error: NoAnswer | None
    """None when the error does not end the request, such as a smaller path MTU."""


def enable(sock: socket.socket) -> None:
    """Ask the kernel to queue the ICMP errors of this socket. Raises OSError."""
    level, option = _OPTIONS[sock.family]
    sock.setsockopt(level, option, 1)


def meaning(code: int) -> NoAnswer | None:
    """Translate an errno of a send or of the queue."""
    reason = errno.errorcode.get(code, str(code))
    if code in _REFUSING:
        return Refused(f"nothing listens on the port ({reason})")
    if code in _UNREACHABLE:
        return Unreachable(f"the network cannot reach the host ({reason})")
    return None


def take(sock: socket.socket) -> NetworkError | None:
    """Take one error from the queue, or None when it is empty. Raises OSError."""
    try:
        datagram, ancillary, _, address = sock.recvmsg(_QUOTED, _ANCILLARY, socket.MSG_ERRQUEUE)
    except BlockingIOError:
        return None
    error = None
    for level, kind, content in ancillary:
        if (level, kind) == _OPTIONS[sock.family] and len(content) >= _EXTENDED_ERROR.size:
            error = meaning(_EXTENDED_ERROR.unpack_from(content)[0])
    # An error without a name, such as one of our own host, has no address.
    host, port = address[:2] if isinstance(address, tuple) else ("", 0)
    return NetworkError(datagram, (host, port), error)

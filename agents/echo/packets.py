"""Echo messages of ICMP (RFC 792) and ICMPv6 (RFC 4443 section 4) as octets. Pure.

What we send carries a mark of this process and a random token after the header, so that a reply is known for ours by
more than 32 guessable bits.
"""

import socket
import struct
from typing import Final, NamedTuple

MARK: Final = 8
TOKEN: Final = 8
"""Octets of each; together they are the data of a request."""

_HEADER: Final = struct.Struct("!BBHHH")  # type, code, checksum, identifier, sequence number
_REQUEST: Final = {socket.AF_INET: 8, socket.AF_INET6: 128}
_REPLY: Final = {socket.AF_INET: 0, socket.AF_INET6: 129}
_IPV4_LEAST: Final = 20
_WHOLE: Final = _HEADER.size + MARK + TOKEN


class NoEchoError(ValueError):
    """Octets that are no echo of the kind that was looked for."""


class Echo(NamedTuple):
    """What names an echo: two numbers of 16 bits, and the data, as far as it is there."""

    identifier: int
    sequence: int
    mark: bytes
    token: bytes


def request(family: socket.AddressFamily, echo: Echo) -> bytes:
    """Return an echo request. The kernel puts in the checksum of ICMPv6, which is over addresses, too."""
    data = echo.mark + echo.token
    checksum = 0
    if family is socket.AF_INET:
        checksum = checksum_of(_HEADER.pack(_REQUEST[family], 0, 0, echo.identifier, echo.sequence) + data)
    return _HEADER.pack(_REQUEST[family], 0, checksum, echo.identifier, echo.sequence) + data


def reply(family: socket.AddressFamily, message: bytes, *, raw: bool) -> Echo:
    """Return the echo that a message read from a socket is the reply of; of a raw IPv4 socket it has the IP header
    before it (raw(7)), and nobody has checked its sum.

    Raises:
        NoEchoError: it is none, or damaged.
    """
    if raw and family is socket.AF_INET:
        message = _within_ip(message)
        if checksum_of(message):
            raise NoEchoError("its checksum is wrong")
    if len(message) != _WHOLE:  # RFC 792: the data comes back as it was sent
        raise NoEchoError(f"{len(message)} octets, a reply to us has {_WHOLE}")
    return _echo(message, _REPLY[family])


def quoted(family: socket.AddressFamily, message: bytes) -> Echo:
    """Return the request that an ICMP error is about, from what it quotes: at least its header (RFC 792), mostly all.

    Raises:
        NoEchoError: it is about something else.
    """
    if len(message) < _HEADER.size:
        raise NoEchoError(f"{len(message)} octets are no header")
    return _echo(message, _REQUEST[family])


def checksum_of(message: bytes) -> int:
    """Return the checksum of RFC 1071; 0 for a message that has it already, and is whole."""
    if len(message) % 2:
        message += b"\0"
    total: int = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _echo(message: bytes, wanted: int) -> Echo:
    kind, code, _, identifier, sequence = _HEADER.unpack_from(message)
    if (kind, code) != (wanted, 0):
        raise NoEchoError(f"type {kind}, code {code}")
    data = message[_HEADER.size :]
    return Echo(identifier, sequence, data[:MARK], data[MARK : MARK + TOKEN])


def _within_ip(packet: bytes) -> bytes:
    """Return what an IPv4 packet carries (RFC 791 section 3.1)."""
    if len(packet) < _IPV4_LEAST or packet[0] >> 4 != 4:
        raise NoEchoError("no IPv4 packet")
    header = (packet[0] & 15) * 4
    if header < _IPV4_LEAST or len(packet) < header:
        raise NoEchoError(f"an IPv4 header of {header} octets")
    return packet[header:]

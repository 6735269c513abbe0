"""One UDP socket per address family for all devices (RFC 3417 section 3): send a request, hand back its reply."""

import asyncio
import errno
import os
import socket
from dataclasses import dataclass
from typing import Final

from agents.snmp import icmp
from agents.snmp.errors import BadResponse, NoAnswer, SnmpTimeout, Unreachable
from agents.snmp.message import message_id
from agents.snmp.recent import Recent
from agents.snmp.sockets import family_of, open_socket

Address = tuple[str, int]

_AT_ONCE: Final = 128  # datagrams per wake-up, so that a flood cannot hold the loop
_FULL: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
_LARGEST: Final = 65_536
_SEND_PAUSE_S: Final = 0.002
_SEND_TRIES: Final = 3
_RANDOM_OCTETS: Final = 1024  # at once, as asking the kernel costs as much as sending a packet


@dataclass(slots=True)
class Counters:
    """Datagrams since the start. What was received and not delivered is undecodable, unknown, ... or duplicate."""

    sent: int = 0
    received: int = 0
    delivered: int = 0
    undecodable: int = 0
    unknown: int = 0
    """No request has, or lately had, this id."""
    wrong_source: int = 0
    late: int = 0
    duplicate: int = 0
    icmp: int = 0
    icmp_unmatched: int = 0
    """ICMP errors that name no waiting request, or do not end it; part of `icmp`."""
    send_waits: int = 0
    socket_errors: int = 0


@dataclass(slots=True, eq=False)
class _Waiting:
    address: Address
    # An error is a result and not an exception, so that asyncio has nothing to say when nobody waits any more.
    future: asyncio.Future[bytes | NoAnswer]

    def finish(self, outcome: bytes | NoAnswer) -> bool:
        if self.future.done():
            return False
        self.future.set_result(outcome)
        return True


class Transport:
    """Requests of many devices at once over shared non-blocking sockets. Belongs to one event loop.

    A reply must come from where the request went and carry its id; what does not is counted and dropped.
    """

    def __init__(self) -> None:
        self.counters = Counters()
        self._sockets: dict[socket.AddressFamily, tuple[socket.socket, asyncio.AbstractEventLoop]] = {}
        self._waiting: dict[int, _Waiting] = {}
        self._recent = Recent()
        self._random: list[int] = []
        self._closed = False

    @property
    def pending(self) -> int:
        """How many requests wait for a reply now."""
        return len(self._waiting)

    def new_id(self) -> int:
        """Return a random 31-bit request id that no waiting request has. Use it before the next await."""
        while True:
            if not self._random:
                self._random = memoryview(os.urandom(_RANDOM_OCTETS)).cast("I").tolist()
            if (number := self._random.pop() & 0x7FFF_FFFF) not in self._waiting:
                return number

    async def request(self, address: Address, packet: bytes, request_id: int, timeout: float) -> bytes:  # noqa: ASYNC109
        """Send `packet` and return the datagram that answers it; `timeout` in seconds.

        `address` is a numeric host and a port. Raises SnmpTimeout, Refused or Unreachable, and ValueError when a
        request with this id is already waiting. A cancelled request leaves nothing behind.
        """
        family, host = family_of(address[0])
        if request_id in self._waiting:
            raise ValueError(f"request id {request_id} is already in use")
        loop = asyncio.get_running_loop()
        sock = self._socket(family, loop)
        waiting = self._waiting[request_id] = _Waiting((host, address[1]), loop.create_future())
        timer = loop.call_later(timeout, _expire, waiting, timeout)
        answered = False
        try:
            if not self._send(sock, packet, waiting.address):
                await self._send_later(sock, packet, waiting)
            outcome = await waiting.future
            if isinstance(outcome, NoAnswer):
                raise outcome
            answered = True
        finally:
            timer.cancel()
            del self._waiting[request_id]
            self._recent.add(request_id, answered=answered)
        self.counters.delivered += 1
        return outcome

    def close(self) -> None:
        """Close the sockets; what still waits ends as Unreachable. Closing twice is allowed."""
        self._closed = True
        for sock, loop in self._sockets.values():
            loop.remove_reader(sock)
            sock.close()
        self._sockets.clear()
        for waiting in self._waiting.values():
            waiting.finish(Unreachable("the transport was closed"))

    def _socket(self, family: socket.AddressFamily, loop: asyncio.AbstractEventLoop) -> socket.socket:
        if self._closed:
            raise Unreachable("the transport is closed")
        if family not in self._sockets:
            sock = open_socket(family)
            self._sockets[family] = sock, loop
            loop.add_reader(sock, self._read, sock)
        return self._sockets[family][0]

    def _send(self, sock: socket.socket, packet: bytes, address: Address) -> bool:
        """Send now. False when the buffer is full. Raises Refused or Unreachable."""
        failure = OSError()
        for _ in range(_SEND_TRIES):
            try:
                sock.sendto(packet, address)
            except (OSError, OverflowError) as error:  # OverflowError: a port above 65535
                if isinstance(error, OSError) and error.errno in _FULL:
                    self.counters.send_waits += 1
                    return False
                # The kernel reports the ICMP error of an earlier datagram at the next call, whoever makes it: give
                # it to its owner and try again. What stays is about this address.
                failure = error if isinstance(error, OSError) else OSError(str(error))
                self._read_errors(sock)
            else:
                self.counters.sent += 1
                return True
        self.counters.socket_errors += 1
        raise icmp.meaning(failure.errno or 0) or Unreachable(f"cannot send: {failure}")

    async def _send_later(self, sock: socket.socket, packet: bytes, waiting: _Waiting) -> None:
        while not waiting.future.done():
            await asyncio.sleep(_SEND_PAUSE_S)
            if not waiting.future.done() and self._send(sock, packet, waiting.address):
                return

    def _read(self, sock: socket.socket) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, source = sock.recvfrom(_LARGEST)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error, mostly: the queue below tells whose
                if not self._read_errors(sock):
                    self.counters.socket_errors += 1
                    break
                continue
            self._deliver(data, source[:2])
        self._read_errors(sock)

    def _deliver(self, data: bytes, source: Address) -> None:
        self.counters.received += 1
        try:
            number = message_id(data)
        except BadResponse:
            self.counters.undecodable += 1
            return
        waiting = self._waiting.get(number)
        if waiting is None:
            match self._recent.answered(number):
                case None:
                    self.counters.unknown += 1
                case True:
                    self.counters.duplicate += 1
                case False:
                    self.counters.late += 1
        elif waiting.address != source:
            self.counters.wrong_source += 1
        elif not waiting.finish(data):
            self.counters.duplicate += 1

    def _read_errors(self, sock: socket.socket) -> int:
        """Give the queued ICMP errors to their requests; return how many there were."""
        for count in range(_AT_ONCE):
            try:
                found = icmp.take(sock)
            except OSError:
                self.counters.socket_errors += 1
                return count
            if found is None:
                return count
            self.counters.icmp += 1
            try:
                # The quoted request id tells a true ICMP error from one that anybody could send.
                waiting = self._waiting.get(message_id(found.datagram))
            except BadResponse:
                waiting = None
            if waiting is None or waiting.address != found.address or not found.error:
                self.counters.icmp_unmatched += 1
            else:
                waiting.finish(found.error)
        return _AT_ONCE


def _expire(waiting: _Waiting, seconds: float) -> None:
    host, port = waiting.address
    waiting.finish(SnmpTimeout(f"{host} port {port} did not answer within {seconds:g} s"))

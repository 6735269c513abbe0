"""One UDP socket per address family for all devices (RFC 3417 section 3): send a request, hand back its reply."""

import asyncio
import errno
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agents.snmp import icmp
from agents.snmp.errors import BadResponse, NoAnswer, SnmpTimeout, Unreachable
from agents.snmp.message import message_id
from agents.snmp.recent import Recent
from agents.snmp.sockets import DEAD, Opened, Sockets, family_of

Address = tuple[str, int]

_AT_ONCE: Final = 128  # datagrams per wake-up, so that a flood cannot hold the loop
_FULL: Final = frozenset({errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS})
_LARGEST: Final = 65_536
_SEND_PAUSE_S: Final = 0.002
_SEND_TRIES: Final = 3
_RANDOM_OCTETS: Final = 1024  # at once, as asking the kernel costs as much as sending a packet


@dataclass(slots=True)
class Counters:
    """Datagrams since the start; received = delivered + undecodable + unknown + wrong_source + late + duplicate."""

    sent: int = 0
    received: int = 0
    delivered: int = 0
    """Handed to their requests."""
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
    reopened: int = 0
    """Sockets that died and were replaced."""


@dataclass(slots=True, eq=False)
class _Waiting:
    address: Address
    from_any: bool
    # An error is a result and not an exception, so that asyncio has nothing to say when nobody waits any more.
    future: asyncio.Future[bytes | NoAnswer]
    answered: bool = False

    def finish(self, outcome: bytes | NoAnswer) -> bool:
        if self.future.done():
            return False
        self.answered = isinstance(outcome, bytes)
        self.future.set_result(outcome)
        return True


class Transport:
    """Requests of many devices at once over shared non-blocking sockets. Belongs to one event loop.

    A reply must carry the id of its request, and come from where that went unless the request allows any source; what
    does not is counted and dropped. A socket that has died is replaced at the next request.
    """

    def __init__(self, sources: Iterable[str] = ()) -> None:
        """Send from `sources`, numeric addresses of this host, one per family at most; else from what the routes say.

        Raises ValueError when they are not. That this host does not have one shows at the first request."""
        self.counters = Counters()
        self._sockets = Sockets(sources, self._read)
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

    async def request(
        self,
        address: Address,
        packet: bytes,
        request_id: int,
        timeout: float,  # noqa: ASYNC109
        *,
        from_any: bool = False,
    ) -> bytes:
        """Send `packet` and return the datagram that answers it; `timeout` in seconds.

        `address` is a numeric host and a port. With `from_any` the reply may come from another one (RFC 3417 section 3
        has none of that): then only the 31 random bits of the id tell it from a forged one. Raises SnmpTimeout,
        Refused or Unreachable, and ValueError when a request with this id is already waiting. A cancelled request
        leaves nothing behind.
        """
        family, host = family_of(address[0])
        if request_id in self._waiting:
            raise ValueError(f"request id {request_id} is already in use")
        if self._closed:
            raise Unreachable("the transport is closed")
        loop = asyncio.get_running_loop()
        waiting = self._waiting[request_id] = _Waiting((host, address[1]), from_any, loop.create_future())
        timer = loop.call_later(timeout, _expire, waiting, timeout)
        try:
            while not self._send(family, loop, packet, waiting.address):
                await asyncio.sleep(_SEND_PAUSE_S)
                if waiting.future.done():
                    break
            outcome = await waiting.future
            if isinstance(outcome, NoAnswer):
                raise type(outcome)(*outcome.args)  # a new one, whose traceback holds no frame that holds it
            return outcome
        finally:
            timer.cancel()
            del self._waiting[request_id]
            self._recent.add(request_id, answered=waiting.answered)

    def close(self) -> None:
        """Close the sockets; what still waits ends as Unreachable. Closing twice is allowed."""
        self._closed = True
        self._sockets.close()
        for waiting in self._waiting.values():
            waiting.finish(Unreachable("the transport was closed"))

    def _send(
        self, family: socket.AddressFamily, loop: asyncio.AbstractEventLoop, packet: bytes, address: Address
    ) -> bool:
        """Send now. False when the buffer is full. Raises Refused or Unreachable."""
        failure = OSError()
        for _ in range(_SEND_TRIES):
            opened = self._sockets.get(family, loop)
            try:
                opened.sock.sendto(packet, address)
            except OverflowError as error:
                raise Unreachable(f"cannot send: {error}") from error  # a port above 65535
            except OSError as error:
                if error.errno in _FULL:
                    self.counters.send_waits += 1
                    return False
                failure = error
                if error.errno in DEAD:
                    self._failed(opened, error)  # and the next try has a new socket
                else:
                    # The kernel reports the ICMP error of an earlier datagram at the next call, whoever makes it: give
                    # it to its owner and try again. What stays is about this address.
                    self._read_errors(opened.sock)
            else:
                opened.failures = 0
                self.counters.sent += 1
                return True
        if known := icmp.meaning(failure.errno or 0):
            self.counters.socket_errors += 1
            raise known
        if failure.errno not in DEAD:
            self._failed(opened, failure)
        raise Unreachable(f"cannot send: {failure}")

    def _failed(self, opened: Opened, error: OSError) -> bool:
        self.counters.socket_errors += 1
        given_up = self._sockets.failed(opened, error.errno)
        self.counters.reopened += given_up
        return given_up

    def _read(self, opened: Opened) -> None:
        for _ in range(_AT_ONCE):
            try:
                data, source = opened.sock.recvfrom(_LARGEST)
            except BlockingIOError:
                break
            except OSError as error:  # an ICMP error, mostly: the queue below tells whose
                if not self._read_errors(opened.sock):
                    if self._failed(opened, error):
                        return
                    break
                continue
            opened.failures = 0
            self._deliver(data, source[:2])
        self._read_errors(opened.sock)

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
        elif waiting.address != source and not waiting.from_any:
            self.counters.wrong_source += 1
        elif waiting.finish(data):
            self.counters.delivered += 1
        elif waiting.answered:
            self.counters.duplicate += 1
        else:
            self.counters.late += 1

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

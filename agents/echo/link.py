"""The sockets for echo on the event loop: send a request, hand on what comes back and when it came."""

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from agents.echo.packets import Echo, NoEchoError, quoted, reply, request
from agents.echo.sockets import OVERFLOW, TIMESTAMP, NoSocketError, Open, Opened, open_socket
from agents.snmp import icmp
from agents.snmp.sockets import DEAD, by_family

log = logging.getLogger(__name__)

_AT_ONCE: Final = 512  # messages per wake-up, so that a flood cannot hold the loop: some milliseconds
_MOST: Final = 8  # times as many where what has come must be known
_LARGEST: Final = 2048
_ANCILLARY: Final = 128
_TRIES: Final = 3
_RETRY_NS: Final = 30 * 1_000_000_000
_TIMESPEC: Final = struct.Struct("=qq")
_COUNT: Final = struct.Struct("=I")


@dataclass(slots=True)
class LinkCounts:
    """Since the start."""

    sent: int = 0
    unsent: int = 0
    """Requests that this host could not send."""
    undecodable: int = 0
    overflowed: int = 0
    """Messages that the kernel dropped since we were too slow."""
    errors: int = 0
    errors_ignored: int = 0
    """ICMP errors about no request that waits; part of `errors`."""


class Link:
    """Belongs to one event loop. A socket is opened when first needed; where there is none for us it is said once, and
    tried again every 30 s."""

    def __init__(
        self,
        sources: Iterable[str],
        on_reply: Callable[[Echo, str, int, int], None],
        on_error: Callable[[Echo, str], bool],
        open_: Open = open_socket,
    ) -> None:
        """`on_reply` is told what came, from which address, the time by the monotonic clock and how long it has waited
        for us, ns; `on_error` which request ended in an ICMP error and to which address it was, and returns whether
        that waits.

        Raises:
            ValueError: `sources` are not one numeric address per family at most.
        """
        self.counts = LinkCounts()
        self._sources = by_family(sources)
        self._on_reply, self._on_error, self._open = on_reply, on_error, open_
        self._opened: dict[socket.AddressFamily, Opened] = {}
        self._refused: dict[socket.AddressFamily, tuple[str, int]] = {}
        self._overflowed: dict[socket.AddressFamily, int] = {}
        self._trouble = ""

    @property
    def failing(self) -> bool:
        """Whether this host lets us have no socket for a family that is needed."""
        return bool(self._refused)

    def send(self, family: socket.AddressFamily, host: str, sequence: int, mark: bytes, token: bytes) -> int | None:
        """Send a request; return when, in ns of the monotonic clock. None: this host did not send it."""
        for _ in range(_TRIES):
            opened = self._opened.get(family) or self._get(family)
            if opened is None:
                break
            packet = request(family, Echo(opened.identifier, sequence, mark, token))
            now = time.monotonic_ns()
            try:
                opened.wire.sendto(packet, (host, 0))
            except OSError as error:
                if error.errno in DEAD:
                    self._close(opened)
                elif not self._read_errors(opened):
                    # The kernel reports the ICMP error of an earlier request at the next call. What stays is of now.
                    self._complain(f"an echo request to {host} cannot be sent: {error}")
                    break
            else:
                self.counts.sent += 1
                return now
        self.counts.unsent += 1
        return None

    def read(self) -> None:
        """Take what has come by now."""
        for opened in list(self._opened.values()):
            for _ in range(_MOST):
                if not self._read(opened):
                    break

    def close(self) -> None:
        """Close the sockets. Closing twice is allowed."""
        for opened in list(self._opened.values()):
            self._close(opened)

    def _get(self, family: socket.AddressFamily) -> Opened | None:
        reason, since = self._refused.get(family, ("", 0))
        if reason and time.monotonic_ns() - since < _RETRY_NS:
            return None
        try:
            opened = self._open(family, self._sources.get(family))
        except NoSocketError as error:
            if str(error) != reason:
                log.error("no echo is sent over %s: %s", family.name, error)
            self._refused[family] = str(error), time.monotonic_ns()
            return None
        self._refused.pop(family, None)
        self._opened[family] = opened
        self._overflowed[family] = 0
        asyncio.get_running_loop().add_reader(opened.wire.fileno(), self._read, opened)
        log.info("echo over %s by a %s socket", family.name, "raw" if opened.raw else "datagram")
        return opened

    def _close(self, opened: Opened) -> None:
        del self._opened[opened.family]
        asyncio.get_running_loop().remove_reader(opened.descriptor)
        opened.wire.close()

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning("%s", trouble)

    def _read(self, opened: Opened) -> bool:
        """Take some of what has come; return whether there may be more."""
        for count in range(_AT_ONCE):
            try:
                message, ancillary, _, address = opened.wire.recvmsg(_LARGEST, _ANCILLARY)
            except BlockingIOError:
                if not count:  # it was not for a message that we were woken
                    self._read_errors(opened)
                return False
            except OSError as error:
                if error.errno in DEAD:
                    self._complain(f"a socket for echo has died: {error}")
                    self._close(opened)
                    return False
                if not self._read_errors(opened):
                    self._complain(f"a socket for echo has an error: {error}")
                    return False
                continue
            try:
                echo = reply(opened.family, message, raw=opened.raw)
            except NoEchoError:
                self.counts.undecodable += 1
                continue
            self._on_reply(echo, address[0], time.monotonic_ns(), self._waited(opened, ancillary))
        return True

    def _waited(self, opened: Opened, ancillary: list[tuple[int, int, bytes]]) -> int:
        """Return for how many ns a message has waited for us. The kernel says when it came by the clock that people
        set, so nothing but a difference within moments is taken from that."""
        waited = 0
        for level, kind, content in ancillary:
            if level != socket.SOL_SOCKET:
                continue
            if kind == TIMESTAMP and len(content) == _TIMESPEC.size:
                seconds, nanoseconds = _TIMESPEC.unpack(content)
                waited = time.time_ns() - seconds * 1_000_000_000 - nanoseconds
            elif kind == OVERFLOW and len(content) == _COUNT.size:
                [total] = _COUNT.unpack(content)
                self.counts.overflowed += (total - self._overflowed[opened.family]) % (1 << 32)
                self._overflowed[opened.family] = total
        return waited

    def _read_errors(self, opened: Opened) -> int:
        """Hand on the queued ICMP errors; return how many there were."""
        for count in range(_AT_ONCE):
            try:
                found = icmp.take(opened.wire)
            except OSError as error:
                self._complain(f"a socket for echo cannot tell its errors: {error}")
                return count
            if found is None:
                return count
            self.counts.errors += 1
            self.counts.errors_ignored += not self._is_ours(opened, found)
        return _AT_ONCE

    def _is_ours(self, opened: Opened, found: icmp.NetworkError) -> bool:
        try:
            echo = quoted(opened.family, found.datagram)
        except NoEchoError:
            return False
        return echo.identifier == opened.identifier and self._on_error(echo, found.address[0])

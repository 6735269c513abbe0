"""Many devices in one process: a UDP socket each on loopback, one descriptor per device.

The sockets have a poll object of their own (epoll(7)), of which the event loop sees one descriptor: at this rate its
handles, queues and protocols cost more than the answer does.
"""

import asyncio
import resource
import select
import socket
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random

from simulator.snmp.device import Answers
from simulator.snmp.week import TICKS

_LARGEST = 8192  # octets of a request; a longer one arrives cut short and is then no request
_MAX_DELAYED = 10_000
_AT_ONCE = 256  # devices that are read before the loop looks at anything else
_SPARE = 64  # descriptors for the process beside the devices
Address = tuple[str, int]


class ListenError(Exception):
    """The devices cannot all listen; the text says what to do."""


@dataclass(slots=True)
class Numbers:
    """Datagrams: received; answered; sent unasked; ignored by the device; lost on purpose or for want of a buffer."""

    received: int = 0
    answered: int = 0
    told: int = 0
    ignored: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Network:
    """What the network does to responses: the share lost, and the delay in seconds. Deterministic by seed."""

    loss: float = 0.0
    delay_s: float = 0.0
    seed: int = 0


class Server:
    """Devices that answer from `start` to `close`. `now` gives seconds since 1970 UTC and never goes back."""

    def __init__(self, now: Callable[[], float], network: Network | None = None) -> None:
        self.numbers = Numbers()
        self._now = now
        self._network = network or Network()
        self._random = Random(self._network.seed)
        self._listening: dict[int, tuple[socket.socket, Answers]] = {}
        self._from: dict[Answers, socket.socket] = {}
        self._ready: select.epoll | None = None
        self._delayed = 0

    def start(self, devices: Iterable[tuple[Answers, Address]]) -> list[Address]:
        """Listen for every device; port 0 takes a free one. Return where each listens. Needs a running loop.

        Raises:
            ListenError: an address cannot be had, or the open-file limit is too low; nothing listens then.
        """
        wanted = list(devices)
        _allow(len(wanted) + _SPARE)
        if self._ready is None:
            self._ready = select.epoll()
            asyncio.get_running_loop().add_reader(self._ready.fileno(), self._some_ready, self._ready)
        taken: list[Address] = []
        for device, address in wanted:
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._listening[udp.fileno()], self._from[device] = (udp, device), udp
            udp.setblocking(False)
            try:
                udp.bind(address)
            except OSError as error:
                self.close()
                raise ListenError(f"{address[0]}:{address[1]} cannot be listened on: {error.strerror}") from error
            self._ready.register(udp.fileno(), select.EPOLLIN)
            taken.append((address[0], udp.getsockname()[1]))
        return taken

    def tell(self, device: Answers, data: bytes, to: Address) -> None:
        """Send a datagram that nobody has asked for from the device's own address; the network loses its share."""
        if self._network.loss and self._random.random() < self._network.loss:
            self.numbers.lost += 1
            return
        try:
            self._from[device].sendto(data, to)
        except OSError:  # no buffer, or nobody listens on this host: UDP loses it
            self.numbers.lost += 1
        else:
            self.numbers.told += 1

    def close(self) -> None:
        """Stop listening; what is delayed is not sent any more."""
        if self._ready:
            asyncio.get_running_loop().remove_reader(self._ready.fileno())
            self._ready.close()
            self._ready = None
        for udp, _ in self._listening.values():
            udp.close()
        self._listening.clear()
        self._from.clear()

    def _some_ready(self, ready: select.epoll) -> None:
        """Read a datagram of each device that has one."""
        for descriptor, _ in ready.poll(0, _AT_ONCE):
            self._readable(*self._listening[descriptor])

    def _readable(self, udp: socket.socket, device: Answers) -> None:
        try:
            data, peer = udp.recvfrom(_LARGEST)
        except BlockingIOError:
            return  # a datagram with a bad checksum wakes the loop and is then not there
        self.numbers.received += 1
        response = device.answer(data, int(self._now() * TICKS))
        if response is None:
            self.numbers.ignored += 1
        elif self._network.loss and self._random.random() < self._network.loss:
            self.numbers.lost += 1
        elif not self._network.delay_s:
            self._send(udp, response, peer)
        elif self._delayed < _MAX_DELAYED:
            self._delayed += 1
            asyncio.get_running_loop().call_later(self._network.delay_s, self._send_late, udp, response, peer)
        else:
            self.numbers.lost += 1

    def _send_late(self, udp: socket.socket, response: bytes, peer: Address) -> None:
        self._delayed -= 1
        if udp.fileno() >= 0:
            self._send(udp, response, peer)

    def _send(self, udp: socket.socket, response: bytes, peer: Address) -> None:
        try:
            udp.sendto(response, peer)
        except OSError:  # no buffer, or a peer that cannot be sent to, such as port 0: UDP loses it
            self.numbers.lost += 1
        else:
            self.numbers.answered += 1


def free_ports(count: int) -> list[int]:
    """Return different UDP ports of 127.0.0.1 that nobody uses now, for an inventory; they are not kept.

    Raises:
        ListenError: the open-file limit is too low for so many.
    """
    _allow(count + _SPARE)
    with ExitStack() as stack:
        ports = []
        for _ in range(count):
            udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", 0))
            ports.append(udp.getsockname()[1])
        return ports


def _allow(descriptors: int) -> None:
    """Raise the soft limit on open files when it is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= descriptors:
        return
    if hard != resource.RLIM_INFINITY and hard < descriptors:
        raise ListenError(
            f"{descriptors} open files are needed, the limit is {hard}: run `ulimit -n {descriptors}`, or fewer devices"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, hard))

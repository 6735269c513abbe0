"""A UDP relay in front of one server, that loses, delays, reorders and repeats datagrams; seeded. It alters none: what
a network alters the kernel drops for its checksum."""

import asyncio
import random
import socket
from dataclasses import dataclass

from servers.ports import HOST

Address = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Weather:
    """Of each datagram, both ways: the share that is lost, the share that comes twice, and how late it is; when the
    lateness varies, they overtake each other."""

    loss: float = 0.0
    twice: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0


class UdpRelay:
    """Relays between one client and the server at `behind`, from `start` to `close`; needs a running loop."""

    def __init__(self, behind: Address, weather: Weather, seed: int = 0) -> None:
        self.weather, self._behind, self._random = weather, behind, random.Random(seed)
        self._client: Address | None = None
        self._front, self._back = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        self.lost = self.passed = 0

    def start(self) -> Address:
        """Return where it listens."""
        loop = asyncio.get_running_loop()
        for end in (self._front, self._back):
            end.setblocking(False)
            end.bind((HOST, 0))
            loop.add_reader(end, self._readable, end)
        host, port = self._front.getsockname()
        return str(host), int(port)

    def close(self) -> None:
        """End it; what is still on its way is lost."""
        for end in (self._front, self._back):
            asyncio.get_running_loop().remove_reader(end)
            end.close()

    def _readable(self, end: socket.socket) -> None:
        try:
            data, peer = end.recvfrom(65_535)
        except BlockingIOError:
            return
        if end is self._front:
            self._client = peer
        copies = 0 if self._random.random() < self.weather.loss else 1 + (self._random.random() < self.weather.twice)
        self.lost += not copies
        for _ in range(copies):
            late = self.weather.delay_s + self._random.uniform(-1, 1) * self.weather.jitter_s
            asyncio.get_running_loop().call_later(max(0.0, late), self._send, end is self._front, data)

    def _send(self, up: bool, data: bytes) -> None:
        end, to = (self._back, self._behind) if up else (self._front, self._client)
        if to and end.fileno() >= 0:
            end.sendto(data, to)
            self.passed += 1

"""Requests from one socket, so many under way that whoever answers has always something to do."""

import socket
import time
from collections.abc import Sequence

WINDOW = 64
_LOST_S, _PAUSE_S = 5.0, 0.0005
Request = tuple[str, int, bytes]
"""Where to, and what."""


def flood(requests: Sequence[Request], seconds: float) -> int:
    """Ask over and over for so long, and return how many responses came: as many as there were requests.

    Raises:
        TimeoutError: no response came for 5 seconds.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        until = time.monotonic() + seconds
        sent = under_way = 0
        while under_way or time.monotonic() < until:
            while under_way < WINDOW and time.monotonic() < until:
                host, port, data = requests[sent % len(requests)]
                udp.sendto(data, (host, port))
                sent, under_way = sent + 1, under_way + 1
            under_way -= _received(udp)
        return sent


def _received(udp: socket.socket) -> int:
    """Return how many responses there are by now. Nobody waits in the socket, as a sender pays for waking who does, nor
    in a loop, which would take the core that two processors may share."""
    count, until = 0, time.monotonic() + _LOST_S
    while time.monotonic() < until:
        try:
            while True:
                udp.recv(65_535)
                count += 1
        except BlockingIOError:
            if count:
                return count
            time.sleep(_PAUSE_S)
    raise TimeoutError("responses are lost")

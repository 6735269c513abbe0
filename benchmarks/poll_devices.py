"""The devices that `poll` asks: one process, one socket, as many addresses of 127.0.0.0/8 as one likes.

`python -m benchmarks.poll_devices PORTS` answers SNMP as a simulated router with so many ports, alike at every address
but those of 127.2.0.0/16, where nothing ever answers and no ICMP error comes. It prints its UDP port; for each line on
stdin it prints how many requests came so far; it ends with its stdin.
"""

import select
import socket
import struct
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

from simulator.snmp.device import Device
from simulator.snmp.plain import plain_router

IP_PKTINFO = 8  # ip(7); Python names it since 3.12 only
PKTINFO = struct.Struct("=i4s4s")  # interface, local address, destination of the header
LOOPBACK, DEAD = b"\x7f", b"\x7f\x02"


def address(number: int, *, dead: bool = False) -> str:
    """Return the address of device 0 to 65,023."""
    return f"127.{2 if dead else 1}.{number // 254}.{number % 254 + 1}"


class Devices:
    """The process, for a `with`."""

    def __init__(self, ports: int) -> None:
        command = [sys.executable, "-m", "benchmarks.poll_devices", str(ports)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = self._number()

    def requests(self) -> int:
        """Return how many datagrams came so far, answered or not."""
        assert self._process.stdin
        print(file=self._process.stdin, flush=True)
        return self._number()

    def _number(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # closes its stdin


def _answer(udp: socket.socket, device: Device) -> int:
    """Answer what waits in the socket; return how many requests there were."""
    count = 0
    while True:
        try:
            data, control, _, peer = udp.recvmsg(65_535, socket.CMSG_SPACE(PKTINFO.size))
        except BlockingIOError:
            return count
        local = PKTINFO.unpack(control[0][2][: PKTINFO.size])[2]
        if not (socket.inet_aton(peer[0]).startswith(LOOPBACK) and local.startswith(LOOPBACK)):
            continue
        count += 1
        if local.startswith(DEAD):
            continue
        if response := device.answer(data, int(time.time() * 100)):
            from_there = [(socket.IPPROTO_IP, IP_PKTINFO, PKTINFO.pack(0, local, bytes(4)))]
            udp.sendmsg([response], from_there, 0, peer)


def _serve(ports: int) -> None:
    device = plain_router("rt-bench", "-", ports=ports, seed=1, began=int(time.time() * 100))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.setblocking(False)
        udp.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        udp.bind(("0.0.0.0", 0))
        print(udp.getsockname()[1], flush=True)
        count = 0
        while True:
            ready, _, _ = select.select([udp, sys.stdin], [], [])
            if udp in ready:
                count += _answer(udp, device)
            if sys.stdin in ready:
                if not sys.stdin.readline():
                    return
                print(count, flush=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))

"""`python -m agents.echo.far LOSE_EACH COPIES DELAY_MS`: hosts behind a tunnel of this network namespace that answer
echo, but for each so-manieth request, in so many copies, after a time. In the place of netem, which few kernels have.
"""

import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF = 0x400454CA  # linux/if_tun.h
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
ADDRESSES = ("10.9.0.1/24", "fd00:9::1/64")


def open_tunnel(name: str) -> int:
    """Return the descriptor of a tunnel whose near end is up. Raises OSError."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH14x", name.encode(), IFF_TUN | IFF_NO_PI))
    for address in ADDRESSES:
        nodad = ["nodad"] if ":" in address else []
        subprocess.run(["ip", "address", "add", address, "dev", name, *nodad], check=True)
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    return descriptor


def answer(packet: bytes) -> bytes | None:
    """Return the reply to an IP packet with an echo request; None: it has none."""
    if packet[0] >> 4 == 4 and packet[9] == 1 and packet[20] == 8:
        return packet[:12] + packet[16:20] + packet[12:16] + b"\0" + packet[21:22] + _less(packet[22:24], 0x0800)
    if packet[0] >> 4 == 6 and packet[6] == 58 and packet[40] == 128:
        return packet[:8] + packet[24:40] + packet[8:24] + b"\x81" + packet[41:42] + _less(packet[42:44], 0xFEFF)
    return None


def _less(checksum: bytes, change: int) -> bytes:
    """Return a checksum after its message has become smaller by this (RFC 1624)."""
    total = int.from_bytes(checksum, "big") + change
    return ((total & 0xFFFF) + (total >> 16)).to_bytes(2, "big")


def main() -> None:
    """Answer for ever."""
    lose_each, copies, delay_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000
    tunnel, waiting, requests = open_tunnel("far"), list[tuple[float, bytes]](), dict[int, int]()
    print("up", flush=True)
    while True:
        wait = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        if select.select([tunnel], [], [], wait)[0]:
            packet = os.read(tunnel, 2048)
            if (head := answer(packet)) is not None:
                number = requests[packet[0] >> 4] = requests.get(packet[0] >> 4, 0) + 1
                if not lose_each or number % lose_each:
                    reply = head + packet[len(head) :]
                    waiting.extend([(time.monotonic() + delay_s, reply)] * copies)
        while waiting and waiting[0][0] <= time.monotonic():
            os.write(tunnel, waiting.pop(0)[1])


if __name__ == "__main__":
    main()

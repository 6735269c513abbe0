"""Free loopback ports that stay free while a server is down."""

import random
import socket
from contextlib import closing
from pathlib import Path

HOST = "127.0.0.1"


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A loopback port that nobody uses now. Raises OSError if a thousand tries find none.

    It lies below the ephemeral range: a port inside could be given to any client while our server is
    killed – even to the client that reconnects to it, which TCP then connects to itself.
    """
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    top = max(low, 12_000)
    for _ in range(1000):
        port = random.randrange(top - 10_000, top)
        with closing(socket.socket(socket.AF_INET, kind)) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free loopback port between {top - 10_000} and {top}")

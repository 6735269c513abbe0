"""A recorded walk, played as a device until told to stop."""

import asyncio
import signal
import sys
import time
from pathlib import Path

from simulator.snmp.credential import Community
from simulator.snmp.server import Address, ListenError, Server
from simulator.snmp.walk import WalkError, play

MAX_WALK = 64 << 20
SHOWN = 5  # lines that are left out


def playback(path: Path, address: Address, community: str) -> int:
    """Play a `.snmprec` file at an address, to SNMP v1 and v2c, until SIGTERM or SIGINT. Returns 0, or 2 when it cannot
    be played, with the reason on stderr."""
    try:
        with path.open("rb") as file:
            device, left_out = play(file.read(MAX_WALK), Community(community.encode()), name=path.stem)
        for line in left_out[:SHOWN]:
            print(f"{path}: {line}", file=sys.stderr)
        if len(left_out) > SHOWN:
            print(f"{path}: and {len(left_out) - SHOWN} more lines are left out", file=sys.stderr)

        async def serve() -> None:
            stop = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            server = Server(time.time)
            ((host, port),) = server.start([(device, address)])
            print(f"ready {host}:{port}", flush=True)
            try:
                await stop.wait()
            finally:
                server.close()

        asyncio.run(serve())
    except (OSError, WalkError, ListenError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2
    return 0

"""What echo costs: ICMP echoes a CPU-second on loopback, and the core of 10,000 devices. A part of `inputs`.

`python -m benchmarks.inputs_echo` prints one JSON object. The agent's own parts, from the beats to the spool on a real
disk (in the folder in which it is called), without a broker. On loopback the kernel answers within the sender's own
system call, so that its work is in the figure, too.
"""

import asyncio
import gc
import json
import os
import secrets
import tempfile
import time
from pathlib import Path

from agents import batch_limits
from agents.committer import Committer
from agents.echo.echoes import Echoes
from agents.folder import Limits
from agents.host_clock import HostClock
from agents.memory import SHORT_LIVED
from agents.spool import Spool
from benchmarks.poll_parts import rss_mb
from contract.batch import Batch, compressor
from contract.messages import AssignedDevice, Assignment

ROUNDS = 3
BUSY_S = 6.0
CALM_S = 30.0
LIMITS = Limits(free=0)


def assignment(devices: int, echo: int, interval_s: float) -> Assignment:
    """Devices at addresses of loopback of their own."""
    return Assignment(
        version=1,
        id="1-bench",
        devices=[
            AssignedDevice(
                id=f"dev-{number:05}",
                address=f"127.{2 + number // 60_000}.{number // 250 % 240}.{1 + number % 250}",
                credential="none",
                interval_s=interval_s,
                timeout_s=2.0,
                retries=0,
                echo=echo,
            )
            for number in range(devices)
        ],
    )


async def measured(
    folder: Path, given: Assignment, per_second: float, warm_s: float, spans: list[float]
) -> list[dict[str, float]]:
    """Send to the devices, and return what was done in each span of so many seconds."""
    spool = Spool(folder / "spool", secrets.randbits(64), LIMITS)
    committer = Committer(spool, lambda _: None, wait_ms=50)
    packing = compressor()
    batches = 0

    def put(batch: Batch) -> None:
        nonlocal batches
        batches += 1
        batch_limits.put_within(batch, committer.put, packing)

    gc.set_threshold(SHORT_LIVED, *gc.get_threshold()[1:])  # as the agent does
    echoes = Echoes([], per_second, put, HostClock())
    echoes.apply(given)
    tasks = [asyncio.create_task(committer.run()), asyncio.create_task(echoes.run())]
    await asyncio.sleep(warm_s)
    found: list[dict[str, float]] = []
    for span in spans:
        sent, made, cpu_s, at = echoes.link.sent, batches, time.process_time(), time.monotonic()
        replies = echoes.counts.replies
        await asyncio.sleep(span)
        took, used = time.monotonic() - at, time.process_time() - cpu_s
        found.append(
            {
                "echoes_per_s": round((echoes.link.sent - sent) / took),
                "answered_share": round((echoes.counts.replies - replies) / max(1, echoes.link.sent - sent), 4),
                "per_cpu_second": round((echoes.link.sent - sent) / used),
                "batches_per_s": round((batches - made) / took, 1),
                "core": round(used / took, 4),
                "rss_mb": rss_mb(os.getpid()),
            }
        )
    echoes.stop()
    committer.stop()
    tasks[1].cancel()
    await asyncio.wait(tasks)
    spool.close()
    return found


def measure() -> dict[str, object]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        busy = asyncio.run(measured(Path(folder) / "busy", assignment(2_000, 20, 10.0), 4_000, 10.0, [BUSY_S] * ROUNDS))
        calm = asyncio.run(measured(Path(folder) / "calm", assignment(10_000, 5, 60.0), 1_000, 15.0, [CALM_S]))
    best = max(busy, key=lambda one: one["per_cpu_second"])
    return {
        "per_cpu_second": best["per_cpu_second"],
        "rounds": [one["per_cpu_second"] for one in busy],
        "at_echoes_per_s": best["echoes_per_s"],
        "answered_share": best["answered_share"],
        "devices_10000": calm[0],
    }


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))

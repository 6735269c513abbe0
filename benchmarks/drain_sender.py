"""A whole agent that is handed generated readings instead of polling, and says every half second what it holds: for
`benchmarks.drain`. With SIGUSR1 what it has made so far counts as backlog, too. It ends with SIGTERM.

`python -m benchmarks.drain_sender AGENT_FILE VERSIONS BATCHES_PER_S`
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections import deque
from pathlib import Path

from agents.app import Agent
from agents.config import load_agent_config
from benchmarks.ingest_traffic import Traffic
from benchmarks.poll_parts import rss_mb
from collector.versions import Versions
from contract.intervals import IntervalSet
from contract.messages import Assignment

ROWS = 100
EVERY_S = 0.5


async def _feed(agent: Agent, traffic: Traffic, devices: list[str], per_s: float) -> None:
    begun, number = time.monotonic(), 0
    if not per_s:
        await asyncio.Event().wait()
    while True:
        await asyncio.sleep(max(0.0, begun + number / per_s - time.monotonic()))
        agent._outlet.put(traffic.batch(devices[number % len(devices)], time.time_ns() // 1_000_000))  # noqa: SLF001  # as a poller
        number += 1


async def _report(agent: Agent) -> None:
    """Say how old the oldest fresh reading is that is not stored yet, and how many of the backlog are left."""
    spool = agent._spool  # noqa: SLF001
    fresh_from = [0]
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: fresh_from.append(spool.ends[spool.boot]))
    made: deque[tuple[float, int]] = deque()  # at that time, lower numbers were durable
    while True:
        await asyncio.sleep(EVERY_S)
        now = time.monotonic()
        made.append((now, spool.ends[spool.boot]))
        states = await asyncio.to_thread(spool.state)
        own = states[spool.boot].spooled
        old = own & IntervalSet([(0, fresh_from[-1] - 1)] if fresh_from[-1] else [])
        left = (own - old).pairs()
        while made and (not left or made[0][1] <= left[0][0]):
            made.popleft()
        said = {
            "time": time.time(),
            "late_s": now - made[0][0] + EVERY_S if made else 0.0,
            "backlog": sum(len(one.spooled) for boot, one in states.items() if boot != spool.boot) + len(old),
            "resent": agent._publisher.resent,  # noqa: SLF001
            "rss_mb": rss_mb(os.getpid()),
        }
        print(json.dumps(said), flush=True)


async def _main(agent_file: Path, versions: Path, per_s: float) -> None:
    config, held = load_agent_config(agent_file)
    meaning = Versions(versions).current
    assert meaning
    devices = [one.id for one in meaning.version.inventory.devices if one.agent == config.id]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    agent = Agent(config, held, Assignment(version=1, id=meaning.version.id))
    beside = [
        asyncio.create_task(_feed(agent, Traffic(meaning, rows=ROWS), devices, per_s)),
        asyncio.create_task(_report(agent)),
    ]
    running = asyncio.create_task(agent.run(stop))
    await asyncio.wait([running, *beside], return_when=asyncio.FIRST_COMPLETED)
    for task in beside:
        task.cancel()
    stop.set()
    await running


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])))

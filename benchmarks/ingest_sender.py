"""A whole agent that is handed generated readings instead of polling, at an even pace: for `benchmarks.ingest_latency`.

`python -m benchmarks.ingest_sender AGENT_FILE VERSIONS BATCHES_PER_S SECONDS`
"""

import asyncio
import sys
import time
from pathlib import Path

from agents.app import Agent
from agents.config import load_agent_config
from benchmarks.ingest_traffic import Traffic
from collector.versions import Versions
from contract.messages import Assignment

ROWS = 100
DRAIN_S = 5.0


async def _main(agent_file: Path, versions: Path, per_s: float, seconds: float) -> None:
    config, held = load_agent_config(agent_file)
    meaning = Versions(versions).current
    assert meaning
    traffic = Traffic(meaning, rows=ROWS)
    devices = [one.id for one in meaning.version.inventory.devices if one.agent == config.id]
    stop = asyncio.Event()
    agent = Agent(config, held, Assignment(version=1, id=meaning.version.id))
    running = asyncio.create_task(agent.run(stop))
    begun = time.monotonic()
    for number in range(int(per_s * seconds)):
        await asyncio.sleep(max(0.0, begun + number / per_s - time.monotonic()))
        batch = traffic.batch(devices[number % len(devices)], time.time_ns() // 1_000_000)
        agent._outlet.put(batch)  # noqa: SLF001  # where the poller hands over its readings
    await asyncio.sleep(DRAIN_S)
    stop.set()
    await running


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))

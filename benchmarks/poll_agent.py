"""The process that `poll` measures: an agent from its polls to its spool, without a broker.

`python -m benchmarks.poll_agent AGENT_FILE ASSIGNMENT WARM_S ROUND_S ROUNDS` polls what the assignment says, and prints
one JSON object about the rounds after the first WARM_S seconds.
"""

import asyncio
import json
import math
import os
import resource
import secrets
import sys
import time
from array import array
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from agents import assignments, batch_limits, schedule
from agents.committer import Committer
from agents.config import load_agent_config
from agents.host_clock import HostClock
from agents.pollers import Pollers
from agents.snmp.transport import Transport
from agents.spool import Spool
from benchmarks.poll_parts import DEVICE, device_id, rss_mb
from contract.batch import Batch, compressor
from contract.messages import Assignment

ON_TIME_S = 0.25
EARLY_S = 0.005  # a batch's time is in whole milliseconds


class Notes:
    """What is noted of each batch since `begin`."""

    def __init__(self, committer: Committer) -> None:
        self._committer, self._packing = committer, compressor()
        self._clocks = time.time() - time.monotonic()
        # Of all batches, the device and the start by the monotonic clock; in arrays, not to add to what is measured.
        self._devices, self._starts = array("L"), array("d")
        self.begin()

    def begin(self) -> None:
        """Forget what came before."""
        self.outcomes: Counter[str] = Counter()
        self.rows = self.requests = 0
        self.from_s, self._cpu_s = time.monotonic(), _cpu_s()

    def so_far(self) -> dict[str, float]:
        """Return what was noted, in numbers that can be added."""
        return {
            "cpu_s": _cpu_s() - self._cpu_s,
            "wall_s": time.monotonic() - self.from_s,
            "polls": sum(self.outcomes.values()),
            "rows": self.rows,
            "requests": self.requests,
        }

    @property
    def starts(self) -> list[tuple[str, float]]:
        """The devices and when their polls began."""
        return [(device_id(number), start) for number, start in zip(self._devices, self._starts, strict=True)]

    def put(self, batch: Batch) -> None:
        """Note a batch, and hand it on as the agent does."""
        assert batch.poll
        self._devices.append(int(batch.device.removeprefix(DEVICE)))
        self._starts.append(batch.time / 1000 - self._clocks)
        self.outcomes[batch.poll.outcome] += 1
        self.requests += batch.poll.requests
        self.rows += sum(len(table.rows) for table in batch.tables)
        batch_limits.put_within(batch, self._committer.put, self._packing)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def on_time(assignment: Assignment, starts: list[tuple[str, float]], from_s: float, until_s: float) -> dict[str, float]:
    """Return which share of the polls that were due in a time began within `ON_TIME_S` of it, and how late they were.
    A poll that did not begin at all was not on time."""
    beats = {one.id: (schedule.phase(one.id, one.interval_s), one.interval_s) for one in assignment.devices}
    planned = {
        (name, beat)
        for name, (offset, interval) in beats.items()
        for beat in range(math.ceil((from_s - offset) / interval), math.ceil((until_s - offset) / interval))
    }
    late: dict[tuple[str, int], float] = {}
    for name, start in starts:
        offset, interval = beats[name]
        beat, lateness = divmod(start - offset + EARLY_S, interval)
        if (name, int(beat)) in planned:
            late[name, int(beat)] = lateness - EARLY_S
    order = sorted(late.values())
    return {
        "planned": len(planned),
        "on_time_share": round(sum(one <= ON_TIME_S for one in order) / len(planned), 5),
        "late_ms_p50": round(1000 * order[len(order) // 2], 1),
        "late_ms_p99": round(1000 * order[int(0.99 * len(order))], 1),
        "late_ms_max": round(1000 * order[-1], 1),
    }


async def _rounds(notes: Notes, round_s: float, rounds: int) -> dict[str, Any]:
    notes.begin()
    ends = [notes.so_far()]
    for _ in range(rounds):
        await asyncio.sleep(round_s)
        ends.append(notes.so_far())
    whole = ends[-1]
    return {
        **{name: round(value, 3) for name, value in whole.items()},
        "core": round(whole["cpu_s"] / whole["wall_s"], 4),
        "rows_per_cpu_s": [
            round((after["rows"] - before["rows"]) / (after["cpu_s"] - before["cpu_s"]))
            for before, after in pairwise(ends)
        ],
        "outcomes": dict(notes.outcomes),
        "rss_mb": rss_mb(os.getpid()),
    }


async def _main(agent_file: Path, assignment_file: Path, warm_s: float, round_s: float, rounds: int) -> None:
    config, held = load_agent_config(agent_file)
    assignment = assignments.read(assignment_file)
    assert assignment
    limits = replace(config.spool.limits(), free=0, archive=None)
    spool = Spool(config.data / "spool", secrets.randbits(64), limits)
    committer = Committer(spool, lambda _: None, wait_ms=config.commit_ms)
    committing = asyncio.create_task(committer.run())
    notes = Notes(committer)
    transport = Transport()
    pollers = Pollers(config.credentials, held.credentials, transport, notes.put, HostClock())
    assert pollers.apply(assignment)
    polling = asyncio.create_task(pollers.run())
    await asyncio.sleep(warm_s)
    report = await _rounds(notes, round_s, rounds)
    from_s, until_s = notes.from_s, time.monotonic()
    first = assignment.devices[0]
    await asyncio.sleep(min(first.interval_s * 0.9, first.timeout_s * (first.retries + 1)) + 1)  # silence takes longest
    polling.cancel()
    pollers.stop()
    committer.stop()
    await committing
    transport.close()
    spool.close()
    report |= on_time(assignment, notes.starts, from_s, until_s)
    print(json.dumps(report | {"spool_mb": round(spool.size / 1e6, 1), "unspooled": committer.unspooled}))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])))

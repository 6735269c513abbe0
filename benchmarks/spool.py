"""How much an agent's spool takes, how soon it is durable, how large it is, how fast a start finds it again; SQLite
with a row for each record beside it.

`python -m benchmarks.spool [FOLDER]` prints one JSON object; FOLDER is on the disk that is measured, else the present
one. A record is a batch as it is sent: header and body. `small` ones are readings of one UPS (one row of six fields),
`large` ones of a switch (100 rows of four fields: a state, two rates with all their digits, a delta), both made by
`contract.batch.encode` before the clock starts. They are put into a Committer on an event loop, as an agent's pollers
do; durable is when it hands them on, after fdatasync, from the product's own spool with its own limits.
"""

import asyncio
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from agents.committer import GROUP, GROUP_BYTES, Committer
from agents.folder import Limits
from agents.holdings import Spooled
from agents.spool import Spool
from contract.batch import Batch, PollInfo, Row, Table, compressor, encode
from contract.wire import pack

SMALL, LARGE = 600_000, 100_000  # records of a run
BODIES = 2_000  # different ones
ROWS, FIELDS = 100, 4
AT_ONCE = 250  # put before the loop goes on
MOST, MOST_BYTES = GROUP, 2 * GROUP_BYTES  # that wait: their maker is slowed down, since more would wait longer
SOON_MS = 100.0
COMMIT_MS = 50
PACED_PER_S = 2_000  # what 10,000 devices would make in a beat of five seconds
PACED_S = 10
BACKLOG = 1 << 30
GOALS = {
    "records_per_second": (">=", 200_000),
    "bytes_per_value": ("<=", 12),
    "reopen_s": ("<=", 2.0),
}
_LIMITS = Limits(budget=4 << 30, free=0)


def small(number: random.Random) -> Batch:
    """One reading of a UPS: state, charge, seconds left, volts, load, temperature."""
    fields = ["output_source", "charge_pct", "remaining_s", "battery_v", "load_pct", "battery_c"]
    row: Row = [
        3,
        number.uniform(20, 100),
        number.uniform(600, 9000),
        number.uniform(48, 56),
        number.uniform(5, 90),
        31.0,
    ]
    return _batch(number, [Table(measurement="ups", fields=fields, rows=[row])])


def large(number: random.Random) -> Batch:
    """One reading of a switch, each rate an octet counter's difference over the true time."""
    elapsed_s = number.randrange(5990, 6010) / 100
    rows: list[Row] = [
        [
            f"GE{port // 50}/0/{port % 50}",
            number.choice([1, 1, 1, 2]),
            number.getrandbits(number.randrange(10, 40)) * 8 / elapsed_s,
            number.getrandbits(number.randrange(10, 40)) * 8 / elapsed_s,
            number.choice([0, 0, 0, number.randrange(500)]),
        ]
        for port in range(ROWS)
    ]
    fields = ["oper_status", "in_bps", "out_bps", "in_errors"]
    return _batch(number, [Table(measurement="interface", tags=["if_name"], fields=fields, rows=rows)])


def _batch(number: random.Random, tables: list[Table]) -> Batch:
    return Batch(
        kind="poll",
        device=f"sw-{number.randrange(10_000):04}",
        time=1_790_000_000_000 + number.randrange(10**9),
        mono=number.randrange(10**9),
        synced=True,
        assignment="1790000000123-9c1f",
        poll=PollInfo(outcome="ok", took_ms=number.randrange(5, 200), requests=3),
        tables=tables,
    )


class Flow:
    """Bodies that go through a committer; notes how long each took to be durable."""

    def __init__(self, spool: Spool) -> None:
        self.committer = Committer(spool, self._durable, wait_ms=COMMIT_MS)
        self.took_ms: list[float] = []
        self.some_done = asyncio.Event()
        self._put: deque[float] = deque()

    def put(self, body: bytes) -> None:
        """Put one."""
        self._put.append(time.perf_counter())
        self.committer.put(body)

    def _durable(self, batches: list[Spooled]) -> None:
        now = time.perf_counter()
        self.took_ms += [(now - self._put.popleft()) * 1000 for _ in batches]
        self.some_done.set()

    @property
    def waiting(self) -> int:
        """How many are not durable yet."""
        return len(self._put)


async def flood(spool: Spool, bodies: Sequence[bytes], count: int) -> dict[str, float]:
    """As fast as the spool takes them, `count` bodies."""
    flow = Flow(spool)
    most = min(MOST, MOST_BYTES * len(bodies) // sum(map(len, bodies)))
    running = asyncio.create_task(flow.committer.run())
    wall, cpu = time.perf_counter(), time.process_time()
    for at in range(0, count, AT_ONCE):
        while flow.waiting > most:
            flow.some_done.clear()
            await flow.some_done.wait()
        for index in range(at, at + AT_ONCE):
            flow.put(bodies[index % len(bodies)])
        await asyncio.sleep(0)
    flow.committer.stop()
    await running
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert flow.committer.unspooled == 0
    soon = sum(took <= SOON_MS for took in flow.took_ms)
    return {
        "records_per_second": round(soon / wall),
        "records_per_cpu_second": round(count / cpu),
        "mb_per_second": round(spool.size / wall / 1e6, 1),
        "later_than_100_ms": count - soon,
        **_quantiles(flow.took_ms),
    }


async def pace(spool: Spool, bodies: Sequence[bytes]) -> dict[str, float]:
    """At the pace of a large agent: what is waited for is company, not the disk."""
    flow = Flow(spool)
    running = asyncio.create_task(flow.committer.run())
    began, made = time.perf_counter(), 0
    while (passed := time.perf_counter() - began) < PACED_S:
        for _ in range(int(passed * PACED_PER_S) - made):
            flow.put(bodies[made % len(bodies)])
            made += 1
        await asyncio.sleep(0.002)
    flow.committer.stop()
    await running
    return {"records_per_second": PACED_PER_S, **_quantiles(flow.took_ms)}


def _quantiles(took_ms: list[float]) -> dict[str, float]:
    took = sorted(took_ms)
    p50, p99 = (took[int(len(took) * share)] for share in (0.5, 0.99))
    return {"p50_ms": round(p50, 1), "p99_ms": round(p99, 1), "max_ms": round(took[-1], 1)}


def reopen(folder: Path, bodies: Sequence[bytes]) -> dict[str, float]:
    """How long a start takes on a backlog, its files in the system's memory, and not."""
    spool = Spool(folder, 1, _LIMITS)
    while spool.size < BACKLOG:
        spool.commit([bodies[number % len(bodies)] for number in range(500)])
    found: dict[str, float] = {"mib": spool.size >> 20, "records": spool.batches()}
    spool.close()
    for boot, name in ((2, "warm"), (3, "cold")):
        if name == "cold":
            _forget(folder)
        wall, cpu = time.perf_counter(), time.process_time()
        spool = Spool(folder, boot, _LIMITS)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        assert spool.batches() == found["records"]
        spool.close()
        found |= {f"{name}_s": round(wall, 2), f"{name}_cpu_s": round(cpu, 2)}
    return found


def _forget(folder: Path) -> None:
    for path in folder.glob("*.seg"):
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def sqlite(folder: Path, bodies: Sequence[bytes], count: int) -> dict[str, float]:
    """The same records as rows of a table, in transactions of as many; WAL and synchronous=FULL, so that a commit is
    on disk. Only the insert: a queue would have to delete, too."""
    base = sqlite3.connect(folder / "queue.db", isolation_level=None)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE queue (boot INTEGER, seq INTEGER, data BLOB, PRIMARY KEY (boot, seq)) WITHOUT ROWID")
    wall, cpu = time.perf_counter(), time.process_time()
    for at in range(0, count, GROUP):
        base.execute("BEGIN")
        rows = ((1, seq, pack(1, seq, bodies[seq % len(bodies)])) for seq in range(at, min(at + GROUP, count)))
        base.executemany("INSERT INTO queue VALUES (?, ?, ?)", rows)
        base.execute("COMMIT")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    base.close()
    return {"records_per_second": round(count / wall), "records_per_cpu_second": round(count / cpu)}


def short_of_goal(report: dict[str, object]) -> list[str]:
    """Return the figures that do not reach their goal."""
    short = []
    for name, (relation, goal) in GOALS.items():
        value = report[name]
        assert isinstance(value, int | float)
        if value < goal if relation == ">=" else value > goal:
            short.append(f"{name} {relation} {goal}")
    return short


def main() -> None:
    """Measure, and print."""
    number, packing = random.Random(1), compressor()
    few = [encode(small(number), packing) for _ in range(BODIES)]
    many = [encode(large(number), packing) for _ in range(BODIES)]
    report: dict[str, object] = {"method": " ".join((__doc__ or "").split()), "load_before": os.getloadavg()}
    with tempfile.TemporaryDirectory(prefix="spool-", dir=sys.argv[1] if sys.argv[1:] else Path()) as at:
        folder = Path(at)

        def spool(name: str) -> Spool:
            return Spool(folder / name, 1, _LIMITS)

        fast, wide = asyncio.run(flood(spool("small"), few, SMALL)), asyncio.run(flood(spool("large"), many, LARGE))
        per_record = sum(map(len, (pack(1, 1, body) for body in many))) / BODIES
        again = reopen(folder / "backlog", many)
        report |= {
            "records_per_second": fast["records_per_second"],
            "bytes_per_value": round(per_record / (ROWS * FIELDS), 2),
            "reopen_s": again["warm_s"],
            "small": fast | {"bytes_per_record": round(sum(map(len, (pack(1, 1, body) for body in few))) / BODIES)},
            "large": wide
            | {"bytes_per_record": round(per_record), "values_per_second": wide["records_per_second"] * ROWS * FIELDS},
            "paced": asyncio.run(pace(spool("paced"), few)),
            "backlog": again,
            "sqlite_small": sqlite(folder, few, SMALL),
        }
    report |= {"load_after": os.getloadavg(), "short_of_goal": short_of_goal(report)}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()

"""What it costs to take in what agents send, how long it takes until it can be read, and what others make of the same
lines. `python -m benchmarks ingest --json` prints JSON.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from servers.find import MissingServerError

from benchmarks import ingest_peers
from benchmarks.ingest_latency import latencies
from benchmarks.ingest_path import points, rates

GOALS = {"values_per_cpu_second": 500_000.0, "messages_per_cpu_second": 10_000.0, "p99_ms": 1_000.0}
VALUES_PER_S, SECONDS = 50_000, 30.0


def main() -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report: dict[str, object] = {
            **rates(folder / "large", rows=100, batches=500, what="values"),
            **rates(folder / "small", rows=1, batches=4_000, what="messages"),
        }
        try:
            report |= latencies(folder / "latency", values_per_s=VALUES_PER_S, seconds=SECONDS)
            same = points(folder / "same", time.time_ns() // 1_000_000)
            report["influxdb_client"] = {"values_per_cpu_second": ingest_peers.write_api(folder / "client", same)}
            report["vmagent"] = {"values_per_cpu_second": ingest_peers.vmagent(folder / "vmagent", same)}
        except MissingServerError as error:
            report["missing"] = str(error)
    json.dump(report | {"short_of_goal": _short(report)}, sys.stdout, indent=2)


def _short(report: dict[str, object]) -> list[str]:
    def misses(name: str, goal: float) -> bool:
        found = report.get(name)
        return not isinstance(found, int | float) or (found > goal if name.endswith("_ms") else found < goal)

    return [name for name, goal in GOALS.items() if misses(name, goal)]


if __name__ == "__main__":
    main()

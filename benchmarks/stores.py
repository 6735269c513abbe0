"""How fast points become lines, and get into each store. `python -m benchmarks.stores` prints JSON.

CPU seconds are those of this process (the database's own are not in them); `points_per_s` is by the wall clock.
"""

import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from influxdb_client.client.write.point import Point as _Untyped

from collector.embedded import EmbeddedStore
from collector.influx import InfluxStore
from collector.influx_config import InfluxConfig
from collector.line_protocol import lines
from collector.store import Point, Store, Written
from contract.catalog import Catalog

ClientPoint: Callable[[str], Any] = _Untyped
ROWS, REQUESTS = 5000, 20
_TEXT = {"en": "-", "vi": "-"}


def _points(request: int) -> list[Point]:
    """One poll of 100 routers with 50 interfaces: 9 tags, 2 gauges, 1 state."""
    same = (("level", "access"), ("operator", "vnpt"), ("role", "router"), ("site", "nam-can"), ("vendor", "cisco"))
    start = int(time.time()) // 86400 * 86_400_000
    return [
        Point.of(
            "interface",
            (("agent", "a1"), ("area", "31831"), ("device", f"rt-{i // 50:03}"), ("if_name", f"GE0/0/{i % 50}"), *same),
            (("in_bps", 1200000.5 + i), ("oper_status", 1), ("out_bps", 3400000.25 * i)),
            start + request * 60_000 + i // 50,
        )
        for i in range(ROWS)
    ]


def _catalog() -> Catalog:
    fields = {
        "in_bps": {**_TEXT, "kind": "gauge"},
        "out_bps": {**_TEXT, "kind": "gauge"},
        "oper_status": {**_TEXT, "kind": "state", "values": {1: "up"}},
    }
    return Catalog.model_validate(
        {"measurements": {"interface": {**_TEXT, "tags": {"if_name": _TEXT}, "fields": fields}}}
    )


def _rate(work: Callable[[list[Point]], object], requests: list[list[Point]]) -> dict[str, int]:
    work(requests[0])
    wall, cpu = time.perf_counter(), time.process_time()
    for points in requests:
        work(points)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    count = sum(map(len, requests))
    return {"points_per_s": round(count / wall), "points_per_cpu_s": round(count / cpu)}


def _client_lines(points: list[Point]) -> str:
    out = []
    for point in points:
        made = ClientPoint(point.measurement).time(point.time, "ms")
        for tag, text in point.tags:
            made.tag(tag, text)
        for field, value in point.fields:
            made.field(field, value)
        out.append(str(made.to_line_protocol()))
    return "\n".join(out)


def _store(store: Store, requests: list[list[Point]]) -> dict[str, dict[str, int]]:
    def write(points: list[Point]) -> None:
        answer = store.write(points)
        if answer != Written():
            raise SystemExit(str(answer))

    return {"first": _rate(write, requests), "again": _rate(write, requests)}


def main() -> None:
    """Measure, and print."""
    requests = [_points(k) for k in range(REQUESTS)]
    report: dict[str, object] = {
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "request": f"{ROWS} points of 9 tags and 3 fields",
        "line_protocol": _rate(lines, requests),
        "influxdb_client.Point": _rate(_client_lines, requests[:2]),
    }
    with tempfile.TemporaryDirectory() as folder:
        embedded = EmbeddedStore(Path(folder), _catalog())
        report["embedded"] = _store(embedded, requests)
        embedded.close()
        size = sum(file.stat().st_size for file in Path(folder).iterdir())
        report["embedded_bytes_per_point"] = round(size / (ROWS * REQUESTS), 1)
        report["influxdb_1"] = _influxdb(Path(folder), requests)
    print(json.dumps(report, indent=2))


def _influxdb(folder: Path, requests: list[list[Point]]) -> object:
    sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))
    from servers.find import MissingServerError
    from servers.influxdb import InfluxDb

    try:
        with InfluxDb(folder) as server:
            store = InfluxStore(InfluxConfig(url=server.url, version=1, database=server.database))
            return _store(store, requests)
    except MissingServerError as error:
        return str(error)


if __name__ == "__main__":
    main()

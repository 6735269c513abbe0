"""What VictoriaMetrics does otherwise than InfluxDB: it says yes (204) to rows that it ignores, and only its counters
tell; it answers no InfluxQL. Pure.

It is a hard target of the delivery tests and not a supported store. Names are those of 1.79.5; its `/metrics` are up to
METRICS_AGE_S old.
"""

import json
import re

from collector.store import Point

METRICS_AGE_S = 1.2
_START = re.compile(rb"^vm_app_start_timestamp ", re.MULTILINE)
_COUNTERS = re.compile(
    rb'^vm_rows_(?:(invalid)_total\{type="influx"|ignored_total\{reason="(\w+)")\} (\d{1,18}(?:\.\d+)?(?:e\+\d\d)?)$',
    re.MULTILINE,
)


def ignored(metrics: bytes) -> dict[str, int] | None:
    """Return how many rows it has ignored since its start, by reason: lines that it could not read (`invalid`), times
    that it does not keep (`small_timestamp`, `big_timestamp`). None when these metrics are another server's."""
    if not _START.search(metrics):
        return None
    return {(invalid or reason).decode(): int(float(n)) for invalid, reason, n in _COUNTERS.findall(metrics)}


def export(point: Point) -> dict[str, str]:
    """Return the parameters of `/api/v1/export` for a point with one field."""
    (name, _), *_ = point.fields
    tags = ",".join(f"{tag}={json.dumps(value)}" for tag, value in point.tags)
    at = f"{point.time / 1000:.3f}"
    return {"match[]": f"{point.measurement}_{name}{{{tags}}}", "start": at, "end": at}


def holds(exported: bytes, point: Point) -> bool:
    """Say whether an answer of `/api/v1/export` has the point."""
    (_, value), *_ = point.fields
    for line in exported.splitlines():
        try:
            found = json.loads(line)
            if (point.time, value) in zip(found["timestamps"], found["values"], strict=True):
                return True
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
    return False

"""The databases that the kill tests are run against: how a collector writes there, how the oracle reads."""

import http.client
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from servers import web
from servers.influxdb import InfluxDb
from servers.process import Server, ServerError
from servers.victoria_metrics import VictoriaMetrics

HORIZON_S = 60.0  # of VictoriaMetrics: how long after its yes it may forget. Its bound is not known, so none shorter


@dataclass(frozen=True, slots=True)
class Target:
    """A database as a kill test needs it. `store` is of a collector's file, `oracle` are arguments of `system.judge`;
    `has_newer` says whether a reading of a time from then on (ms) can be read; `files` is all that it keeps."""

    name: str
    server: Server
    store: dict[str, object]
    oracle: tuple[str, str]
    has_newer: Callable[[int], bool]
    files: tuple[str, ...]
    horizon_s: float

    def empty(self) -> None:
        """Take away its data; it must not run."""
        assert not self.server.is_running
        for name in self.files:
            shutil.rmtree(self.server.directory / name)


def influx(server: InfluxDb) -> Target:
    """InfluxDB 1.x."""
    store: dict[str, object] = {"kind": "influx", "version": 1, "url": server.url, "database": server.database}

    def has_newer(since_ms: int) -> bool:
        try:
            return bool(server.query(f"SELECT count(outcome) FROM poll WHERE time >= {since_ms}ms"))  # noqa: S608
        except (OSError, http.client.HTTPException, ServerError):
            return False

    at = ("--influx", f"{server.url}/{server.database}")
    return Target("InfluxDB", server, store, at, has_newer, ("meta", "data", "wal"), 0.0)


def victoria(server: VictoriaMetrics) -> Target:
    """VictoriaMetrics, which has to be started with `-dedup.minScrapeInterval=1ms`."""
    store: dict[str, object] = {"kind": "influx", "version": 1, "url": server.url, "database": "mangrove"}

    asked = count()

    def has_newer(since_ms: int) -> bool:
        # It remembers for ten seconds which series a question has found, also that there were none yet: each is new.
        match = f'poll_outcome{{question!="{next(asked)}"}}'
        wanted = {"match[]": match, "start": f"{since_ms / 1000:.3f}", "end": "4102444800"}
        try:
            status, body = web.request(server.port, "GET", "/api/v1/export", wanted)
        except (OSError, http.client.HTTPException):
            return False
        return status == 200 and bool(body.strip())

    store |= {"horizon_s": HORIZON_S}
    return Target("VictoriaMetrics", server, store, ("--victoria", server.url), has_newer, ("data",), HORIZON_S)

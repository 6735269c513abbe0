"""What others use for the same lines: influxdb-client's `Point` with its batching `WriteApi`, and vmagent.

Both end in a VictoriaMetrics, which takes more than either gives. CPU seconds are those of this process and of
vmagent's, without the database's.
"""

import http.client
import re
import socket
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point as ClientPoint
from influxdb_client.client.write_api import WriteOptions
from servers import web
from servers.find import find
from servers.ports import HOST, free_port
from servers.process import Server
from servers.victoria_metrics import VictoriaMetrics

from benchmarks.poll_parts import cpu_s
from collector.line_protocol import lines
from collector.store import Point

WAIT_S = 60.0
REQUEST = 5_000
_Client: Any = InfluxDBClient
_Point: Any = ClientPoint


def write_api(folder: Path, points: Sequence[Point]) -> float:
    """Return how many values pass through `Point` and `WriteApi` in a CPU-second.

    Raises:
        MissingServerError: there is no VictoriaMetrics here.
    """
    folder.mkdir()
    with VictoriaMetrics(folder) as database, _Client(url=database.url, token="", org="-") as client:
        before = time.process_time()
        with client.write_api(write_options=WriteOptions(batch_size=REQUEST)) as writes:
            for point in points:
                made = _Point(point.measurement).time(point.time, "ms")
                for name, text in point.tags:
                    made.tag(name, text)
                for name, value in point.fields:
                    made.field(name, value)
                writes.write("-", "-", made)
        took = time.process_time() - before
        _wait(database, _values(points))
    return round(_values(points) / took)


def vmagent(folder: Path, points: Sequence[Point]) -> float:
    """Return how many values vmagent passes on in a CPU-second, from its listener for line protocol through its queue
    on disk until the database has them.

    Raises:
        MissingServerError: there is no vmagent here.
    """
    folder.mkdir()
    with VictoriaMetrics(folder) as database, _Vmagent(folder, database.url) as agent:
        before = cpu_s(agent.pid)
        with socket.create_connection((HOST, agent.listens)) as connection:
            for first in range(0, len(points), REQUEST):
                # It takes times in nanoseconds.
                connection.sendall(
                    re.sub(rb"(?m)$", b"000000", lines(points[first : first + REQUEST]).rstrip()) + b"\n"
                )
        _wait(database, _values(points))
        return round(_values(points) / (cpu_s(agent.pid) - before))


class _Vmagent(Server):
    def __init__(self, folder: Path, url: str) -> None:
        self.listens, self._port = free_port(), free_port()
        directory = folder / "vmagent"
        directory.mkdir()
        arguments = [
            f"-influxListenAddr={HOST}:{self.listens}",
            f"-httpListenAddr={HOST}:{self._port}",
            f"-remoteWrite.url={url}/api/v1/write",
            f"-remoteWrite.tmpDataPath={directory / 'queue'}",
        ]
        super().__init__(find("vmagent"), arguments, directory, {})

    def is_ready(self) -> bool:
        """Whether it listens."""
        try:
            return web.request(self._port, "GET", "/health", timeout=1)[0] == 200
        except (OSError, http.client.HTTPException):
            return False


def _values(points: Sequence[Point]) -> int:
    return sum(len(point.values) for point in points)


def _wait(database: VictoriaMetrics, wanted: int) -> None:
    pause = threading.Event()
    deadline = time.monotonic() + WAIT_S
    while _rows(database) < wanted:
        assert time.monotonic() < deadline, f"the database has {_rows(database)} of {wanted} values"
        pause.wait(0.1)


def _rows(database: VictoriaMetrics) -> int:
    _, body = web.request(database.port, "GET", "/metrics")
    return sum(int(found) for found in re.findall(rb'(?m)^vm_rows_inserted_total\{type="\w+"\} (\d+)$', body))

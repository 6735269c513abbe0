"""A VictoriaMetrics of our own."""

import http.client
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict, cast

from servers import web
from servers.find import find
from servers.ports import HOST, free_port
from servers.process import Server, ServerError

_FAR = "4102444800"  # the year 2100, in seconds: also what was written ahead of the clock is exported


class _Exported(TypedDict):
    metric: dict[str, str]
    values: list[float]
    timestamps: list[int]


class VictoriaMetrics(Server):
    """A single-node VictoriaMetrics on `url` that keeps ten years; `arguments` adds flags.

    Raises MissingServerError.
    """

    def __init__(self, directory: Path, *, arguments: Sequence[str] = ()) -> None:
        self.host = HOST
        self.port = free_port()
        self.url = f"http://{self.host}:{self.port}"
        directory = directory / "victoria-metrics"
        directory.mkdir(parents=True)
        flags = [
            f"-httpListenAddr={self.host}:{self.port}",
            f"-storageDataPath={directory / 'data'}",
            "-retentionPeriod=10y",
            *arguments,
        ]
        super().__init__(find("victoria-metrics"), flags, directory, {})

    def is_ready(self) -> bool:
        try:
            status, _ = web.request(self.port, "GET", "/health", timeout=1)
        except (OSError, http.client.HTTPException):
            return False
        return status == 200

    def export(self, match: str = '{__name__!=""}') -> dict[str, list[tuple[int, float]]]:
        """Every sample of every series that `match` selects, oldest first, also those written just now.

        A series is named `metric{tag="value",...}`, tags in alphabetic order. Raises ServerError.
        """
        self._get("/internal/force_flush", {})
        found: dict[str, list[tuple[int, float]]] = {}
        for line in self._get("/api/v1/export", {"match[]": match, "start": "0", "end": _FAR}).splitlines():
            exported = cast("_Exported", json.loads(line))
            samples = zip(exported["timestamps"], exported["values"], strict=True)
            found.setdefault(_name(exported["metric"]), []).extend(samples)
        return {series: sorted(samples) for series, samples in sorted(found.items())}

    def write(self, lines: str) -> None:
        """Write line protocol with times in ms. Raises ServerError; VictoriaMetrics ignores lines it cannot read."""
        status, body = web.request(self.port, "POST", "/write", {"precision": "ms"}, body=lines.encode())
        if status != 204:
            raise ServerError(f"{status} {body!r}")

    def _get(self, path: str, parameters: dict[str, str]) -> bytes:
        status, body = web.request(self.port, "GET", path, parameters)
        if status != 200:
            raise ServerError(f"{path}: {status} {body!r}")
        return body


def _name(metric: dict[str, str]) -> str:
    tags = ",".join(
        f"{tag}={json.dumps(metric[tag], ensure_ascii=False)}" for tag in sorted(metric) if tag != "__name__"
    )
    return f"{metric['__name__']}{{{tags}}}"

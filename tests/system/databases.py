"""What a database holds, read over HTTP by a few lines of the oracle's own: InfluxDB 1.x and VictoriaMetrics."""

import json
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

TIMEOUT_S = 60.0
_FAR = "4102444800"  # the year 2100, in seconds: what was written ahead of the clock is read, too

Fields = dict[str, float | int]


@dataclass(frozen=True, slots=True)
class Found:
    """One point as the database has it; `tags` are all of the series, `time` is ms."""

    measurement: str
    tags: tuple[tuple[str, str], ...]
    time: int
    fields: Fields


def influx(url: str, database: str) -> Iterator[Found]:
    """Yield everything in a database of InfluxDB 1.x.

    Raises:
        OSError: it does not answer.
    """
    names = [str(row[0]) for _, _, row in _rows(url, database, "SHOW MEASUREMENTS")]
    for name in names:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        for tags, columns, row in _rows(url, database, f'SELECT * FROM "{quoted}" GROUP BY *'):  # noqa: S608
            values = dict(zip(columns, row, strict=True))
            time = cast("int", values.pop("time"))
            fields = {field: cast("float", value) for field, value in values.items() if value is not None}
            yield Found(name, tuple(sorted((tag, text) for tag, text in tags.items() if text)), time, fields)


def victoria(url: str, measurements: Iterable[str]) -> Iterator[Found]:
    """Yield everything in a VictoriaMetrics, which names a series `measurement_field`: the longest of `measurements`
    that fits is the measurement. Of a series that fits none, or that has two samples of one time, each sample is a
    point of its own.

    Raises:
        OSError: it does not answer.
    """
    _get(url, "/internal/force_flush", {})
    known = sorted(measurements, key=len, reverse=True)
    joined: dict[tuple[str, tuple[tuple[str, str], ...], int], Fields] = {}
    again: list[Found] = []
    match = {"match[]": '{__name__!=""}', "start": "0", "end": _FAR}
    for line in _get(url, "/api/v1/export", match).splitlines():
        series = json.loads(line)
        name = series["metric"].pop("__name__")
        series["metric"].pop("db", None)  # its own: the parameter of the write
        tags = tuple(sorted(series["metric"].items()))
        measurement = next((one for one in known if name.startswith(f"{one}_")), "")
        field = name[len(measurement) + 1 :] if measurement else name
        for time, value in zip(series["timestamps"], series["values"], strict=True):
            fields = joined.setdefault((measurement, tags, time), {})
            if field in fields:
                again.append(Found(measurement, tags, time, {field: value}))
            else:
                fields[field] = value
    for (measurement, tags, time), fields in joined.items():
        yield Found(measurement, tags, time, fields)
    yield from again


def _rows(url: str, database: str, text: str) -> Iterator[tuple[dict[str, str], list[str], list[object]]]:
    for result in json.loads(_get(url, "/query", {"db": database, "epoch": "ms", "q": text}))["results"]:
        if "error" in result:
            raise OSError(f"{text}: {result['error']}")
        for series in result.get("series", []):
            assert not series.get("partial"), "the database sent a part of the rows"
            for row in series.get("values", []):
                yield series.get("tags", {}), series["columns"], row


def _get(url: str, path: str, parameters: dict[str, str]) -> bytes:
    with urllib.request.urlopen(f"{url}{path}?{urlencode(parameters)}", timeout=TIMEOUT_S) as answer:  # noqa: S310
        return cast("bytes", answer.read())

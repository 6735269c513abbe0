"""A batch to points: tags from the inventory version that it names, clean text, one type a field. Pure."""

from collections.abc import Iterator

from collector.intake import Accepted
from collector.line_protocol import clean
from collector.store import Point
from contract.batch import Outcome, PollInfo, Table
from contract.catalog import Catalog, UnknownError

OUTCOMES: dict[Outcome, int] = {
    "ok": 0,
    "partial": 1,
    "timeout": 2,
    "auth": 3,
    "refused": 4,
    "unreachable": 5,
    "error": 6,
}


NEEDED = {
    "poll": ("outcome", "requests", "took_ms"),
    "availability": ("up_s", "down_s", "unknown_s", "maintenance_s"),
    "status": ("status",),
    "coverage": ("cells", "cells_up", "cells_down", "cells_unknown", "in_service_pct", "inferred"),
    "service": ("status", "since_ms", "lat", "lon"),
    "headline": ("communes", "total", "lost", "blind", "share_pct", "age_s"),
    "network": (
        *("sites", "sites_up", "sites_down", "sites_unknown", "sites_maintenance"),
        *("incidents_open", "incidents_acked", "agents", "agents_silent", "age_s"),
    ),
}


def lacks(catalog: Catalog) -> str:
    """Return what the catalog has not of the measurements that we make ourselves, or nothing. Without them a store
    would refuse every one."""
    try:
        for measurement, fields in NEEDED.items():
            for name in fields:
                catalog.field(measurement, name)
    except UnknownError as error:
        return str(error)
    return ""


def points(accepted: Accepted, catalog: Catalog) -> list[Point]:
    """Return what is stored of a batch; a row without any value is no point."""
    tags = _tags(accepted)
    out: list[Point] = []
    if accepted.batch.poll is not None:
        out.append(_poll(accepted.batch.poll, tags, accepted.batch.time))
    for table in accepted.batch.tables:
        out.extend(_rows(table, tags, accepted.batch.time, catalog))
    return out


def _tags(accepted: Accepted) -> dict[str, str]:
    tags = {"agent": accepted.agent}
    if accepted.meaning is None:
        return tags
    device = accepted.meaning.elements[accepted.batch.device]
    site = accepted.meaning.sites[device.site]
    tags |= {"device": device.id, "site": site.id, "area": site.area}
    optional = {"level": device.level, "role": device.role, "vendor": device.vendor, "operator": site.operator}
    return tags | {name: value for name, value in optional.items() if value}


def _poll(poll: PollInfo, tags: dict[str, str], time: int) -> Point:
    fields = (("outcome", OUTCOMES[poll.outcome]), ("requests", poll.requests), ("took_ms", float(poll.took_ms)))
    return Point("poll", tuple(sorted(tags.items())), fields, time)


def _rows(table: Table, tags: dict[str, str], time: int, catalog: Catalog) -> Iterator[Point]:
    width = len(table.tags)
    kinds = [(name, catalog.field(table.measurement, name).kind == "gauge") for name in table.fields]
    order = sorted(range(len(kinds)), key=lambda i: kinds[i][0])
    for number, row in enumerate(table.rows):
        own = {name: clean(str(value)) for name, value in zip(table.tags, row, strict=False)}
        fields: list[tuple[str, float | int]] = []
        for i in order:
            value = row[width + i]
            if isinstance(value, int | float):
                name, gauge = kinds[i]
                fields.append((name, float(value) if gauge else int(value)))
        if fields:
            at = time if table.times is None else table.times[number]
            yield Point(table.measurement, tuple(sorted({**tags, **own}.items())), tuple(fields), at)

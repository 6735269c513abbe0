"""Derived rows as points: what the catalog marks as derived, made in one place. Pure."""

from collections.abc import Mapping

from collector.store import Point
from collector.watch.coverage import Headline, Tally
from collector.watch.network import Group, Network
from collector.watch.spans import Totals

REPORTED, INFERRED = 0, 1  # the values of coverage.inferred
Numbers = Mapping[str, float | int | None]


def tags_of(network: Network, scope: str, subject: str) -> dict[str, str]:
    """Return the tags of a device, sensor, site, area or agent."""
    out = {"scope": scope, "title": network.title(subject)}
    if scope == "area":
        return out | {"area": subject, "level": network.areas[subject].level}
    if scope == "agent":
        return out | {"agent": subject}
    site = subject
    if scope in ("device", "sensor"):
        site = network.elements[subject].site
        out["device"] = subject
    return out | {"site": site, "area": network.sites[site].area}


def availability(network: Network, scope: str, subject: str, totals: Totals, first: int) -> Point:
    """Return the row of a period that began at `first`; seconds."""
    fields = {
        "up_s": totals.up / 1000,
        "down_s": totals.down / 1000,
        "unknown_s": totals.unknown / 1000,
        "maintenance_s": totals.maintenance / 1000,
    }
    return _point("availability", tags_of(network, scope, subject), fields, first)


def status(network: Network, scope: str, subject: str, value: int, at: int) -> Point:
    """Return the state of something now."""
    return _point("status", tags_of(network, scope, subject), {"status": value}, at)


def coverage(network: Network, group: Group, tally: Tally, age_ms: int | None, at: int) -> Point:
    """Return the cells of a commune, technology and operator; `age_ms` of the oldest of their reports."""
    tags = {
        "area": group.area,
        "technology": group.technology,
        "operator": group.operator,
        "title": network.title(group.area),
    }
    fields: Numbers = {
        "cells": float(tally.total),
        "cells_up": float(tally.up),
        "cells_down": float(tally.down),
        "cells_unknown": float(tally.unknown),
        "in_service_pct": tally.share_pct,
        "inferred": REPORTED if 0 < tally.reported == tally.up + tally.down else INFERRED,
        "cells_reported": float(tally.reported),
        "age_s": None if age_ms is None else age_ms / 1000,
    }
    return _point("coverage", tags, fields, at)


def service(network: Network, area: str, technology: str, value: int, since: int, at: int) -> Point:
    """Return the service of a commune in a technology."""
    tags = {"area": area, "technology": technology, "title": network.title(area)}
    where = network.areas[area]
    fields: Numbers = {"status": value, "since_ms": float(since), "lat": where.lat, "lon": where.lon}
    return _point("service", tags, fields, at)


def headline(technology: str, line: Headline, age_ms: int | None, at: int) -> Point:
    """Return the headline of a technology; `age_ms` of the oldest reading that it rests on. Where we see no commune
    with service and cannot see others, there is no number: a zero would say that all of them have lost it."""
    fields: Numbers = {
        "communes": None if line.blind and not line.communes else float(line.communes),
        "total": float(line.total),
        "lost": float(line.lost),
        "blind": float(line.blind),
        "share_pct": line.cells.share_pct,
        "age_s": None if age_ms is None else age_ms / 1000,
    }
    return _point("headline", {"technology": technology}, fields, at)


def network_row(numbers: Numbers, at: int) -> Point:
    """Return the network as a whole."""
    return _point("network", {}, numbers, at)


def _point(measurement: str, tags: Mapping[str, str], fields: Numbers, at: int) -> Point:
    given = sorted((name, value) for name, value in fields.items() if value is not None)
    return Point.of(measurement, tuple(sorted(tags.items())), tuple(given), at)

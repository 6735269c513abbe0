"""Availability held against the truth, second by second."""

from collector.watch.field import Field
from collector.watch.world import START

PERIOD_S = 60
STATES = ("up_s", "down_s", "unknown_s", "maintenance_s")


def rows(field: Field, scope: str) -> dict[tuple[str, int], dict[str, float]]:
    """The last word about each subject and period, as the database would hold it."""
    out: dict[tuple[str, int], dict[str, float]] = {}
    for point in field.points:
        tags = dict(point.tags)
        if point.measurement == "availability" and tags["scope"] == scope:
            subject = tags.get("device") or tags.get("site") or tags["area"]
            out[subject, point.time] = {name: float(value) for name, value in point.fields}
    return out


def held_against_the_truth(field: Field, edited: set[str]) -> None:
    """Each row adds up; those of areas are the sums of their sites; those of devices tell what was, as far as readings
    can; `edited` devices had several lives."""
    devices, sites, areas = (rows(field, scope) for scope in ("device", "site", "area"))
    for (name, at), row in (devices | sites).items():
        assert abs(sum(row[state] for state in STATES) - PERIOD_S) < 1e-6, (name, at, row)
        assert min(row.values()) >= 0
    if not edited:
        for (area, at), row in areas.items():
            mine = [site for site in field.map.area_of if area in field.map.around(site)]
            for state in STATES:
                assert abs(row[state] - sum(sites[site, at][state] for site in mine)) < 1e-6, (area, at)
    for name in field.map.devices.keys() - edited:
        _device(field, name, {at: row for (one, at), row in devices.items() if one == name and at >= START})


def _device(field: Field, name: str, found: dict[int, dict[str, float]]) -> None:
    agent = field.map.devices[name].agent
    interval_s = field.map.devices[name].interval_s
    around = field.map.around(name)
    windows = [(since, until) for subject, since, until in field.windows if subject in around]
    expected = dict.fromkeys(STATES, 0)
    changes, before = 0, ""
    for number, facts in enumerate(field.facts):
        at = START + 1000 * (number + 1)
        if at // 60_000 * 60_000 not in found:
            continue
        state = "up_s" if name in facts.alive else "down_s"
        state = "maintenance_s" if any(since <= at < until for since, until in windows) else state
        expected[state] += 1
        changes += state != before
        before = state
    pauses = field.pauses.count(agent)
    got = {state: sum(row[state] for row in found.values()) for state in STATES}
    slack = (changes + 2) * 2 * interval_s + pauses * 3 * interval_s
    for state in STATES:
        assert abs(got[state] - expected[state]) <= slack, (name, state, got, expected, slack)

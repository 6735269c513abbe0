"""Who is on call when: the weekly turn, hand-overs at local wall time, and overrides, which win.

Where the clocks are put forward over a hand-over's time, it is that much later by the new clock; where they are put
back, it is at the first of the two (PEP 495, fold 0). Times are compared as instants, so nobody's turn has a hole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from collector.oncall.config import Rotation

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's turn from `since` until `until` (excluded), in the rotation's zone."""

    person: str
    since: datetime
    until: datetime


def on_call(rotation: Rotation, at: datetime) -> str:
    """Return who is on call at an instant."""
    for one in rotation.overrides:
        if _instant(rotation, one.since) <= at < _instant(rotation, one.until):
            return one.person
    return rotation.order[_week(rotation, at) % len(rotation.order)]


def next_on_call(rotation: Rotation, at: datetime) -> str:
    """Return who takes over in the weekly turn after the one on call: the next other person of the order, or the same
    when there is no other."""
    now = on_call(rotation, at)
    week = _week(rotation, at)
    turns = (rotation.order[(week + ahead) % len(rotation.order)] for ahead in range(1, len(rotation.order) + 1))
    return next((person for person in turns if person != now), now)


def shifts(rotation: Rotation, since: datetime, until: datetime) -> Iterator[Shift]:
    """Yield the turns of a time, its first cut at `since` and its last at `until`."""
    zone = ZoneInfo(rotation.time_zone)
    edges = {since.astimezone(UTC), until.astimezone(UTC)}
    edges |= {_handover(rotation, week) for week in range(_week(rotation, since) + 1, _week(rotation, until) + 1)}
    edges |= {_instant(rotation, edge) for one in rotation.overrides for edge in (one.since, one.until)}
    inside = sorted(edge for edge in edges if since <= edge <= until)
    begin = inside[0]
    for edge, following in pairwise(inside):
        person = on_call(rotation, edge)
        if following == inside[-1] or on_call(rotation, following) != person:
            yield Shift(person, begin.astimezone(zone), following.astimezone(zone))
            begin = following


def _week(rotation: Rotation, at: datetime) -> int:
    """Return the number of the week that holds an instant, counted from the first hand-over; negative before it."""
    local = at.astimezone(ZoneInfo(rotation.time_zone))
    week = (local.date() - rotation.start) // WEEK
    if _handover(rotation, week) > at:  # the day has come, the hour has not
        return week - 1
    if _handover(rotation, week + 1) <= at:  # put back, the clocks showed yesterday again
        return week + 1
    return week


def _handover(rotation: Rotation, week: int) -> datetime:
    return _instant(rotation, datetime.combine(rotation.start + week * WEEK, rotation.handover.time))


def _instant(rotation: Rotation, local: datetime) -> datetime:
    """Return the instant at which the rotation's clocks show a time."""
    return local.replace(tzinfo=ZoneInfo(rotation.time_zone), fold=0).astimezone(UTC)

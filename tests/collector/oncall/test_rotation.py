"""The rotation: one person at each instant, hand-overs at local wall time, also where clocks are moved."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.oncall.config import Handover, Override, Rotation, Weekday
from collector.oncall.rotation import next_on_call, on_call, shifts

ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "America/Sao_Paulo")
HOUR = timedelta(hours=1)


def rotation(zone: str, start: date, at: time, *order: str, overrides: tuple[Override, ...] = ()) -> Rotation:
    weekday: Weekday = get_args(Weekday)[start.weekday()]
    return Rotation(
        time_zone=zone,
        start=start,
        handover=Handover(weekday=weekday, time=at),
        order=list(order) or ["a", "b", "c"],
        overrides=list(overrides),
    )


def wall(text: str) -> datetime:
    """What a clock on the wall shows."""
    return datetime.fromisoformat(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


INSTANTS = st.datetimes(wall("2005-01-01"), wall("2035-01-01"), timezones=st.just(UTC))
STARTS = st.dates(date(2006, 1, 1), date(2034, 1, 1))
TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0, fold=0))


@st.composite
def overridden(draw: st.DrawFn) -> Rotation:
    """A rotation with up to three overrides that do not overlap."""
    edges = sorted(draw(st.sets(st.datetimes(wall("2006-01-01"), wall("2034-01-01")), max_size=6)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    overrides = tuple(Override(person=draw(st.sampled_from("ax")), since=a, until=b) for a, b in pairs)
    zone, start, at = draw(st.sampled_from(ZONES)), draw(STARTS), draw(TIMES)
    return rotation(zone, start, at, *draw(st.lists(st.sampled_from("abc"), min_size=1)), overrides=overrides)


@given(overridden(), INSTANTS, st.integers(1, 80))
def test_the_turns_of_a_time_are_without_hole_or_overlap_and_agree_with_who_is_on_call(
    given_rotation: Rotation, since: datetime, days: int
) -> None:
    until = since + timedelta(days=days)
    turns = list(shifts(given_rotation, since, until))
    assert (turns[0].since, turns[-1].until) == (since, until)
    for earlier, later in pairwise(turns):
        assert earlier.until == later.since
        assert earlier.person != later.person
    for turn in turns:
        first, last = turn.since.astimezone(UTC), turn.until.astimezone(UTC)
        for at in (first, first + (last - first) / 3, last - timedelta(microseconds=1)):
            assert on_call(given_rotation, at) == turn.person


@given(st.sampled_from(ZONES), STARTS, TIMES, INSTANTS)
def test_every_handover_is_at_its_local_wall_time_or_just_after_a_gap_that_swallows_it(
    zone: str, start: date, at: time, since: datetime
) -> None:
    made = rotation(zone, start, at)
    turns = list(shifts(made, since, since + timedelta(weeks=60)))
    for turn in turns[1:]:
        local = turn.since.replace(tzinfo=None)
        said = datetime.combine(local.date(), at)
        if local != said:  # a gap has swallowed the time: it is as much later as the clocks were put forward
            assert said.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) == turn.since.astimezone(UTC)
            assert timedelta() < local - said <= HOUR
        assert turn.since.fold == 0
        assert turn.since.weekday() == start.weekday()
    people = [turn.person for turn in turns]
    assert all(later == made.order[(made.order.index(earlier) + 1) % 3] for earlier, later in pairwise(people))


@pytest.mark.parametrize(
    ("zone", "start", "at", "handover"),
    [
        ("Asia/Ho_Chi_Minh", date(2026, 1, 5), time(8), "2026-01-05T01:00"),
        ("Europe/Berlin", date(2026, 3, 23), time(8), "2026-03-23T07:00"),
        ("Europe/Berlin", date(2026, 3, 30), time(8), "2026-03-30T06:00"),  # the day after clocks go forward
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:30"),  # 02:30 is not there: 03:30
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30"),  # 02:30 is there twice: the first
        ("America/St_Johns", date(2010, 11, 7), time(0, 0), "2010-11-07T02:30"),  # at 00:01 it is yesterday again
    ],
)
def test_a_handover_is_at_this_instant(zone: str, start: date, at: time, handover: str) -> None:
    made = rotation(zone, start, at)
    assert on_call(made, utc(handover) - timedelta(microseconds=1)) == "c"
    for later in (timedelta(), HOUR / 2, HOUR, 3 * HOUR):
        assert on_call(made, utc(handover) + later) == "a"


def test_an_override_wins_from_its_first_instant_to_before_its_last() -> None:
    one = Override(person="x", since=wall("2026-01-06T18:00"), until=wall("2026-01-07T08:00"))
    made = rotation("Asia/Ho_Chi_Minh", date(2026, 1, 5), time(8), overrides=(one,))
    tick = timedelta(microseconds=1)
    since, until = utc("2026-01-06T11:00"), utc("2026-01-07T01:00")
    assert [on_call(made, at) for at in (since - tick, since, until - tick, until)] == ["a", "x", "x", "a"]


def test_the_next_is_another_person_wherever_there_is_one() -> None:
    one = Override(person="b", since=wall("2026-01-06"), until=wall("2026-01-07"))
    made = rotation("UTC", date(2026, 1, 5), time(8), "a", "a", "b", "c", overrides=(one,))
    assert next_on_call(made, utc("2026-01-05T09:00")) == "b"
    assert next_on_call(made, utc("2026-01-06T09:00")) == "a"  # b is on call instead of a, whose weeks these are
    assert next_on_call(made, utc("2026-01-28T09:00")) == "a"
    assert next_on_call(rotation("UTC", date(2026, 1, 5), time(8), "a"), utc("2026-01-28T09:00")) == "a"

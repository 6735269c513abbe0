"""What is known now: for how long a reading holds, whose clock is wrong, who is heard, and what is put back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.watch.sight import (
    BEATS,
    MAX_SILENT_MS,
    MIN_FRESH_MS,
    MIN_HOLDS_MS,
    MIN_SKEW_MS,
    SILENT_MS,
    Sight,
    holds_ms,
    is_fresh,
)
from collector.watch.values import values
from contract.batch import Batch, Outcome, PollInfo, Table

NOW = 1_800_000_000_000
JUDGED = {("interface", "in_pct")}


def poll(outcome: Outcome = "ok", at: int = NOW, *tables: Table) -> Batch:
    """A reading of a device."""
    return Batch(kind="poll", device="d", time=at, poll=PollInfo(outcome=outcome, took_ms=1), tables=list(tables))


def take(sight: Sight, batch: Batch, interval_ms: int = 10_000) -> bool:
    """Take it at its own time; its agent is heard for long."""
    sight.expect("a", 86_400.0)
    sight.hear("a", batch.time)
    return sight.take("a", batch, batch.time, interval_ms, values(batch, 0, NOW, JUDGED))


@pytest.mark.parametrize("interval_ms", [100, 10_000, 86_400_000])
def test_a_reading_holds_for_two_and_a_half_intervals_and_is_fresh_for_two(interval_ms: int) -> None:
    holds = max(interval_ms * 5 // 2, MIN_HOLDS_MS)
    sight = Sight()
    take(sight, poll(), interval_ms)
    assert holds_ms(interval_ms) == holds
    sight.hear("a", NOW + holds)
    assert sight.answer("d", NOW + holds) == "up"
    assert sight.answer("d", NOW + holds + 1) is None
    fresh = max(2 * interval_ms, MIN_FRESH_MS)
    assert is_fresh(NOW - fresh, interval_ms, NOW)
    assert not is_fresh(NOW - fresh - 1, interval_ms, NOW)


def test_what_is_older_or_known_is_not_taken() -> None:
    sight = Sight()
    assert take(sight, poll("timeout"))
    assert not take(sight, poll("ok"))
    assert not take(sight, poll("ok", NOW - 1))
    assert sight.answer("d", NOW) == "down"
    assert take(sight, poll("ok", NOW + 1))


def test_when_it_last_answered_is_remembered_while_it_does_not() -> None:
    sight = Sight()
    said = []
    for number, outcome in enumerate(("timeout", "ok", "refused", "auth", "unreachable", "partial")):
        take(sight, poll(outcome, NOW + number))  # type: ignore[arg-type]
        said.append(sight.readings["d"].answered_at)
    assert [at and at - NOW for at in said] == [None, 1, 1, 3, 3, 5]


def test_of_tables_without_tags_the_newest_value_is_kept_also_of_a_batch_that_lacks_it() -> None:
    sight = Sight()
    charge = Table(measurement="battery", fields=["charge_pct", "volts"], rows=[[80.0, None]])
    rows = Table(measurement="interface", tags=["if_name"], fields=["in_pct"], rows=[["a\n|", 5.0]])
    take(sight, poll("ok", NOW, charge, rows))
    take(sight, poll("ok", NOW + 1))
    found = sight.value("d", "battery", "charge_pct")
    assert found is not None
    assert (found.value, found.at) == (80.0, NOW)
    assert sight.value("d", "battery", "volts") is None
    assert sight.value("d", "interface", "in_pct") is None
    assert [value.row for value in values(poll("ok", NOW, rows), 0, NOW, JUDGED)] == [("a_|",)]


def test_values_have_our_time_are_in_its_order_and_none_is_of_a_time_to_come() -> None:
    times = [NOW + 90_000, NOW - 5, NOW]
    table = Table(measurement="m", fields=["f"], rows=[[1], [2], [3]], times=times)
    found = values(poll("ok", NOW, table), -1000, NOW, JUDGED)
    assert [(value.value, value.at - NOW) for value in found] == [(2.0, -1005), (3.0, -1000), (1.0, 0)]


def test_an_agent_is_silent_after_three_of_its_heartbeats_within_bounds() -> None:
    for interval_s, silent in ((0.2, SILENT_MS), (5.0, SILENT_MS), (60.0, 180_000), (86_400.0, MAX_SILENT_MS)):
        sight = Sight()
        assert sight.is_silent("a", NOW)
        sight.beat("a", NOW, interval_s, NOW)
        assert not sight.is_silent("a", NOW + silent - 1)
        assert sight.is_silent("a", NOW + silent)


def test_a_reading_says_nothing_while_its_agent_is_silent_and_what_has_turned_is_told_once() -> None:
    sight = Sight()
    sight.beat("a", NOW, 5.0, NOW)
    sight.take("a", poll(), NOW, 3_600_000, [])
    assert sight.turned(NOW - 1, NOW) == set()
    assert sight.answer("d", NOW + SILENT_MS - 1) == "up"
    assert sight.answer("d", NOW + SILENT_MS) is None
    assert sight.turned(NOW, NOW + SILENT_MS) == {"d"}
    assert sight.turned(NOW + SILENT_MS, NOW + SILENT_MS + 1) == set()
    sight.hear("a", NOW + 60_000)
    assert sight.answer("d", NOW + 60_000) == "up"
    assert sight.turned(NOW + SILENT_MS + 1, NOW + 60_000) == {"d"}
    sight.expect("a", 86_400.0)
    sight.hear("a", NOW + 9_000_000)
    assert sight.turned(NOW + 60_000, NOW + 9_000_001) == {"d"}  # two and a half hours are over


def test_since_when_an_agent_is_heard_begins_anew_after_it_was_silent() -> None:
    sight = Sight()
    for at in (0, 20_000, 45_000, 80_000, 90_000):
        sight.hear("a", NOW + at)
    assert sight.heard_since["a"] == NOW + 80_000


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 60_000), min_size=BEATS, max_size=9))
def test_the_clock_of_an_agent_is_told_by_the_beat_that_came_quickest(skew: int, delays: list[int]) -> None:
    sight = Sight()
    for number, delay in enumerate(delays):
        said = NOW + 5000 * number
        sight.beat("a", said + skew, 5.0, said + delay)
    apart = skew - min(delays[-BEATS:])
    assert sight.ours("a", NOW) == NOW - (apart if abs(apart) >= MIN_SKEW_MS else 0)
    assert sight.ours("b", NOW) == NOW


@given(st.integers(MIN_SKEW_MS, 10**12), st.booleans(), st.integers(1, BEATS))
def test_a_clock_that_was_set_is_known_at_its_next_beat(step: int, back: bool, before: int) -> None:
    sight = Sight()
    for number in range(before + 1):
        skew = step * (number == before) * (-1 if back else 1)
        said = NOW + 5000 * number
        sight.beat("a", said + skew, 5.0, said, 5000 * number)
    assert sight.ours("a", NOW + skew) == NOW


def test_what_was_taken_is_put_back_exactly() -> None:
    sight = Sight()
    table = Table(measurement="m", fields=["f"], rows=[[1]])
    take(sight, poll("ok", NOW, table))
    before, value = sight.readings["d"], sight.value("d", "m", "f")
    sight.begin()
    take(sight, poll("timeout", NOW + 1, table.model_copy(update={"rows": [[2]]})))
    take(sight, poll("timeout", NOW + 2).model_copy(update={"device": "new"}))
    sight.put_back()
    assert sight.readings == {"d": before}
    assert sight.value("d", "m", "f") == value
    sight.put_back()
    assert sight.readings == {"d": before}
    assert take(sight, poll("timeout", NOW + 1))  # it comes again, and is new


def test_what_the_inventory_has_no_more_is_forgotten() -> None:
    sight = Sight()
    take(sight, poll("ok", NOW, Table(measurement="m", fields=["f"], rows=[[1]])))
    sight.forget_all_but({"e"})
    assert sight.readings == {}
    assert sight.value("d", "m", "f") is None


def test_after_our_clock_was_put_back_nothing_is_of_a_time_to_come() -> None:
    sight = Sight()
    sight.beat("a", NOW, 5.0, NOW)
    take(sight, poll())
    sight.turn_back(NOW - 3_600_000)
    assert sight.readings == {}
    assert sight.newest == NOW - 3_600_000
    assert sight.is_silent("a", NOW - 3_600_000 + MAX_SILENT_MS)
    assert take(sight, poll("ok", NOW - 3_599_000))


def test_a_sensor_that_is_lost_is_not_down_and_what_it_said_is_unknown() -> None:
    mains = Table(measurement="mains", fields=["present"], rows=[[1]])
    sight = Sight()
    came_and_went: list[Outcome] = ["ok", "unreachable", "ok"]
    for number, outcome in enumerate(came_and_went):
        batch = Batch(kind="sensor", device="s", time=NOW + number, poll=PollInfo(outcome=outcome, took_ms=0))
        take(sight, batch.model_copy(update={"tables": [mains] if outcome == "ok" else []}))
        value = sight.value("s", "mains", "present")
        assert (sight.answer("s", NOW + number), value and value.value) == (
            ("up", 1.0) if outcome == "ok" else ("unclear", None)
        )
    assert take(sight, poll("unreachable", NOW + 9))
    assert sight.answer("d", NOW + 9) == "down"

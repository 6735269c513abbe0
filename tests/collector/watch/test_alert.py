"""The life of one alert: every transition, and what holds whatever the evidence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.watch.alert import Alert, Change, Given, pass_time, take, turn_back
from collector.watch.rules import Unreachable

GAP = 100
RULE = Unreachable(kind="unreachable", en="-", vi="-", for_s=0.03, keep_firing_for_s=0.02)  # 30 and 20 ms
PENDING = Alert("pending", since=10, last=10)
FIRING = Alert("firing", since=10, last=50, fired=40)
CLEARING = Alert("firing", since=10, last=60, fired=40, clear_since=60)
RESOLVED = Alert("resolved", since=10, last=60, fired=40, clear_since=60, resolved=80)


@pytest.mark.parametrize(
    ("before", "evidence", "at", "after", "change"),
    [
        (None, "true", 5, Alert("pending", 5, 5), "pending"),
        (None, "clear", 5, None, None),
        (None, "between", 5, None, None),
        (None, "blind", 5, None, None),
        (PENDING, "true", 20, Alert("pending", 10, 20), None),
        (PENDING, "true", 10 + GAP, Alert("pending", 10, 10 + GAP), None),
        (PENDING, "true", 11 + GAP, Alert("pending", 11 + GAP, 11 + GAP), None),
        (PENDING, "clear", 20, None, "cancelled"),
        (PENDING, "between", 20, None, "cancelled"),
        (PENDING, "blind", 20, None, "cancelled"),
        (PENDING, "clear", 9, PENDING, None),
        (FIRING, "true", 60, Alert("firing", 10, 60, 40), None),
        (FIRING, "clear", 60, CLEARING, None),
        (FIRING, "between", 60, Alert("firing", 10, 60, 40), None),
        (FIRING, "blind", 60, FIRING, None),
        (FIRING, "clear", 49, FIRING, None),
        (CLEARING, "true", 70, Alert("firing", 10, 70, 40), None),
        (CLEARING, "clear", 70, Alert("firing", 10, 70, 40, 60), None),
        (CLEARING, "between", 70, Alert("firing", 10, 70, 40, 60), None),
        (CLEARING, "blind", 70, CLEARING, None),
        (RESOLVED, "true", 90, Alert("pending", 90, 90), "pending"),
        (RESOLVED, "clear", 90, RESOLVED, None),
        (RESOLVED, "blind", 90, RESOLVED, None),
        (RESOLVED, "true", 59, RESOLVED, None),
    ],
)
def test_evidence_moves_an_alert_as_the_table_says(
    before: Alert | None, evidence: Given, at: int, after: Alert | None, change: Change | None
) -> None:
    assert take(before, evidence, at, gap_ms=GAP) == (after, change)


@pytest.mark.parametrize(
    ("before", "at", "ready", "state", "change"),
    [
        (PENDING, 39, True, "pending", None),
        (PENDING, 40, True, "firing", "firing"),
        (PENDING, 40, False, "pending", None),
        (FIRING, 999, True, "firing", None),
        (CLEARING, 79, True, "firing", None),
        (CLEARING, 80, True, "resolved", "resolved"),
        (CLEARING, 80, False, "resolved", "resolved"),
        (RESOLVED, 999, True, "resolved", None),
    ],
)
def test_time_fires_and_resolves_once_it_is_long_enough(
    before: Alert, at: int, ready: bool, state: str, change: Change | None
) -> None:
    after, changed = pass_time(before, RULE, at, ready=ready)
    assert after is not None
    assert (after.state, changed) == (state, change)


def test_a_threshold_keeps_the_value_that_it_saw_last() -> None:
    alert, _ = take(None, "true", 1, gap_ms=GAP, value=7.0)
    alert, _ = take(alert, "true", 2, gap_ms=GAP, value=8.0)
    assert alert is not None
    assert alert.value == 8.0
    fired, _ = pass_time(alert, RULE, 40)
    after, _ = take(fired, "blind", 50, gap_ms=GAP)
    assert after is not None
    assert after.value == 8.0


STEPS = st.lists(st.tuples(st.sampled_from(["true", "clear", "between", "blind"]), st.integers(-20, 60)), max_size=40)


@given(STEPS)
def test_whatever_the_evidence_it_fires_and_resolves_in_turn_and_never_without_it(
    steps: list[tuple[Given, int]],
) -> None:
    alert: Alert | None = None
    at = 0
    seen: list[tuple[Given, int]] = []
    changes: list[Change] = []
    for evidence, later in steps:
        at += later
        seen.append((evidence, at))
        alert, change = take(alert, evidence, at, gap_ms=GAP)
        changes += [change] if change else []
        if alert is not None:
            after, change = pass_time(alert, RULE, at)
            changes += [change] if change else []
            if change == "firing":
                assert any(one == ("true", alert.since) for one in seen)
                assert at - alert.since >= 30
            if change == "resolved":
                assert any(one == ("clear", alert.clear_since) for one in seen)
            alert = after
    ends = [change for change in changes if change in ("firing", "resolved")]
    assert ends == [("firing", "resolved")[n % 2] for n in range(len(ends))]


@given(STEPS, st.integers(-100, 2000))
def test_a_clock_that_is_put_back_leaves_nothing_of_a_time_to_come(steps: list[tuple[Given, int]], now: int) -> None:
    alert: Alert | None = None
    at = 0
    for evidence, later in steps:
        at += later
        alert, _ = take(alert, evidence, at, gap_ms=GAP)
        alert = pass_time(alert, RULE, at)[0] if alert else None
    if alert is not None:
        back = turn_back(alert, now)
        times = (back.since, back.last, back.fired, back.clear_since, back.resolved)
        assert all(time is None or time <= now for time in times)
        assert back.state == alert.state
        assert turn_back(back, now) == back

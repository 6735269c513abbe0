"""Escalation: who is told next, until somebody acknowledges."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.oncall.config import Channel, Escalation, Handover, OnCall, Person, Rotation, Step
from collector.oncall.escalation import Due, due
from contract.secret import SecretSource

OPENED = 1_767_600_000_000  # 2026-01-05 08:00 UTC, as "a" begins
CHIEF = "chief"


def oncall(*steps: tuple[int, list[str]], repeat_s: int = 600) -> OnCall:
    person = Person(language="vi", channels=["sms"])
    return OnCall(
        channels={"sms": Channel(url=SecretSource(env="X"))},
        people=dict.fromkeys(("a", "b", CHIEF), person),
        rotation=Rotation(
            time_zone="UTC",
            start=date(2026, 1, 5),
            handover=Handover(weekday="monday", time=time(8)),
            order=["a", "b"],
        ),
        escalation=Escalation(steps=[Step(after_s=after, notify=who) for after, who in steps], repeat_s=repeat_s),
    )


PLAN = oncall((0, ["on-call"]), (300, ["on-call", "next"]), (900, [CHIEF]))


def at(seconds: float, steps: int, last_s: float = 0.0, *, acked: bool = False, plan: OnCall = PLAN) -> Due | None:
    return due(
        plan,
        opened_ms=OPENED,
        steps=steps,
        last_ms=OPENED + int(last_s * 1000),
        acked=acked,
        now_ms=OPENED + int(seconds * 1000),
    )


@pytest.mark.parametrize(
    ("seconds", "steps", "last_s", "expected"),
    [
        (0, 0, 0, Due("page", 1, ("a",))),
        (299.9, 1, 0, None),
        (300, 1, 0, Due("page", 2, ("a", "b"))),
        (899, 2, 300, None),
        (900, 2, 300, Due("page", 3, (CHIEF,))),
        (1499, 3, 900, None),
        (1500, 3, 900, Due("repeat", 3, (CHIEF,))),
        (90_000, 3, 900, Due("repeat", 3, (CHIEF,))),
    ],
)
def test_a_step_is_due_when_its_time_has_come_and_the_last_is_repeated(
    seconds: float, steps: int, last_s: float, expected: Due | None
) -> None:
    assert at(seconds, steps, last_s) == expected


def test_an_acknowledgement_stops_it() -> None:
    assert [at(seconds, 1, acked=True) for seconds in (0, 300, 900, 90_000)] == [None] * 4


def test_after_a_long_outage_only_the_highest_step_is_taken_and_who_is_on_call_is_not_left_out() -> None:
    assert at(5000, 1) == Due("page", 3, (CHIEF,))
    assert at(5000, 0) == Due("page", 3, ("a", CHIEF))


def test_the_turn_is_that_of_the_moment_of_the_page() -> None:
    week_s = 7 * 86_400
    assert at(week_s, 1, plan=oncall((0, ["on-call"]), (300, ["on-call", "next"]))) == Due("page", 2, ("b", "a"))


def test_a_first_step_that_waits_is_not_due_at_once() -> None:
    plan = oncall((60, ["on-call"]))
    assert at(59, 0, plan=plan) is None
    assert at(60, 0, plan=plan) == Due("page", 1, ("a",))


def test_a_plan_that_has_become_shorter_is_repeated() -> None:
    assert at(5000, 7, 4000) == Due("repeat", 7, (CHIEF,))


def test_a_clock_that_was_put_back_does_not_silence_the_last_step() -> None:
    assert at(1000, 3, 90_000) == Due("repeat", 3, (CHIEF,))


@given(st.lists(st.integers(1, 2000), max_size=60), st.integers(0, 40))
def test_however_late_it_is_looked_at_steps_go_up_once_each_and_repeats_keep_their_distance(
    pauses: list[int], acked_after: int
) -> None:
    now = steps = last = 0
    taken: list[tuple[int, Due]] = []
    for i, pause in enumerate([0, *pauses]):
        now += pause
        one = at(now, steps, last, acked=i > acked_after)
        if one is not None:
            assert i <= acked_after
            assert len(set(one.people)) == len(one.people) > 0
            assert one.action == ("page" if one.steps > steps else "repeat")
            assert one.action == "page" or now - last >= 600
            steps, last = one.steps, now
            taken.append((now, one))
    assert taken[0] == (0, Due("page", 1, ("a",)))
    pages = [one.steps for _, one in taken if one.action == "page"]
    assert pages == sorted(set(pages))
    assert acked_after < len(pauses) or now < 900 or any(CHIEF in one.people for _, one in taken)

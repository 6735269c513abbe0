"""The clock of an engine and the time window of RFC 3414 section 3.2, step 7b."""

from collections.abc import Sequence

import pytest

from agents.snmp.errors import AuthError
from agents.snmp.usm.engine import MAX_NUMBER, TIME_WINDOW_S, Engine


def engine(boots: int = 5, time: int = 1000, now: float = 100.0) -> Engine:
    """One that has proven itself."""
    made = Engine(b"engine", 0, 0, now)
    made.hear(boots, time, now)
    return made


def test_the_clock_goes_on_by_itself() -> None:
    assert engine().clock(100.0) == (5, 1000)
    assert engine().clock(130.9) == (5, 1030)
    assert engine(time=MAX_NUMBER - 1).clock(900.0) == (5, MAX_NUMBER)


def test_what_a_report_says_is_a_guess_until_an_authentic_message_corrects_it() -> None:
    guessed = Engine(b"engine", 900, 9_000_000, 0)
    assert (guessed.proven, guessed.clock(1)) == (False, (900, 9_000_001))
    guessed.hear(2, 30, 1)
    assert (guessed.proven, guessed.clock(1)) == (True, (2, 30))


@pytest.mark.parametrize(
    ("heard", "clock"),
    [
        ([(5, 1010)], (5, 1010)),
        ([(6, 3)], (6, 3)),
        ([(5, 5000)], (5, 5000)),
        ([(5, 1000)], (5, 1010)),
        ([(5, 1010 - TIME_WINDOW_S)], (5, 1010)),
        ([(5, 1020), (5, 1015)], (5, 1020)),
        ([(6, 3), (7, 0)], (7, 0)),
    ],
)
def test_later_times_and_new_boots_are_followed_and_late_messages_change_nothing(
    heard: Sequence[tuple[int, int]], clock: tuple[int, int]
) -> None:
    known = engine()
    for boots, time in heard:
        known.hear(boots, time, 110.0)
    assert known.clock(110.0) == clock


@pytest.mark.parametrize(
    ("boots", "time", "reason"),
    [
        (4, 999_999, "boots went back from 5 to 4.*without counting"),
        (0, 0, "boots went back from 5 to 0"),
        (5, 1010 - TIME_WINDOW_S - 1, "151 s behind.*old message"),
        (5, 0, "1010 s behind"),
        (MAX_NUMBER, 0, "used up its boots"),
    ],
)
def test_what_is_outside_the_time_window_is_refused_and_changes_nothing(boots: int, time: int, reason: str) -> None:
    known = engine()
    with pytest.raises(AuthError, match=reason) as caught:
        known.hear(boots, time, 110.0)
    assert caught.value.outcome == "auth"
    assert known.clock(110.0) == (5, 1010)


def test_a_device_that_does_not_count_its_boots_is_believed_after_one_refusal() -> None:
    known = engine()
    for now in (9000.0, 18_000.0):
        with pytest.raises(AuthError):
            known.hear(5, 3, now)
        known.hear(5, 4, now + 1)
        assert known.clock(now + 2) == (5, 5)


def test_a_clock_that_stood_still_is_followed_again_as_soon_as_it_moves() -> None:
    known = engine()
    known.hear(5, 1001, 9999.0)
    assert known.clock(9999.0) == (5, 1001)

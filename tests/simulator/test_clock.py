"""Two times: that of the wall, and that of the province."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.clock import START, Clock

TIMES = st.floats(0, 4e9)


@given(TIMES, TIMES, st.floats(0.1, 600), st.floats(0, 1e6))
def test_the_wall_is_the_inverse_of_the_simulated_time(began: float, start: float, speed: float, passed: float) -> None:
    clock = Clock(began, start, speed)
    assert clock.simulated(began) == start
    assert clock.wall(clock.simulated(began + passed)) == pytest.approx(began + passed, abs=1e-3)


@given(TIMES, TIMES, st.floats(0.1, 600), st.floats(1, 1e6))
def test_so_many_times_as_much_passes_in_the_province(began: float, start: float, speed: float, passed: float) -> None:
    clock = Clock(began, start, speed)
    assert clock.simulated(began + passed) - start == pytest.approx(passed * speed, rel=1e-3)


def test_a_demo_begins_on_a_monday_before_the_busy_hours() -> None:
    assert datetime.fromtimestamp(START).astimezone(datetime.fromisoformat("2025-10-20T17:00+07:00").tzinfo) == (
        datetime.fromisoformat("2025-10-20T17:00+07:00")
    )
    assert datetime.fromisoformat("2025-10-20T17:00+07:00").weekday() == 0

"""The clocks of agents in the collector's file: what was heard is there after a restart, and it does not grow."""

from pathlib import Path

import pytest
from collector.kit import AGENT, OTHER_AGENT
from hypothesis import given
from hypothesis import strategies as st

from collector import clock_state
from collector.clock_state import MOVED_MS, ClockState
from collector.clocks import Clock
from collector.database import Database, StateError

ANY = st.integers(-(2**63), 2**63 - 1)


def opened(path: Path) -> tuple[Database, ClockState]:
    """The file, as a collector that starts finds it."""
    database = Database(path)
    return database, ClockState(database)


def keep(database: Database, state: ClockState, clock: Clock, boot: str = "1", agent: str = AGENT) -> None:
    """Keep a clock in a transaction of its own."""
    with database.together():
        state.keep(agent, {boot: clock})


def test_the_first_anchor_and_the_least_difference_are_there_after_a_restart(tmp_path: Path) -> None:
    database, state = opened(tmp_path / "s")
    keep(database, state, Clock(beats=(900, 700, 800)))
    keep(database, state, Clock((5, 6), (900, 700, 800)))
    keep(database, state, Clock((7, 8), (MOVED_MS + 700,)))
    keep(database, state, Clock((1, 2)), agent=OTHER_AGENT)
    database.close()
    database, state = opened(tmp_path / "s")
    assert state.read() == [(AGENT, "1", Clock((5, 6), (MOVED_MS + 700,))), (OTHER_AGENT, "1", Clock((1, 2)))]
    database.close()


def test_a_heartbeat_that_says_nothing_new_writes_nothing(tmp_path: Path) -> None:
    database, state = opened(tmp_path / "s")
    keep(database, state, Clock((5, 6), (700,)))
    before = database.execute("select total_changes()").fetchone()
    for least in (700, 700 + MOVED_MS - 1, 701 - MOVED_MS):
        keep(database, state, Clock((5, 6), (least,)))
    keep(database, state, Clock((5, 6)))
    assert database.execute("select total_changes()").fetchone() == before
    database.close()


def test_an_agent_that_starts_for_ever_costs_a_bounded_table_and_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_state, "MAX_BOOTS", 3)
    database, state = opened(tmp_path / "s")
    keep(database, state, Clock((1, 1)), agent=OTHER_AGENT)
    for boot in range(10):
        keep(database, state, Clock((boot, boot)), str(boot))
    left = [(agent, boot) for agent, boot, _ in state.read()]
    assert left == [(OTHER_AGENT, "1"), (AGENT, "7"), (AGENT, "8"), (AGENT, "9")]
    database.close()


def test_what_comes_to_nothing_with_its_transaction_is_kept_at_the_next(tmp_path: Path) -> None:
    database, state = opened(tmp_path / "s")

    def fail() -> None:
        with database.together():
            state.keep(AGENT, {"1": Clock((5, 6))})
            database.execute("insert into nowhere values (1)")

    with pytest.raises(StateError):
        fail()
    assert state.read() == []
    keep(database, state, Clock((5, 6)))
    assert state.read() == [(AGENT, "1", Clock((5, 6)))]
    database.close()


@given(ANY, ANY, st.lists(ANY, max_size=3))
def test_whatever_an_agent_says_can_be_kept(mono: int, time: int, beats: list[int]) -> None:
    database, state = opened(Path(":memory:"))
    for difference in beats:
        keep(database, state, Clock(beats=(difference - mono,)))
    keep(database, state, Clock((mono, time)))
    [(_, _, kept)] = state.read()
    assert kept.anchor == (mono, time)
    database.close()

"""A backlog of an hour, and of two days: all of it is stored, and nothing else waits for it."""

from pathlib import Path

import pytest
from system.torture_table import TortureTable

from benchmarks.drain import INFLOW, Scene, measure

HOUR = 3600 * INFLOW  # values
TWO_DAYS_S = 2 * 86_400.0
SCENES = {
    "database down for an hour": Scene(HOUR, "a0", 3600.0, 20.0, 900.0),
    "agent cut off for two days": Scene(HOUR // 4, "a1", TWO_DAYS_S, 0.0, 600.0),
}


@pytest.mark.torture
@pytest.mark.alone
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", SCENES)
def test_a_backlog_is_stored_while_nothing_else_waits(name: str, tmp_path: Path, torture_table: TortureTable) -> None:
    found = measure(tmp_path, SCENES[name])
    more = int(found["values_in_database"] - found["values_in_spool"])
    torture_table.add(name, 1, max(0, -more), 0, max(0, more), [])
    assert found["values_left"] == 0
    assert more == 0
    assert found["rss_growth_mb"] <= 50
    assert found["fresh_late_s_max"] <= 5
    assert found["ratio"] >= 10
    assert found["watch_late_s_max"] <= 5

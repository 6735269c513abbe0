"""Derived rows that a database refuses: counted, said once for all of a group, and out of the way of the others."""

from pathlib import Path

import pytest
from collector.kit import Clock, FakeStore

from collector.database import Database
from collector.derived import DerivedOutbox
from collector.derived_writer import DerivedWriter
from collector.store import Point


def test_rows_that_are_refused_are_counted_and_one_line_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database, clock = Database(tmp_path / "state.sqlite"), Clock()
    outbox, store = DerivedOutbox(database), FakeStore(clock, bad=frozenset({"bad"}))
    names = ["good", *["bad"] * 50, "fine"]
    with database.together():
        outbox.add(Point.of("status", (("device", name),), (("status", 1),), at) for at, name in enumerate(names))
    writer = DerivedWriter(outbox, store, clock)
    for _ in range(2):
        writer.step()
    assert writer.counts() == {"waiting": 0, "refused": 50, "dropped": 0}
    assert len(store.points) == 2
    assert [record.getMessage() for record in caplog.records] == [
        "50 derived rows are refused and left out; one of status: it is bad"
    ]
    database.close()

"""A collector in parts for the tests of each part."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from collector.kit import Clock, FakeStore, Rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A collector's parts with a database that forgets nothing."""
    made = Rig(tmp_path, FakeStore(Clock()))
    yield made
    made.close()


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Rig]:
    """A collector's parts with a database that may forget what is younger than 60 s."""
    made = Rig(tmp_path, FakeStore(Clock(), horizon_s=60.0))
    yield made
    made.close()


@pytest.fixture
def now_ms() -> int:
    """The time of this host."""
    return time.time_ns() // 1_000_000

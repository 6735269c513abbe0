"""A province in simulated time."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from collector.watch.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A province in which all is well, seen for a while."""
    made = World(tmp_path)
    made.run(30)
    yield made
    made.close()

"""A province in simulated time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from collector.watch.world import World, province

from collector.watch.rules import Rules
from contract.inventory import Inventory


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A province in which all is well, seen for a while."""
    made = World(tmp_path)
    made.run(30)
    yield made
    made.close()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Make a province with some rules, seen for a while."""
    made: list[World] = []

    def new(rules: Rules | None = None, inventory: Inventory | None = None) -> World:
        made.append(World(tmp_path, rules=rules, inventory=inventory or province()))
        made[-1].run(30)
        return made[-1]

    yield new
    for world in made:
        world.close()

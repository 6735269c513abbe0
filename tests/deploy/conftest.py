"""A deployment as `mangrove secrets` makes it, and the shipped broker on it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from deploy.broker import OBSERVER, ShippedBroker

from mangrove.deploy import make

AGENTS = ("tram-a", "tram-b")


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for two agents beside the one of the compose file; never changed."""
    folder = tmp_path_factory.mktemp("deployment") / "made"
    make(folder, [*AGENTS, OBSERVER], ["broker.ttvt.example", "192.0.2.5"], datetime.now(UTC))
    return folder


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory, deployment: Path) -> Iterator[ShippedBroker]:
    """The shipped broker; never killed."""
    with ShippedBroker(tmp_path_factory.mktemp("broker"), deployment) as server:
        yield server

"""A deployment as `mangrove secrets` and `mangrove enroll` make it, and the shipped broker on it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deploy.broker import OBSERVER, ShippedBroker

from mangrove.deploy import make
from mangrove.deploy_files import Files
from mangrove.register import enrol, revoke

AGENTS = ("tram-a", "tram-b")
GONE = "tram-c"
SITE_SENSORS = "sensors-tram-nam-can-01"


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for two agents beside the one of the compose file, one that was revoked; never changed."""
    folder, now = tmp_path_factory.mktemp("deployment") / "made", datetime.now(UTC)
    make(folder, ["broker.ttvt.example", "192.0.2.5"], now)
    files = Files(folder)
    for user in (*AGENTS, GONE, SITE_SENSORS, OBSERVER):
        enrol(files, user, "broker", now, days=1)
    revoke(files, GONE, now + timedelta(seconds=1))
    return folder


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory, deployment: Path) -> Iterator[ShippedBroker]:
    """The shipped broker; never killed."""
    with ShippedBroker(tmp_path_factory.mktemp("broker"), deployment) as server:
        yield server

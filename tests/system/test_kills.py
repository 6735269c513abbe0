"""Nothing is lost, doubled or forged when any process is killed, at any time, while data flow."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from system import provinces, targets
from system.targets import Target
from system.thread import running, wait_for
from system.torment import Torment

KILLS = {"agent": 2, "broker": 4, "collector": 1, "database": 4}
POINTS = {  # in the fast suite, each after so many passes: the others are in `make torture`
    "agent": (("spool.after_write", 3), ("publish.after_publish", 2)),
    "collector": (("watch.after_commit", 2), ("store.after_204", 1)),
}


@contextmanager
def torment(folder: Path, broker: Mosquitto, target: Target, seed: int) -> Iterator[Torment]:
    """A province of which something is in the database."""
    with running(folder, broker, provinces.busy(), target.store) as thread:
        wait_for(lambda: target.has_newer(0), "the first batch is in the database")
        yield Torment(thread, target, random.Random(seed))


@pytest.mark.timeout(240)
@pytest.mark.parametrize("victim", KILLS)
def test_kills_of_any_process_lose_double_and_forge_nothing(
    victim: str, mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path
) -> None:
    with torment(tmp_path, mosquitto, targets.influx(influxdb), 20261127) as made:
        for _ in range(KILLS[victim]):
            made.kill(victim)
        for point, passes in POINTS.get(victim, ()):
            made.kill_at(point, passes)
        verdict = made.finish(None, 60)
        assert verdict.is_clean, verdict
        assert verdict.expected > 4 * 24  # of a poll of each device there are four points or more

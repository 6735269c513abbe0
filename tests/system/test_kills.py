"""Nothing is lost, doubled or forged when any process is killed, at any time, while data flow."""

import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from servers.process import Server
from system import provinces
from system.oracle import as_points, differences
from system.thread import Thread, running, wait_for

KILLS = 5
MEASUREMENTS = ("poll", "system", "interface", "agent")


def influx(database: InfluxDb) -> dict[str, object]:
    """The store of a collector's file."""
    return {"kind": "influx", "version": 1, "url": database.url, "database": database.database}


def export(database: InfluxDb) -> list[dict[str, object]]:
    """Everything that the database holds."""
    return [row for name in MEASUREMENTS for row in database.query(f'SELECT * FROM "{name}"')]  # noqa: S608  # a constant


def victims(thread: Thread, database: Server) -> dict[str, Server]:
    """What can be killed."""
    return {"agent": thread.agent, "broker": thread.broker, "collector": thread.collector, "database": database}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("victim", ["agent", "broker", "collector", "database"])
def test_five_kills_of_any_process_lose_double_and_forge_nothing(
    victim: str, mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path
) -> None:
    choose = random.Random(victim)
    with running(tmp_path, mosquitto, provinces.busy(), influx(influxdb)) as thread:
        wait_for(lambda: thread.stored() > 0, "the first batch is stored")
        for _ in range(KILLS):
            kill_and_return(victims(thread, influxdb)[victim], choose)
            wait_for(flows(thread), f"new batches are stored after the kill of the {victim}")
        thread.settle()
        assert len(thread.accepted()) > KILLS * 6
        assert differences(thread.wanted(), as_points(export(influxdb))) == []
        assert all(row["balanced"] for row in thread.ledger())
        assert sum(row["refused"] + row["dropped"] + row["earlier"] for row in thread.ledger()) == 0


def kill_and_return(victim: Server, choose: random.Random) -> None:
    """SIGKILL at a random moment, and back after another."""
    threading.Event().wait(choose.uniform(0.05, 0.6))
    victim.kill()
    threading.Event().wait(choose.uniform(0.0, 0.6))
    victim.start()


def flows(thread: Thread) -> Callable[[], bool]:
    """Whether anything was stored since now."""
    before = thread.stored()
    return lambda: thread.stored() > before


@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_sixty_random_kills_of_all_processes_lose_double_and_forge_nothing(
    mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path
) -> None:
    choose = random.Random(20261123)
    with running(tmp_path, mosquitto, provinces.busy(), influx(influxdb)) as thread:
        all_of_them = list(victims(thread, influxdb).values())
        wait_for(lambda: thread.stored() > 0, "the first batch is stored")
        for _ in range(60):
            kill_and_return(choose.choice(all_of_them), choose)
        wait_for(flows(thread), "new batches are stored after the last kill")
        thread.settle(300)
        assert differences(thread.wanted(), as_points(export(influxdb))) == []
        assert all(row["balanced"] for row in thread.ledger())

"""Alarms have a lane of their own in the spool: kills of an agent that hears them lose, double and forge none."""

import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from agents.traps.messages import v2c
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from servers.ports import free_port
from system import provinces, targets
from system.oracle import journal
from system.parts import ROOT
from system.thread import running, wait_for
from system.torment import Torment

from agents.snmp import names
from agents.snmp.oids import oid
from contract.crash_point import AGENT


@contextmanager
def telling(source: str, port: int) -> Iterator[None]:
    """A device that says all the time that some port of it is down."""
    ended = threading.Event()

    def tell() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            out.bind((source, 0))
            for number in count():
                index = 1 + number % 200
                said = [(oid(f"1.3.6.1.2.1.2.2.1.1.{index}"), names.INTEGER, index)]
                out.sendto(v2c(said=said, request_id=number), ("127.0.0.1", port))
                if ended.wait(0.01):
                    return

    teller = threading.Thread(target=tell)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "points", [("spool.after_fsync", "spool.before_unlink"), pytest.param(2 * AGENT, marks=pytest.mark.torture)]
)
def test_kills_of_an_agent_that_hears_alarms_lose_double_and_forge_none_of_them(
    points: tuple[str, ...], mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path
) -> None:
    port, source = free_port(socket.SOCK_DGRAM), "127.0.0.2"
    province = provinces.busy()
    first, *others = province.devices
    first = first.model_copy(update={"address": source})
    hears = {"listen": f"127.0.0.1:{port}", "credentials": ["sample"], "per_s": 500}
    target = targets.influx(influxdb)
    with (
        running(
            tmp_path,
            mosquitto,
            province.model_copy(update={"devices": [first, *others]}),
            target.store,
            more={"traps": str(ROOT / "config" / "traps")},
            more_of_agent={"traps": hears},
        ) as thread,
        telling(source, port),
    ):
        wait_for(lambda: target.has_newer(0), "the first batch is in the database")
        made = Torment(thread, target, random.Random(5))
        for at, point in enumerate(points):
            made.kill("agent")
            made.kill_at(point, 1 + at % 3)
        verdict = made.finish(None, 60)
        assert verdict.is_clean, verdict
        kinds = [entry.body["kind"] for entry in journal(thread.agent.spool, thread.agent.archive)]
        assert min(kinds.count("trap"), kinds.count("poll")) > 100

"""Nothing is lost, doubled or forged whatever the network does between us and the broker, or us and the database."""

import operator
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from servers.proxy import Fault, Proxy
from system import provinces
from system.oracle import as_points, differences
from system.thread import Thread, running, wait_for
from system.torture_table import TortureTable

MEASUREMENTS = ("poll", "system", "interface", "agent")
LASTS_S = (3.0, 3.0, 3.0, 3.0, 20.0)  # the last outlasts any patience of ours, and waits have grown to their longest
BACK_WITHIN_S = 5.0

Make = Callable[[random.Random], Fault]


def cut_requests(choose: random.Random) -> Fault:
    """Anywhere in what we send."""
    return Fault(cut_requests_after=choose.randrange(30_000))


def cut_answers(choose: random.Random) -> Fault:
    """Anywhere in what we hear."""
    return Fault(cut_answers_after=choose.randrange(2_000))


FAULTS: dict[str, Make] = {
    "latency of 0.2 s each way": lambda _: Fault(delay_s=0.2),
    "one byte at a time": lambda _: Fault(one_by_one=True),
    "one byte a 20 ms": lambda _: Fault(byte_s=0.02),
    "one byte a second": lambda _: Fault(byte_s=1.0),
    "cut in what we send": cut_requests,
    "cut in what we hear": cut_answers,
    "cut before the first answer": lambda _: Fault(cut_answers_after=0),
    "silent, then goes on": lambda _: Fault(silence="held"),
    "half-open, then reset": lambda _: Fault(silence="reset"),
}


class Network:
    """A thread whose broker and database are reached through proxies only."""

    def __init__(self, thread: Thread, database: InfluxDb, broker: Proxy, store: Proxy) -> None:
        self.thread, self.database = thread, database
        self.sides = {"broker": broker, "database": store}

    def recovery_s(self) -> float:
        """Return after how many seconds from now a value that was read after now can be had from the database."""
        begun, now_ms = time.monotonic(), time.time_ns() // 1_000_000
        text = f"SELECT outcome FROM poll WHERE time > {now_ms}ms LIMIT 1"  # noqa: S608  # our own number
        wait_for(lambda: bool(self.database.query(text)), "a new value can be read")
        return time.monotonic() - begun

    def cuts(self) -> list[int]:
        """Return how many connections each side has lost."""
        return [proxy.cuts for proxy in self.sides.values()]

    def wrong(self) -> list[str]:
        """Settle, and return what the database has too little, too much, or else than it was."""
        self.thread.settle(120)
        rows = [row for name in MEASUREMENTS for row in self.database.query(f'SELECT * FROM "{name}"')]  # noqa: S608
        assert len(self.thread.accepted()) > 30
        return differences(self.thread.wanted(), as_points(rows))

    def books(self) -> list[str]:
        """Return what is wrong with the books."""
        rows = self.thread.ledger()
        ended = sum(row["refused"] + row["dropped"] + row["earlier"] for row in rows)
        return [f"not balanced: {row}" for row in rows if not row["balanced"]] + ["ended else than stored"] * bool(
            ended
        )


@contextmanager
def network(folder: Path, mosquitto: Mosquitto, influxdb: InfluxDb) -> Iterator[Network]:
    """Run a busy thread through two proxies."""
    with Proxy(mosquitto.port) as broker, Proxy(influxdb.port) as store:
        url = f"http://{store.host}:{store.port}"
        into = {"kind": "influx", "version": 1, "url": url, "database": influxdb.database}
        with running(folder, mosquitto, provinces.busy(), into, front=broker) as thread:
            made = Network(thread, influxdb, broker, store)
            wait_for(lambda: thread.stored() > 0, "the first batch is stored")
            yield made


@pytest.mark.timeout(120)
def test_cuts_and_half_open_connections_on_both_sides_lose_double_and_forge_nothing(
    mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path
) -> None:
    with network(tmp_path, mosquitto, influxdb) as net:
        for fault in (Fault(cut_requests_after=1_500), Fault(cut_answers_after=50), Fault(cut_answers_after=0)):
            before = net.cuts()
            for proxy in net.sides.values():
                proxy.set(fault)
            wait_for(lambda before=before: all(map(operator.gt, net.cuts(), before)), str(fault))  # type: ignore[misc]
        for proxy in net.sides.values():
            proxy.set(Fault(silence="reset"))
        for proxy in net.sides.values():
            proxy.clear()
        net.recovery_s()
        assert net.wrong() == []
        assert net.books() == []


@pytest.mark.torture
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("side", "noticed_s"), [("broker", 2 * 10), ("database", 10)])  # keepalive_s, timeout_s
def test_connections_that_are_dead_for_ever_are_noticed_and_replaced(
    side: str,
    noticed_s: float,
    mosquitto: Mosquitto,
    influxdb: InfluxDb,
    tmp_path: Path,
    torture_table: TortureTable,
) -> None:
    seconds: list[float] = []
    with network(tmp_path, mosquitto, influxdb) as net:
        for _ in range(3):
            net.sides[side].set(Fault(silence="dead"))
            net.sides[side].clear()
            seconds.append(net.recovery_s())
        wrong = net.wrong()
        lost = sum(one.startswith("lost") for one in wrong)
        torture_table.add(f"{side}: half-open for ever", 3, lost, 0, len(wrong) - lost, seconds)
        assert wrong == []
        assert net.books() == []
        assert max(seconds) <= noticed_s + BACK_WITHIN_S


@pytest.mark.torture
@pytest.mark.timeout(300)
@pytest.mark.parametrize("side", ["broker", "database"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_network_loses_nothing_and_is_over_when_it_ends(
    fault: str, side: str, mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path, torture_table: TortureTable
) -> None:
    choose = random.Random(fault + side)
    seconds: list[float] = []
    with network(tmp_path, mosquitto, influxdb) as net:
        for lasts_s in LASTS_S:
            net.sides[side].set(FAULTS[fault](choose))
            time.sleep(lasts_s)
            net.sides[side].clear()
            seconds.append(net.recovery_s())
        wrong = net.wrong()
        lost = sum(one.startswith("lost") for one in wrong)
        torture_table.add(f"{side}: {fault}", len(LASTS_S), lost, 0, len(wrong) - lost, seconds)
        assert wrong == []
        assert net.books() == []
        assert max(seconds) <= BACK_WITHIN_S

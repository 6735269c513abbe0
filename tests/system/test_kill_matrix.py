"""Everything that can end or stop a process is done to every process, in one go, against two databases.

What the oracle finds is a row of the table for each fault. Everything recovers within five seconds of its return: that
is, a reading made after it can be read in the database.
"""

import random
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from paho.mqtt import publish
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from servers.victoria_metrics import VictoriaMetrics
from system import targets
from system.judge import Verdict
from system.test_kills import torment
from system.thread import Thread, wait_for
from system.torment import Torment
from system.torture_table import TortureTable

from contract import topics
from contract.crash_point import AGENT, COLLECTOR
from contract.wire import pack

RECOVERED_S = 5.0
STOPPED_S = 30.0
STOPPED_AT_S = 5.0
AWAY_S = 20.0
STOPS = ("spool.after_write", "watch.before_commit", "store.before_write", "ack.before_send")
NAMES = ("agent", "broker", "collector", "database")
SETTLING = ("store.before_settle", "store.after_settle", "derived.after_settle")  # passed after the horizon only
LETTER = "letter.after_fsync"
pytestmark = [pytest.mark.torture, pytest.mark.timeout(1800)]


def judged(made: Torment, table: TortureTable, within: float) -> None:
    """What must hold at the end of a run."""
    verdict: Verdict = made.finish(table, within)
    assert verdict.is_clean, verdict
    assert verdict.expected > 10_000  # that is, hardly anything is excused
    assert verdict.derived_found > 10
    named = made.named_in_the_books()
    for boot, (lost, missing) in named.items():
        assert lost == missing, f"the books name other batches of {boot} than its disk took with it"
    assert any(lost for lost, _ in named.values()), "the disks held nothing that was not stored"
    slow = {fault: max(seconds) for fault, seconds in made.seconds.items() if max(seconds) > RECOVERED_S}
    assert slow == {}


def test_everything_that_ends_or_stops_a_process_against_influxdb(
    mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path, torture_table: TortureTable
) -> None:
    choose = random.Random(1)
    with torment(tmp_path, mosquitto, targets.influx(influxdb), 2) as made:
        points = [point for point in (*AGENT, *COLLECTOR) if point != LETTER]
        plan: list[Callable[[], None]] = []
        plan += [at(made, point, choose.randint(1, 4)) for point in points for _ in range(3)]
        plan += [killed(made, name) for name, times in zip(NAMES, (6, 12, 6, 12), strict=True) for _ in range(times)]
        plan += [made.kill_idle_database for _ in range(3)]
        plan += [paused(made, name) for name in NAMES]
        plan += [stopped(made, point) for point in STOPS]
        plan += [away(made, name) for name in NAMES[1:]]
        choose.shuffle(plan)
        run(emptied(made))
        run(plan)
        judged(made, torture_table, 120)


def test_everything_that_ends_or_stops_a_process_against_victoria_metrics(
    mosquitto: Mosquitto, tmp_path: Path, torture_table: TortureTable
) -> None:
    with VictoriaMetrics(tmp_path, arguments=["-dedup.minScrapeInterval=1ms"]) as server:
        target = targets.victoria(server)
        with torment(tmp_path, mosquitto, target, 3) as made:
            run(emptied(made))
            # In this order, since each restart of the collector or the database begins the horizon anew.
            run(at(made, point, 1) for point in AGENT)
            run(killed(made, name) for name in NAMES * 5 if name in ("agent", "broker"))
            run([paused(made, "agent"), paused(made, "broker")])
            run(at(made, point, 2) for point in COLLECTOR if point not in (*SETTLING, LETTER))
            run(at(made, point, 1) for point in SETTLING)
            run(killed(made, name) for name in NAMES * 8 if name in ("collector", "database"))
            run([paused(made, "collector"), paused(made, "database")])
            run([made.kill_idle_database] * 3)
            judged(made, torture_table, 10 * target.horizon_s)


def test_a_dead_letter_survives_the_kill_that_keeps_it_from_being_acknowledged(
    mosquitto: Mosquitto, influxdb: InfluxDb, tmp_path: Path, torture_table: TortureTable
) -> None:
    with torment(tmp_path, mosquitto, targets.influx(influxdb), 4) as made:
        sent = tmp_path / "malformed"
        sent.mkdir()
        made.journal_too(sent)
        for number in range(1, 4):
            record = pack(number, 0, b'{"kind":"nonsense","time":1}')
            (sent / f"{number}.seg").write_bytes(record)
            made.kill_at(LETTER, 1, sending(made.thread, record))
            wait_for(refused(made.thread, record), "it is refused after all")
        verdict = made.finish(torture_table, 60)
        assert verdict.is_clean, verdict
        letters = (made.thread.collector.data / "dead-letters").iterdir()
        kept = sorted(path.read_bytes().partition(b"\n")[2] for path in letters)
        assert kept == sorted(path.read_bytes() for path in sent.iterdir())


def emptied(made: Torment) -> list[Callable[[], None]]:
    """The losses of data. They come first: what is gone by definition proves nothing of the kills before it."""
    return [made.empty_database, made.empty_agent, made.empty_broker, made.empty_collector] * 2


def run(plan: Iterable[Callable[[], None]]) -> None:
    """Do it all."""
    for do in plan:
        do()


def at(made: Torment, point: str, passes: int) -> Callable[[], None]:
    """The kill at a point."""
    return lambda: made.kill_at(point, passes)


def killed(made: Torment, name: str) -> Callable[[], None]:
    """The kill at a random moment."""
    return lambda: made.kill(name)


def stopped(made: Torment, point: str) -> Callable[[], None]:
    """The stop at a point."""
    return lambda: made.stop_at(point, STOPPED_AT_S)


def away(made: Torment, name: str) -> Callable[[], None]:
    """The outage."""
    return lambda: made.outage(name, AWAY_S)


def paused(made: Torment, name: str) -> Callable[[], None]:
    """The stop for a while."""
    return lambda: made.pause(name, STOPPED_S)


def sending(thread: Thread, record: bytes) -> Callable[[], None]:
    """Send a record in the agent's name, as the agent does: again and again."""
    topic = topics.batches(thread.agent.config_path.stem)
    return lambda: publish.single(topic, record, qos=1, hostname=thread.broker.host, port=thread.broker.port)


def refused(thread: Thread, record: bytes) -> Callable[[], bool]:
    """Whether the collector, since its start, has committed a malformed batch; until then the record is sent."""
    send = sending(thread, record)

    def is_so() -> bool:
        send()
        counts = thread.collector.stats()["intake"]
        assert isinstance(counts, dict)
        return int(counts.get("malformed", 0)) > 0

    return is_so

"""A database that says yes and keeps nothing, or not all, is found out within 30 s, and nothing is lost by it."""

import logging
import re
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, cast

import pytest
from collector.kit import AGENT, Clock, FakeStore, Rig, inventory, poll, record
from servers.answering import Answering, between
from servers.influxdb import InfluxDb
from servers.victoria_metrics import VictoriaMetrics
from system.thread import wait_for

from collector.dead_letter import read_letters
from collector.influx import InfluxStore
from collector.influx_config import InfluxConfig
from collector.proved import ProvedStore
from collector.store import Answer, Point, QueryError, Refused, Retry, Written
from contract.batch import Batch, Table

DAY_MS = 86_400_000
POLLS = Table(measurement="agent", tags=[], fields=["polls"], rows=[[7]])
WITHIN_S = 30
VERSIONS: tuple[Literal[1, 2], ...] = (1, 2)


class Silent(FakeStore):
    """A database that can be told to say yes and keep nothing, or to keep nothing of some interfaces and count it."""

    drops = False
    is_readable = True
    counted = 0

    def write(self, points: Sequence[Point]) -> Answer:
        if self.drops:
            return Written()
        bad = [point for point in points if any(value in self.bad for _, value in point.tags)]
        self.counted += sum(len(point.fields) for point in bad)
        kept, self.bad = self.bad, frozenset()
        answer = super().write([point for point in points if point not in bad])
        self.bad = kept
        return answer

    def holds(self, point: Point) -> bool:
        if not self.is_readable:
            raise QueryError("you may not read")
        there = self.points.get((point.measurement, point.tags, point.time))
        return there is not None and there[0] == point.fields

    def ignored(self) -> dict[str, int]:
        return {"small_timestamp": self.counted}


class Proved(ProvedStore):
    """With a clock that the waits move, as `Rig` needs it."""

    def __init__(self, store: Silent) -> None:
        self.clock = store.clock
        super().__init__(store, store, "here", store.clock, self._pass)

    def _pass(self, seconds: float) -> None:
        self.clock.now += seconds


@pytest.fixture
def silent() -> Silent:
    return Silent(Clock(), horizon_s=60.0)


@pytest.fixture
def store(silent: Silent) -> Proved:
    return Proved(silent)


@pytest.fixture
def rig(tmp_path: Path, store: Proved) -> Iterator[Rig]:
    made = Rig(tmp_path, cast("FakeStore", store))
    yield made
    made.close()


def seconds(store: Proved, count: int) -> None:
    for _ in range(count):
        store.clock.now += 1
        store.step()


def rows(*names: str) -> list[Point]:
    return [Point.of("interface", (("if_name", name),), (("in_bps", 1.5),), 1) for name in names]


def test_a_canary_comes_back_while_all_is_well_and_nothing_is_said(
    store: Proved, silent: Silent, caplog: pytest.LogCaptureFixture
) -> None:
    seconds(store, 100)
    assert store.counts == {"canaries_found": 10}
    assert {tags for name, tags, _ in silent.points if name == "canary"} == {(("collector", "here"),)}
    assert caplog.messages == []


@pytest.mark.parametrize("after", range(11))
def test_a_database_that_keeps_nothing_is_found_out_in_time_and_believed_again_later(
    store: Proved, silent: Silent, caplog: pytest.LogCaptureFixture, after: int
) -> None:
    seconds(store, 20 + after)
    silent.drops = True
    assert store.write(rows("a")) == Written(), "which is why it must be found out"
    seconds(store, WITHIN_S)
    assert store.counts["canaries_lost"] == 1
    assert isinstance(store.write(rows("a")), Retry)
    seconds(store, 200)
    (said,) = caplog.messages  # once
    assert re.search(r"the last (2[0-9]|3[0-2]) s is asked for again$", said)
    silent.drops = False
    seconds(store, WITHIN_S)
    assert store.write(rows("a")) == Written()
    assert "believed" in caplog.messages[-1]


def test_without_a_horizon_it_is_said_what_may_be_lost(caplog: pytest.LogCaptureFixture) -> None:
    silent = Silent(Clock())
    store = Proved(silent)
    seconds(store, 15)
    silent.drops = True
    seconds(store, WITHIN_S)
    (said,) = caplog.messages
    assert said.endswith("s may be lost")


def test_what_was_pending_when_a_canary_was_lost_is_asked_for_again(
    rig: Rig, store: Proved, silent: Silent, now_ms: int
) -> None:
    sent = record(poll("dev-1", rig.publish(inventory("dev-1")).version.id, now_ms))
    silent.drops = True
    rig.give(AGENT, sent)
    rig.store_all()
    seconds(store, 59)
    silent.drops = False
    seconds(store, WITHIN_S)
    rig.store_all()
    assert rig.stored() == []
    assert rig.ready == [True, False, True]
    rig.give(AGENT, sent)
    rig.store_all()
    store.clock.now += 61
    rig.store_all()
    assert rig.stored() == [0]
    assert ("interface", 1.5) in {(name, fields[0][1]) for (name, _, _), (fields, _) in silent.points.items()}


def test_a_canary_that_a_restart_has_forgotten_is_not_held_against_the_database(store: Proved, silent: Silent) -> None:
    seconds(store, 1)
    silent.points.clear()
    silent.starts += 1
    seconds(store, 60)
    assert store.counts["canaries_lost"] == 0
    assert store.counts["canaries_found"] > 2


def test_a_login_that_may_not_read_is_said_once_and_stops_nothing(
    store: Proved, silent: Silent, caplog: pytest.LogCaptureFixture
) -> None:
    silent.is_readable = False
    seconds(store, 600)
    assert ["may not read" in message for message in caplog.messages] == [True]
    assert store.write(rows("a")) == Written()
    assert store.counts["canaries_unread"] > 20


def test_a_database_that_is_down_loses_no_canary(store: Proved, silent: Silent) -> None:
    silent.answer = Retry(1.0, "down")
    silent.is_readable = False
    seconds(store, 100)
    assert store.counts["canaries_lost"] == 0


def test_rows_that_are_ignored_are_found_counted_and_refused_by_themselves(
    rig: Rig, store: Proved, silent: Silent, now_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    seconds(store, 1)
    version = rig.publish(inventory("dev-1", "dev-2")).version.id
    good = record(poll("dev-2", version, now_ms, rows=30), seq=1)
    bad = record(poll("dev-1", version, now_ms, rows=31), seq=2)
    silent.bad = frozenset({"GE0/0/30"})
    rig.give(AGENT, good, bad)
    rig.store_all()
    seconds(store, WITHIN_S)
    assert [one.levelno for one in caplog.records if "ignored rows (2 small_timestamp)" in one.message] == [
        logging.ERROR
    ]
    store.clock.now += 60
    rig.store_all()
    assert rig.stored() == [], "the agents send it again"
    rig.give(AGENT, good, bad)
    rig.store_all()
    assert rig.stored() == [2]
    (letter,) = read_letters(rig.folder / "dead-letters")
    assert "said yes and ignored" in letter.reason
    store.clock.now += 61
    rig.store_all()
    assert rig.stored() == [1, 2]


def test_rows_of_the_very_first_request_are_missed_too(store: Proved, silent: Silent) -> None:
    silent.bad = frozenset({"a"})
    assert store.write(rows("a", "b")) == Written()
    seconds(store, 1)
    assert store.counts["ignored_rows"] == 1


@pytest.mark.parametrize("before", [100, 1])
def test_rows_that_are_ignored_right_after_a_restart_are_missed_too(store: Proved, silent: Silent, before: int) -> None:
    silent.counted = before
    seconds(store, 1)
    silent.kill()
    silent.counted = 0
    silent.bad = frozenset({"a"})
    assert store.write(rows("a", "b")) == Written()
    seconds(store, WITHIN_S)
    assert store.counts["ignored_rows"] == 1


def test_a_request_of_nothing_but_ignored_rows_is_refused_as_one(store: Proved, silent: Silent) -> None:
    seconds(store, 1)
    silent.bad = frozenset({"a", "b"})
    assert store.write(rows("a", "b")) == Written()
    seconds(store, WITHIN_S)
    answer = store.write(rows("a", "b"))
    assert isinstance(answer, Refused)
    assert answer.reason == "the database said yes and ignored 2 rows (small_timestamp) dropped=2"


def test_rows_of_others_that_are_ignored_all_the_time_stop_nobody(
    rig: Rig, store: Proved, silent: Silent, now_ms: int
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    for seq in range(20):
        rig.give(AGENT, record(poll("dev-1", version, now_ms + seq), seq=seq))
        rig.store_all()
        silent.counted += 3
        seconds(store, 30)
    store.clock.now += 61
    rig.store_all()
    assert len(rig.stored()) > 10


def _influx(url: str, version: Literal[1, 2] = 1) -> InfluxStore:
    return InfluxStore(InfluxConfig(url=url, version=version, database="mangrove", horizon_s=60))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["influxdb", "victoria_metrics"])
def test_an_intermediary_that_drops_what_it_says_yes_to_is_found_out(
    kind: str, version: Literal[1, 2], request: pytest.FixtureRequest
) -> None:
    database: InfluxDb | VictoriaMetrics = request.getfixturevalue(kind)
    clock, drops = Clock(), threading.Event()
    drops.set()
    with Answering(between(database.port, drops=drops)) as proxy:
        store = ProvedStore(_influx(proxy.url, version), _influx(proxy.url, version), "here", clock)
        assert store.write(rows("a")) == Written()
        for _ in range(WITHIN_S):
            clock.now += 1
            store.step()
        assert isinstance(store.write(rows("a")), Retry)
        store.close()


@pytest.mark.parametrize("kind", ["influxdb", "victoria_metrics"])
def test_a_canary_is_read_back_from_a_real_database(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(kind).url
    clock = Clock()
    store = ProvedStore(_influx(url), _influx(url), "ca-mau", clock)
    for _ in range(25):
        clock.now += 1
        store.step()
    store.close()
    assert store.counts == {"canaries_found": 3}


def test_rows_out_of_retention_are_found_out_and_refused_by_themselves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with VictoriaMetrics(tmp_path, arguments=["-retentionPeriod=1d"]) as database:
        clock = Clock()
        store = ProvedStore(_influx(database.url), _influx(database.url), "here", clock)
        store.step()
        now = time.time_ns() // 1_000_000
        good, old = rows("a")[0], rows("b")[0]
        points = [
            Point.of(good.measurement, good.tags, good.fields, now),
            Point.of(old.measurement, old.tags, old.fields, now - 9 * DAY_MS),
        ]
        before = store.incarnation()
        assert store.write(points) == Written()
        wait_for(lambda: _looked(store, clock, caplog), "it is said that a row was ignored")
        assert store.incarnation() != before, "so that what was written is asked for again"
        answer = store.write(points)
        assert isinstance(answer, Refused)
        assert answer.reason == "the database said yes and ignored 1 rows (small_timestamp)"
        store.close()


@pytest.mark.torture
def test_of_5000_points_the_one_out_of_retention_is_a_dead_letter_and_the_others_are_there(
    tmp_path: Path, now_ms: int
) -> None:
    with VictoriaMetrics(tmp_path, arguments=["-retentionPeriod=1d"]) as database:
        store = ProvedStore(_influx(database.url), _influx(database.url), "here")
        store.clock = Clock()  # type: ignore[attr-defined]
        rig = Rig(tmp_path, cast("FakeStore", store))
        store.step()
        version = rig.publish(inventory("dev-1")).version.id
        sent = [record(poll("dev-1", version, now_ms - seq * 1000, rows=25), seq=seq) for seq in range(199)]
        bad = record(Batch(kind="self", time=now_ms - 9 * DAY_MS, tables=[POLLS]), seq=999)
        rig.give(AGENT, *sent[:70], bad, *sent[70:])
        rig.store_all()
        stop = threading.Event()
        thread = threading.Thread(target=store.run, args=(stop,))
        thread.start()
        wait_for(lambda: store.counts["ignored_rows"] == 1, "the row is missed", WITHIN_S)
        stop.set()
        thread.join()
        store.clock.now += 61  # type: ignore[attr-defined]
        rig.store_all()
        assert rig.stored() == []
        rig.give(AGENT, *sent[:70], bad, *sent[70:])
        rig.store_all()
        assert rig.stored() == [999]
        store.clock.now += 61  # type: ignore[attr-defined]
        rig.store_all()
        assert rig.stored() == [*range(199), 999]
        (letter,) = read_letters(rig.folder / "dead-letters")
        assert "ignored 1 rows (small_timestamp)" in letter.reason
        found = database.export('{__name__="interface_in_bps"}')
        assert sum(len({at for at, _ in samples}) for samples in found.values()) == 199 * 25
        rig.close()
        store.close()


def _looked(store: ProvedStore, clock: Clock, caplog: pytest.LogCaptureFixture) -> bool:
    clock.now += 10
    store.step()
    return "1 small_timestamp" in caplog.text

"""The storer and a database that says no. One point that it never takes, among 5,000: the others are stored, its batch
is a dead letter with the database's words, and it costs 14 requests more at most."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal, cast

import pytest
from collector.kit import AGENT, Clock, FakeStore, Rig, inventory, named, poll, record
from servers.answering import Answering, Play, Request, http
from servers.influxdb import InfluxDb
from system.thread import wait_for

from collector.dead_letter import read_letters
from collector.influx import InfluxStore
from collector.influx_answers import MIN_RETRY_S
from collector.influx_config import InfluxConfig
from collector.store import Answer, Point
from collector.storer import GROUP
from contract.batch import Batch, Table
from contract.wire import Record

GOOD = 4_999
MAX_EXTRA = 14


class Counted(InfluxStore):
    """Notes how large each request with batches was."""

    def __init__(self, url: str, version: Literal[1, 2]) -> None:
        super().__init__(InfluxConfig(url=url, version=version, database="mangrove", org="org"))
        self.clock = Clock()
        self.sizes: list[int] = []

    def write(self, points: Sequence[Point]) -> Answer:
        if any(point.measurement in ("poll", "interface", "agent") for point in points):
            self.sizes.append(len(points))
        return super().write(points)


def _batches(rig: Rig, now_ms: int, where: int) -> tuple[list[Record], Record]:
    """5,000 points in 201 batches, and the one of them that is bad, at place `where`."""
    version = rig.publish(inventory("dev-1")).version.id
    rows = [24] * 199 + [23]
    table = Table(measurement="agent", tags=[], fields=["polls"], rows=[[7]])
    poison = record(Batch(kind="self", time=now_ms, tables=[table]), seq=999)
    good = [record(poll("dev-1", version, now_ms + seq, rows=n), seq=seq) for seq, n in enumerate(rows)]
    assert sum(n + 1 for n in rows) == GOOD
    return [*good[:where], poison, *good[where:]], poison


def _check(rig: Rig, store: Counted, now_ms: int, where: int) -> str:
    """Write them all; returns the reason in the dead letter."""
    sent, poison = _batches(rig, now_ms, where)
    rig.give(AGENT, *sent)
    rig.store_all()
    assert store.sizes[0] == GOOD + 1
    assert len(store.sizes) - 1 <= MAX_EXTRA
    assert rig.letter_names() == {named(AGENT, poison)}
    assert rig.stored() == sorted(one.seq for one in sent), "the agent may let go of all of them"
    (book,) = rig.state.books().values()
    assert list(book.refused) == [999]
    (letter,) = read_letters(rig.folder / "dead-letters")
    return letter.reason


@pytest.mark.parametrize("where", [0, 137])
def test_influxdb_has_4999_and_the_type_conflict_is_a_dead_letter(
    influxdb: InfluxDb, tmp_path: Path, now_ms: int, where: int
) -> None:
    influxdb.write(f"agent,agent=somebody polls=1.5 {now_ms}\n")
    store = Counted(influxdb.url, 1)
    rig = Rig(tmp_path, cast("FakeStore", store))
    reason = _check(rig, store, now_ms, where)
    assert 'input field "polls" on measurement "agent" is type integer, already exists as type float' in reason
    found = [row for name in ("poll", "interface") for row in influxdb.query(f"SELECT * FROM {name}")]  # noqa: S608
    assert len(found) == GOOD
    assert len(influxdb.query("SELECT * FROM agent")) == 1
    rig.close()
    store.close()


def _two(kept: set[bytes]) -> Play:
    """InfluxDB 2.x: nothing of a request with a bad line is kept."""

    def play(request: Request) -> Iterator[bytes | float]:
        lines = set(request.body.splitlines())
        if any(line.startswith(b"agent,") for line in lines):
            yield http(422, json.dumps({"code": "unprocessable entity", "message": "it is a conflict"}).encode())
        else:
            kept.update(lines)
            yield http(204)
        yield b""

    return play


def _three(kept: set[bytes]) -> Play:
    """InfluxDB 3.x: the good lines are kept, the bad ones are named."""

    def play(request: Request) -> Iterator[bytes | float]:
        lines = request.body.splitlines()
        kept.update(line for line in lines if not line.startswith(b"agent,"))
        data = [
            {"original_line": line.decode(), "line_number": number, "error_message": "it is a conflict"}
            for number, line in enumerate(lines, 1)
            if line.startswith(b"agent,")
        ]
        said = {"error": "partial write of line protocol occurred", "data": data}
        yield http(400, json.dumps(said).encode()) if data else http(204)
        yield b""

    return play


@pytest.mark.parametrize("plays", [_two, _three], ids=["2.x keeps nothing", "3.x keeps the others"])
def test_a_server_of_later_versions_has_4999_and_the_conflict_is_a_dead_letter(
    plays: Callable[[set[bytes]], Play], tmp_path: Path, now_ms: int
) -> None:
    kept: set[bytes] = set()
    with Answering(plays(kept)) as server:
        store = Counted(server.url, 2)
        rig = Rig(tmp_path, cast("FakeStore", store))
        assert "it is a conflict" in _check(rig, store, now_ms, 77)
        rig.close()
        store.close()
    assert len([line for line in kept if line.startswith((b"poll,", b"interface,"))]) == GOOD


def test_a_database_that_wants_us_back_at_once_is_not_asked_again_and_again(tmp_path: Path, now_ms: int) -> None:
    times: list[float] = []

    def play(request: Request) -> Iterator[bytes | float]:
        if request.body.startswith(b"poll,"):
            times.append(time.monotonic())
        yield http(503, b"busy", {"Retry-After": "0"})
        yield b""

    with Answering(play) as server:
        store = InfluxStore(InfluxConfig(url=server.url, version=1, database="mangrove"))
        store.clock = time.monotonic  # type: ignore[attr-defined]
        rig = Rig(tmp_path, cast("FakeStore", store))
        version = rig.publish(inventory("dev-1")).version.id
        full = GROUP + 1  # more than the storer waits for
        rig.give(AGENT, *[record(poll("dev-1", version, now_ms + seq), seq=seq) for seq in range(full)])
        stop = threading.Event()
        thread = threading.Thread(target=rig.storer.run, args=(stop,))
        thread.start()
        wait_for(lambda: len(times) >= 3, "it is tried again")
        stop.set()
        thread.join()
        assert times[2] - times[0] >= 2 * MIN_RETRY_S
        assert rig.stored() == []
        assert rig.letter_names() == set()
        rig.close()
        store.close()

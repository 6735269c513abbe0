"""The watch within the collector: its bugs hold up no data, one batch that meets one hides no other, and it goes on."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from collector.kit import AGENT, Clock, FakeStore, Rig, beat, inventory, message, named, payload, poll, record

from collector.intake import Accepted
from collector.watch.board import Board
from collector.watch.rules import Unreachable
from contract import topics
from contract.mqtt import Message

RULE = Unreachable(kind="unreachable", en="-", vi="-", page=True)


@pytest.fixture
def broken(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A collector whose watch meets a bug in every batch of `dev-bug`."""
    real = rig.engine._observe

    def buggy(one: Accepted, *rest: object) -> None:
        real(one, *rest)  # type: ignore[arg-type]
        if one.batch.device == "dev-bug":
            raise ZeroDivisionError

    monkeypatch.setattr(rig.engine, "_observe", buggy)
    return rig


def answers(rig: Rig, now_ms: int) -> dict[str, str | None]:
    """How each device answers, as far as the watch knows."""
    return {name: rig.engine.sight.answer(name, now_ms) for name in ("dev-1", "dev-2", "dev-bug")}


def spans(rig: Rig) -> set[str]:
    """Of whom the file has availability."""
    with rig.state.together():
        return set(rig.engine.memory.spans())


def test_a_batch_that_meets_a_bug_of_the_watch_is_seen_and_stored_and_hides_no_other(
    broken: Rig, now_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    version = broken.publish(inventory("dev-1", "dev-bug", "dev-2")).version.id
    records = [record(poll(name, version, now_ms), seq=n) for n, name in enumerate(("dev-1", "dev-bug", "dev-2"))]
    with caplog.at_level(logging.ERROR):
        broken.give(AGENT, *records)
    assert sorted(broken.seen()) == [0, 1, 2]
    assert broken.watcher.counts["watch_bugs"] == 2  # of the group, and of the one alone
    assert broken.watcher.counts["bugs"] == 0
    assert answers(broken, now_ms) == {"dev-1": "up", "dev-2": "up", "dev-bug": None}
    assert spans(broken) == {"dev-1", "dev-2"}
    broken.store_all()
    assert broken.stored() == [0, 1, 2]
    (book,) = broken.state.books().values()
    assert (book.seen.pairs(), book.stored.pairs()) == ([(0, 2)], [(0, 2)])
    assert any(one.exc_info for one in caplog.records)


def test_one_device_that_always_meets_a_bug_blinds_nobody(broken: Rig, now_ms: int) -> None:
    version = broken.publish(inventory("dev-1", "dev-bug", "dev-2")).version.id
    broken.give(AGENT, record(poll("dev-1", version, now_ms), seq=0), record(poll("dev-2", version, now_ms), seq=1))
    for n in range(5):
        broken.give(AGENT, record(poll("dev-bug", version, now_ms + n), seq=10 + n))
        assert answers(broken, now_ms) == {"dev-1": "up", "dev-2": "up", "dev-bug": None}
    assert spans(broken) == {"dev-1", "dev-2"}


def test_a_bug_that_is_about_all_of_a_group_is_not_tried_for_each_of_it(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    calls: list[int] = []

    def buggy(*given: object) -> None:
        calls.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(rig.engine, "_observe", buggy)
    rig.give(AGENT, *[record(poll("dev-1", version, now_ms + n), seq=n) for n in range(100)])
    assert len(rig.seen()) == 100
    assert len(calls) == 4


def test_a_heartbeat_beside_a_batch_that_meets_a_bug_is_heard(broken: Rig, now_ms: int) -> None:
    version = broken.publish(inventory("dev-bug")).version.id
    said = beat(broken.state.id, 1, {}, time=now_ms, interval_s=60.0)
    group = [
        message(AGENT, payload(record(poll("dev-bug", version, now_ms)))),
        Message(topics.numbers(AGENT), said.to_json(), retained=False),
    ]
    broken.watcher.step(group)
    assert broken.engine.sight.silent_ms(AGENT) == 180_000
    assert not broken.engine.sight.is_silent(AGENT, now_ms)


def test_a_retained_heartbeat_tells_how_often_its_agent_speaks_and_not_that_it_does(rig: Rig, now_ms: int) -> None:
    rig.publish(inventory("dev-1"))
    said = beat(rig.state.id, 1, {}, time=now_ms, interval_s=60.0)
    rig.watcher.step([Message(topics.numbers(AGENT), said.to_json(), retained=True)])
    assert rig.engine.sight.silent_ms(AGENT) == 180_000
    assert rig.engine.sight.is_silent(AGENT, now_ms)


def test_a_bug_in_a_tick_holds_up_no_data_and_the_next_tick_is_tried(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = rig.publish(inventory("dev-1")).version.id

    def buggy(*given: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Board, "rows", buggy)
        rig.give(AGENT, record(poll("dev-1", version, now_ms)))
    assert rig.seen() == [0]
    assert rig.watcher.counts["watch_bugs"] == 1
    assert answers(rig, now_ms)["dev-1"] == "up"
    rig.watcher._ticked_ms = 0
    rig.watcher.step([])
    assert rig.engine.status()["device/dev-1"] == 1


def test_an_error_of_the_file_in_the_watch_is_no_bug_and_all_of_the_group_waits(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = rig.publish(inventory("dev-1")).version.id

    def full(*given: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    one = message(AGENT, payload(record(poll("dev-1", version, now_ms))))
    with monkeypatch.context() as patched:
        patched.setattr(rig.engine.memory, "keep_spans", full)
        assert rig.watcher.step([one]) == [one]
    assert (rig.acks, rig.watcher.counts["watch_bugs"]) == ([], 0)
    assert answers(rig, now_ms)["dev-1"] is None
    assert rig.watcher.step([one]) == []
    assert rig.seen() == [0]
    assert answers(rig, now_ms)["dev-1"] == "up"
    assert spans(rig) == {"dev-1"}


def wrong(rig: Rig) -> Callable[[], None]:
    """A transaction of somebody else that comes to nothing."""

    def fail() -> None:
        with rig.state.together():
            raise ZeroDivisionError

    return fail


def test_after_a_transaction_that_came_to_nothing_the_watch_is_what_the_file_says(tmp_path: Path, now_ms: int) -> None:
    rig = Rig(tmp_path, FakeStore(Clock()))
    rig.rules["r"] = RULE
    rig.restart()
    version = rig.publish(inventory("dev-1")).version.id
    down = poll("dev-1", version, now_ms).model_copy(
        update={"poll": poll("dev-1", version, now_ms).poll.model_copy(update={"outcome": "timeout"}), "tables": []}  # type: ignore[union-attr]
    )
    one = record(down)
    rig.give(AGENT, one)
    rig.watcher._ticked_ms = 0
    rig.watcher.step([])
    before = rig.engine.alerts(), rig.engine.open_incidents()
    assert [one.about for one in before[1]] == ["r|dev-1"]
    with pytest.raises(ZeroDivisionError):
        wrong(rig)()
    assert (rig.engine.alerts(), rig.engine.open_incidents()) == before
    rig.give(AGENT, one)
    assert (rig.engine.alerts(), rig.engine.open_incidents()) == before
    assert named(AGENT, one).seq == 0
    rig.close()

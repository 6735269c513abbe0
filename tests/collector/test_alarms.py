"""Alarms in the collector's books: each notification counts once, in its own time, and there is a bound on them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from collector.kit import AGENT, Rig, inventory, record
from hypothesis import given
from hypothesis import strategies as st

from collector import alarms as module
from collector.alarm_answers import AlarmAnswers
from collector.alarms import AlarmBook, AlarmNow
from collector.database import Database
from collector.intake import Accepted, Malformed, judge
from contract.batch import Batch, encode
from contract.control import ControlError
from contract.trap_report import Alarm, AlarmState, SaidVarbind, Severity, TrapReport
from contract.wire import pack, unpack


def told(
    version: str, at: int, state: AlarmState = "raised", *, device: str = "dev-1", entity: str = "5", kind: str = "trap"
) -> Batch:
    """An alarm of a device."""
    severity: Severity = "cleared" if state == "cleared" else "major"
    alarm = Alarm(type="link_down", entity=entity, severity=severity, state=state, en=f"{state} {at}", vi="mất")
    report = TrapReport(oid="1.3.6.1.6.3.1.1.5.3", version="v2c", alarm=alarm)
    return Batch.model_validate({"kind": kind, "device": device, "time": at, "assignment": version, "trap": report})


def strange(version: str, at: int, oid: str = "1.3.6.1.4.1.9.0.1", count: int = 1, letters: int = 1) -> Batch:
    """What no definition knows, with so many objects of so many letters at least."""
    said = SaidVarbind(oid="1.3.6.1", type="INTEGER", value=str(at).rjust(letters))
    report = TrapReport(oid=oid, version="v1", varbinds=[said] * count)
    return Batch(kind="trap", device="dev-1", time=at, assignment=version, trap=report)


def accepted(batch: Batch) -> Accepted:
    """A batch as it is seen for the first time."""
    return Accepted(AGENT, unpack(pack(1, 1, b"")), batch, None, [], 0)


@contextmanager
def opened(path: Path) -> Iterator[tuple[Database, AlarmBook]]:
    """The alarms of a state file."""
    database = Database(path)
    try:
        yield database, AlarmBook(database)
    finally:
        database.close()


def the_one(rig: Rig) -> AlarmNow:
    """The only alarm."""
    (found,) = rig.state.alarms.alarms(every=True)
    return found


def test_an_alarm_is_raised_and_cleared_and_a_batch_that_comes_again_changes_nothing(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    first = record(told(version, now_ms), seq=0)
    rig.give(AGENT, first, first)
    for _ in range(3):
        rig.give(AGENT, first)
    found = the_one(rig)
    assert (found.state, found.severity, found.raised, found.cleared) == ("raised", "major", now_ms, None)
    assert (found.last, found.times) == (now_ms, 1)
    rig.give(AGENT, record(told(version, now_ms + 5, "cleared"), seq=1))
    rig.restart()
    rig.give(AGENT, first)
    found = the_one(rig)
    assert (found.state, found.severity, found.raised, found.cleared) == ("cleared", "major", now_ms, now_ms + 5)
    assert (found.times, rig.state.alarms.alarms()) == (2, [])
    rig.give(AGENT, record(told(version, now_ms + 9), seq=2))
    assert (the_one(rig).raised, the_one(rig).times) == (now_ms + 9, 3)


def test_what_comes_late_is_counted_and_undoes_nothing(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    rig.give(AGENT, record(told(version, now_ms, "cleared"), seq=0))
    rig.give(AGENT, record(told(version, now_ms - 60_000), seq=1))
    assert (the_one(rig).state, the_one(rig).times, the_one(rig).last) == ("cleared", 2, now_ms)


def test_alarms_are_durable_when_their_batch_is_seen_and_not_when_that_fails(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    one = record(told(version, now_ms))
    with monkeypatch.context() as broken:
        broken.setattr(AlarmBook, "take", lambda *_: 1 / 0)
        rig.give(AGENT, one)
    assert rig.watcher.counts["watch_bugs"] == 1
    assert rig.seen() == [0]  # a bug in what a notification means holds up no data
    assert rig.state.alarms.alarms() == []


def test_notifications_that_no_definition_knows_are_kept_with_what_each_of_the_last_ones_said(
    rig: Rig, now_ms: int
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    came = (*range(0, 24, 2), 3, 15, 15)  # the last ones came late
    rig.give(AGENT, *(record(strange(version, now_ms + at), seq=n) for n, at in enumerate(came)))
    (found,) = rig.state.alarms.strange()
    assert (found.device, found.oid, found.version, found.times) == ("dev-1", "1.3.6.1.4.1.9.0.1", "v1", 15)
    assert (found.first, found.last) == (now_ms, now_ms + 22)
    assert [one["at"] - now_ms for one in found.said] == [22, 20, 18, 16, 15, 15, 14, 12, 10, 8]
    assert all(one["varbinds"][0]["value"] == str(one["at"]) for one in found.said)


def test_of_long_notifications_fewer_are_kept_and_the_newest_always(now_ms: int) -> None:
    with opened(Path(":memory:")) as (database, book):
        for at, count in enumerate((100, 100, 100, 1, 75)):
            with database.together():
                book.take([accepted(strange("1-a", now_ms + at, count=count))])
        (found,) = book.strange()
        assert [len(one["varbinds"]) for one in found.said] == [75, 1, 100, 100]
        assert len(json.dumps(found.said)) < module.MAX_SAID_TEXT
        with database.together():
            book.take([accepted(strange("1-a", now_ms + 9, count=100, letters=500))])
        (found,) = book.strange()
        assert [len(one["varbinds"]) for one in found.said] == [100]
        assert (len(json.dumps(found.said)) > module.MAX_SAID_TEXT, found.times) == (True, 6)


def test_what_a_state_file_of_before_kept_of_the_last_one_is_shown_as_that(tmp_path: Path, now_ms: int) -> None:
    with opened(tmp_path / "state.sqlite") as (database, _), database.together():
        for oid, varbinds in (("1.3.1", '[{"oid": "1.3.6", "type": "INTEGER", "value": "[7]"}]'), ("1.3.2", "[]")):
            database.execute("insert into strange_trap values ('dev-1', ?, 'v1', ?, 1, 5, 2)", (oid, varbinds))
    for _ in range(2):
        with opened(tmp_path / "state.sqlite") as (database, book):
            first, second = sorted(book.strange(), key=lambda one: one.oid)
            assert first.said == [{"at": 5, "varbinds": [{"oid": "1.3.6", "type": "INTEGER", "value": "[7]"}]}]
            assert (second.said, second.times) == ([{"at": 5, "varbinds": []}], 2)
    with opened(tmp_path / "state.sqlite") as (database, book):
        with database.together():
            book.take([accepted(strange("1-a", now_ms, "1.3.2"))])
        assert [one["at"] for one in book.strange()[0].said] == [now_ms, 5]


def test_a_device_that_names_ever_new_things_forgets_what_is_over_first(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_ALARMS_OF_ONE", 5)
    monkeypatch.setattr(module, "MAX_ALARMS", 8)
    monkeypatch.setattr(module, "MAX_STRANGE_OF_ONE", 5)
    version = rig.publish(inventory("dev-1", "dev-2")).version.id
    batches = [told(version, now_ms, entity="stands")]
    batches += [told(version, now_ms + n, "cleared", entity=str(n)) for n in range(1, 20)]
    batches += [told(version, now_ms + n, device="dev-2", entity=str(n)) for n in range(20)]
    batches += [strange(version, now_ms + n, f"1.3.{n}") for n in range(20)]
    rig.give(AGENT, *(record(one, seq=n) for n, one in enumerate(batches)))
    found = rig.state.alarms.alarms(every=True)
    assert len(found) == 8
    assert {one.device for one in found} == {"dev-1", "dev-2"}
    assert max(sum(one.device == name for one in found) for name in ("dev-1", "dev-2")) <= 5
    assert "stands" in [one.entity for one in found]
    assert [one.oid for one in rig.state.alarms.strange()] == [f"1.3.{n}" for n in range(19, 14, -1)]
    assert rig.state.alarms.counts["let_go"] > 20


def test_a_notification_is_of_a_device_and_of_its_own_kind(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    for batch, said in (
        (told(version, now_ms, kind="poll"), "a `poll` batch has no notification"),
        (told(version, now_ms, kind="self"), "a `self` batch has no notification"),
    ):
        judged = judge(AGENT, pack(1, 1, encode(batch)), rig.versions, rig.watcher._catalog, now_ms)
        assert isinstance(judged, Malformed)
        assert judged.reason == said


def ask(rig: Rig, **asked: object) -> Any:
    """The answer, as a command would have it."""
    return json.loads(json.dumps(AlarmAnswers(rig.state.alarms, lambda: rig.versions.current)._alarms(asked)))


def test_alarms_are_answered_by_site_the_worst_first_and_those_of_devices_that_are_gone_are_not(
    rig: Rig, now_ms: int
) -> None:
    version = rig.publish(inventory("dev-1", "dev-2")).version.id
    batches = [
        told(version, now_ms),
        told(version, now_ms + 1, entity="6"),
        told(version, now_ms + 2, "cleared", entity="7"),
        told(version, now_ms + 3, device="dev-2"),
        strange(version, now_ms),
    ]
    rig.give(AGENT, *(record(one, seq=n) for n, one in enumerate(batches)))
    assert [(row["device"], row["entity"]) for row in ask(rig)["alarms"]] == [
        ("dev-2", "5"),
        ("dev-1", "6"),
        ("dev-1", "5"),
    ]
    assert [row["state"] for row in ask(rig, all=True)["alarms"]] == ["raised"] * 3 + ["cleared"]
    assert len(ask(rig)["unknown"]) == 1
    rig.publish(inventory("dev-1", site="site-2"))
    found = ask(rig, site="site-2")
    assert [(row["device"], row["site"]) for row in found["alarms"]] == [("dev-1", "site-2")] * 2
    assert ask(rig, site="site-1") == {"alarms": [], "unknown": [], "left_out": 0}
    with pytest.raises(ControlError, match="no site nowhere"):
        ask(rig, site="nowhere")


_STEPS = st.lists(
    st.tuples(st.sampled_from(["raised", "cleared", "event"]), st.integers(0, 50), st.booleans()), max_size=25
)


@given(_STEPS)
def test_an_alarm_is_what_was_told_last_however_batches_come(steps: list[tuple[AlarmState, int, bool]]) -> None:
    database = Database(Path(":memory:"))
    book = AlarmBook(database)
    newest = -1
    state = ""
    for said, at, _ in steps:
        batch = told("1-a", at, said)
        with database.together():
            book.take([accepted(batch)])
        if at >= newest:
            newest, state = at, said
        (found,) = book.alarms(every=True)
        assert (found.state, found.last) == (state, newest)
        assert found.raised is None or found.raised <= newest
        assert found.state != "raised" or found.raised is not None
        assert found.state != "cleared" or found.cleared is not None
    assert sum(one.times for one in book.alarms(every=True)) == len(steps)
    database.close()

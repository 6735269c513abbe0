"""The watcher: one commit a group, nothing acknowledged before it, and no input that ends it."""

import logging
import threading
from collections.abc import Callable

import pytest
from collector.kit import (
    AGENT,
    OTHER_AGENT,
    Clock,
    FakeStore,
    Rig,
    beat,
    inventory,
    message,
    named,
    payload,
    poll,
    record,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector import watcher
from collector.acks import Named
from collector.intake import judge
from contract import topics
from contract.inventory import next_version
from contract.mqtt import Message

TOPICS = st.sampled_from(
    [topics.batches(AGENT), topics.numbers(AGENT), topics.batches("stranger"), topics.acks(AGENT), "x", topics.ROOT, ""]
) | st.text(max_size=20)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.builds(Message, TOPICS, st.binary(max_size=200), st.booleans()), max_size=5))
def test_no_bytes_on_any_topic_stop_it(rig: Rig, messages: list[Message]) -> None:
    assert rig.watcher.step(messages) == []
    assert rig.watcher.counts["bugs"] == 0


def test_after_garbage_a_good_batch_is_seen(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    garbage = [Message(topic, b"\x9aMGV", False) for topic in (topics.batches(AGENT), topics.numbers(AGENT), "x")]
    huge = Message(topics.batches(AGENT), b"\x9a" * (50 << 20), retained=False)
    good = message(AGENT, payload(record(poll("dev-1", version, now_ms))))
    assert rig.watcher.step([*garbage, huge, good]) == []
    assert rig.seen() == [0]


def test_a_group_of_everything_is_one_commit(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    rig.watcher.step([])  # the tick of this second
    commits: list[str] = []
    rig.state._db._db.set_trace_callback(lambda text: commits.append(text) if text == "commit" else None)
    group = [message(AGENT, payload(record(poll("dev-1", version, now_ms + seq), seq=seq))) for seq in range(50)]
    group += [message(AGENT, payload(record(b"nonsense", seq=100 + n))) for n in range(3)]
    group += [message(AGENT, payload(record(poll("dev-1", "9-x", now_ms), seq=200 + n))) for n in range(3)]
    group += [
        Message(topics.numbers(AGENT), beat(rig.state.id, n, {1: ([(0, 60)], [(0, 60)])}).to_json(), False)
        for n in (1, 2)
    ]
    assert rig.watcher.step(group) == []
    assert commits == ["commit"]
    assert rig.seen() == list(range(50))
    assert rig.stored() == [100, 101, 102]


def test_nothing_is_acknowledged_before_the_commit(rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    found: list[list[str]] = []

    def acknowledge(seen: list[Named], stored: list[Named]) -> None:
        one = rig.state._db.execute("select ranges from book where kind in ('seen', 'refused') order by kind")
        found.append([text for (text,) in one])
        assert not rig.state._db._db.in_transaction

    monkeypatch.setattr(rig.watcher, "_acknowledge", acknowledge)
    rig.give(AGENT, record(poll("dev-1", version, now_ms), seq=3), record(b"nonsense", seq=4))
    assert found == [["[[4, 4]]", "[[3, 3]]"]]


def test_a_malformed_batch_is_a_dead_letter_before_it_is_acknowledged_and_its_resend_is_acknowledged_again(
    rig: Rig,
) -> None:
    rig.publish(inventory("dev-1"))
    bad = record(b"nonsense")
    for times in (1, 2):
        rig.give(AGENT, bad)
        assert rig.letter_names() == {named(AGENT, bad)}
        assert rig.acked == [named(AGENT, bad)] * times


def test_a_dead_letter_that_the_disk_does_not_take_is_not_acknowledged(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    folder = rig.folder / "dead-letters"
    folder.rmdir()
    rig.give(AGENT, record(b"nonsense", seq=1), record(poll("dev-1", version, now_ms), seq=2))
    assert rig.stored() == []
    assert rig.seen() == [2]
    folder.mkdir()
    rig.give(AGENT, record(b"nonsense", seq=1))
    assert rig.stored() == [1]


def test_what_the_dead_letters_have_no_room_for_is_counted_as_dropped(rig: Rig) -> None:
    small = Rig(rig.folder / "small", FakeStore(Clock()), letters=16384)
    small.publish(inventory("dev-1"))
    small.give(AGENT, *[record(b"nonsense", seq=seq) for seq in range(5)])
    assert small.stored() == [0, 1, 2, 3, 4]
    (book,) = small.state.books().values()
    assert (len(book.refused), len(book.dropped), len(small.letter_names())) == (2, 3, 2)
    small.close()


def test_a_held_batch_makes_one_error_no_ack_and_is_accepted_once_the_inventory_is_mended(
    rig: Rig, now_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    first = rig.publish(inventory("dev-1")).version
    mended = next_version(first, inventory("dev-1", "dev-2"), {}, 2)
    held = [record(poll("dev-2", mended.id, now_ms + seq), seq=seq) for seq in range(5)]
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            rig.give(AGENT, *held)
    assert [r.getMessage() for r in caplog.records] == [
        f"agent {AGENT}: a batch is held on the agent's disk: there is no inventory version {mended.id}"
    ]
    assert rig.acks == []
    (book,) = rig.state.books().values()
    assert len(book.held) == 5
    assert rig.publish(mended.inventory, 2).version.id == mended.id
    rig.give(AGENT, *held)
    assert rig.seen() == [0, 1, 2, 3, 4]


def test_a_stranger_gets_no_books_no_letters_and_no_ack(rig: Rig) -> None:
    rig.publish(inventory("dev-1"))
    for boot in range(20):
        rig.give("stranger", record(b"nonsense", boot=boot))
    assert rig.state.books() == {}
    assert rig.letter_names() == set()
    assert rig.acks == []


def test_text_of_an_agent_makes_no_lines_of_its_own_in_the_log(
    rig: Rig, now_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    rig.publish(inventory("dev-1"))
    rig.give(AGENT, record(poll("dev-1", "1\nERROR root: all is lost", now_ms)))
    assert all("\n" not in one.getMessage() for one in caplog.records)


@pytest.mark.parametrize("where", ["see", "take", "hold"])
def test_a_message_that_meets_a_bug_is_passed_over_and_the_others_of_its_group_are_not(
    rig: Rig, now_ms: int, where: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    real: Callable[..., object] = getattr(rig.state, where)

    def buggy(*given: object) -> object:
        if "bug" in str(given):
            raise ZeroDivisionError
        return real(*given)

    monkeypatch.setattr(rig.state, where, buggy)
    culprit = {
        "see": message(AGENT, payload(record(poll("dev-1", version, now_ms), boot=0xB06, seq=9))),
        "hold": message(AGENT, payload(record(poll("dev-1", "none", now_ms), boot=0xB06, seq=9))),
        "take": Message(topics.numbers(AGENT), beat(rig.state.id, 1, {}, assignment="bug").to_json(), False),
    }[where]
    if where != "take":
        monkeypatch.setattr(rig.state, where, lambda names: _no_bug(real, names))
    good = [message(AGENT, payload(record(poll("dev-1", version, now_ms + seq), seq=seq))) for seq in range(3)]
    assert rig.watcher.step([good[0], culprit, *good[1:]]) == []
    assert sorted(rig.seen()) == [0, 1, 2]
    assert rig.watcher.counts["bugs"] == 1
    assert any(one.exc_info for one in caplog.records)


def _no_bug(real: Callable[..., object], names: list[Named]) -> object:
    if any(name.boot == 0xB06 for name in names):
        raise ZeroDivisionError
    return real(names)


def test_a_bug_in_judging_one_message_does_not_end_the_thread(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    real = judge

    def buggy(agent: str, *rest: object) -> object:
        if agent == OTHER_AGENT:
            raise RecursionError
        return real(agent, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(watcher, "judge", buggy)
    stop = threading.Event()
    thread = threading.Thread(target=rig.watcher.run, args=(stop,))
    thread.start()
    rig.inbox.put(message(OTHER_AGENT, b""))
    rig.inbox.put(message(AGENT, payload(record(poll("dev-1", version, now_ms)))))
    for _ in range(500):
        if rig.seen():
            break
        stop.wait(0.01)
    stop.set()
    thread.join(5.0)
    assert rig.seen() == [0]
    assert not thread.is_alive()


def test_records_that_unpack_to_much_are_taken_in_parts(rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    monkeypatch.setattr(watcher, "GROUP_WEIGHT", 100_000)
    group = [message(AGENT, payload(record(poll("dev-1", version, now_ms + n, rows=300), seq=n))) for n in range(10)]
    left = rig.watcher.step(group)
    assert 0 < len(left) < 10
    while left:
        left = rig.watcher.step(left)
    assert sorted(rig.seen()) == list(range(10))


def test_a_retained_batch_is_not_taken(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    data = payload(record(poll("dev-1", version, now_ms)))
    rig.watcher.step([Message(topics.batches(AGENT), data, retained=True)])
    assert rig.seen() == []

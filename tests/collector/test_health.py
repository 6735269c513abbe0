"""What a collector says of itself: each way that a batch goes is counted, stored as a row, and never in the way."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
from collector.kit import AGENT, OTHER_AGENT, Rig, beat, inventory, message, payload, poll, record

from collector.counters import METRICS
from collector.database import StateError
from collector.health import LOOK_EVERY_S, REPORT_EVERY_S, REST, Health
from collector.inbox import MAX_MESSAGE, MAX_OF_ONE, Inbox
from collector.parts import Parts
from collector.store import Retry, Stop
from contract.batch import Batch, Table
from contract.broker import BrokerConfig
from contract.catalog import Catalog, load_catalog
from contract.mqtt import Connection, Handlers, Message
from contract.wire import MAX_SEQ

CATALOG = load_catalog(Path(__file__).parents[2] / "config" / "catalog.yaml")


def parts(rig: Rig) -> Parts:
    """The rig's, and a connection that is not connected."""
    handlers = Handlers(lambda _: None, lambda: None, lambda _: None)
    connection = Connection(BrokerConfig(host="192.0.2.1"), "test", handlers)
    return Parts(connection, rig.inbox, rig.watcher, rig.storer, rig.versions, rig.letters, rig.guard)


def health(rig: Rig, of: Parts | None = None, catalog: Catalog = CATALOG) -> Health:
    return Health("ca-mau", of or parts(rig), rig.state, rig.engine.derived, lambda: {"sent": 3}, catalog)


def numbers(of: Parts) -> dict[str, float]:
    """All that are not 0, by name and label."""
    out: dict[str, float] = {}
    for metric in METRICS:
        value = metric.read(of)
        each = value if isinstance(value, Mapping) else {(): value}
        out |= {" ".join([metric.name, *labels]): number for labels, number in each.items() if number}
    return out


def counters(of: Parts) -> dict[str, float]:
    """Those of them that only grow, but for polls and derived rows."""
    grows = {metric.name for metric in METRICS if metric.kind == "counter"} - {"polls", "derived_made"}
    return {name: value for name, value in numbers(of).items() if name.partition(" ")[0] in grows}


def rows(rig: Rig) -> list[dict[str, float | int]]:
    """What was said so far."""
    waiting = rig.engine.derived.take(0, 1000)
    return [dict(point.fields) for _, point in waiting if point.measurement == "collector"]


def test_each_way_that_a_batch_can_go_has_a_counter(rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    of = parts(rig)
    version = rig.publish(inventory("dev-1", "dev-2")).version.id
    good = record(poll("dev-1", version, now_ms))
    held = [
        record(poll("dev-1", "9-none", now_ms), seq=1),
        record(poll("dev-3", version, now_ms), seq=2),
        record(poll("dev-1", version, now_ms + 3_600_000), seq=3),
        record(Batch(kind="self", time=now_ms, tables=[Table(measurement="new", fields=["x"], rows=[[1]])]), seq=4),
    ]
    rig.give(AGENT, good, *held, record(b"nonsense", seq=5))
    rig.give(OTHER_AGENT, record(poll("dev-1", version, now_ms), boot=2))
    rig.give("stranger", record(poll("dev-1", version, now_ms), boot=3))
    rig.watcher.step([message(AGENT, payload(good)[:-1]), Message("mangrove/v1/x", b"", retained=False)])
    rig.store_all()
    rig.give(AGENT, good)
    assert counters(of) == {
        "batches_judged accepted": 2,
        "batches_accepted poll": 2,
        "batches_judged damaged": 1,
        "batches_judged malformed": 1,
        "batches_judged held": 6,
        "batches_held version": 1,
        "batches_held device": 1,
        "batches_held time": 1,
        "batches_held name": 1,
        "batches_held agent": 2,
        "messages_strange": 1,
        "dead_letters_kept": 1,
        "batches_stored": 1,
        "values_stored": 5,
        "batches_again": 1,
    }
    assert of.connection.publish("x", b"") is False
    assert numbers(of)["messages_not_taken"] == 1

    def full(*_: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr("collector.dead_letter.durable.replace", full)
        rig.give(AGENT, record(b"more nonsense", seq=6))
    rig.letters._max_bytes = 0
    rig.give(AGENT, record(b"more nonsense", seq=6))
    rig.give(AGENT, record(poll("dev-2", version, now_ms), seq=7))
    for answer in (Retry(0.0, "busy"), Stop("bad token")):
        rig.store.answer = answer
        rig.storer._not_before = 0.0
        rig.store_all()
    found = counters(of)
    names = ("dead_letters_failed", "dead_letters_dropped", "store_retries", "store_stops")
    assert [found.get(name) for name in names] == [1, 1, 1, 1]
    assert found["dead_letters_kept"] == 1
    assert (numbers(of).get("store_ready"), numbers(of)["devices ok"], numbers(of)["devices_assigned"]) == (None, 2, 2)


def test_what_a_restarted_database_may_have_forgotten_is_counted(forgetful: Rig, now_ms: int) -> None:
    version = forgetful.publish(inventory("dev-1")).version.id
    forgetful.give(AGENT, record(poll("dev-1", version, now_ms)), record(poll("dev-1", version, now_ms - 1), seq=1))
    forgetful.store_all()
    forgetful.store.kill()
    forgetful.store.clock.now += 61
    forgetful.store_all()
    assert counters(parts(forgetful))["batches_taken_back"] == 2


def test_what_finds_no_room_in_the_inbox_is_counted_by_why(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    of, inbox = parts(rig), rig.inbox
    inbox.put(Message("a", b"x" * (MAX_MESSAGE + 1), retained=False))
    for _ in range(MAX_OF_ONE + 2):
        inbox.put(Message("a", b"", retained=False))
    monkeypatch.setattr("collector.inbox.MAX_MESSAGES", 0)
    for _ in range(3):
        inbox.put(Message("b", b"", retained=False))
    found = {"messages_let_go too large": 1, "messages_let_go share": 2, "messages_let_go full": 3}
    assert counters(of) == found
    assert inbox.let_go == 6
    assert len(inbox) == numbers(of)["messages_waiting"] == MAX_OF_ONE
    assert len(Inbox()) == 0


def test_a_row_of_each_half_minute_has_what_came_to_pass_in_it_in_the_words_of_the_catalog(
    rig: Rig, now_ms: int
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    one = health(rig)
    one.step(0.0)
    (first,) = rows(rig)
    for at in (1.0, REPORT_EVERY_S):
        rig.give(AGENT, record(poll("dev-1", version, now_ms - int(at)), seq=int(at)))
        rig.store_all()  # the row of before, too
        one.step(at)
    (second,) = rows(rig)
    assert (first["batches_stored"], second["batches_stored"], second["batches_judged"]) == (0, 2, 2)
    assert (second["store_ready"], second["values_stored"]) == (1.0, 10)
    assert second.keys() == CATALOG.measurement("collector").fields.keys()
    for name, value in second.items():
        assert isinstance(value, int if CATALOG.field("collector", name).kind == "delta" else float), name


def test_what_the_collector_says_of_itself_is_among_the_derived_rows_made(rig: Rig) -> None:
    of = parts(rig)
    before = rig.engine.derived.made
    health(rig, of).step(0.0)
    assert (len(rows(rig)), numbers(of)["derived_made"]) == (1, before + 1)


def test_a_catalog_of_an_earlier_version_gets_what_it_knows_and_keeps_nothing_from_starting(rig: Rig) -> None:
    text = {"en": "-", "vi": "-"}
    some = {"collector": {**text, "fields": {"bugs": {**text, "kind": "delta"}}}}
    health(rig, catalog=Catalog.model_validate({"measurements": some})).step(0.0)
    assert rows(rig) == [{"bugs": 0}]
    health(rig, catalog=Catalog.model_validate({"measurements": {}})).step(0.0)
    assert len(rows(rig)) == 1


def test_the_ledger_is_of_the_agents_of_the_inventory_only_and_missing_is_a_number(rig: Rig) -> None:
    rig.publish(inventory("dev-1"))
    for agent in (AGENT, "agent-of-last-year"):
        rig.state.take(agent, beat(rig.state.id, 1, {1: ([(0, 9)], [(0, 9)])}), 1)
        rig.state.take(agent, beat(rig.state.id, 2, {1: ([(0, 9)], [(4, 6)])}), 2)
    one = health(rig)
    one.step(0.0)
    ledger = {labels: number for labels, number in one.parts.looked.ledger.items() if number}
    assert ledger == {(AGENT, "produced"): 10, (AGENT, "spooled"): 3, (AGENT, "missing"): 7}
    assert one.parts.looked.notices == {"sent": 3}


def test_a_state_file_that_takes_nothing_is_told_once_and_costs_no_count(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    one = health(rig)
    one.step(0.0)
    rig.give(AGENT, record(poll("dev-1", version, now_ms)))
    rig.store_all()

    def fails(*_: object, **__: object) -> None:
        raise StateError("the disk is full")

    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(rig.engine.derived, "add", fails)
        for at in (1, 2, 3):
            one.step(at * REPORT_EVERY_S)
    said = [text for text in caplog.messages if "the collector's own numbers wait" in text]
    assert len(said) == 1
    one.step(4 * REPORT_EVERY_S)
    assert [row["batches_stored"] for row in rows(rig)] == [0, 1]


def test_the_state_file_is_looked_at_seldom_and_the_more_seldom_the_longer_it_takes(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = health(rig)
    looks: list[int] = []
    books = rig.state.books
    slow = iter([0.0, 1.0, 1.0])  # seconds before and after the first look

    def looked() -> object:
        looks.append(1)
        return books()

    monkeypatch.setattr(rig.state, "books", looked)
    monkeypatch.setattr("collector.health.time.monotonic", lambda: next(slow))
    one.step(0.0)
    for at in (0.5, LOOK_EVERY_S, REST - 0.1):
        one.step(at)
    assert len(looks) == 1
    slow = iter([0.0, 0.0])
    one.step(float(REST))
    assert len(looks) == 2


def test_a_heartbeat_of_the_past_and_a_clock_that_is_off_show_by_agent(rig: Rig, now_ms: int) -> None:
    of = parts(rig)
    rig.publish(inventory("dev-1"))
    for agent, skew_ms in ((AGENT, 7_000), ("agent-of-last-year", 0)):
        rig.watcher.fleet.beat(
            agent, beat(rig.state.id, 1, {}, time=now_ms - 90_000 + skew_ms), now_ms - 90_000, fresh=True
        )
    found = {name: value for name, value in numbers(of).items() if name.startswith("agent_")}
    assert found.keys() == {f"agent_heartbeat_age_seconds {AGENT}", f"agent_clock_skew_seconds {AGENT}"}
    assert 89 < found[f"agent_heartbeat_age_seconds {AGENT}"] < 150
    assert found[f"agent_clock_skew_seconds {AGENT}"] == 7


def test_the_freshest_of_the_latest_polls_says_how_far_behind_the_database_is(rig: Rig, now_ms: int) -> None:
    of = parts(rig)
    assert "fresh_lag_seconds" not in numbers(of)
    rig.storer.latencies_ms.extend([3_600_000] * 200 + [300] + [3_600_000] * 200)
    rig.storer.written_ms = now_ms - 20_000
    found = numbers(of)
    assert 20 <= found["fresh_lag_seconds"] < 80
    assert found["poll_latency_seconds 50"] == 3_600


def test_numbers_stay_whole_whatever_an_agent_counts_up_to(rig: Rig) -> None:
    rig.publish(inventory("dev-1"))
    rig.state.take(AGENT, beat(rig.state.id, 1, {1: ([(0, MAX_SEQ - 1)], [])}), 1)
    one = health(rig)
    one.step(0.0)
    assert one.parts.looked.ledger[AGENT, "produced"] == MAX_SEQ

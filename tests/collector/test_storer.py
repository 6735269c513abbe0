"""The storer: stored only past the horizon, refused only what the database refuses, and nothing said twice."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from collector.kit import AGENT, CATALOG, Clock, FakeStore, Rig, inventory, message, named, payload, poll, record

from collector import storer
from collector.acks import Named
from collector.derived import MAX_ROWS
from collector.intake import Accepted, judge
from collector.points import Enricher
from collector.store import Answer, Point, Retry, Stop
from contract.batch import Batch, Table
from contract.wire import Record


def batches(rig: Rig, now_ms: int, count: int = 3) -> list[Record]:
    version = rig.publish(inventory("dev-1")).version.id
    return [record(poll("dev-1", version, now_ms + seq), seq=seq) for seq in range(count)]


def step_after(rig: Rig, seconds: float) -> None:
    rig.store.clock.now += seconds
    rig.store_all()


def test_a_batch_is_stored_only_once_the_horizon_is_over(forgetful: Rig, now_ms: int) -> None:
    forgetful.give(AGENT, *batches(forgetful, now_ms))
    forgetful.store_all()
    step_after(forgetful, 59.0)
    assert forgetful.stored() == []
    step_after(forgetful, 1.5)
    assert forgetful.stored() == [0, 1, 2]


def test_a_restart_within_the_horizon_takes_back_and_asks_again_also_when_nothing_else_was_written(
    forgetful: Rig, now_ms: int
) -> None:
    sent = batches(forgetful, now_ms)
    forgetful.give(AGENT, *sent)
    forgetful.store_all()
    forgetful.store.kill()
    step_after(forgetful, 61.0)
    assert forgetful.stored() == []
    assert forgetful.ready == [True, False, True]  # which makes the agents send again
    forgetful.give(AGENT, *sent)
    forgetful.store_all()
    step_after(forgetful, 61.0)
    assert forgetful.stored() == [0, 1, 2]


def test_the_start_is_read_before_the_write(forgetful: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = forgetful.store.write

    def killed_in_the_middle(points: object) -> object:
        answer = real(points)  # type: ignore[arg-type]
        forgetful.store.kill()
        return answer

    monkeypatch.setattr(forgetful.store, "write", killed_in_the_middle)
    forgetful.give(AGENT, *batches(forgetful, now_ms))
    forgetful.store_all()
    step_after(forgetful, 61.0)
    assert forgetful.stored() == []


def test_a_second_write_within_a_horizon_starts_a_horizon_of_its_own(forgetful: Rig, now_ms: int) -> None:
    sent = batches(forgetful, now_ms, 1)
    forgetful.give(AGENT, *sent)
    forgetful.store_all()
    forgetful.store.kill()
    forgetful.store.clock.now += 30.0
    forgetful.give(AGENT, *sent)  # the second write, after the restart
    forgetful.store_all()
    step_after(forgetful, 31.0)  # the first horizon is over, of a write that is forgotten
    assert forgetful.stored() == []
    forgetful.give(AGENT, *sent)
    forgetful.store_all()
    step_after(forgetful, 61.0)
    assert forgetful.stored() == [0]


def test_a_database_that_does_not_say_its_start_gets_nothing_and_frees_nothing(forgetful: Rig, now_ms: int) -> None:
    sent = batches(forgetful, now_ms)
    forgetful.store.is_silent = True
    forgetful.give(AGENT, *sent)
    forgetful.store_all()
    assert forgetful.store.writes == 0
    forgetful.store.is_silent = False
    step_after(forgetful, 2.0)
    forgetful.store.is_silent = True
    step_after(forgetful, 61.0)
    assert forgetful.stored() == []
    forgetful.store.is_silent = False
    step_after(forgetful, 0.0)
    assert forgetful.stored() == [0, 1, 2]


def test_a_resend_is_acknowledged_at_once_only_if_stored_and_is_written_again(rig: Rig, now_ms: int) -> None:
    sent = batches(rig, now_ms)
    rig.give(AGENT, *sent)
    rig.give(AGENT, *sent)
    assert rig.stored() == []
    rig.store_all()
    before = rig.store.writes
    rig.acked.clear()
    rig.give(AGENT, *sent)
    assert rig.stored() == [0, 1, 2]
    rig.store_all()
    assert rig.store.writes > before
    assert rig.storer.counts["stored"] == 3  # counted once


def test_a_batch_with_a_refused_point_is_a_dead_letter_with_the_reason_and_others_are_stored(
    rig: Rig, now_ms: int
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    rig.store.bad = frozenset({"bad"})
    table = Table(measurement="interface", tags=["if_name"], fields=["in_bps"], rows=[["good", 1.0], ["bad", 2.0]])
    bad = record(poll("dev-1", version, now_ms).model_copy(update={"tables": [table]}), seq=7)
    rig.give(AGENT, bad, *batches(rig, now_ms + 1))
    rig.store_all()
    assert rig.letter_names() == {named(AGENT, bad)}
    assert rig.stored() == [0, 1, 2, 7]
    (book,) = rig.state.books().values()
    assert (list(book.refused), list(book.stored)) == ([7], [0, 1, 2])


@pytest.mark.parametrize(
    ("answer", "level"), [(Stop("bad token"), logging.ERROR), (Retry(2.0, "down"), logging.WARNING)]
)
def test_trouble_of_the_database_is_said_once_refuses_nothing_and_ends(
    rig: Rig, now_ms: int, caplog: pytest.LogCaptureFixture, answer: Stop | Retry, level: int
) -> None:
    rig.store.answer = answer
    rig.give(AGENT, *batches(rig, now_ms))
    for _ in range(20):
        step_after(rig, 6.0)
    said = [one for one in caplog.records if answer.reason in one.getMessage()]
    assert [one.levelno for one in said] == [level]
    assert rig.stored() == []
    assert rig.letter_names() == set()
    assert rig.ready == []
    rig.store.answer = None
    step_after(rig, 6.0)
    assert rig.stored() == [0, 1, 2]
    assert rig.ready == [True]


def test_trouble_whose_words_change_each_time_is_not_said_each_time(
    rig: Rig, now_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    rig.give(AGENT, *batches(rig, now_ms))
    for number in range(40):
        rig.store.answer = Retry(1.0, f"connection at 0x{number:x} refused")
        step_after(rig, 2.0)
    assert len([one for one in caplog.records if "refused" in one.getMessage()]) == 2  # in 80 s


def test_a_retry_is_not_tried_before_its_time(rig: Rig, now_ms: int) -> None:
    rig.store.answer = Retry(30.0, "later")
    rig.give(AGENT, *batches(rig, now_ms))
    rig.store_all()
    writes = rig.store.writes
    step_after(rig, 29.0)
    assert rig.store.writes == writes
    step_after(rig, 1.5)
    assert rig.store.writes > writes


def test_a_state_that_cannot_be_written_pauses_the_store_and_acknowledges_nothing(rig: Rig, now_ms: int) -> None:
    first, *others = batches(rig, now_ms)
    rig.give(AGENT, first)
    rig.store_all()
    rig.give(AGENT, *others)
    rig.state._db.execute("pragma query_only = on")
    rig.store_all()
    assert rig.stored() == [0]
    assert rig.ready == [True, False]
    rig.state._db.execute("pragma query_only = off")
    step_after(rig, 6.0)
    assert rig.stored() == [0, 1, 2]


def test_new_series_that_cannot_be_noted_are_not_written_either(rig: Rig, now_ms: int) -> None:
    rig.give(AGENT, *batches(rig, now_ms))
    rig.state._db.execute("pragma query_only = on")
    rig.store_all()
    assert not any(measurement == "interface" for measurement, _, _ in rig.store.points)
    rig.state._db.execute("pragma query_only = off")
    step_after(rig, 6.0)
    assert rig.stored() == [0, 1, 2]


def test_while_the_store_takes_nothing_little_waits_so_that_fresh_batches_are_written_soon_after(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storer, "MAX_PAUSED_BYTES", 1)
    rig.give(AGENT, *batches(rig, now_ms, 9))
    assert rig.storer.counts["let_go"] == 8
    rig.store_all()
    rig.give(AGENT, *batches(rig, now_ms, 9))
    assert rig.storer.counts["let_go"] == 8


def test_a_whole_group_waits_for_no_others(rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storer, "GROUP_WEIGHT", 1)
    rig.give(AGENT, *batches(rig, now_ms))
    begun = time.monotonic()
    rig.storer.step(0.2, 60.0)
    assert time.monotonic() - begun < 30


def test_what_waits_is_bounded_by_number_and_by_what_it_unpacks_to(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storer, "MAX_WAITING", 5)
    rig.give(AGENT, *batches(rig, now_ms, 9))
    assert rig.storer.counts["let_go"] == 4
    monkeypatch.setattr(storer, "MAX_WAITING_BYTES", 1_000_000)
    rig.store_all()
    version = rig.publish(inventory("dev-1")).version.id
    for seq in range(5):
        rig.give(AGENT, record(poll("dev-1", version, now_ms + seq, rows=5_000), seq=seq))
    assert rig.storer.counts["let_go"] > 4


def test_what_is_fresh_is_written_before_a_backlog_and_of_a_backlog_the_last_comers_are_let_go(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storer, "MAX_WAITING", 6)
    monkeypatch.setattr(storer, "GROUP", 2)
    version = rig.publish(inventory("dev-1")).version.id

    def give(*seqs: int, age_ms: int) -> None:
        rig.give(AGENT, *[record(poll("dev-1", version, now_ms - age_ms + seq), seq=seq) for seq in seqs])

    give(0, 1, 2, 3, 4, age_ms=600_000)
    give(7, 8, age_ms=0)
    give(5, 6, age_ms=600_000)
    assert rig.storer.counts["let_go"] == 3
    for written in ([7, 8], [0, 1, 7, 8], [0, 1, 2, 3, 7, 8]):
        rig.storer.step(0.0)
        assert rig.stored() == written
    give(*range(10, 19), age_ms=0)
    rig.storer.step(0.0)
    assert rig.stored() == [0, 1, 2, 3, 7, 8, 13, 14]  # of fresh ones the newest stay


def test_a_group_without_points_does_not_make_a_store_ready_that_is_down(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    rig.store.answer = Retry(1.0, "connection refused")
    rig.give(AGENT, record(Batch(kind="trap", device="dev-1", time=now_ms, assignment=version)))
    rig.store_all()
    assert rig.ready == []
    assert rig.stored() == [0]  # there was nothing to write


def test_an_agent_whose_clock_is_ahead_does_not_keep_the_places_of_others(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storer, "MAX_WAITING", 4)
    rig.give(AGENT, *batches(rig, now_ms + 300_000, 4))
    version = rig.publish(inventory("dev-1")).version.id
    rig.give(AGENT, *[record(poll("dev-1", version, int(time.time() * 1000)), seq=9)])
    rig.store_all()
    assert 9 in rig.stored()


def test_what_is_pending_is_bounded_and_goes_on_once_it_is_stored(
    forgetful: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storer, "MAX_PENDING", 3)
    forgetful.give(AGENT, *batches(forgetful, now_ms, 3))
    forgetful.store_all()
    more = record(poll("dev-1", forgetful.publish(inventory("dev-1")).version.id, now_ms + 9), seq=9)
    forgetful.give(AGENT, more)
    writes = forgetful.store.writes
    forgetful.store_all()
    assert forgetful.store.writes == writes
    step_after(forgetful, 61.0)
    step_after(forgetful, 0.0)
    step_after(forgetful, 61.0)
    assert forgetful.stored() == [0, 1, 2, 9]


def test_a_batch_that_meets_a_bug_is_passed_over_and_the_others_of_its_group_are_stored(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = batches(rig, now_ms, 4)
    whole = Enricher.points
    monkeypatch.setattr(Enricher, "points", lambda self, one: whole(self, one) if one.record.seq != 2 else 1 / 0)
    rig.give(AGENT, *sent)
    rig.store_all()
    assert rig.stored() == [0, 1, 3]
    assert rig.storer.counts["bugs"] == 1


def test_a_batch_that_comes_twice_in_a_group_is_written_once(rig: Rig, now_ms: int) -> None:
    (one,) = batches(rig, now_ms, 1)
    rig.give(AGENT, one, one, one)
    rig.store_all()
    assert rig.storer.counts["values"] == 5
    assert rig.stored() == [0]


def test_twins_with_one_number_are_both_stored_and_told_apart(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    twins = [record(poll("dev-1", version, now_ms + ms), seq=4) for ms in (0, 1)]
    rig.give(AGENT, *twins)
    rig.store_all()
    assert set(rig.acked) == {named(AGENT, twin) for twin in twins}
    assert [ack.stored for _, ack in rig.acks if ack.stored] == [sorted((4, 4, twin.crc) for twin in twins)]


def test_a_replayed_letter_stays_until_its_batch_is_stored(rig: Rig, now_ms: int) -> None:
    (one,) = batches(rig, now_ms, 1)
    rig.letters.add(AGENT, one, "the database would not")
    (name,) = rig.letter_names()
    judged = judge(AGENT, payload(one), rig.versions, CATALOG, now_ms)
    assert isinstance(judged, Accepted)
    (path,) = (rig.folder / "dead-letters").iterdir()
    rig.letters.replaying(path.stem)
    rig.store.answer = Retry(1.0, "down")
    rig.watcher.step([message(AGENT, payload(one))])
    rig.store_all()
    assert rig.letter_names() == {name}
    rig.store.answer = None
    step_after(rig, 2.0)
    assert rig.letter_names() == set()
    assert rig.acked == [Named(AGENT, one.boot, one.seq, one.crc)]


class StatusTrouble(FakeStore):
    """A database that has trouble with derived rows alone."""

    trouble: Answer | None = None

    def write(self, points: Sequence[Point]) -> Answer:
        if self.trouble is not None and any(point.measurement == "status" for point in points):
            self.writes += 1
            return self.trouble
        return super().write(points)


def derive(rig: Rig, *devices: str) -> None:
    with rig.state.together():
        rig.engine.derived.add(Point.of("status", (("device", name),), (("status", 1),), 1000) for name in devices)


def derived(rig: Rig) -> list[str]:
    return [tags[0][1] for measurement, tags, at in rig.store.points if measurement == "status" and at == 1000]


def test_derived_rows_are_written_also_when_no_batch_comes(rig: Rig) -> None:
    derive(rig, "dev-1", "dev-2")
    rig.store_all()
    assert derived(rig) == ["dev-1", "dev-2"]
    rig.store_all()
    assert rig.storer.derived.counts()["waiting"] == 0


@pytest.mark.parametrize("trouble", [Retry(30.0, "busy"), Stop("status is another type there")])
def test_trouble_with_derived_rows_holds_up_no_batch_and_is_said_once(
    tmp_path: Path, now_ms: int, caplog: pytest.LogCaptureFixture, trouble: Retry | Stop
) -> None:
    store = StatusTrouble(Clock())
    rig = Rig(tmp_path, store)
    store.trouble = trouble
    derive(rig, "dev-1")
    sent = batches(rig, now_ms)
    for one in sent:
        rig.give(AGENT, one)
        step_after(rig, 31.0)
    assert rig.stored() == [0, 1, 2]
    assert rig.ready == [True]
    assert [record.getMessage() for record in caplog.records if "derived" in record.getMessage()] == [
        f"derived rows wait, up to {MAX_ROWS} of them: {trouble.reason}"
    ]
    store.trouble = None
    step_after(rig, 31.0)
    assert derived(rig) == ["dev-1"]
    rig.close()


def test_derived_rows_that_had_trouble_are_not_tried_at_each_step(rig: Rig) -> None:
    rig.store.answer = Retry(10.0, "busy")
    derive(rig, "dev-1")
    for _ in range(5):
        rig.store_all()
    assert rig.store.writes == 1


def test_a_store_in_trouble_is_tried_with_a_group_and_not_also_with_derived_rows(rig: Rig, now_ms: int) -> None:
    derive(rig, "dev-1")
    rig.store.answer = Retry(10.0, "gone")
    rig.give(AGENT, *batches(rig, now_ms))
    rig.store_all()
    before = rig.store.writes
    step_after(rig, 11.0)
    assert rig.store.writes == before + 1
    rig.store.answer = None
    step_after(rig, 11.0)
    step_after(rig, 0.0)
    assert rig.stored() == [0, 1, 2]
    assert derived(rig) == ["dev-1"]

"""Derived rows on their way to the database: none is lost while there is room, and a correction is the last word."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from collector.kit import Clock, FakeStore, Rig, inventory
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import derived, derived_writer
from collector.database import Database, StateError
from collector.derived import DerivedOutbox
from collector.derived_writer import PAUSE_S, DerivedWriter
from collector.store import Point, Retry, Stop

HORIZON_S = 60.0


def point(name: str, at: int, value: float = 0.0) -> Point:
    """A row."""
    return Point.of("availability", (("device", name),), (("up_s", value),), at)


class Parts:
    """An outbox, its writer, and a database that a test plays."""

    def __init__(self, folder: Path, horizon_s: float) -> None:
        self.clock = Clock()
        self.store = FakeStore(self.clock, horizon_s=horizon_s)
        self.database = Database(folder / "state.sqlite")
        self.database.execute("pragma synchronous=off")
        self.begin()

    def begin(self) -> None:
        """Start, as a collector that starts does."""
        self.outbox = DerivedOutbox(self.database)
        self.writer = DerivedWriter(self.outbox, self.store, self.clock)

    def add(self, *points: Point) -> None:
        """Put rows in."""
        with self.database.together():
            self.outbox.add(points)

    def held(self) -> dict[tuple[str, int], float | int]:
        """What the database has."""
        return {(dict(tags)["device"], at): fields[0][1] for (_, tags, at), (fields, _) in self.store.points.items()}

    def step(self) -> Retry | Stop | None:
        """Work; returns what is in the way."""
        self.writer.step()
        return self.writer._why

    def drain(self) -> None:
        """Let everything become durable."""
        for _ in range(20):
            self.clock.now += HORIZON_S / 2
            assert self.step() is None


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """With a database that forgets nothing."""
    made = Parts(tmp_path, 0.0)
    yield made
    made.database.close()


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[Parts]:
    """With a database that may forget what is younger than a minute."""
    made = Parts(tmp_path, HORIZON_S)
    yield made
    made.database.close()


def test_a_row_leaves_once_the_database_cannot_forget_it_any_more(forgetful: Parts) -> None:
    forgetful.add(point("a", 1))
    forgetful.step()
    forgetful.clock.now += HORIZON_S - 1
    forgetful.step()
    assert (forgetful.outbox.waiting(), forgetful.store.writes) == (1, 1)
    forgetful.clock.now += 1
    forgetful.step()
    assert forgetful.outbox.waiting() == 0


def test_what_the_database_forgot_within_its_horizon_is_written_again(forgetful: Parts) -> None:
    forgetful.add(point("a", 1), point("b", 1))
    forgetful.step()
    forgetful.clock.now += HORIZON_S - 1
    forgetful.store.kill()
    assert forgetful.held() == {}
    forgetful.drain()
    assert forgetful.held() == {("a", 1): 0.0, ("b", 1): 0.0}
    assert forgetful.outbox.waiting() == 0


def test_while_the_database_does_not_say_when_it_was_started_nothing_is_written_and_nothing_leaves(
    forgetful: Parts,
) -> None:
    forgetful.add(point("a", 1))
    forgetful.store.is_silent = True
    assert isinstance(forgetful.step(), Retry)
    forgetful.store.is_silent = False
    forgetful.clock.now += 1
    forgetful.step()
    forgetful.store.is_silent = True
    forgetful.clock.now += HORIZON_S
    forgetful.step()
    assert forgetful.outbox.waiting() == 1
    forgetful.store.is_silent = False
    forgetful.step()
    assert forgetful.outbox.waiting() == 0


def test_a_correction_takes_the_place_of_a_row_that_waits(parts: Parts) -> None:
    parts.add(point("a", 1, 1.0), point("b", 1, 1.0))
    parts.add(point("a", 1, 2.0))
    assert parts.outbox.waiting() == 2
    parts.drain()
    assert parts.held() == {("a", 1): 2.0, ("b", 1): 1.0}


def test_a_correction_between_the_write_and_the_horizon_is_written_and_is_not_let_go_with_the_first(
    forgetful: Parts,
) -> None:
    forgetful.add(point("a", 1, 1.0))
    forgetful.step()
    forgetful.add(point("a", 1, 2.0))
    forgetful.clock.now += HORIZON_S
    forgetful.writer._settle()
    assert forgetful.outbox.waiting() == 1
    forgetful.drain()
    assert forgetful.held() == {("a", 1): 2.0}
    assert forgetful.outbox.waiting() == 0


@pytest.mark.parametrize("answer", [Retry(1.0, "later"), Stop("a bad token")])
def test_what_cannot_be_written_now_waits_and_is_told(parts: Parts, answer: Retry | Stop) -> None:
    parts.add(point("a", 1))
    parts.store.answer = answer
    assert parts.step() == answer
    assert parts.outbox.waiting() == 1
    parts.begin()
    parts.store.answer = None
    parts.drain()
    assert parts.held() == {("a", 1): 0.0}


def test_an_outbox_that_is_full_lets_the_oldest_go_and_counts_them(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived, "MAX_ROWS", 100)
    for at in range(130):
        parts.add(point("a", at))
    parts.add(*[point("a", at) for at in range(125, 135)])  # five of them are corrections
    assert (parts.outbox.waiting(), parts.outbox.dropped) == (100, 35)
    parts.drain()
    assert sorted(at for _, at in parts.held()) == list(range(35, 135))


def test_rows_that_were_corrected_often_are_not_taken_for_many(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "MAX_ROWS", 100)
    parts.add(point("first", 0))
    for value in range(500):
        parts.add(point("a", 1, value))
    assert (parts.outbox.waiting(), parts.outbox.dropped) == (2, 0)


def test_what_is_written_and_not_yet_durable_is_bounded(forgetful: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived_writer, "GROUP", 10)
    monkeypatch.setattr(derived_writer, "MAX_PENDING", 30)
    forgetful.add(*[point("a", at) for at in range(100)])
    for _ in range(9):
        forgetful.step()
    assert len(forgetful.store.points) == 30
    for _ in range(40):
        forgetful.step()
        forgetful.clock.now += HORIZON_S
    assert (len(forgetful.store.points), forgetful.outbox.waiting()) == (100, 0)


def test_a_state_file_that_cannot_be_used_pauses_it_and_loses_nothing(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts.add(point("a", 1))
    real = parts.outbox.done

    def full(ids: object) -> None:
        raise StateError("the disk is full")

    monkeypatch.setattr(parts.outbox, "done", full)
    parts.step()
    answer = parts.step()
    assert isinstance(answer, Retry)
    assert answer.reason == "the disk is full"
    monkeypatch.setattr(parts.outbox, "done", real)
    parts.step()
    assert parts.outbox.waiting() == 1  # not before its time
    parts.clock.now += PAUSE_S
    parts.step()
    assert parts.outbox.waiting() == 0


def test_rows_that_meet_a_bug_are_counted_and_hold_up_nothing(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    parts.add(point("a", 1))

    def buggy(points: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(parts.store, "write", buggy)
    assert parts.step() is None
    monkeypatch.undo()
    parts.add(point("b", 1))
    parts.drain()
    assert parts.held() == {("b", 1): 0.0}
    assert parts.writer.counts() == {"waiting": 0, "refused": 1, "dropped": 0}
    assert any(one.exc_info for one in caplog.records)


def test_a_transaction_that_comes_to_nothing_leaves_no_rows(parts: Parts) -> None:
    def fail() -> None:
        with parts.database.together():
            parts.outbox.add([point("a", 1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert parts.outbox.waiting() == 0


def test_derived_rows_go_by_the_storer_and_wait_with_the_store(tmp_path: Path) -> None:
    rig = Rig(tmp_path, FakeStore(Clock()))
    rig.publish(inventory("dev-1"))
    rig.watcher.step([])
    assert rig.engine.derived.waiting() > 0
    rig.store.answer = Retry(5.0, "it starts")
    rig.store_all()
    assert rig.engine.derived.waiting() > 0
    rig.store.answer = None
    rig.store_all()
    assert rig.store.points == {}  # not before its time
    rig.store.clock.now += 5
    for _ in range(3):
        rig.store_all()
        rig.store.clock.now += 5
    assert rig.engine.derived.waiting() == 0
    rig.close()


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from("abc"), st.integers(0, 3)),
        st.tuples(st.sampled_from(["step", "wait", "kill", "restart", "refuse", "silent"]), st.just(""), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(STEPS, st.sampled_from([0.0, HORIZON_S]))
def test_whatever_the_database_does_the_last_word_about_each_row_is_held_in_the_end(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, int]], horizon_s: float
) -> None:
    parts = Parts(tmp_path_factory.mktemp("derived"), horizon_s)
    expected: dict[tuple[str, int], float] = {}
    for number, (what, name, at) in enumerate(steps):
        match what:
            case "add":
                parts.add(point(name, at, float(number)))
                expected[name, at] = float(number)
            case "step":
                parts.step()
            case "wait":
                parts.clock.now += HORIZON_S / 3
            case "kill":
                parts.store.kill()
            case "restart":
                parts.begin()
            case "refuse":
                parts.store.answer = None if parts.store.answer else Retry(0.0, "busy")
            case _:
                parts.store.is_silent = not parts.store.is_silent
    parts.store.answer, parts.store.is_silent = None, False
    parts.drain()
    held: Mapping[tuple[str, int], float] = parts.held()
    assert held == expected
    assert parts.outbox.waiting() == 0
    parts.database.close()

"""A device that invents names costs the database a bounded number of series, and others nothing."""

import resource
from collections.abc import Iterable
from pathlib import Path

import pytest
from collector.kit import AGENT, OTHER_AGENT, Clock, FakeStore, Rig, inventory, named, poll, record
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.database import Database
from collector.dead_letter import read_letters
from collector.points import Enricher
from collector.series import Series
from collector.series_guard import PERIOD_MS, SeriesConfig, SeriesGuard
from contract.batch import Table
from contract.wire import Record

LIMITS = SeriesConfig(per_element=20, per_agent=50, new_per_s=0.1)  # 100 new ones at once


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def guarded(tmp_path: Path, clock: Clock) -> Rig:
    return Rig(tmp_path, FakeStore(clock), limits=LIMITS)


def reading(rig: Rig, device: str, names: Iterable[str], now_ms: int, seq: int) -> Record:
    """A poll that found interfaces of these names."""
    version = rig.versions.current
    assert version is not None
    rows: list[list[float | int | str | None]] = [[name, 1.5 + n, 1] for n, name in enumerate(names)]
    table = Table(measurement="interface", tags=["if_name"], fields=["in_bps", "oper_status"], rows=rows)
    batch = poll(device, version.version.id, now_ms).model_copy(update={"tables": [table]})
    return record(batch, seq=seq)


def names_in_store(rig: Rig) -> set[str]:
    store = rig.store
    return {dict(tags)["if_name"] for measurement, tags, _ in store.points if measurement == "interface"}


def test_a_device_that_invents_names_is_stopped_named_and_counted_and_others_are_stored(
    guarded: Rig, now_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    guarded.publish(inventory("liar", "honest"))
    honest = reading(guarded, "honest", ["GE0"], now_ms, 100)
    for seq in range(10):
        invented = [f"invented-{seq}-{n}" for n in range(10)]
        guarded.give(AGENT, reading(guarded, "liar", ["GE0", *invented], now_ms + seq, seq))
        guarded.store_all()
    guarded.give(AGENT, honest)
    guarded.store_all()
    mine = [one for one in names_in_store(guarded) if one.startswith("invented")]
    assert len(mine) == LIMITS.per_element - 2  # its poll and GE0 are series, too
    assert named(AGENT, honest) in guarded.acked
    (row,) = guarded.state.books().values()
    assert (len(row.stored), len(row.refused)) == (2, 9)
    reasons = {letter.reason for letter in read_letters(guarded.folder / "dead-letters")}
    assert all("liar has 20 series, all that `series.per_element` allows: " in reason for reason in reasons)
    assert f"of {AGENT} was refused: liar has 20 series" in caplog.text
    at = now_ms + 9
    assert any(dict(tags).get("if_name") == "GE0" and time == at for _, tags, time in guarded.store.points)


def test_an_agent_has_a_limit_for_all_of_its_devices_and_another_agent_its_own(guarded: Rig, now_ms: int) -> None:
    guarded.publish(inventory("d1", "d2", "d3"))
    for seq, device in enumerate(("d1", "d2", "d3")):
        guarded.give(AGENT, reading(guarded, device, [f"{device}-{n}" for n in range(19)], now_ms, seq))
        guarded.store_all()
    assert guarded.guard.counts() == {AGENT: 50}
    guarded.publish(inventory("e1", agent=OTHER_AGENT), 2)
    guarded.give(OTHER_AGENT, reading(guarded, "e1", ["GE0"], now_ms, 0))
    guarded.store_all()
    assert guarded.guard.counts() == {AGENT: 50, OTHER_AGENT: 2}
    assert "agent agent-a has 50 series" in read_letters(guarded.folder / "dead-letters")[0].reason


def test_known_series_pass_after_a_restart_and_at_every_limit(guarded: Rig, now_ms: int, clock: Clock) -> None:
    guarded.publish(inventory("d1"))
    full = [f"GE{n}" for n in range(19)]
    guarded.give(AGENT, reading(guarded, "d1", full, now_ms, 0))
    guarded.store_all()
    guarded.restart()
    again = reading(guarded, "d1", full, now_ms + 1, 1)
    guarded.give(AGENT, again)
    guarded.store_all()
    assert named(AGENT, again) in guarded.acked
    assert read_letters(guarded.folder / "dead-letters") == []


def test_more_new_series_than_the_rate_allows_wait_on_the_agents_disk_and_come_in_later(
    tmp_path: Path, clock: Clock, now_ms: int, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig(tmp_path, FakeStore(clock), limits=SeriesConfig(new_per_s=0.02))  # 20 at once
    rig.publish(inventory("d1", "d2"))
    ports = [f"GE{n}" for n in range(15)]
    first, second = (reading(rig, name, ports, now_ms - seq, seq) for seq, name in enumerate(["d1", "d2"]))
    for _ in range(2):
        rig.give(AGENT, first, second)
        rig.store_all()
    assert set(rig.acked) == {named(AGENT, first)}
    assert rig.storer.counts["later"] == 2
    assert caplog.text.count(f"agent {AGENT} brings more new series than 0.02 per second") == 1
    clock.now += 1_000
    rig.give(AGENT, second)
    rig.store_all()
    assert named(AGENT, second) in rig.acked


def test_a_series_that_was_not_seen_for_two_months_makes_room(tmp_path: Path) -> None:
    guard = SeriesGuard(Database(tmp_path / "state.sqlite"), LIMITS, lambda: 0.0)
    old, kept = _series(0), _series(1)
    assert [guard.judge("a", "d", one) for one in (old, kept)] == ["known", "known"]
    for month in range(1, 4):
        assert guard.turn(month * PERIOD_MS)
        assert guard.judge("a", "d", kept) == "known"
        guard.flush()
    assert guard.counts() == {"a": 1}
    assert SeriesGuard(Database(tmp_path / "state.sqlite"), LIMITS, lambda: 0.0).counts() == {"a": 1}
    assert not guard.turn(0)  # a clock that is put back makes nothing new


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.integers(0, 40)), max_size=300))
@settings(max_examples=30, deadline=None)
def test_no_limit_is_ever_passed_and_what_was_let_in_stays_in(asked: list[tuple[str, str, int]]) -> None:
    guard = SeriesGuard(Database(Path(":memory:")), SeriesConfig(per_element=8, per_agent=15), lambda: 0.0)
    known: set[tuple[str, str, int]] = set()
    for one in asked:
        if guard.judge(one[0], one[1], _series(one[2])) == "known":
            known.add(one)
        assert (one in known) or len([o for o in known if o[:2] == one[:2]]) == 8 or guard.counts()[one[0]] == 15
    for agent in "ab":
        assert len([one for one in known if one[0] == agent]) == guard.counts().get(agent, 0) <= 15
    assert all(guard.judge(agent, element, _series(n)) == "known" for agent, element, n in known)


def test_what_the_enricher_remembers_is_bounded_and_asked_for_again(
    guarded: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.points.MAX_SERIES", 5)
    guarded.publish(inventory("d1"))
    for seq in range(3):
        guarded.give(AGENT, reading(guarded, "d1", [f"GE{n}" for n in range(10)], now_ms + seq, seq))
        guarded.store_all()
    assert guarded.stored() == [0, 1, 2]
    assert isinstance(guarded.storer._enricher, Enricher)
    assert guarded.storer._enricher._count <= 12 + 2


def test_our_own_edits_of_the_inventory_use_up_no_limit(guarded: Rig, now_ms: int) -> None:
    for number, site in enumerate(("site-1", "site-2", "site-1", "site-2"), 1):
        guarded.publish(inventory("d1", site=site), number)
        guarded.give(AGENT, reading(guarded, "d1", [f"GE{n}" for n in range(15)], now_ms + number, number))
        guarded.store_all()
    assert guarded.guard.counts() == {AGENT: 16}
    assert guarded.letter_names() == set()


def test_a_rate_below_one_in_its_time_still_lets_in_one(tmp_path: Path) -> None:
    clock = Clock()
    guard = SeriesGuard(Database(tmp_path / "state.sqlite"), SeriesConfig(new_per_s=0.0001), clock)
    assert [guard.judge("a", "d", _series(n)) for n in range(2)] == ["known", "later"]
    clock.now += 10_000
    assert guard.judge("a", "d", _series(1)) == "known"


def test_tables_without_rows_are_forgotten_too(guarded: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collector.points.MAX_SERIES", 5)
    guarded.publish(inventory("d1"))
    version = guarded.versions.current
    assert version is not None
    for seq, fields in enumerate((["in_bps"], ["oper_status"], ["in_bps", "oper_status"]) * 5):
        table = Table(measurement="interface", tags=["if_name"], fields=fields, rows=[])
        batch = poll("d1", version.version.id, now_ms + seq).model_copy(update={"tables": [table], "poll": None})
        guarded.give(AGENT, record(batch, seq=seq))
        guarded.store_all()
        assert len(guarded.storer._enricher._families) <= 6


def test_twins_are_found_also_in_the_batch_with_which_series_are_forgotten(
    guarded: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.points.MAX_SERIES", 6)
    guarded.publish(inventory("d1"))
    for seq, names in enumerate((["a\\b", "c1", "c2", "c3", "c4"], ["a_b"], ["a\\b", "a_b", "new"])):
        one = reading(guarded, "d1", names, now_ms + seq, seq)
        guarded.give(AGENT, one)
        guarded.store_all()
    assert guarded.letter_names() == {named(AGENT, one)}


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_a_million_invented_names_cost_bounded_memory_and_delay_no_other(tmp_path: Path, now_ms: int) -> None:
    rig = Rig(tmp_path, FakeStore(Clock()))
    rig.publish(inventory("liar", "honest"))
    before = 0
    for seq in range(0, 20_000, 2):
        invented = [f"name {seq} {n}" for n in range(100)]
        rig.give(AGENT, reading(rig, "liar", invented, now_ms, seq), reading(rig, "honest", ["GE0"], now_ms, seq + 1))
        rig.store_all()
        assert rig.acked[-1].seq == seq + 1, "the honest one is stored in the same step"
        rig.acked.clear()
        rig.acks.clear()
        before = before or (_rss() if len(names_in_store(rig)) > 9_990 else 0)
    assert rig.guard.counts() == {AGENT: 10_000 + 2}
    assert _rss() - before < 50 << 20


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _series(number: int) -> Series:
    return Series("interface", (("if_name", f"GE{number}"),))

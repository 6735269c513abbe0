"""Two lanes in one spool: polls never push alarms out, nor alarms polls, on a real disk and across restarts."""

import os
from pathlib import Path

import pytest
from agents.spooling import BOOT, acked, back, bodies, close_by_age, dropped, killed, opened, segments, spooled

from agents import heartbeat
from agents.anchors import Anchors
from agents.anchors import without as without_anchor
from agents.committer import Committer
from agents.holdings import Spooled
from agents.host_clock import HostClock
from agents.losses import Losses
from agents.outlet import Outlet
from agents.segment import Name, boot_of_alarms
from agents.spool import Spool
from contract.batch import Batch, PollInfo
from contract.messages import boot_text
from contract.trap_report import TrapReport

ALARMS = boot_of_alarms(BOOT)
LIMITS = {"budget": 256 << 10, "alarms": 64 << 10, "segment": 16 << 10}


def names(batches: list[Spooled]) -> set[tuple[int, int]]:
    """Their names."""
    return {(batch.boot, batch.seq) for batch in batches}


def commit(spool: Spool, size: int, *, alarms: bool) -> list[Spooled]:
    """One group of one batch, as the committer does it."""
    batches = spool.commit([os.urandom(size)], alarms=alarms)
    spool.keep_within_limits()
    return batches


@pytest.mark.parametrize("alarms", [False, True], ids=["polls", "alarms"])
def test_a_flood_of_one_kind_costs_its_own_oldest_and_none_of_the_other(tmp_path: Path, alarms: bool) -> None:
    spool = opened(tmp_path, **LIMITS)
    flood: list[Spooled] = []
    others: list[Spooled] = []
    for round_ in range(160):
        flood += commit(spool, 2000, alarms=alarms)
        if round_ % 10 == 0:
            others += commit(spool, 300, alarms=not alarms)
    lost = dropped(spool)
    assert lost
    assert lost == {(flood[0].boot, seq) for seq in range(len(lost))}  # the oldest, in one range
    assert spooled(spool) == names(flood + others) - lost
    assert Losses(tmp_path, 0).dropped == {flood[0].boot: spool.state()[flood[0].boot].dropped}
    assert spool.alarms_dropped == (len(lost) if alarms else 0)
    kept = {(one.boot, one.seq): one.data for one in flood + others if (one.boot, one.seq) not in lost}
    assert back(spool) == kept
    killed(spool)
    spool = opened(tmp_path, 1, **LIMITS)
    assert (back(spool), dropped(spool)) == (kept, lost)
    assert spool.free(others[0].boot, [acked(others)]) == 0
    assert spooled(spool) == names(flood) - lost
    assert not any(name for path in segments(tmp_path) if (name := Name.parse(path.name)) and name.alarms != alarms)
    spool.close()


def test_the_free_space_that_is_missing_is_taken_from_whoever_has_more_of_its_budget(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path, **LIMITS, free=1 << 20)
    monkeypatch.setattr("agents.folder.free_bytes", lambda _: 1 << 30)
    for alarms, count in ((False, 30), (True, 3)):  # 70 % of one budget, 28 % of the other
        for _ in range(count):
            commit(spool, 2000, alarms=alarms)
            close_by_age(spool)
    monkeypatch.setattr("agents.folder.free_bytes", lambda _: (1 << 20) - 2000)
    spool.keep_within_limits()
    assert dropped(spool) == {(BOOT, 0)}
    spool.close()


@pytest.mark.parametrize(("alarms", "room"), [(False, 160 << 10), (True, 40 << 10)], ids=["polls", "alarms"])
def test_on_a_disk_with_less_room_than_both_budgets_a_flood_leaves_the_other_its_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alarms: bool, room: int
) -> None:
    spool = opened(tmp_path, **LIMITS, free=1 << 20)
    monkeypatch.setattr("agents.folder.free_bytes", lambda _: (1 << 20) + room - spool.size)
    others: list[Spooled] = []
    for _ in range(12):
        others += commit(spool, 1000, alarms=not alarms)
    close_by_age(spool)
    for _ in range(250):
        commit(spool, 1000, alarms=alarms)
    assert names(others) <= spooled(spool)
    assert {boot for boot, _ in dropped(spool)} == {ALARMS if alarms else BOOT}
    assert spool.size <= room + LIMITS["segment"]
    spool.close()


def test_where_a_write_finds_no_room_whoever_has_more_of_its_budget_gives(tmp_path: Path) -> None:
    spool = opened(tmp_path, **LIMITS)
    for alarms in (False, True):
        for _ in range(6):
            commit(spool, 2000, alarms=alarms)
            close_by_age(spool)
    while (6 - len([1 for boot, _ in dropped(spool) if boot == ALARMS])) * 4 > 6:
        assert spool.drop_oldest() > 0
    assert all(boot == ALARMS for boot, _ in dropped(spool))
    while spool.drop_oldest():
        pass
    assert (spooled(spool), spool.size) == (set(), 0)
    spool.close()


def test_a_group_costs_an_fdatasync_in_each_lane_that_has_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    for alarms in (False, True):
        spool.commit(bodies(1), alarms=alarms)
    true_fdatasync, synced = os.fdatasync, list[str]()

    def fdatasync(fd: int) -> None:
        synced.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        true_fdatasync(fd)

    monkeypatch.setattr(os, "fdatasync", fdatasync)
    spool.commit(bodies(50))
    assert [".alarms" in name for name in synced] == [False]
    spool.commit(bodies(50), alarms=True)
    assert [".alarms" in name for name in synced] == [False, True]
    spool.close()


def test_a_sweep_takes_from_both_in_turn_so_that_neither_waits_for_the_end_of_the_other(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.commit(bodies(50))
    spool.commit(bodies(3), alarms=True)
    assert [batch.boot for batch in spool.unsettled()][:8] == [BOOT, ALARMS, BOOT, ALARMS, BOOT, ALARMS, BOOT, BOOT]
    assert [batch.seq for batch in spool.unsettled({BOOT: 2, ALARMS: 1})] == [0, 0, 1]
    spool.close()


def test_a_folder_of_before_there_were_lanes_is_read_as_polls(tmp_path: Path) -> None:
    first = opened(tmp_path, **LIMITS)
    made = first.commit(bodies(20, 1000))  # traps among them: nobody can tell
    first.close()
    assert [path.name for path in segments(tmp_path)] == [f"{BOOT:016x}-{0:016x}-{19:016x}.seg"]
    spool = opened(tmp_path, 1, **LIMITS | {"alarms": 4096})
    spool.keep_within_limits()
    assert back(spool).keys() == names(made)
    spool.close()


def test_the_boot_of_alarms_is_told_when_they_are_expected_or_there_and_never_else(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "a", BOOT, opened(tmp_path / "b")._limits, expects_alarms=True)
    assert list(spool.state()) == [BOOT, ALARMS]
    other = opened(tmp_path / "c")
    assert list(other.state()) == [BOOT]
    other.commit(bodies(1), alarms=True)
    assert list(other.state()) == [BOOT, ALARMS]
    other.close()
    again = opened(tmp_path / "c", 1)
    assert list(again.state()) == [1, ALARMS]
    assert again.replaces == sorted(map(boot_text, (BOOT, ALARMS)))
    again.close()
    spool.close()


def test_alarms_have_the_clock_of_the_process_that_heard_them_also_after_a_restart(tmp_path: Path) -> None:
    clock = HostClock(is_synchronised=lambda: True)
    spool = opened(tmp_path)
    spool.commit(bodies(1), alarms=True)
    anchors = Anchors(tmp_path, boot_text(BOOT), spool.replaces, clock)
    assert without_anchor(tmp_path) == {boot_text(BOOT)}
    assert anchors.update()
    assert without_anchor(tmp_path) == set()
    spool.close()
    spool = opened(tmp_path, 1)
    anchors = Anchors(tmp_path, boot_text(1), spool.replaces, clock)
    told = heartbeat.numbers(spool, 1, clock, anchors, interval_s=5, state="", assignment="", devices=0).boots
    assert told[boot_text(ALARMS)].anchor == told[boot_text(1)].anchor is not None
    assert told[boot_text(ALARMS)].same_host
    spool.close()


async def test_what_devices_tell_goes_to_the_lane_of_alarms_and_all_the_rest_to_the_other(tmp_path: Path) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    polls = Committer(spool, done.extend, wait_ms=5)
    alarms = Committer(spool, done.extend, wait_ms=5, alarms=True)
    outlet = Outlet(polls, alarms)
    outlet.put(Batch(kind="poll", device="a", time=1, poll=PollInfo(outcome="ok", took_ms=1)))
    outlet.put(Batch(kind="self", time=1))
    outlet.put(Batch(kind="trap", device="a", time=1, trap=TrapReport(oid="0.0", version="v2c")))
    promised = outlet.put_durably(Batch(kind="trap", device="a", time=2, trap=TrapReport(oid="0.0", version="v2c")))
    assert (len(polls), len(alarms)) == (2, 2)
    await polls._commit()
    await alarms._commit()
    assert promised.done()
    assert names(done) == {(BOOT, 0), (BOOT, 1), (ALARMS, 0), (ALARMS, 1)}
    spool.close()

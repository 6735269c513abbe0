"""The spool and the disk: fsync before anything is said, full disks, other processes, limits."""

import contextlib
import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from agents.failing_disk import fail_at
from agents.spooling import BOOT, acked, back, bodies, close_by_age, dropped, killed, opened, segments, spooled

from agents.committer import Committer
from agents.holdings import Spooled
from agents.losses import Losses
from agents.opening import SpoolError


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_batch_is_handed_out_only_after_its_fsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path)
    calls = noted(monkeypatch, "write", "fdatasync", "fsync")
    spool.commit(bodies(3))
    spool.commit(bodies(3))
    path = str(segments(tmp_path)[0])
    assert calls == [("fsync", str(tmp_path)), *[("write", path), ("fdatasync", path)] * 2]
    spool.close()


def test_what_a_start_finds_is_fsynced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path)
    spool.commit(bodies(1))
    killed(spool)
    calls = noted(monkeypatch, "fsync")
    again = opened(tmp_path, 1)
    assert ("fsync", str(segments(tmp_path)[0])) in calls
    again.close()


def test_a_new_folder_is_durable_up_to_one_that_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = noted(monkeypatch, "fsync")
    opened(tmp_path / "data" / "spool").close()
    assert {("fsync", str(tmp_path)), ("fsync", str(tmp_path / "data"))} <= set(calls)


def test_only_closed_segments_are_unlinked(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    batches = spool.commit(bodies(3))
    assert spool.free(BOOT, [acked(batches)]) == 0
    assert len(segments(tmp_path)) == 1
    close_by_age(spool)
    assert segments(tmp_path) == []
    assert spool.size == spool.batches() == 0
    spool.close()


@pytest.mark.parametrize("alarms", [False, True], ids=["polls", "alarms"])
def test_a_segment_is_closed_by_age_when_something_of_it_is_settled_and_not_before(
    tmp_path: Path, alarms: bool
) -> None:
    spool = opened(tmp_path, age_s=-1.0)
    batches: list[Spooled] = []
    for _ in range(100):  # nobody acknowledges anything, for days
        batches += spool.commit(bodies(1), alarms=alarms)
        spool.close_if_old()
    assert len(segments(tmp_path)) == 1
    assert spool.free(batches[0].boot, [acked(batches[:1])]) == 0
    batches += spool.commit(bodies(1), alarms=alarms)
    assert len(segments(tmp_path)) == 2
    assert spool.free(batches[0].boot, [acked(batches[1:])]) == 0
    spool.close_if_old()
    assert segments(tmp_path) == []
    spool.close()


def test_a_drop_is_on_disk_before_its_segment_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path)
    spool.commit(bodies(2))
    close_by_age(spool)

    def dies(self: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EIO, "the power goes here")

    with monkeypatch.context() as cut:
        cut.setattr(Path, "unlink", dies)
        assert spool.drop_oldest() == 0
    killed(spool)
    again = opened(tmp_path, 1)
    assert dropped(again) == {(BOOT, 0), (BOOT, 1)}
    again.close()


def test_what_was_dropped_is_not_sent_by_a_sweep_that_has_begun(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.commit(bodies(3))
    close_by_age(spool)
    sweep = spool.unsettled()
    assert next(sweep).seq == 0
    spool.drop_oldest()
    assert list(sweep) == []
    spool.close()


def test_without_a_report_nothing_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path)
    spool.commit(bodies(2))
    close_by_age(spool)
    with monkeypatch.context() as full:
        full.setattr("contract.durable.replace", no_room)
        with pytest.raises(OSError, match="No space"):
            spool.drop_oldest()
    assert dropped(spool) == set()
    assert len(back(spool)) == 2
    spool.close()


def test_a_disk_that_others_have_filled_costs_the_past_and_not_what_was_just_written(tmp_path: Path) -> None:
    spool = opened(tmp_path, free=1 << 60)
    spool.commit(bodies(2))
    spool.keep_within_limits()
    assert dropped(spool) == set()
    close_by_age(spool)
    spool.commit(bodies(2))
    spool.keep_within_limits()
    assert dropped(spool) == {(BOOT, 0), (BOOT, 1)}
    assert spooled(spool) == {(BOOT, 2), (BOOT, 3)}
    spool.close()


def test_only_as_much_is_dropped_as_the_free_space_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path, free=1000)
    for _ in range(5):
        spool.commit([b"x" * 100])
        close_by_age(spool)
    monkeypatch.setattr("agents.folder.free_bytes", lambda _: 800)
    spool.keep_within_limits()
    assert len(dropped(spool)) == 2
    spool.close()


def test_a_freed_segment_that_cannot_be_unlinked_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    batches: list[Spooled] = []
    for _ in range(3):
        batches += spool.commit(bodies(1))
        close_by_age(spool)
    bad = segments(tmp_path)[0]
    with monkeypatch.context() as broken:
        fail_at(broken, bad, "unlink")
        assert spool.free(BOOT, [acked(batches)]) == 0
        assert segments(tmp_path) == [bad]
        spool.close_if_old()
    spool.close_if_old()
    assert segments(tmp_path) == []
    spool.close()


def test_many_small_segments_count_as_what_they_take_of_a_disk(tmp_path: Path) -> None:
    spool = opened(tmp_path, budget=10 * 4096)
    for _ in range(30):
        spool.commit([b"x"])
        close_by_age(spool)
        spool.keep_within_limits()
    assert len(segments(tmp_path)) < 10
    assert len(spooled(spool)) + len(dropped(spool)) == 30
    spool.close()


def test_a_second_process_is_told_to_use_a_folder_of_its_own(tmp_path: Path) -> None:
    first = opened(tmp_path)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(SpoolError, match="in use by another agent: give each agent a folder of its own"):
        opened(tmp_path, 1)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
    assert (tmp_path / "boot").read_text() == f"{BOOT:016x}"
    first.close()
    opened(tmp_path, 1).close()


def test_a_folder_that_cannot_be_used_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match=r"file cannot be used as a spool: .*: give this user a folder"):
        opened(tmp_path / "file")


def test_a_full_disk_keeps_the_newest_and_counts_the_rest(small_disk: Path) -> None:
    spool = opened(small_disk, budget=64 << 20)
    committer = Committer(spool, lambda _: None, wait_ms=5)
    made = 0
    for _ in range(400):
        made += len(committer._write([os.urandom(10_000)]))
    assert made == 400
    assert len(dropped(spool)) > 200
    assert (small_disk / "reserve").exists()
    check(spool_names(made), spooled(spool), dropped(spool))
    assert min(seq for _, seq in spooled(spool)) > max(seq for _, seq in dropped(spool))
    spool.close()
    again = opened(small_disk, 1, budget=64 << 20)
    check(spool_names(made), spooled(again), dropped(again))
    assert back(again).keys() == spooled(again)
    again.close()


def test_a_disk_that_others_filled_takes_batches_again_when_they_leave(small_disk: Path) -> None:
    spool = opened(small_disk)
    other = small_disk / "other"
    made = len(spool.commit(bodies(5)))
    with pytest.raises(OSError, match="No space"):
        other.write_bytes(b"x" * (4 << 20))
    for _ in range(20):
        with pytest.raises(OSError, match="No space"):
            spool.commit([os.urandom(200_000)])
    other.unlink()
    made += len(spool.commit(bodies(5)))
    check(spool_names(made), spooled(spool), dropped(spool))
    assert back(spool).keys() == spool_names(made)
    spool.close()


def spool_names(count: int) -> set[tuple[int, int]]:
    """The names of the first batches of the boot."""
    return {(BOOT, seq) for seq in range(count)}


def check(accepted: set[tuple[int, int]], needed: set[tuple[int, int]], lost: set[tuple[int, int]]) -> None:
    """Every accepted batch is here or counted, and none is both."""
    assert needed | lost == accepted
    assert not needed & lost


def noted(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[tuple[str, str]]:
    """The calls of these functions of `os` from now on, each with the file or folder of its descriptor."""
    calls: list[tuple[str, str]] = []

    def spy(name: str, true: Callable[..., object]) -> Callable[..., object]:
        def call(fd: int, *more: object) -> object:
            calls.append((name, str(Path(f"/proc/self/fd/{fd}").readlink())))
            return true(fd, *more)

        return call

    for name in names:
        monkeypatch.setattr(os, name, spy(name, getattr(os, name)))
    return calls


def no_room(*_: object, **__: object) -> None:
    """A disk with no room, not even that of the reserve."""
    raise OSError(errno.ENOSPC, "No space left on device")


def test_no_room_costs_the_oldest_segment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = opened(tmp_path)
    for _ in range(3):
        spool.commit(bodies(2))
        close_by_age(spool)
    true_write, room = os.write, iter([False])

    def write(fd: int, data: bytes) -> int:
        if next(room, True):
            return true_write(fd, data)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    (batch,) = Committer(spool, lambda _: None, wait_ms=5)._write([b"new"])
    assert dropped(spool) == {(BOOT, 0), (BOOT, 1)}
    check(spool_names(7), spooled(spool), dropped(spool))
    assert back(spool)[BOOT, 6] == batch.data
    spool.close()


def test_a_disk_that_others_filled_to_the_brim_takes_what_it_has_room_for_in_place_of_the_oldest(
    small_disk: Path,
) -> None:
    spool = opened(small_disk, budget=64 << 20)
    committer = Committer(spool, lambda _: None, wait_ms=5)
    made = sum(len(committer._write([os.urandom(10_000)] * 3)) for _ in range(20))
    fill(small_disk / "other")
    assert spool.size > 500_000
    for _ in range(50):
        made += len(committer._write([os.urandom(10_000)]))
        fill(small_disk / "other")
    check(spool_names(made), spooled(spool), dropped(spool))
    assert min(seq for _, seq in spooled(spool)) > max(seq for _, seq in dropped(spool))
    assert Losses(small_disk, 0).dropped == {BOOT: spool.state()[BOOT].dropped}
    spool.close()
    again = opened(small_disk, 1, budget=64 << 20)
    check(spool_names(made), spooled(again), dropped(again))
    assert back(again).keys() == spooled(again)
    again.close()


def test_a_disk_without_a_free_byte_is_freed_by_acknowledgements(small_disk: Path) -> None:
    spool = opened(small_disk)
    batches = [batch for _ in range(5) for batch in spool.commit([os.urandom(50_000)])]
    close_by_age(spool)
    fill(small_disk / "other")
    assert spool.free(BOOT, [acked(batches)]) == 0
    assert segments(small_disk) == []
    assert len(spool.commit(bodies(3))) == 3
    spool.close()


def test_whole_groups_go_through_a_disk_that_holds_one(small_disk: Path) -> None:
    spool = opened(small_disk, budget=64 << 20, segment=4 << 20)
    committer = Committer(spool, lambda _: None, wait_ms=5)
    made = sum(len(committer._write([os.urandom(50_000) for _ in range(20)])) for _ in range(12))
    assert made == 240
    check(spool_names(made), spooled(spool), dropped(spool))
    assert {(BOOT, seq) for seq in range(220, 240)} <= spooled(spool)
    spool.close()


def test_a_disk_that_becomes_read_only_loses_nothing_and_goes_on_when_it_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    batches = spool.commit(bodies(5))
    close_by_age(spool)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    with monkeypatch.context() as mounted:
        for name in ("write", "ftruncate", "rename", "unlink"):
            mounted.setattr(os, name, refuse)
        mounted.setattr("contract.durable.replace", refuse)
        for _ in range(3):
            with pytest.raises(OSError, match="Read-only"):
                Committer(spool, lambda _: None, wait_ms=5)._write(bodies(5))
            with pytest.raises(OSError, match="Read-only"):
                spool.drop_oldest()
            spool.keep_within_limits()
            spool.close_if_old()
        assert back(spool).keys() == spool_names(5)
        assert spool.free(BOOT, [acked(batches)]) == 0
        assert len(segments(tmp_path)) == 2  # the second is what has failed, and is empty
    assert len(spool.commit(bodies(1))) == 1
    spool.close_if_old()
    assert spooled(spool) == {(BOOT, 5)}
    assert dropped(spool) == set()
    spool.close()


def test_a_start_on_a_read_only_disk_says_so(small_disk: Path) -> None:
    opened(small_disk).close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(SpoolError, match=r"cannot be used as a spool: .*Read-only.*: give this user a folder"):
        opened(small_disk, 1)


def test_a_segment_that_cannot_be_unlinked_costs_no_other_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path, budget=20_000)
    for _ in range(3):
        spool.commit([b"x" * 4000])
        close_by_age(spool)
    bad = segments(tmp_path)[0]
    fail_at(monkeypatch, bad, "unlink")
    for _ in range(3):
        spool.keep_within_limits()
        assert dropped(spool) == spool_names(1)
    assert spool.drop_oldest() > 0
    assert dropped(spool) == spool_names(2)
    assert len(segments(tmp_path)) == 2
    monkeypatch.undo()
    spool.close_if_old()
    assert len(segments(tmp_path)) == 1
    spool.close()


def test_where_nothing_can_be_unlinked_not_all_is_dropped_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path, budget=20_000)
    monkeypatch.setattr(Path, "unlink", no_room)
    for number in range(1, 8):
        spool.commit([b"x" * 4000])
        close_by_age(spool)
        spool.keep_within_limits()
        assert len(spooled(spool)) == min(number, 2)
    assert spool.drop_oldest() == 0
    assert len(spooled(spool)) == 1
    check(spool_names(7), spooled(spool), dropped(spool))
    spool.close()


def test_a_budget_of_less_than_a_record_keeps_nothing_and_counts_it(tmp_path: Path) -> None:
    spool = opened(tmp_path, budget=1000)
    for _ in range(3):
        assert len(spool.commit([b"x" * 5000])) == 1
        spool.keep_within_limits()
    assert dropped(spool) == spool_names(3)
    assert segments(tmp_path) == []
    spool.close()


def fill(path: Path) -> None:
    """Take all the room that there is."""
    with contextlib.suppress(OSError), path.open("ab", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)

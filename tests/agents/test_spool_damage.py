"""Damaged files of a spool: what is whole comes back, what is not is counted and kept aside, and nothing refuses."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from agents.failing_disk import fail_at
from agents.spooling import BOOT, acked, back, bodies, close_by_age, dropped, killed, numbers, opened, segments, spooled

from agents import recovery
from agents.losses import KEEP_BOOTS, Losses
from contract.wire import HEADER_SIZE, Gap, scan

RECORDS = 6


@pytest.fixture(params=["closed", "killed"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A spool of six records in one segment, closed in order or not; nothing is fsynced here, for speed."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    folder = tmp_path / "spool"
    spool = opened(folder)
    spool.commit(bodies(RECORDS))
    (spool.close if request.param == "closed" else lambda: killed(spool))()
    yield folder
    assert list(folder.parent.iterdir()) == [folder]


def test_a_start_on_damage_counts_it_and_sends_the_rest(folder: Path) -> None:
    (path,) = segments(folder)
    data = bytearray(path.read_bytes())
    size = len(data) // RECORDS
    for hit in (1, 2, 5):
        data[hit * size + HEADER_SIZE] ^= 1
    path.write_bytes(data)
    for boot in (1, 2):  # and it is counted once, however often it is found
        spool = opened(folder, boot)
        assert {seq for _, seq in spooled(spool)} == {0, 3, 4}
        assert {seq for _, seq in dropped(spool)} == {1, 2, 5}
        assert spool.dropped() == (3 if boot == 1 else 0)
        assert set(back(spool)) == spooled(spool)
        spool.close()


def test_damage_after_the_start_is_found_by_the_next_reading(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    batches = spool.commit(bodies(4))
    close_by_age(spool)
    (path,) = segments(tmp_path)
    size = len(batches[0].data)
    path.write_bytes(path.read_bytes()[: size + 5] + b"\0" + path.read_bytes()[size + 6 :])
    assert {seq for _, seq in back(spool)} == {0, 2, 3}
    assert dropped(spool) == {(BOOT, 1)}
    assert spool.free(BOOT, [acked(batches)]) == 0  # what was sent before may still be stored
    assert segments(tmp_path) == []
    spool.close()


def test_a_record_in_the_place_of_another_is_damage_though_it_is_whole(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    batches = spool.commit(bodies(3))
    close_by_age(spool)
    (path,) = segments(tmp_path)
    first, _, third = (batch.data for batch in batches)
    path.write_bytes(first + first + third)  # as of a write that went astray
    assert {seq for _, seq in back(spool)} == {0, 2}
    assert dropped(spool) == {(BOOT, 1)}
    assert spool.free(BOOT, [acked(batches)]) == 0
    assert segments(tmp_path) == []
    spool.close()


def test_a_segment_that_somebody_deleted_is_counted(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.commit(bodies(3))
    close_by_age(spool)
    segments(tmp_path)[0].unlink()
    assert back(spool) == {}
    assert dropped(spool) == {(BOOT, 0), (BOOT, 1), (BOOT, 2)}
    spool.close()


def test_a_freed_segment_in_the_middle_is_not_taken_for_a_loss(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    batches = []
    for _ in range(3):
        batches.append(spool.commit(bodies(2)))
        close_by_age(spool)
    assert spool.free(BOOT, [acked(batches[1])]) == 0
    spool.close()
    again = opened(tmp_path, 1)
    assert dropped(again) == set()
    assert {seq for _, seq in spooled(again)} == {0, 1, 4, 5}
    again.close()


def test_what_a_failed_write_left_behind_is_not_taken_for_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    spool.commit([b"first"])
    with monkeypatch.context() as failing:
        failing.setattr(os, "fdatasync", refuse)
        failing.setattr(os, "ftruncate", refuse)
        with pytest.raises(OSError, match="broken"):
            spool.commit([b"never accepted", b"nor this"])
    (batch,) = spool.commit([b"second"])
    assert batch.seq == 1
    spool.close()
    again = opened(tmp_path, 1)
    assert {name: data[HEADER_SIZE:] for name, data in back(again).items()} == {
        (BOOT, 0): b"first",
        (BOOT, 1): b"second",
    }
    assert dropped(again) == set()
    assert again.free(BOOT, [acked([batch])]) == 0
    again.close()


def test_what_a_failed_write_left_behind_is_not_taken_for_what_was_freed_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    spool.commit([b"first"])
    with monkeypatch.context() as failing:
        for name in ("fdatasync", "ftruncate", "rename"):
            failing.setattr(os, name, refuse)
        with pytest.raises(OSError, match="broken"):
            spool.commit([b"never accepted"])
        failing.setattr(os, "fdatasync", lambda _: None)
        with pytest.raises(OSError, match="broken"):  # nothing may follow a name that does not say where it ends
            spool.commit([b"second"])
    batches = spool.commit([b"second"])
    close_by_age(spool)
    assert spool.free(BOOT, [acked(batches)]) == 0
    assert len(segments(tmp_path)) == 1
    killed(spool)
    again = opened(tmp_path, 1)
    assert {name: data[HEADER_SIZE:] for name, data in back(again).items()} == {(BOOT, 0): b"first"}
    again.close()


def test_a_loss_that_cannot_be_written_holds_its_segment_and_not_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = segments(folder)
    path.write_bytes(path.read_bytes()[:-1])
    with monkeypatch.context() as full:
        full.setattr("contract.durable.replace", refuse)
        spool = opened(folder, 1)
        assert dropped(spool) == {(BOOT, RECORDS - 1)}
        sent = list(spool.unsettled())
        assert spool.free(BOOT, [acked(sent)]) == 0
        assert len(segments(folder)) == 1
    spool.close_if_old()
    assert segments(folder) == []
    spool.close()
    again = opened(folder, 2)
    assert dropped(again) == {(BOOT, RECORDS - 1)}
    again.close()


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{", b"[]", b"[" * 100_000, b"\xff\xfe", b'{"x": {"time": 0, "ranges": []}}', b'{"-00000000000000f": {}}',
     b'{"000000000000000f": {"time": 4000000000000, "ranges": [[3, 1]]}}'],
)  # fmt: skip
def test_a_damaged_report_of_losses_is_moved_aside(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / "dropped.json").write_bytes(garbage)
    spool = opened(tmp_path)
    assert dropped(spool) == set()
    assert [path.read_bytes() for path in tmp_path.glob("dropped.json.damaged-*")] == [garbage]
    spool.close()


def test_strange_files_and_folders_do_not_keep_a_spool_from_starting(tmp_path: Path) -> None:
    for name in ("dropped.json", "0123456789abcdef-0000000000000000.seg", "boot", "quarantine.seg"):
        (tmp_path / name).mkdir()
    for name in ("-00000000000000f-0000000000000000", "0" * 16 + "-ffffffffffffffff", "0" * 17, "0" * 16 + "-0-0"):
        (tmp_path / f"{name}.seg").write_bytes(b"x")
    (tmp_path / "reserve").write_bytes(b"")
    spool = opened(tmp_path)
    spool.commit([b"body"])
    assert spool.replaces == []
    assert set(back(spool)) == {(BOOT, 0)}
    spool.close()


def test_every_flipped_bit_of_the_former_boot_leaves_names_that_a_heartbeat_can_carry(folder: Path) -> None:
    path = folder / "boot"
    whole = path.read_bytes()
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        spool = opened(folder, BOOT)
        assert all(len(name) == 16 and set(name) <= set("0123456789abcdef") for name in spool.replaces)
        spool.close()


def test_a_loss_that_was_reported_before_the_clock_was_set_is_not_forgotten_when_it_is(tmp_path: Path) -> None:
    Losses(tmp_path, 0).report(1, numbers((0, 3)), 60_000)
    now = 1_790_000_000_000
    assert Losses(tmp_path, now).dropped == {1: numbers((0, 3))}


@pytest.mark.timeout(20)
def test_pipes_and_links_in_the_folder_do_not_hold_up_a_start(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    for name in ("dropped.json", "boot", "reserve", f"{BOOT:016x}-0000000000000000.seg"):
        os.mkfifo(folder / name)
    (folder / f"{BOOT:016x}-0000000000000001.seg").symlink_to(tmp_path / "nothing")
    (folder / f"{BOOT:016x}-0000000000000002.seg").symlink_to("/dev/zero")
    spool = opened(folder, 1)
    spool.commit([b"body"])
    assert set(back(spool)) == {(1, 0)}
    assert dropped(spool) == set()
    spool.close()


def test_a_start_passes_over_what_it_cannot_read_and_finds_it_at_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    for _ in range(3):
        spool.commit(bodies(2))
        close_by_age(spool)
    spool.close()
    bad = segments(tmp_path)[1]
    with monkeypatch.context() as broken:
        fail_at(broken, bad, "open")
        again = opened(tmp_path, 1)
        assert {seq for _, seq in back(again)} == {0, 1, 4, 5}
        assert dropped(again) == set()
        again.close()
    whole = opened(tmp_path, 2)
    assert {seq for boot, seq in back(whole) if boot == BOOT} == set(range(6))
    whole.close()


def refuse(*_: object) -> None:
    """A disk that fails."""
    raise OSError(5, "broken")


def test_the_segments_of_the_oldest_process_come_first(tmp_path: Path) -> None:
    now = time.time_ns()
    for boot, age_s in ((9, 300), (1, 200), (5, 100)):
        spool = opened(tmp_path, boot)
        spool.commit(bodies(1))
        spool.close()
        path = next(path for path in segments(tmp_path) if path.name.startswith(f"{boot:016x}"))
        os.utime(path, ns=(now - age_s * 10**9,) * 2)
    spool = opened(tmp_path, 7)
    assert [boot for boot, _ in back(spool)] == [9, 1, 5]
    spool.drop_oldest()
    assert [boot for boot, _ in back(spool)] == [1, 5]
    spool.close()


def test_a_segment_that_cannot_be_read_now_does_not_hold_up_those_behind_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = opened(tmp_path)
    for _ in range(2):
        spool.commit(bodies(1))
        close_by_age(spool)
    bad = segments(tmp_path)[0]
    with monkeypatch.context() as broken:
        fail_at(broken, bad, "open")
        assert set(back(spool)) == {(BOOT, 1)}
    assert set(back(spool)) == {(BOOT, 0), (BOOT, 1)}
    assert dropped(spool) == set()
    spool.close()


def test_garbage_between_records_is_kept_aside_and_costs_no_number(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    spool.commit(bodies(2))
    spool.close()
    (path,) = segments(tmp_path)
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(data[:half] + b"garbage" + data[half:])
    assert [type(found) is Gap for found in scan(path.read_bytes())] == [False, True, False]
    again = opened(tmp_path, 1)
    assert len(back(again)) == 2
    assert dropped(again) == set()
    assert [path.read_bytes() for path in (tmp_path / "quarantine").iterdir()] == [b"garbage"]
    again.close()


def test_what_was_dropped_in_1970_is_told_also_after_the_clock_is_right(tmp_path: Path) -> None:
    Losses(tmp_path, 10_000).report(BOOT, numbers((0, 4)), 10_000)
    assert Losses(tmp_path, 1_800_000_000_000).dropped[BOOT].pairs() == [(0, 4)]


def test_the_losses_of_so_many_boots_are_remembered(tmp_path: Path) -> None:
    losses = Losses(tmp_path, 0)
    for boot in range(KEEP_BOOTS + 5):
        losses.note(boot, numbers((0, 1)), boot)
    losses.save()
    assert set(Losses(tmp_path, 0).dropped) == set(range(5, KEEP_BOOTS + 5))


def test_copies_of_damage_take_no_more_room_than_they_may_and_what_is_lost_is_counted_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (path,) = segments(folder)
    size = path.stat().st_size // RECORDS
    monkeypatch.setattr(recovery, "MAX_QUARANTINE", 2 * size)
    for boot, hit in enumerate((1, 3, 5), 1):  # a start finds each of them
        data = bytearray(path.read_bytes())
        data[hit * size + HEADER_SIZE] ^= 1
        path.write_bytes(data)
        spool = opened(folder, boot)
        assert {seq for _, seq in dropped(spool)} == set(range(1, hit + 1, 2))
        spool.close()
        copies = list((folder / "quarantine").iterdir())
        assert 0 < sum(copy.stat().st_size for copy in copies) <= 2 * size
    assert f"quarantine is full: no copy is kept of {3 * size} damaged bytes" in caplog.text

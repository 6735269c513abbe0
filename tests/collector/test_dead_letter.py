"""Dead letters: whole, durable, bounded by what they take on disk."""

import os
import stat
from pathlib import Path

import pytest
from collector.kit import AGENT, named, record

from collector import dead_letter
from collector.dead_letter import BLOCK, DeadLetters, read_letters
from contract import durable
from contract.wire import MAX_SEQ


def test_a_letter_has_the_batch_as_it_came_with_its_reason_also_after_a_restart(tmp_path: Path) -> None:
    one = record(b"\x00\nnonsense\n\xff", boot=2**64 - 1, seq=MAX_SEQ - 1)
    assert DeadLetters(tmp_path, 1 << 20).add(AGENT, one, "không được\nat all")
    (letter,) = read_letters(tmp_path)
    assert (letter.agent, letter.reason, letter.record) == (AGENT, "không được\nat all", one)


def test_letters_are_read_oldest_first_and_only_those_that_are_asked_for(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, 1 << 20)
    for seq in (3, 1, 2):
        letters.add(AGENT, record(b"x", seq=seq), "r")
    every = read_letters(tmp_path)
    assert [letter.time for letter in every] == sorted(letter.time for letter in every)
    assert [one.id for one in read_letters(tmp_path, {every[1].id, "../../etc/passwd"})] == [every[1].id]


def test_a_letter_is_synced_with_its_folder_before_it_counts_as_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(fd: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(fd).st_mode))
        real(fd)

    monkeypatch.setattr(os, "fsync", fsync)
    letters = DeadLetters(tmp_path, 1 << 20)
    letters.add(AGENT, record(b"x"), "r")
    assert synced == [False, True]


def test_a_letter_whose_folder_was_not_synced_is_not_taken_for_durable_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_folder: Path) -> None:
        raise OSError("failing")

    letters = DeadLetters(tmp_path, 1 << 20)
    with monkeypatch.context() as patched:
        patched.setattr(durable, "sync_folder", fails)
        for _ in range(2):
            with pytest.raises(OSError, match="failing"):
                letters.add(AGENT, record(b"x"), "r")
    assert letters.add(AGENT, record(b"x"), "r")


def test_the_folder_is_bounded_by_the_blocks_of_the_disk_and_counts_over_a_restart(tmp_path: Path) -> None:
    kept = [DeadLetters(tmp_path, 8 * BLOCK).add(AGENT, record(b"x", seq=seq), "r") for seq in range(6)]
    assert kept == [True] * 4 + [False] * 2
    assert DeadLetters(tmp_path, 8 * BLOCK).add(AGENT, record(b"x", seq=0), "r")  # it is there


def test_the_letters_of_one_agent_leave_room_for_those_of_others_also_after_a_restart(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, 8 * BLOCK)
    assert [letters.add(AGENT, record(b"x", seq=seq), "r") for seq in range(5)] == [True] * 4 + [False]
    again = DeadLetters(tmp_path, 8 * BLOCK)
    assert not again.add(AGENT, record(b"x", seq=9), "r")
    assert [again.add("agent-b", record(b"x", seq=seq), "r") for seq in range(5)] == [True] * 4 + [False]


def test_room_that_a_person_has_made_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letter, "COUNT_AGAIN_S", 0.0)
    letters = DeadLetters(tmp_path, 2 * BLOCK)
    assert letters.add(AGENT, record(b"x", seq=1), "r")
    assert not letters.add(AGENT, record(b"x", seq=2), "r")
    next(tmp_path.glob("*.dead")).unlink()
    assert letters.add(AGENT, record(b"x", seq=2), "r")


def test_only_a_letter_that_was_replayed_is_removed_when_its_batch_is_stored(tmp_path: Path) -> None:
    letters = DeadLetters(tmp_path, 2 * BLOCK)
    one = record(b"x")
    letters.add(AGENT, one, "r")
    letters.stored([named(AGENT, one)])
    (letter,) = read_letters(tmp_path)
    letters.replaying(letter.id)
    letters.stored([named("agent-b", one)])
    assert read_letters(tmp_path)
    letters.stored([named(AGENT, one)])
    assert read_letters(tmp_path) == []
    assert letters.add(AGENT, record(b"x", seq=2), "r")  # its room is free


def test_files_that_are_no_letters_are_passed_over_and_torn_ones_removed(tmp_path: Path) -> None:
    for name, data in (("a.dead", b""), ("b.dead", b"{}\n"), ("c.dead", b"[1]\nx"), ("d.dead.new", b"torn")):
        (tmp_path / name).write_bytes(data)
    DeadLetters(tmp_path, 1 << 20).add(AGENT, record(b"x"), "r")
    assert len(read_letters(tmp_path)) == 1
    assert not (tmp_path / "d.dead.new").exists()

"""A segment of fifty records of all sizes, damaged in every way: what is whole comes back, what is not is counted
exactly and kept aside, the file stays as it is. A sample of the positions in `make test`, all in `make torture`."""

import os
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import pytest
from agents.spooling import BOOT, back, dropped, killed, numbers, opened, segments, spooled

from agents.losses import Losses
from agents.recovery import recover
from contract.batch import Batch, PollInfo, Table, encode
from contract.wire import HEADER_SIZE, MAGIC, pack

RECORDS = 50
LENGTH_AT = HEADER_SIZE - 4
BLOCK = 4096
SHM = Path("/dev/shm")
CLOSED = ["closed", "killed"]


class Found(NamedTuple):
    """What a start finds: the numbers that come back, those counted as lost, the copies in quarantine."""

    back: set[int]
    lost: set[int]
    kept: bytes


class Patient:
    """One segment, and where its records are."""

    def __init__(self, folder: Path, *, closed: bool) -> None:
        self.folder, self.closed = folder, closed
        spool = opened(folder, segment=1 << 20)
        batches = spool.commit(_bodies())
        (spool.close if closed else lambda: killed(spool))()
        (self.path,) = segments(folder)
        self.whole = self.path.read_bytes()
        self.starts = [0]
        for batch in batches:
            self.starts.append(self.starts[-1] + len(batch.data))
        assert self.starts[-1] == len(self.whole)

    def hit(self, first: int, last: int | None = None) -> set[int]:
        """The records that have one of these bytes."""
        last = first if last is None else last
        return {n for n in range(RECORDS) if self.starts[n] <= last and first < self.starts[n + 1]}

    def start(self, data: bytes | bytearray) -> Found:
        """What a start finds with this in the file; then all is as before."""
        self.path.write_bytes(data)
        losses = Losses(self.folder, 0)
        found = {seq for segment in recover(self.folder, losses, 0) for seq in segment.seqs()}
        counted = {seq for lost in Losses(self.folder, 0).dropped.values() for seq in lost}
        quarantine = self.folder / "quarantine"
        kept = b"".join(path.read_bytes() for path in sorted(quarantine.iterdir())) if quarantine.exists() else b""
        shutil.rmtree(quarantine, ignore_errors=True)
        (self.folder / "dropped.json").unlink(missing_ok=True)
        assert self.path.read_bytes() == data
        return Found(found, counted, kept)


@pytest.fixture(params=CLOSED)
def patient(request: pytest.FixtureRequest) -> Iterator[Patient]:
    memory = SHM if SHM.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="torture-", dir=memory) as folder, mock.patch.object(os, "fsync"):
        yield Patient(Path(folder), closed=request.param == "closed")


def _bodies() -> list[bytes]:
    """What agents send, compressed and not; and bodies with a magic, a header, a whole record of another boot."""
    number = random.Random(5)
    odd = [b"", MAGIC, MAGIC * 3, b"x" + pack(0xF0, 7, b"inner")[: HEADER_SIZE + 2], pack(0xF0, 26, b"inner") + b"y"]
    return [odd[n // 10] if n % 10 == 9 else encode(_batch(number)) for n in range(RECORDS)]


def _batch(number: random.Random) -> Batch:
    rows = [[f"GE0/0/{port}", 1, number.getrandbits(40) * 8 / 59.97] for port in range(number.choice([0, 1, 2, 8, 40]))]
    return Batch(
        kind="poll",
        device=f"rt-{number.randrange(100)}",
        time=1_790_000_000_000 + number.randrange(10**9),
        poll=PollInfo(outcome="ok", took_ms=7, requests=2),
        tables=[Table(measurement="interface", tags=["if_name"], fields=["oper_status", "in_bps"], rows=rows)],  # type: ignore[arg-type]
    )


def _everywhere(count: int, step: int) -> range:
    """Positions: with a step of 1 all of them; another is prime to eight, so that all bits have their turn."""
    return range(0, count, step)


STEPS = [211, pytest.param(1, marks=[pytest.mark.torture, pytest.mark.timeout(3600)])]


@pytest.mark.parametrize("step", STEPS)
def test_a_flipped_bit_costs_its_record_and_no_other(patient: Patient, step: int) -> None:
    for bit in _everywhere(len(patient.whole) * 8, step):
        damaged = bytearray(patient.whole)
        damaged[bit // 8] ^= 1 << bit % 8
        (hit,) = patient.hit(bit // 8)
        copy = bytes(damaged[patient.starts[hit] : patient.starts[hit + 1]])
        assert patient.start(damaged) == Found(set(range(RECORDS)) - {hit}, {hit}, copy), bit


@pytest.mark.parametrize("step", [41, pytest.param(1, marks=[pytest.mark.torture, pytest.mark.timeout(3600)])])
def test_a_truncation_leaves_the_records_before_it(patient: Patient, step: int) -> None:
    for length in _everywhere(len(patient.whole), step):
        left = max(n for n in range(RECORDS) if patient.starts[n] <= length)
        torn = patient.whole[patient.starts[left] : length]
        # Only the name of a closed segment says how many there were; of the others a torn record is all that shows.
        lost = range(left, RECORDS) if patient.closed else range(left, left + bool(torn))
        assert patient.start(patient.whole[:length]) == Found(set(range(left)), set(lost), torn), length


@pytest.mark.parametrize("rounds", [100, pytest.param(20_000, marks=pytest.mark.torture)])
def test_two_flipped_bits_cost_their_two_records(patient: Patient, rounds: int) -> None:
    choose = random.Random(rounds)
    for _ in range(rounds):
        damaged, hits = bytearray(patient.whole), set[int]()
        for _ in range(2):
            at = choose.randrange(len(damaged))
            damaged[at] ^= 1 << choose.randrange(8)
            hits |= patient.hit(at)
        if damaged == patient.whole:
            continue
        found = patient.start(damaged)
        assert found.back == set(range(RECORDS)) - hits
        # Two damaged headers at the end of a segment that was not closed may look like one record.
        assert found.lost == hits or (not patient.closed and found.lost == hits - {RECORDS - 1})


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=pytest.mark.torture)])
def test_a_length_that_points_anywhere_costs_only_its_record(patient: Patient, step: int) -> None:
    for n in range(RECORDS - 1, -1, -step):
        true = patient.starts[n + 1] - patient.starts[n] - HEADER_SIZE
        ends = [
            *patient.starts[n + 1 :],
            *(start + LENGTH_AT for start in patient.starts[n + 1 : -1]),
            len(patient.whole),
        ]
        lengths = {end - patient.starts[n] - HEADER_SIZE for end in ends} | {0, 1, 1 << 20, 2**32 - 1}
        for length in lengths - {true}:
            damaged = bytearray(patient.whole)
            at = patient.starts[n] + LENGTH_AT
            damaged[at : at + 4] = length.to_bytes(4)
            found = patient.start(damaged)
            assert (found.back, found.lost) == (set(range(RECORDS)) - {n}, {n}), (n, length)


@pytest.mark.parametrize("step", [997, pytest.param(16, marks=pytest.mark.torture)])
def test_a_block_of_zeros_costs_what_was_in_it(patient: Patient, step: int) -> None:
    for at in range(0, len(patient.whole) - BLOCK, step):
        damaged = bytearray(patient.whole)
        damaged[at : at + BLOCK] = bytes(BLOCK)
        hits = patient.hit(at, at + BLOCK - 1)
        found = patient.start(damaged)
        assert found.back == set(range(RECORDS)) - hits, at
        # Where nothing says which number was the last, of an end without headers only the first is known.
        assert found.lost == hits or (not patient.closed and {min(hits)} <= found.lost < hits and max(hits) == 49), at


@pytest.mark.parametrize("rounds", [60, pytest.param(5_000, marks=pytest.mark.torture)])
def test_a_range_that_is_there_twice_costs_what_it_lies_on(patient: Patient, rounds: int) -> None:
    choose = random.Random(rounds)
    for _ in range(rounds):
        first, last = sorted(choose.sample(range(RECORDS + 1), 2))
        again = patient.whole[patient.starts[first] : patient.starts[last]]
        where = patient.starts[choose.randrange(last, RECORDS + 1)]
        found = patient.start(patient.whole[:where] + again + patient.whole[where:])
        assert found == Found(set(range(RECORDS)), set(), b"")
        over = choose.randrange(len(patient.whole) - 1)
        part = patient.whole[: choose.randrange(1, len(patient.whole) - over)]
        damaged = patient.whole[:over] + part + patient.whole[over + len(part) :]
        whole = {
            n
            for n, start in enumerate(patient.starts[:-1])
            if damaged[start : patient.starts[n + 1]] == patient.whole[start : patient.starts[n + 1]]
        }
        found = patient.start(damaged)
        assert found.back >= whole  # and those that the range has brought to another place
        assert not found.back & found.lost
        assert found.back | found.lost == set(range(RECORDS)) or not patient.closed


@pytest.mark.parametrize("garbage", [b"\0", b"\0" * BLOCK, MAGIC, MAGIC + bytes(40), b"garbage" * 99])
def test_garbage_behind_the_end_is_kept_aside(patient: Patient, garbage: bytes) -> None:
    found = patient.start(patient.whole + garbage)
    # Nothing says that it was no record, where nothing says which number was the last.
    assert found == Found(set(range(RECORDS)), set() if patient.closed else {RECORDS}, garbage)


def test_a_segment_under_the_name_of_another_process_is_kept_aside_whole(patient: Patient) -> None:
    wrong = patient.path.with_name(patient.path.name.replace(f"{BOOT:016x}", f"{BOOT + 1:016x}"))
    patient.path.rename(wrong)
    losses = Losses(patient.folder, 0)
    assert [len(segment) for segment in recover(patient.folder, losses, 0)] == [0]
    last = RECORDS - 1 if patient.closed else 0
    assert losses.dropped == {BOOT + 1: numbers((0, last))} or not patient.closed
    assert [path.read_bytes() for path in (patient.folder / "quarantine").iterdir()] == [patient.whole]


def test_a_start_on_the_damaged_segment_takes_less_than_a_second(patient: Patient) -> None:
    damaged = bytearray(patient.whole)
    for n in range(0, RECORDS, 2):
        damaged[patient.starts[n] + 5] ^= 1
    patient.path.write_bytes(damaged)
    began = time.process_time()
    spool = opened(patient.folder, 1)
    assert time.process_time() - began < 1.0
    assert {seq for _, seq in spooled(spool)} == set(range(1, RECORDS, 2))
    assert {seq for _, seq in dropped(spool)} == set(range(0, RECORDS, 2))
    assert back(spool).keys() == spooled(spool)
    spool.close()


def test_ten_thousand_damaged_ranges_are_one_copy_and_one_report(tmp_path: Path) -> None:
    spool = opened(tmp_path, budget=1 << 24, segment=1 << 23)
    spool.commit([b"x"] * 20_000)
    spool.close()
    (path,) = segments(tmp_path)
    data, size = bytearray(path.read_bytes()), HEADER_SIZE + 1
    for at in range(0, len(data), 2 * size):
        data[at + 5] ^= 1
    path.write_bytes(data)
    began = time.process_time()
    again = opened(tmp_path, 1)
    assert time.process_time() - began < 5.0  # a second on a machine with nothing else to do
    assert len(dropped(again)) == len(spooled(again)) == 10_000
    assert len(list((tmp_path / "quarantine").iterdir())) == 1
    again.close()

"""The record: what was packed comes back, what was damaged is refused, a scan of damaged bytes loses nothing."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.wire import (
    HEADER_SIZE,
    MAGIC,
    MAX_BODY,
    MAX_SEQ,
    DamagedError,
    Gap,
    Record,
    check,
    crcs_of,
    pack,
    read,
    scan,
    starts,
    unpack,
)

BOOTS = st.integers(0, 2**64 - 1)
SEQS = st.integers(0, MAX_SEQ - 1)
BODIES = st.binary(max_size=60) | st.lists(st.sampled_from([MAGIC, MAGIC[:3], b"\x01", b"x"]), max_size=8).map(b"".join)


@given(BOOTS, SEQS, BODIES)
def test_a_packed_record_is_read_back(boot: int, seq: int, body: bytes) -> None:
    data = pack(boot, seq, body)
    record = unpack(data)
    assert (record.boot, record.seq, record.body, record.size) == (boot, seq, body, len(data))


@given(BOOTS, SEQS, BODIES, st.data())
def test_a_record_with_one_byte_changed_is_refused(boot: int, seq: int, body: bytes, data: st.DataObject) -> None:
    record = bytearray(pack(boot, seq, body))
    at = data.draw(st.integers(0, len(record) - 1))
    record[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedError):
        unpack(bytes(record))


@given(BOOTS, SEQS, BODIES, st.data())
def test_a_record_that_is_cut_or_followed_by_bytes_is_refused(
    boot: int, seq: int, body: bytes, data: st.DataObject
) -> None:
    record = pack(boot, seq, body)
    with pytest.raises(DamagedError):
        unpack(record[: data.draw(st.integers(0, len(record) - 1))])
    with pytest.raises(DamagedError):
        unpack(record + data.draw(st.binary(min_size=1, max_size=5)))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_a_damaged_error(data: bytes) -> None:
    with contextlib.suppress(DamagedError):
        assert pack(unpack(data).boot, unpack(data).seq, unpack(data).body) == data


def _damage(data: st.DataObject) -> tuple[bytes, list[tuple[int, bytes]]]:
    """A segment of records and junk, some damaged; and where each undamaged record is."""
    segment, whole = b"", []
    for seq in range(data.draw(st.integers(0, 6))):
        record = pack(7, seq, data.draw(BODIES))
        kind = data.draw(st.sampled_from(["whole", "whole", "flip", "cut", "junk before"]))
        if kind == "junk before":
            segment += data.draw(st.binary(min_size=1, max_size=40).filter(lambda junk: MAGIC[:1] not in junk))
        if kind == "flip":
            at = data.draw(st.integers(0, len(record) - 1))
            record = record[:at] + bytes([record[at] ^ data.draw(st.integers(1, 255))]) + record[at + 1 :]
        elif kind == "cut":
            record = record[: data.draw(st.integers(0, len(record) - 1))]
        else:
            whole.append((len(segment), record))
        segment += record
    return segment, whole


@given(st.data())
def test_a_scan_yields_every_undamaged_record_and_gaps_that_cover_the_rest_exactly(data: st.DataObject) -> None:
    segment, whole = _damage(data)
    at, after_gap = 0, False
    found: list[tuple[int, bytes]] = []
    for part in scan(segment):
        if isinstance(part, Gap):
            assert part.start == at < part.stop
            assert not after_gap  # two gaps side by side would be one
            at, after_gap = part.stop, True
        else:
            assert part.start == at
            at, after_gap = part.stop, False
            found.append((part.start, segment[part.start : at]))
    assert at == len(segment)
    # A record whose lost end is what the next one begins with is whole again: then that one has lost its beginning.
    taken = {offset + at for offset, record in found for at in range(1, len(record))}
    assert {one for one in whole if one[0] not in taken} <= set(found)


def test_a_segment_full_of_headers_that_lie_is_scanned_in_time() -> None:
    liar = bytearray(pack(1, 1, b""))
    liar[-4:] = (100_000).to_bytes(4)
    began = time.process_time()
    assert list(scan(bytes(liar) * 20_000)) == [Gap(0, HEADER_SIZE * 20_000)]
    assert time.process_time() - began < 10


@pytest.mark.parametrize(("boot", "seq"), [(0, MAX_SEQ), (0, -1), (-1, 0), (2**64, 0)])
def test_numbers_that_no_reader_would_take_are_not_packed(boot: int, seq: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack(boot, seq, b"")


def test_the_largest_body_is_packed_and_a_larger_one_is_refused() -> None:
    assert unpack(pack(1, 1, bytes(MAX_BODY))).size == HEADER_SIZE + MAX_BODY
    with pytest.raises(ValueError, match="over the limit"):
        pack(1, 1, bytes(MAX_BODY + 1))


def test_a_record_is_read_from_the_middle_of_a_segment() -> None:
    first, second = pack(1, 1, b"one"), pack(1, 2, b"two")
    assert read(first + second, len(first)) == Record(1, 2, unpack(second).crc, b"two")


@given(BOOTS, SEQS, BODIES)
def test_the_crc_of_what_was_packed_is_that_which_a_reader_finds(boot: int, seq: int, body: bytes) -> None:
    data = pack(boot, seq, body)
    assert crcs_of([data]) == [check(data, 0).crc] == [unpack(data).crc]
    assert check(b"x" + data, 1) == (1, 1 + len(data), boot, seq, *crcs_of([data]))


@pytest.mark.parametrize(
    ("bodies", "damaged_at", "count"),
    [
        ([b"a"], [-1], 1),
        ([b"a", b"b", b"c"], [-1], 3),
        ([b"a", b"b", b"c"], [0], 3),  # a magic: the length is whole
        ([MAGIC * 5, b"b"], [40], 2),
        ([pack(9, 9, b"of another boot")], [-1], 1),
        ([b"a" * 100, MAGIC + bytes(100)], [26], 2),  # a length
        ([], [], 1),
    ],
)
def test_records_of_a_gap_are_counted_by_their_headers(bodies: list[bytes], damaged_at: list[int], count: int) -> None:
    data = bytearray(b"".join(pack(7, seq, body) for seq, body in enumerate(bodies)) or b"garbage")
    for at in damaged_at:
        data[at] ^= 1
    assert starts(bytes(data), Gap(0, len(data)), 7) == count

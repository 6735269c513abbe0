"""The record: one batch as bytes, the same in an agent's spool and on the wire.

Constraints first. A record is found again in a damaged file by its magic; its CRC-32 covers everything but the magic
and the CRC itself, so that a damaged `seq` is noticed as surely as a damaged body; `(boot, seq, crc)` names a batch
for ever and is known even of a body that cannot be decoded. All integers are big-endian:

    magic 4 | crc 4 | version 1 | boot 8 | seq 8 | length 4 | body
"""

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

MAGIC = b"\x9aMGV"  # never the begin of text or of zstd: rare in bodies, and a false find fails its CRC
VERSION = 1
MAX_BODY = 1 << 20
MAX_SEQ = 1 << 53  # exact in every store and every JSON reader, and sums of a thousand fit 64 bits
_REST = struct.Struct(">BQQI")
_CRC = struct.Struct(">I")
_HEADER = struct.Struct(">4sIBQQI")
_CRC_AT = len(MAGIC)
_REST_AT = _CRC_AT + _CRC.size
HEADER_SIZE = _REST_AT + _REST.size
MAX_RECORD = HEADER_SIZE + MAX_BODY


class DamagedError(ValueError):
    """The bytes are no whole record. It is never acknowledged: the sender still has it and sends it again."""


@dataclass(frozen=True, slots=True)
class Record:
    """One batch as sent: `boot` is 64 random bits of the process that made it, `seq` counts from 0 within it."""

    boot: int
    seq: int
    crc: int
    body: bytes

    @property
    def size(self) -> int:
        """Bytes on disk and on the wire."""
        return HEADER_SIZE + len(self.body)


class Found(NamedTuple):
    """Where a whole record is in a segment, `start` to `stop` in bytes, and its name."""

    start: int
    stop: int
    boot: int
    seq: int
    crc: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A range of a segment, `start` to `stop` in bytes, in which no whole record was found."""

    start: int
    stop: int


def pack(boot: int, seq: int, body: bytes) -> bytes:
    """Return the record's bytes.

    Raises:
        ValueError: the body is larger than MAX_BODY, or boot or seq are out of their range.
    """
    if len(body) > MAX_BODY:
        raise ValueError(f"a body of {len(body)} bytes is over the limit of {MAX_BODY}")
    if not (0 <= seq < MAX_SEQ and 0 <= boot < 1 << 64):
        raise ValueError(f"boot {boot} or seq {seq} does not fit a record")
    rest = _REST.pack(VERSION, boot, seq, len(body))
    return b"".join((MAGIC, _CRC.pack(zlib.crc32(body, zlib.crc32(rest))), rest, body))


def unpack(data: bytes) -> Record:
    """Return the one record that `data` is.

    Raises:
        DamagedError: with the reason.
    """
    record = read(data, 0)
    if record.size != len(data):
        raise DamagedError(f"{len(data) - record.size} bytes follow the record")
    return record


def crcs_of(packed: Iterable[bytes]) -> list[int]:
    """Return the CRCs of what `pack` has made, without checking them once more."""
    return [crc for (crc,) in map(_CRC.unpack_from, packed, repeat(_CRC_AT))]


def scan(data: bytes) -> Iterator[Found | Gap]:
    """Yield every whole record of a segment, and a Gap for each range between them, in order."""
    at = start = 0
    while at < len(data):
        try:
            found = check(data, at)
        except DamagedError:
            magic = data.find(MAGIC, at + 1)
            at = len(data) if magic < 0 else magic
            continue
        if start < at:
            yield Gap(start, at)
        yield found
        at = start = found.stop
    if start < len(data):
        yield Gap(start, len(data))


def read(data: bytes, at: int) -> Record:
    """Return the record that begins at `at`.

    Raises:
        DamagedError: with the reason.
    """
    found = check(data, at)
    return Record(found.boot, found.seq, found.crc, data[at + HEADER_SIZE : found.stop])


def starts(data: bytes, gap: Gap, boot: int) -> int:
    """Return how many records of `boot` begin in a gap, going by what is left of their headers; at least one.

    One that ends where a magic follows or the gap ends is passed over as a whole, as a body may hold the magic.
    """
    count, at = 0, gap.start
    while 0 <= at < gap.stop:
        header = _HEADER.unpack_from(data, at) if gap.stop - at >= HEADER_SIZE else None
        count += at == gap.start or (header is not None and header[3] == boot)
        stop = at + HEADER_SIZE + header[5] if header else at
        whole = at < stop <= gap.stop and (stop == gap.stop or data.startswith(MAGIC, stop))
        at = stop if whole else data.find(MAGIC, at + 1, gap.stop)
    return count


def check(data: bytes, at: int) -> Found:
    """Return where the record that begins at `at` ends, and its name, if it is whole.

    Raises:
        DamagedError: with the reason.
    """
    if len(data) - at < HEADER_SIZE:
        raise DamagedError(f"{len(data) - at} bytes are less than a header")
    magic, crc, version, boot, seq, length = _HEADER.unpack_from(data, at)
    if magic != MAGIC:
        raise DamagedError("the magic is missing")
    stop = at + HEADER_SIZE + length
    if length > MAX_BODY or stop > len(data) or seq >= MAX_SEQ:
        raise DamagedError(f"a length of {length} or a seq of {seq} is not possible here")
    if zlib.crc32(memoryview(data)[at + _REST_AT : stop]) != crc:
        raise DamagedError("the CRC does not fit")
    if version != VERSION:
        raise DamagedError(f"version {version} of the record is not known (this is {VERSION}): update this program")
    return Found(at, stop, boot, seq, crc)

"""A file of the drop folder, unpacked piece by piece: plain, or gzip (RFC 1952) with however many members."""

import errno
import os
import stat
import zlib
from collections.abc import Iterator
from io import RawIOBase
from itertools import chain
from pathlib import Path

from agents.pm.drop import Mark
from agents.pm.errors import PmError

PIECE = 64 << 10
GZIP = b"\x1f\x8b"
WITH_HEAD = 31  # wbits: gzip


class ChangedError(Exception):
    """The file is no longer the one that was seen, or it is gone."""


def pieces(path: Path, mark: Mark, most: int) -> Iterator[bytes]:
    """Yield what a file has, unpacked, at most `most` bytes of it.

    Raises:
        ChangedError: it is another one by now.
        PmError: it is larger, or no whole gzip.
        OSError: the disk does not give it back.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ChangedError from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ChangedError from None
        raise
    with os.fdopen(fd, "rb", buffering=0) as file:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or (found.st_size, found.st_mtime_ns) != (mark.size, mark.mtime_ns):
            raise ChangedError
        if found.st_size > most:  # empty members have no content that could be over it
            raise _over(most)
        yield from unpacked(_read(file), most)


def unpacked(packed: Iterator[bytes], most: int) -> Iterator[bytes]:
    """Yield what a file has, unpacked, at most `most` bytes of it. Its first piece is whole or two bytes at least.

    Raises:
        PmError: it is larger, or no whole gzip.
    """
    head = next(packed, b"")
    source = chain([head], packed)
    yielded = 0
    for piece in _unzipped(source) if head.startswith(GZIP) else source:
        yielded += len(piece)
        if yielded > most:
            raise _over(most)
        yield piece


def _over(most: int) -> PmError:
    return PmError(f"it is over {most >> 20} MiB large, packed or unpacked")


def _read(file: RawIOBase) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece


def _unzipped(source: Iterator[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(WITH_HEAD)
    try:
        for packed in source:
            rest = packed
            while True:
                if member.eof and rest:
                    member = zlib.decompressobj(WITH_HEAD)
                if out := member.decompress(rest, PIECE):
                    yield out
                rest = member.unused_data if member.eof else member.unconsumed_tail
                if not rest and len(out) < PIECE:  # else it may hold some back
                    break
    except zlib.error as error:
        raise PmError(f"it is no whole gzip: {error}") from None
    if not member.eof:
        raise PmError("it is no whole gzip: it ends too early")

"""A packed file gives what was packed, or is refused: however it is split, cut or damaged, and never over the limit."""

import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.pm.drop import Mark
from agents.pm.errors import PmError
from agents.pm.unpack import PIECE, pieces, unpacked

AMPLE = 16 << 20
CONTENTS = st.one_of(
    st.binary(max_size=300),
    st.integers(0, 3 * PIECE).map(bytes),
    st.integers(0, 2 * PIECE).map(lambda size: Random(size).randbytes(size)),
)
MEMBERS = st.lists(CONTENTS, min_size=1, max_size=4)
WHERE = st.floats(0, 1, exclude_max=True)


def member(content: bytes, level: int = 1) -> bytes:
    packing = zlib.compressobj(level, wbits=31)
    return packing.compress(content) + packing.flush()


def split(data: bytes, cuts: Sequence[float]) -> Iterator[bytes]:
    """In pieces, of which the first has two bytes at least."""
    places = sorted({0, len(data), *(max(2, round(cut * len(data))) for cut in cuts)})
    return (data[first:last] for first, last in pairwise(places))


def given_back(unpacking: Iterator[bytes], most: int = AMPLE) -> bytes | None:
    """What comes, None when it is refused in the end; it is never more than `most`."""
    found = bytearray()
    try:
        for piece in unpacking:
            found += piece
            assert len(found) <= most
    except PmError:
        return None
    return bytes(found)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drop")


def file_of(folder: Path, data: bytes, most: int = AMPLE) -> bytes | None:
    path = folder / "A.xml.gz"
    path.write_bytes(data)
    found = path.stat()
    return given_back(pieces(path, Mark(path.name, found.st_size, found.st_mtime_ns), most), most)


@given(MEMBERS, st.sampled_from([0, 1, 9]), st.lists(WHERE, max_size=20))
def test_members_give_their_contents_however_they_are_split(
    contents: list[bytes], level: int, cuts: list[float]
) -> None:
    packed = b"".join(member(content, level) for content in contents)
    assert given_back(unpacked(split(packed, cuts), AMPLE)) == b"".join(contents)


@given(MEMBERS, st.lists(WHERE, max_size=3), st.booleans(), WHERE)
def test_what_is_over_the_limit_is_refused_before_more_than_that_comes(
    contents: list[bytes], cuts: list[float], is_packed: bool, share: float
) -> None:
    plain = b"".join(contents)
    data = b"".join(map(member, contents)) if is_packed else b"<" + plain
    whole = plain if is_packed else data
    most = round(share * 1.5 * len(whole))
    assert given_back(unpacked(split(data, cuts), most), most) == (whole if len(whole) <= most else None)


@given(contents=MEMBERS, where=WHERE)
def test_a_file_that_is_cut_gives_whole_members_or_is_refused(
    folder: Path, contents: list[bytes], where: float
) -> None:
    packed = [member(content) for content in contents]
    data = b"".join(packed)[: round(where * sum(map(len, packed)))]
    ends = [sum(map(len, packed[:n])) for n in range(1, len(packed) + 1)]
    found = file_of(folder, data)
    if len(data) < 2:
        assert found == data  # nothing says that it is packed
    elif len(data) in ends:
        assert found == b"".join(contents[: 1 + ends.index(len(data))])
    else:
        assert found is None


@given(contents=MEMBERS, where=WHERE, bit=st.integers(0, 7))
def test_a_file_with_a_bit_that_flipped_gives_what_was_packed_or_is_refused(
    folder: Path, contents: list[bytes], where: float, bit: int
) -> None:
    damaged = bytearray(b"".join(map(member, contents)))
    at = int(where * len(damaged))
    damaged[at] ^= 1 << bit
    data = bytes(damaged)
    found = file_of(folder, data)
    if at < 2:
        assert found == data  # it does not begin as a packed one does
    else:
        assert found in (None, b"".join(contents))


def test_a_file_of_nothing_but_empty_members_is_refused_by_its_size(folder: Path) -> None:
    assert file_of(folder, member(b"") * 1000, most=10_000) is None
    assert file_of(folder, member(b"") * 100, most=10_000) == b""

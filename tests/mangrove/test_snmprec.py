"""Walks as files: what is written is read back, and what others have written is read."""

from pathlib import Path

import pytest
from hypothesis import given
from mangrove.walks import RECORDINGS, octets, walks

from agents.snmp import names
from agents.snmp.oids import oid
from agents.snmp.varbinds import Varbind
from mangrove.record.snmprec import read, write


@given(walks)
def test_what_is_written_is_read_back_in_order_and_each_object_once(walk: list[Varbind]) -> None:
    first = {one.oid: one for one in reversed(walk)}
    assert read(write(walk, "a\ncomment")) == ([first[name] for name in sorted(first)], [])


@pytest.mark.parametrize(
    ("line", "tag", "value"),
    [
        ("1.3.1|2|-5", names.INTEGER, -5),
        (".1.3.1|65|7", names.COUNTER32, 7),
        ("1.3.1|4|a|b #c", names.OCTET_STRING, b"a|b #c"),
        ("1.3.1|4|", names.OCTET_STRING, b""),
        ("1.3.1|4x|00FF", names.OCTET_STRING, b"\0\xff"),
        (r"1.3.1|4e|\x07a\t\\", names.OCTET_STRING, b"\x07a\t\\"),
        ("1.3.1|64|192.0.2.7", names.IP_ADDRESS, bytes((192, 0, 2, 7))),
        ("1.3.1|64x|c0000207", names.IP_ADDRESS, bytes((192, 0, 2, 7))),
        ("1.3.1|6|.1.3.6.1", names.OBJECT_IDENTIFIER, (1, 3, 6, 1)),
        ("1.3.1|68x|9f78", names.OPAQUE, b"\x9f\x78"),
        ("1.3.1|70|18446744073709551615", names.COUNTER64, 2**64 - 1),
        ("1.3.1|5|", names.NULL, None),
    ],
)
def test_each_type_is_read(line: str, tag: int, value: int | bytes | tuple[int, ...] | None) -> None:
    assert read(line.encode()) == ([Varbind((1, 3, 1), tag, value)], [])


def test_comments_empty_lines_and_the_line_ends_of_others_are_passed_over() -> None:
    assert read(b"# made by\r\n\r\n1.3.2|2|2\r\n  # more\n1.3.1|4|a\r\n") == (
        [octets("1.3.1", b"a"), Varbind((1, 3, 2), names.INTEGER, 2)],
        [],
    )


def test_of_an_object_that_comes_twice_the_first_counts() -> None:
    assert read(b"1.3.1|2|1\n1.3.1|4|\n")[0] == [Varbind((1, 3, 1), names.INTEGER, 1)]


@pytest.mark.parametrize(
    "line",
    ["1.3.1", "1.3.1|2", "x|2|1", "1.3.1|2|x", "1.3.1|4x|0", "1.3.1|64|1.2.3", "1.3.1|2:numeric|1", "1.3.1|65|-1"],
)
def test_a_line_that_is_not_understood_is_told_with_its_number_and_the_rest_is_read(line: str) -> None:
    walk, problems = read(f"1.3.9|2|1\n{line}\n".encode())
    assert [one.oid for one in walk] == [(1, 3, 9)]
    assert len(problems) == 1
    assert problems[0].startswith("line 2: ")


@given(walks)
def test_a_recording_is_text_of_one_object_a_line(walk: list[Varbind]) -> None:
    written = write(walk)
    assert written.count(b"\n") == len(walk)
    assert all(b" " <= bytes((octet,)) <= b"~" or octet == 0x0A for octet in written)


def test_what_is_no_value_is_not_written() -> None:
    assert write([Varbind(oid("1.3.1"), names.NO_SUCH_INSTANCE, None)]) == b""


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_recordings_of_real_devices_are_read_whole(path: Path) -> None:
    walk, problems = read(path.read_bytes())
    assert problems == []
    assert walk
    assert read(write(walk)) == (walk, [])

"""Recorded walks are played: what a manager sees is what was recorded, whatever the recorder's habits."""

import asyncio
from pathlib import Path

import pytest
from agents.snmp.recordings import read_recording, recordings
from hypothesis import given
from hypothesis import strategies as st
from servers.snmpd import parse
from simulator.snmp.manager import START, ask
from simulator.snmp.test_tools import CREDENTIALS, dotted, run, shown

from agents.snmp.ber import encode_value
from simulator.snmp import ber
from simulator.snmp.credential import Community
from simulator.snmp.server import Server
from simulator.snmp.walk import WalkError, play, read

RECORDINGS = recordings()
PUBLIC = Community(b"public")


@pytest.mark.parametrize(
    ("line", "encoded"),
    [
        ("1.3.1|2|-5", ber.integer(-5)),
        (".1.3.1|65|7", ber.integer(7, ber.COUNTER32)),
        ("1.3.1|4|a|b #c", ber.tlv(ber.OCTET_STRING, b"a|b #c")),
        ("1.3.1|4|", ber.tlv(ber.OCTET_STRING, b"")),
        ("1.3.1|4x|00FF", ber.tlv(ber.OCTET_STRING, b"\0\xff")),
        (r"1.3.1|4e|\x07a\t\\", ber.tlv(ber.OCTET_STRING, b"\x07a\t\\")),
        ("1.3.1|64|192.0.2.7", b"\x40\x04\xc0\x00\x02\x07"),
        ("1.3.1|64x|c0000207", b"\x40\x04\xc0\x00\x02\x07"),
        ("1.3.1|6|.1.3.6.1", ber.oid((1, 3, 6, 1))),
        ("1.3.1|6|", ber.oid((0, 0))),
        ("1.3.1|68x|9f78", b"\x44\x02\x9f\x78"),
        ("1.3.1|70|18446744073709551615", ber.integer(2**64 - 1, ber.COUNTER64)),
        ("1.3.1|5|", b"\x05\x00"),
    ],
)
def test_each_type_is_read(line: str, encoded: bytes) -> None:
    assert read(line.encode()) == ({(1, 3, 1): encoded}, [])


def test_comments_empty_lines_other_line_ends_disorder_and_objects_twice_are_read() -> None:
    device, left_out = play(b"# made by\r\n\r\n1.3.2.0|2|2\r\n  # more\n1.3.1.0|2|1\r\n1.3.1.0|4|", PUBLIC)
    assert left_out == []
    assert ask(device, ber.GETBULK, [(1, 3)], 0, 9).varbinds == [
        ((1, 3, 1, 0), 1),
        ((1, 3, 2, 0), 2),
        ((1, 3, 2, 0), "EndOfMibView"),
    ]


@pytest.mark.parametrize(
    "line",
    "1.3.1 1.3.1|2 x|2|1 9.9.9|2|1 1.3.1|2|x 1.3.1|4x|0 1.3.1|64|1.2.3 1.3.1|2:numeric|rate=1 1.3.1|65|-1 1|2|1"
    " 1.3.1|65|4294967296 1.3.1|2|2147483648 1.3.1|129|".split(),
)
def test_a_line_that_is_not_understood_is_told_with_its_number_and_the_rest_is_played(line: str) -> None:
    device, left_out = play(f"1.3.9.0|2|1\n{line}\n".encode(), PUBLIC)
    assert list(device.mib.layout.names) == [(1, 3, 9, 0)]
    assert len(left_out) == 1
    assert left_out[0].startswith("line 2: ")


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"not a walk\n"])
def test_a_file_without_any_object_cannot_be_played(data: bytes) -> None:
    with pytest.raises(WalkError, match="line 1" if b"walk" in data else "no object"):
        play(data, PUBLIC)


@given(st.lists(st.binary(max_size=40) | st.just(b"1.3.1|4x|00"), max_size=8))
def test_no_file_does_more_than_be_left_out(lines: list[bytes]) -> None:
    found, left_out = read(b"\n".join(lines))
    assert len(found) + len(left_out) <= sum(line.count(b"\n") + 1 for line in lines) + 1


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recording_is_read_as_the_agents_tests_read_it(path: Path) -> None:
    found, left_out = read(path.read_bytes())
    assert left_out == []
    assert found == {name: encode_value(tag, value) for name, (tag, value) in read_recording(path).items()}


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
async def test_net_snmp_walks_every_recording_from_end_to_end(tmp_path: Path) -> None:
    played = {path.stem: play(path.read_bytes(), PUBLIC)[0] for path in RECORDINGS}
    server = Server(lambda: START / 100)
    try:
        addresses = server.start((device, ("127.0.0.1", 0)) for device in played.values())
        options = [*CREDENTIALS["v2c"][1], "-Cr50", "-O", "netUx"]
        where = zip(played, addresses, strict=True)
        printed = await asyncio.gather(
            *(run("snmpbulkwalk", tmp_path / name, options, address, ".1") for name, address in where)
        )
    finally:
        server.close()
    for device, said in zip(played.values(), printed, strict=True):
        *lines, last = said.splitlines()
        assert "No more variables left in this MIB View" in last
        walked = parse("\n".join(lines))
        assert list(walked) == [dotted(name) for name in device.mib.layout.names]
        for name in device.mib.layout.names:
            assert walked[dotted(name)].split() == shown(device, name)

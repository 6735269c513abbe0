"""The gate lets messages of SNMP through and nothing else, whatever comes, and quickly."""

import time

import pytest
from agents.traps.listening import USERS
from agents.traps.messages import Device, v1, v2c
from agents.traps.refusals import reason
from hypothesis import given
from hypothesis import strategies as st

from agents.snmp import names
from agents.snmp.ber import encode, encode_integer
from agents.snmp.names import Version
from agents.traps.gate import MAX_OCTETS, look

GOOD = (
    v2c(),
    v2c(kind=0xA6),
    v1("1.3.6.1.4.1.9", 2, 0),
    Device(USERS["noc"], b"\x80\0\0\0\5abcdef").trap(1, 2),
    Device(USERS["guard"], b"\x80\0\0\0\5abcdef").trap(1, 2),
)


def test_messages_of_all_versions_pass_with_who_says_them() -> None:
    assert [reason(look, one) for one in GOOD] == [""] * len(GOOD)
    seen = look(v2c(community=b"secret", request_id=77))
    assert (seen.version, seen.community, seen.message) == (Version.V2C, b"secret", None)
    message = look(GOOD[3]).message
    assert message is not None
    assert message.user == b"noc"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "undecodable"),
        (b"GET / HTTP/1.1", "undecodable"),
        (encode(names.SEQUENCE, encode_integer(2)), "undecodable"),
        (bytes(MAX_OCTETS + 1), "too_large"),
        (bytes(65_507), "too_large"),
        (v2c()[:-3], "undecodable"),
    ],
)
def test_what_is_none_is_refused_with_its_reason(data: bytes, said: str) -> None:
    assert reason(look, data) == said


@given(st.binary(max_size=300) | st.sampled_from(GOOD).flatmap(lambda good: st.binary(max_size=8).map(good.__add__)))
def test_whatever_comes_is_looked_at_or_refused(data: bytes) -> None:
    reason(look, data)


@given(st.sampled_from(GOOD), st.integers(0, 400), st.integers(1, 255))
def test_a_changed_octet_is_looked_at_or_refused(good: bytes, at: int, by: int) -> None:
    at %= len(good)
    reason(look, good[:at] + bytes([good[at] ^ by]) + good[at + 1 :])


@pytest.mark.parametrize(
    "filler", [b"\x30\x00", b"\x30\x80", b"\x30\x84\x00\x00\x00\x01", b"\x04\x00", b"\xff", b"\x00"]
)
def test_a_datagram_of_any_size_is_judged_within_5_ms(filler: bytes) -> None:
    content = filler * (65_000 // len(filler))
    head = encode_integer(1) + encode(names.OCTET_STRING, b"public")
    for data in (encode(names.SEQUENCE, head + content), head + content[:MAX_OCTETS], content, bytes(1 << 20)):
        took = []
        for _ in range(3):
            began = time.process_time()
            reason(look, data)
            took.append(time.process_time() - began)
        assert min(took) < 0.005

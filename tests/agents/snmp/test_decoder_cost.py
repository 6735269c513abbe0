"""No datagram costs more than 5 ms of CPU or raises anything but our errors: one thread reads for all devices."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from agents.cost import cost_s
from agents.snmp.scripted_device import NAME, UPTIME, Question, reply, reply_of
from agents.snmp.wrong_scripts import nested
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.snmp import names
from agents.snmp.ber import MAX_DATAGRAM, encode
from agents.snmp.errors import AskAgain, AuthError, BadResponse
from agents.snmp.message import Community, message_id
from agents.snmp.names import Kind, Version
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User
from agents.snmp.varbinds import MAX_VARBINDS, encode_varbind

MOST_S = 0.005
QUESTION = Question(Version.V2C, b"public", Kind.GET, 2**31 - 1, 0, 0, [])
ROOM = MAX_DATAGRAM - len(reply_of(QUESTION, bytes(MAX_DATAGRAM // 2))) + MAX_DATAGRAM // 2
READERS: list[Callable[[bytes], object]] = [
    message_id,
    lambda data: Community(Version.V2C, b"public").decode(data).response(),
    lambda data: UserSecurity(User(b"noc")).decode(data).response(),
]
LARGE = b"\x8f\xff\xff\xff\x7f"
"""A sub-identifier of 4,294,967,295."""


def read(data: bytes) -> None:
    """Give it to all readers."""
    for reader in READERS:
        with suppress(BadResponse, AuthError, AskAgain):
            reader(data)


def cost(data: bytes) -> float:
    """CPU seconds."""
    return cost_s(lambda: read(data), MOST_S)


def filled(make: Callable[[int], bytes]) -> bytes:
    """A reply as long as a datagram can be, of varbinds that `make` makes from a number."""
    parts: list[bytes] = []
    room = ROOM
    while len(part := make(len(parts))) <= room:
        parts.append(part)
        room -= len(part)
    return reply_of(QUESTION, b"".join(parts))


def varbind(name: bytes, typed: bytes = b"\x05\x00") -> bytes:
    return encode(names.SEQUENCE, encode(names.OBJECT_IDENTIFIER, name) + typed)


def two(n: int) -> bytes:
    return bytes((0x81 | n >> 7 & 0x7E, n & 0x7F))


def padded(content: bytes) -> bytes:
    """A SEQUENCE whose length takes more octets than it must."""
    return b"\x30\x84" + len(content).to_bytes(4, "big") + content


WORST: dict[str, Callable[[int], bytes]] = {
    "the shortest varbinds": lambda _: varbind(b""),
    "short names, each another one": lambda n: varbind(b"\x2b\x06" + two(n)),
    "usual names, each another one": lambda n: varbind(
        b"\x2b\x06\x01\x02\x01\x02\x02\x01\x0a" + two(n), b"\x41\x01\x00"
    ),
    "names of large parts": lambda n: varbind(b"\x2b" + two(n) + LARGE * 125),
    "names of two-octet parts": lambda n: varbind(b"\x2b" + two(n) + b"\x81\x7f" * 62),
    "names of small parts and a large one": lambda n: varbind(b"\x2b" + two(n) + b"\x01" * 120),
    "names just long enough to be slow": lambda n: varbind(b"\x2b" + two(n) + b"\x01" * 123),
    "lengths in the long form": lambda n: padded(b"\x06\x84\0\0\0\x03\x2b" + two(n) + b"\x05\x00"),
    "lengths in the long form, shortest": lambda _: b"\x30\x81\x04\x06\x00\x05\x00",
    "identifiers as values": lambda n: varbind(b"\x2b", encode(names.OBJECT_IDENTIFIER, b"\x2b" + two(n))),
    "identifiers of large parts as values": lambda n: varbind(b"\x2b", encode(6, two(n) + LARGE * 126)),
    "identifiers as values in the long form": lambda n: b"\x30\x81\x08\x06\x00\x06\x81\x03\x2b" + two(n),
    "integers of five octets": lambda _: varbind(b"\x2b", b"\x02\x05\x01\x02\x03\x04\x05"),
    "exceptions": lambda n: varbind(b"\x2b" + two(n), b"\x82\x00"),
    "one long string": lambda _: varbind(b"\x2b", encode(names.OCTET_STRING, bytes(ROOM - 20))),
    "one long identifier": lambda _: varbind(b"\x2b", encode(names.OBJECT_IDENTIFIER, b"\x81" * (ROOM - 20))),
    "deep nesting": lambda _: nested(ROOM // 4),
}


@pytest.mark.parametrize("worst", WORST)
def test_the_worst_replies_cost_a_few_milliseconds(worst: str) -> None:
    data = filled(WORST[worst])
    assert MAX_DATAGRAM - 700 < len(data) <= MAX_DATAGRAM
    assert cost(data) < MOST_S


@pytest.mark.parametrize("octets", [b"\x30", b"\x30\xff" + b"\xff" * 65_000, b"\x30\x80" * 32_000, b"\xff" * 65_507])
def test_garbage_costs_a_few_milliseconds(octets: bytes) -> None:
    assert cost(octets) < MOST_S


CONTENT = st.binary(max_size=20) | st.integers(1, 640).map(lambda n: b"\x81" * n + b"\x01")
TAGS = st.sampled_from([2, 4, 5, 6, 0x30, 0x40, 0x41, 0x44, 0x46, 0x47, 0x80, 0x82, 0xA2]) | st.integers(0, 255)
ELEMENT = st.builds(encode, TAGS, CONTENT)
TREE = st.recursive(
    ELEMENT, lambda inner: st.builds(encode, TAGS, st.lists(inner, max_size=4).map(b"".join)), max_leaves=20
)
VARBIND = st.builds(varbind, CONTENT, ELEMENT) | st.builds(lambda name, value: padded(name + value), ELEMENT, ELEMENT)


@settings(deadline=None)
@given(st.lists(VARBIND | TREE | st.binary(max_size=30), min_size=1, max_size=4))
def test_a_full_reply_of_anything_again_and_again_costs_a_few_milliseconds(parts: list[bytes]) -> None:
    some = b"".join(parts)
    listed = (some * (ROOM // max(1, len(some)) + 1))[:ROOM]
    assert cost(reply_of(QUESTION, listed)) < MOST_S


@settings(deadline=None)
@given(st.binary(max_size=200) | TREE)
def test_any_datagram_costs_a_few_milliseconds(data: bytes) -> None:
    assert cost(data) < MOST_S


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 400))
def test_a_changed_reply_costs_a_few_milliseconds(changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(reply(QUESTION, [UPTIME, NAME] * 20))
    for at, octet in changes:
        data[at % len(data)] = octet
    assert cost(bytes(data[: len(data) - cut])) < MOST_S


def test_as_many_varbinds_as_may_be_asked_for_are_read_and_no_more() -> None:
    community = Community(Version.V2C, b"public")
    listed = encode_varbind(*UPTIME) * MAX_VARBINDS
    assert len(community.decode(reply_of(QUESTION, listed)).response().varbinds) == MAX_VARBINDS
    with pytest.raises(BadResponse, match=f"more than {MAX_VARBINDS} varbinds"):
        community.decode(reply_of(QUESTION, listed + encode_varbind(*UPTIME))).response()


def test_a_long_reply_may_have_some_identifiers_that_are_slow_to_read() -> None:
    name = (1, 3, 6, 1, 2, 1, 4, 24, 7, 1, 9, 2, 16, *[200] * 16, 64, 2, 16, *[200] * 16)
    listed = b"".join(encode_varbind((*name, n), names.COUNTER64, 2**63) for n in range(380))
    assert len(listed) > 32_000
    assert len(Community(Version.V2C, b"public").decode(reply_of(QUESTION, listed)).response().varbinds) == 380

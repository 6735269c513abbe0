"""A masked walk says nothing that must not leave a network, and profiles still find what they look for."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mangrove.walks import RECORDINGS, octets, walks

from agents.snmp import names
from agents.snmp.oids import Oid, oid, text
from agents.snmp.varbinds import Varbind
from mangrove.record import snmprec
from mangrove.record.known import OBJECTS, ROWS
from mangrove.record.mask import mask, what

SYS_NAME, SYS_DESCR = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.1.0"
SERIAL = "1.3.6.1.2.1.47.1.1.1.1.11.1"
words = st.text("abcdefghijkmnopqrstuvwyzABC123456789-_!é", min_size=3, max_size=12).map(str.encode)
"""Secrets; neither x nor 0, which masked values are made of."""
some_objects = st.sampled_from(
    [*OBJECTS, *((*entry, 1) for entry in ROWS), (1, 3, 6, 1, 2, 1, 1, 1), (1, 3, 6, 1, 4, 1)]
)


@st.composite
def rows(draw: st.DrawFn) -> Varbind:
    """An object with an index, of those that are known and others."""
    index = tuple(draw(st.lists(st.integers(0, 300), max_size=18)))
    return draw(walks.filter(bool))[0]._replace(oid=draw(some_objects) + index)


def shape(one: Varbind) -> tuple[int, int | Oid | None, int]:
    """What masking keeps of an object beside its column."""
    return one.tag, None if isinstance(one.value, bytes | tuple) else one.value, length(one.value)


def length(value: object) -> int:
    """Octets, or sub-identifiers."""
    return len(value) if isinstance(value, bytes | tuple) else 0


@settings(max_examples=50)
@given(st.lists(rows(), max_size=8), st.lists(words, max_size=2), st.booleans())
def test_types_lengths_and_numbers_stay(walk: list[Varbind], secrets: list[bytes], keep: bool) -> None:
    for one in walk:
        masked, _ = mask([one], secrets, keep_names=keep)
        assert [shape(found) for found in masked] == [shape(one)]
        assert len(masked[0].oid) == len(one.oid)


@settings(max_examples=50)
@given(st.lists(rows(), max_size=8), st.lists(words, max_size=2))
def test_what_is_masked_is_a_walk_that_can_be_written_and_read(walk: list[Varbind], secrets: list[bytes]) -> None:
    masked, _ = mask(walk, secrets)
    assert snmprec.read(snmprec.write(masked)) == (masked, [])


@given(words, st.binary(max_size=12), st.binary(max_size=12), some_objects, st.booleans())
@example(b"aaa", b"aa", b"aa", (1, 3, 6, 1, 4, 1), False)
def test_no_secret_survives_in_a_text_or_in_a_name(
    secret: bytes, before: bytes, after: bytes, column: Oid, keep: bool
) -> None:
    value = before + secret + after
    walk = [Varbind((*column, 1), names.OCTET_STRING, value), Varbind((*column, *secret, 2), names.INTEGER, 1)]
    for one in mask(walk, [secret], keep_names=keep)[0]:
        assert secret.lower() not in bytes(arc if arc < 0x100 else 0 for arc in one.oid).lower()
        if isinstance(one.value, bytes):
            assert secret.lower() not in one.value.lower()


@given(words.filter(lambda serial: len(serial) >= 4), words)
def test_a_serial_is_not_found_elsewhere_either(serial: bytes, around: bytes) -> None:
    masked, counts = mask([octets(SYS_DESCR, around + b" SN " + serial), octets(SERIAL, serial)])
    assert all(serial not in one.value for one in masked if isinstance(one.value, bytes))
    assert counts["serial"] == counts["text"] == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Linux 5.10 #1 SMP", "Linux 5.10 #1 SMP"),
        ("admin password: hunter2", "admin password: xxxxxx0"),
        ("snmp-server community S3cret RO", "snmp-server community x0xxxxxxx"),
        ("token=abc", "token=xxx"),
        ("Token Ring", "Token Ring"),
        ("Rev 2, Serial Number: FOC1", "Rev 2, Serial Number: xxx0"),
        ("Serial0/1/0", "Serial0/1/0"),
        ("Monkey: 5, auth_key=ab1", "Monkey: 5, auth_key=xx0"),
        ("backup to ftp://joe:pw1@host/a", "backup to ftp://xxxxxx0@host/a"),
        ("call ops@example.net now", "call xxxxxxxxxxxxxxx now"),
        ("MAC 00:1b:2C:aa:bb:cc", "MAC 00:1b:2C:xxxxxxxx"),
        ("MAC 001b.2caa.bbcc", "MAC 001b.2cxxxxxxx"),
    ],
)
def test_what_a_text_says_is_masked_where_it_looks_like_a_secret(said: str, kept: str) -> None:
    assert mask([octets(SYS_DESCR, said.encode())])[0] == [octets(SYS_DESCR, kept.encode())]


def test_names_stay_when_asked_for_but_people_and_secrets_do_not() -> None:
    walk = [octets("1.3.6.1.2.1.1.4.0", b"Joe"), octets(SYS_NAME, b"rt-1"), octets("1.3.6.1.2.1.1.6.0", b"at s3cret")]
    assert [one.value for one in mask(walk, [b"s3cret"])[0]] == [b"xxx", b"xxx0", b"xxxx0xxxx"]
    assert [one.value for one in mask(walk, [b"s3cret"], keep_names=True)[0]] == [b"xxx", b"rt-1", b"at x0xxxx"]


def test_a_community_is_no_row_of_its_table() -> None:
    table = "1.3.6.1.6.3.18.1.1.1"
    index = ".".join(str(octet) for octet in b"abc1")
    masked, _ = mask([octets(f"{table}.2.{index}", b"abc1"), Varbind(oid(f"{table}.8.{index}"), names.INTEGER, 1)])
    assert [text(one.oid) for one in masked] == [f"{table}.{column}.120.120.120.48" for column in (2, 8)]
    assert masked[0].value == b"xxx0"


def test_an_address_has_one_other_in_values_rows_and_texts_so_that_rows_find_each_other() -> None:
    peer = bytes((203, 0, 113, 9))
    walk = [
        Varbind(oid("1.3.6.1.2.1.4.22.1.3.2.203.0.113.9"), names.IP_ADDRESS, peer),
        octets("1.3.6.1.2.1.4.22.1.2.2.203.0.113.9", bytes.fromhex("001b2caabbcc")),
        Varbind(oid("1.3.6.1.2.1.15.3.1.2.203.0.113.9"), names.INTEGER, 6),
        octets("1.3.6.1.2.1.17.4.3.1.1.0.27.44.170.187.204", bytes.fromhex("001b2caabbcc")),
        octets(SYS_DESCR, b"peer 203.0.113.9"),
    ]
    assert {text(one.oid): one.value for one in mask(walk)[0]} == {
        "1.3.6.1.2.1.4.22.1.3.2.198.18.0.1": bytes((198, 18, 0, 1)),
        "1.3.6.1.2.1.4.22.1.2.2.198.18.0.1": bytes.fromhex("001b2c000001"),
        "1.3.6.1.2.1.15.3.1.2.198.18.0.1": 6,
        "1.3.6.1.2.1.17.4.3.1.1.0.27.44.0.0.1": bytes.fromhex("001b2c000001"),
        SYS_DESCR: b"peer 000x0x000x0",
    }


@pytest.mark.parametrize("address", ["0.0.0.0", "127.0.0.1", "255.255.255.0", "224.0.0.5"])
def test_what_names_no_host_stays(address: str) -> None:
    one = Varbind(oid("1.3.6.1.2.1.4.20.1.3." + address), names.IP_ADDRESS, bytes(map(int, address.split("."))))
    assert mask([one])[0] == [one]


def test_an_ipv6_address_in_a_row_is_another_one() -> None:
    row = "1.3.6.1.2.1.4.34.1.3.2.16."
    masked, _ = mask([Varbind(oid(row + "32.1.13.184.0.9.0.0.0.0.0.0.0.0.0.1"), names.INTEGER, 1)])
    assert text(masked[0].oid) == row + "32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.1"


@pytest.mark.skipif(not RECORDINGS, reason="no recordings of real devices here")
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_real_device_keeps_all_its_rows_and_no_serial(path: Path) -> None:
    walk, _ = snmprec.read(path.read_bytes())
    masked, _ = mask(walk)
    assert len(masked) == len(walk)
    assert all(any(octet in b"x0" for octet in one.value) for one in masked
               if what(one.oid) == "serial" and isinstance(one.value, bytes) and one.value)  # fmt: skip
    serials = [one.value.strip(b"\0 ") for one in walk if what(one.oid) == "serial" and isinstance(one.value, bytes)]
    written = snmprec.write(masked).lower()
    assert [serial for serial in serials if len(serial) > 5 and serial.strip(b"0x") and serial.lower() in written] == []

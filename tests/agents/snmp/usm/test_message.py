"""What is no message of version 3 is refused, with what is wrong."""

import re
from dataclasses import dataclass, replace

import pytest

from agents.snmp.ber import MAX_DATAGRAM, encode, encode_integer
from agents.snmp.errors import BadResponse
from agents.snmp.message import message_id
from agents.snmp.names import OCTET_STRING, SEQUENCE
from agents.snmp.usm.message import Envelope, encode_scoped, read_hidden, read_message, read_scoped

SCOPED = encode_scoped(b"engine", b"context", b"\xa2\x00")


def octets(content: bytes) -> bytes:
    return encode(OCTET_STRING, content)


@dataclass(frozen=True)
class Parts:
    """A message in pieces, well made where nothing else is said."""

    version: int = 3
    flags: bytes = b"\x03"
    model: int = 3
    after_model: bytes = b""
    engine: bytes = octets(b"engine")
    boots: int = 5
    time: int = 1000
    after_salt: bytes = b""
    after_parameters: bytes = b""
    content: bytes = octets(b"hidden")
    after_content: bytes = b""

    def message(self) -> bytes:
        """Put together."""
        header = encode_integer(7) + encode_integer(MAX_DATAGRAM) + octets(self.flags) + encode_integer(self.model)
        clock = encode_integer(self.boots) + encode_integer(self.time)
        parameters = self.engine + clock + octets(b"user") + octets(bytes(12)) + octets(bytes(8)) + self.after_salt
        return encode(
            SEQUENCE,
            encode_integer(self.version)
            + encode(SEQUENCE, header + self.after_model)
            + octets(encode(SEQUENCE, parameters) + self.after_parameters)
            + self.content
            + self.after_content,
        )


def test_a_message_is_read_with_its_parts_and_without_what_follows_it() -> None:
    data = Parts().message()
    message = read_message(data + b"padding")
    assert (message.data, message.level, message.engine_id) == (data, 3, b"engine")
    assert (message.boots, message.time, message.user, message.salt) == (5, 1000, b"user", bytes(8))
    assert data[message.code_at : message.code_end] == bytes(12)
    assert read_hidden(message) == b"hidden"
    assert message_id(data) == 7


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": 1}, "version 1 to a question of version 3"),
        ({"flags": b""}, "not a header of the USM"),
        ({"flags": b"\x03\x03"}, "not a header of the USM"),
        ({"flags": b"\x02"}, "encrypted and not authenticated"),
        ({"model": 2}, "security model 2"),
        ({"after_model": b"\x05\x00"}, "not a header of the USM"),
        ({"engine": encode(SEQUENCE, b"")}, "engine id at byte .* has tag 0x30"),
        ({"engine": octets(bytes(33))}, "engine id of 33 octets"),
        ({"boots": -1}, "boots -1"),
        ({"boots": 2**31}, "boots 2147483648"),
        ({"time": -1}, "time -1"),
        ({"time": 2**31}, "time 2147483648"),
        ({"after_salt": b"\x05\x00"}, "octets too many in the security parameters"),
        ({"after_parameters": b"\x05\x00"}, "octets too many in the security parameters"),
    ],
)
def test_a_header_that_is_not_of_the_usm_is_refused(changes: dict[str, object], reason: str) -> None:
    data = replace(Parts(), **changes).message()  # type: ignore[arg-type]
    with pytest.raises(BadResponse, match=reason):
        read_message(data)


def test_what_follows_the_pdu_within_the_message_is_refused() -> None:
    with pytest.raises(BadResponse, match="octets too many"):
        read_hidden(read_message(Parts(after_content=b"\x05\x00").message()))
    plain = read_message(Parts(content=SCOPED, after_content=b"\x05\x00").message())
    with pytest.raises(BadResponse, match="octets too many"):
        read_scoped(plain.data, plain.at, padded=False)


def test_only_a_decrypted_pdu_may_be_padded() -> None:
    padded = SCOPED + bytes(7)
    scoped = read_scoped(padded, 0, padded=True)
    assert (scoped.engine_id, scoped.context, padded[scoped.at : scoped.end]) == (b"engine", b"context", b"\xa2\x00")
    with pytest.raises(BadResponse, match="octets too many"):
        read_scoped(padded, 0, padded=False)


def test_a_message_cut_anywhere_is_refused() -> None:
    data = Parts().message()
    for length in range(len(data)):
        with pytest.raises(BadResponse):
            read_message(data[:length])
    with pytest.raises(BadResponse, match=re.escape(f"datagram of {MAX_DATAGRAM + 1}")):
        read_message(data + bytes(MAX_DATAGRAM + 1 - len(data)))


def test_our_own_message_has_its_code_where_it_says_and_may_be_reported_about() -> None:
    data, at = Envelope(1, b"engine", b"user", 12).close(7, 5, 1000, b"", SCOPED)
    message = read_message(data)
    assert (message.code_at, message.code_end, data[message.at :]) == (at, at + 12, SCOPED)
    assert data.count(octets(b"\x05")) == 1

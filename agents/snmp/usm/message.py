"""Messages of version 3 (RFC 3412 section 6) with the parameters of the USM (RFC 3414 section 2.4), and scoped PDUs."""

from typing import Final, NamedTuple

from agents.snmp import names
from agents.snmp.ber import MAX_DATAGRAM, encode, encode_integer, read_expected, read_integer
from agents.snmp.errors import BadResponse
from agents.snmp.names import Version
from agents.snmp.usm.engine import MAX_NUMBER

AUTHENTICATED: Final = 1
PRIVATE: Final = 2
REPORTABLE: Final = 4
USM: Final = 3
_MAX_ENGINE_ID: Final = 32
LEVELS: Final = {0: "noAuthNoPriv", AUTHENTICATED: "authNoPriv", AUTHENTICATED | PRIVATE: "authPriv"}
"""RFC 3411 section 3.4.3."""
_LEVEL: Final = AUTHENTICATED | PRIVATE


class Message(NamedTuple):
    """A message whose PDU is not read yet: it fills `data[at:]`, plain or as the OCTET STRING that hides it."""

    data: bytes
    level: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    code_at: int
    code_end: int
    salt: bytes
    at: int


class Scoped(NamedTuple):
    """A PDU with the context that it is about: it fills `data[at:end]`."""

    engine_id: bytes
    context: bytes
    data: bytes
    at: int
    end: int


class Envelope:
    """What is the same in all our messages of one user to one engine."""

    def __init__(self, level: int, engine_id: bytes, user: bytes, code_octets: int) -> None:
        self._version = encode_integer(Version.V3)
        flags = bytes((level | REPORTABLE,))
        self._header = encode_integer(MAX_DATAGRAM) + encode(names.OCTET_STRING, flags) + encode_integer(USM)
        self._engine = encode(names.OCTET_STRING, engine_id)
        self._user = encode(names.OCTET_STRING, user) + encode(names.OCTET_STRING, bytes(code_octets))
        self._code_octets = code_octets

    def close(self, number: int, boots: int, time: int, salt: bytes, content: bytes) -> tuple[bytes, int]:
        """Return the message with zeros for its authentication code, and where they begin. Raises ValueError when it
        would exceed 65,507 octets."""
        salted = encode(names.OCTET_STRING, salt)
        parameters = self._engine + encode_integer(boots) + encode_integer(time) + self._user + salted
        message = encode(
            names.SEQUENCE,
            self._version
            + encode(names.SEQUENCE, encode_integer(number) + self._header)
            + encode(names.OCTET_STRING, encode(names.SEQUENCE, parameters))
            + content,
        )
        if len(message) > MAX_DATAGRAM:
            raise ValueError(f"a request of {len(message)} octets does not fit into a datagram")
        return message, len(message) - len(content) - len(salted) - self._code_octets


def encode_scoped(engine_id: bytes, context: bytes, pdu: bytes) -> bytes:
    """Return a scoped PDU (RFC 3412 section 6.8)."""
    return encode(names.SEQUENCE, encode(names.OCTET_STRING, engine_id) + encode(names.OCTET_STRING, context) + pdu)


def read_message(data: bytes) -> Message:
    """Read all but the PDU. Octets after the message are ignored, as in other versions. Nothing is proven by it.

    Raises BadResponse, saying what is wrong and at which byte.
    """
    if len(data) > MAX_DATAGRAM:
        raise BadResponse(f"datagram of {len(data)} octets")
    start, end = read_expected(names.SEQUENCE, "message", data, 0, len(data))
    version, at = read_integer("version", data, start, end)
    if version != Version.V3:
        raise BadResponse(f"answer of version {version} to a question of version {int(Version.V3)}")
    level, at = _read_header(data, at, end)
    outer, content_at = read_expected(names.OCTET_STRING, "security parameters", data, at, end)
    at, stop = read_expected(names.SEQUENCE, "security parameters", data, outer, content_at)
    engine_id, at = _read_octets("engine id", data, at, stop)
    boots, at = read_integer("boots", data, at, stop)
    time, at = read_integer("engine's time", data, at, stop)
    user, at = _read_octets("user", data, at, stop)
    code_at, code_end = read_expected(names.OCTET_STRING, "authentication code", data, at, stop)
    salt, at = _read_octets("salt", data, code_end, stop)
    if not at == stop == content_at:
        raise BadResponse(f"octets too many in the security parameters, from byte {at}")
    if not (0 <= boots <= MAX_NUMBER and 0 <= time <= MAX_NUMBER and len(engine_id) <= _MAX_ENGINE_ID):
        raise BadResponse(f"boots {boots}, time {time} or an engine id of {len(engine_id)} octets is out of range")
    return Message(data[:end], level, engine_id, boots, time, user, code_at, code_end, salt, content_at)


def read_hidden(message: Message) -> bytes:
    """Return the encrypted PDU. Raises BadResponse."""
    start, stop = read_expected(names.OCTET_STRING, "encrypted PDU", message.data, message.at, len(message.data))
    if stop != len(message.data):
        raise BadResponse(f"octets too many in the message, from byte {stop}")
    return message.data[start:stop]


def read_scoped(data: bytes, at: int, *, padded: bool) -> Scoped:
    """Read the context of the scoped PDU that fills `data[at:]`; what DES pads may follow it. Raises BadResponse."""
    start, end = read_expected(names.SEQUENCE, "scoped PDU", data, at, len(data))
    if end != len(data) and not padded:
        raise BadResponse(f"octets too many in the message, from byte {end}")
    engine_id, at = _read_octets("context engine id", data, start, end)
    context, at = _read_octets("context", data, at, end)
    return Scoped(engine_id, context, data, at, end)


def _read_header(data: bytes, at: int, end: int) -> tuple[int, int]:
    at, stop = read_expected(names.SEQUENCE, "header", data, at, end)
    _, at = read_integer("msgID", data, at, stop)
    _, at = read_integer("msgMaxSize", data, at, stop)
    flags, at = _read_octets("msgFlags", data, at, stop)
    model, at = read_integer("msgSecurityModel", data, at, stop)
    if len(flags) != 1 or model != USM or at != stop:
        raise BadResponse(f"flags {flags.hex()} of security model {model}, up to byte {at}: not a header of the USM")
    if flags[0] & _LEVEL == PRIVATE:
        raise BadResponse("encrypted and not authenticated, which SNMP does not have")
    return flags[0] & _LEVEL, at


def _read_octets(what: str, data: bytes, at: int, end: int) -> tuple[bytes, int]:
    start, stop = read_expected(names.OCTET_STRING, what, data, at, end)
    return data[start:stop], stop

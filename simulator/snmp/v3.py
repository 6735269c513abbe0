"""Messages of version 3 as octets (RFC 3412 section 6) with the security parameters of USM (RFC 3414 section 2.4)."""

from typing import NamedTuple

from simulator.snmp import ber

AUTH, PRIV, REPORTABLE = 1, 2, 4  # msgFlags
USM = 3  # msgSecurityModel
_LEAST_SIZE = 484  # of msgMaxSize
AROUND = 80  # octets of a message beside engine (twice), user, digest and PDU: at most


class Message(NamedTuple):
    """A message. `id` is the whole TLV; `mac_at` is where the digest stands in the octets; `data` is the scoped PDU,
    a TLV, or the contents of what is encrypted."""

    id: bytes
    max_size: int
    flags: int
    engine: bytes
    boots: int
    time: int
    user: bytes
    mac: bytes
    mac_at: int
    salt: bytes
    data: bytes


class Scoped(NamedTuple):
    """A scoped PDU: `pdu` is a TLV."""

    engine: bytes
    name: bytes
    pdu: bytes


def decode(octets: bytes) -> Message:
    """Read a message of version 3.

    Raises:
        DecodeError: it is none, or one that is dropped without a word (RFC 3412 section 7.2): of another security
            model, with privacy but no authentication, or with a maximum size that cannot be.
    """
    version, at = ber.decode(octets)
    if version != ber.V3:
        raise ber.DecodeError(f"version {version}")
    start, stop = ber.expect(octets, at, len(octets), ber.SEQUENCE)
    _, id_stop = ber.number(octets, start, stop)
    max_size, at = ber.number(octets, id_stop, stop)
    flags, at = _string(octets, at, stop)
    model, at = ber.number(octets, at, stop)
    if at != stop or len(flags) != 1 or model != USM or flags[0] & 3 == PRIV or max_size < _LEAST_SIZE:
        raise ber.DecodeError("header data that cannot be")
    at, data_at = ber.expect(octets, stop, len(octets), ber.OCTET_STRING)
    security, end = ber.expect(octets, at, data_at, ber.SEQUENCE)
    engine, at = _string(octets, security, end)
    boots, at = ber.number(octets, at, end)
    time, at = ber.number(octets, at, end)
    user, at = _string(octets, at, end)
    mac_at, mac_stop = ber.expect(octets, at, end, ber.OCTET_STRING)
    salt, at = _string(octets, mac_stop, end)
    if at != end or end != data_at or boots < 0 or time < 0:
        raise ber.DecodeError("security parameters that cannot be")
    tag = ber.OCTET_STRING if flags[0] & PRIV else ber.SEQUENCE
    data_start, data_stop = ber.expect(octets, data_at, len(octets), tag)
    if data_stop != len(octets):
        raise ber.DecodeError("bytes follow the data")
    data = octets[data_start if flags[0] & PRIV else data_at :]
    mac = octets[mac_at:mac_stop]
    message_id = octets[start:id_stop]
    return Message(message_id, max_size, flags[0], engine, boots, time, user, mac, mac_at, salt, data)


def decode_scoped(octets: bytes) -> Scoped:
    """Read a scoped PDU; what was encrypted may have padding behind it.

    Raises:
        DecodeError: it is none.
    """
    at, end = ber.expect(octets, 0, len(octets), ber.SEQUENCE)
    engine, at = _string(octets, at, end)
    name, at = _string(octets, at, end)
    return Scoped(engine, name, octets[at:end])


def encode_scoped(engine: bytes, name: bytes, pdu: bytes) -> bytes:
    """Encode a scoped PDU."""
    return ber.tlv(ber.SEQUENCE, _octets(engine) + _octets(name) + pdu)


def encode(message: Message) -> tuple[bytes, int]:
    """Return the octets and where the digest stands in them; `mac_at` is not looked at."""
    header = message.id + ber.integer(message.max_size) + _octets(bytes((message.flags,))) + ber.integer(USM)
    names = _octets(message.engine) + ber.integer(message.boots) + ber.integer(message.time) + _octets(message.user)
    salt = _octets(message.salt)
    security = _octets(ber.tlv(ber.SEQUENCE, names + _octets(message.mac) + salt))
    data = _octets(message.data) if message.flags & PRIV else message.data
    octets = ber.tlv(ber.SEQUENCE, ber.integer(ber.V3) + ber.tlv(ber.SEQUENCE, header) + security + data)
    return octets, len(octets) - len(data) - len(salt) - len(message.mac)


def _octets(content: bytes) -> bytes:
    return ber.tlv(ber.OCTET_STRING, content)


def _string(octets: bytes, at: int, end: int) -> tuple[bytes, int]:
    start, stop = ber.expect(octets, at, end, ber.OCTET_STRING)
    return octets[start:stop], stop

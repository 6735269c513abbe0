"""Community messages: version, community, PDU (RFC 1157 section 4, RFC 1901 section 3)."""

from collections.abc import Sequence

from agents.snmp import names
from agents.snmp.ber import MAX_DATAGRAM, encode, encode_integer, read_expected, read_integer
from agents.snmp.errors import BadResponse
from agents.snmp.names import COMMUNITY_VERSIONS, Kind, Version
from agents.snmp.oids import Oid
from agents.snmp.pdu import Answer, Response, decode_pdu, encode_pdu
from agents.snmp.varbinds import encode_question

MAX_COMMUNITY = 255


class Community:
    """The security of versions 1 and 2c: a name that everybody on the way can read."""

    __slots__ = ("_head", "version")

    def __init__(self, version: Version, community: bytes) -> None:
        """Raises ValueError when the community is too long, or the version has none."""
        if version not in COMMUNITY_VERSIONS:
            raise ValueError("version 3 has users and no community")
        if len(community) > MAX_COMMUNITY:
            raise ValueError(f"a community of at most {MAX_COMMUNITY} octets")
        self.version: Version = version
        self._head = encode_integer(version) + encode(names.OCTET_STRING, community)

    def encode(self, kind: Kind, request_id: int, varbinds: bytes, repetitions: int = 0) -> bytes:
        """Return the datagram of a question. Raises ValueError when it would exceed 65,507 octets, or version 1 is told
        to use GETBULK, which it does not have."""
        if self.version is Version.V1 and kind is Kind.GETBULK:
            raise ValueError("version 1 has no GETBULK")
        packet = encode(names.SEQUENCE, self._head + encode_pdu(kind, request_id, varbinds, repetitions))
        if len(packet) > MAX_DATAGRAM:
            raise ValueError(f"a request of {len(packet)} octets does not fit into a datagram")
        return packet

    def decode(self, data: bytes) -> Answer:
        """Read a reply. Octets after the message are ignored: some agents pad; so is its community, which some change.

        Raises BadResponse, saying what is wrong and at which byte.
        """
        if len(data) > MAX_DATAGRAM:
            raise BadResponse(f"datagram of {len(data)} octets")
        start, stop = read_expected(names.SEQUENCE, "message", data, 0, len(data))
        found, at = read_integer("version", data, start, stop)
        if found != self.version:
            raise BadResponse(f"answer of version {found} to a question of version {int(self.version)}")
        _, at = read_expected(names.OCTET_STRING, "community", data, at, stop)
        return decode_pdu(Kind.RESPONSE, data, at, stop)


def encode_request(
    version: Version, community: bytes, kind: Kind, request_id: int, oids: Sequence[Oid], *, max_repetitions: int = 0
) -> bytes:
    """Return the datagram that asks for `oids`. Raises ValueError as `Community.encode` does."""
    return Community(version, community).encode(kind, request_id, b"".join(map(encode_question, oids)), max_repetitions)


def decode_response(data: bytes, version: Version) -> Response:
    """Read a reply of the given version with its varbinds. Raises BadResponse."""
    return Community(version, b"").decode(data).response()


def message_id(data: bytes) -> int:
    """Return the number that pairs a reply with its request, reading no further than it must: request-id, or from
    version 3 msgID, the first field of its header.

    The message may be cut after it, as in an ICMP error. Raises BadResponse.
    """
    end = len(data)
    if end < 2 or data[0] != names.SEQUENCE:
        raise BadResponse("not an SNMP message")
    start = 2 + (data[1] & 0x7F if data[1] & 0x80 else 0)
    version, at = read_integer("version", data, start, end)
    if version != Version.V3:
        _, at = read_expected(names.OCTET_STRING, "community", data, at, end)
    start = at + 2
    if start < end and data[at + 1] & 0x80:
        start += data[at + 1] & 0x7F
    number, _ = read_integer("request-id or msgID", data, start, end)
    return number

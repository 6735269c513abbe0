"""A request's bytes to a response's, by RFC 3416 section 4.2 (v2c) and RFC 1157 section 4.1 (v1)."""

from collections.abc import Sequence

from simulator.snmp import ber
from simulator.snmp.mib import Mib
from simulator.snmp.plan import TOO_BIG

MAX_SIZE = 1472  # octets that fit an Ethernet frame (RFC 3417 section 3.2.1)
_AROUND = 4 + 6 + 2 * 6 + 4  # tag and length of a PDU and of its bindings, request-id, status and index: at most
_MESSAGE = 4 + 3  # tag and length of a message, its version


def respond(mib: Mib, request: ber.Request, ticks: int, *, room: int, v1: bool = False) -> bytes | None:
    """Return the Response-PDU of at most `room` octets, or None when not even an error fits.

    Raises:
        DecodeError: the variable bindings are none.
    """
    room -= _AROUND
    plan = mib.planner.plan(request, v1=v1, room=room)
    if plan.status:
        return _error(request, plan.status, plan.wrong, room)
    parts = plan.bindings.fill(mib.own, mib.readers, ticks)
    varbinds = b"".join(parts)
    if len(varbinds) > room:
        if request.pdu != ber.GETBULK:
            return _error(request, TOO_BIG, 0, room, named=v1)
        varbinds = _cut(parts, room)
    return ber.response(request.request_id, 0, 0, varbinds) if room >= 0 else None


def _error(request: ber.Request, status: int, wrong: int, room: int, *, named: bool = True) -> bytes | None:
    """Return the bindings as they came, but for the tooBig of v2c, which has none (RFC 3416 section 4.2.1)."""
    varbinds = ber.decode_rest(request.rest).varbinds if named else b""
    return ber.response(request.request_id, status, wrong, varbinds) if len(varbinds) <= room else None


def _cut(parts: Sequence[bytes], room: int) -> bytes:
    """Return as many bindings as fit, from the first on (RFC 3416 section 4.2.3)."""
    size = 0
    for count, part in enumerate(parts):
        size += len(part)
        if size > room:
            return b"".join(parts[:count])
    return b"".join(parts)


class CommunityGate:
    """Answers messages of v1 and v2c in one community (RFC 1901 section 3)."""

    __slots__ = ("_community", "_heads", "_mib", "_name", "_room")

    def __init__(self, mib: Mib, community: bytes, max_size: int = MAX_SIZE) -> None:
        """`max_size`: octets of the largest response."""
        self._mib, self._community = mib, community
        self._name = name = ber.tlv(ber.OCTET_STRING, community)
        self._heads = [ber.integer(version) + name for version in (ber.V1, ber.V2C)]
        self._room = max_size - _MESSAGE - len(name)

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Return the response to a message, or None for another version or community.

        Raises:
            DecodeError: it is no request.
        """
        version, at = ber.decode(data)
        if version not in (ber.V1, ber.V2C):
            return None
        if data.startswith(self._name, at):  # nearly all write lengths in the fewest octets
            stop = at + len(self._name)
        else:
            start, stop = ber.expect(data, at, len(data), ber.OCTET_STRING)
            if data[start:stop] != self._community:
                return None
        request = ber.decode_request(data, stop, len(data))
        if version == ber.V1 and request.pdu == ber.GETBULK:
            raise ber.DecodeError("v1 has no GETBULK")
        pdu = respond(self._mib, request, ticks, room=self._room, v1=version == ber.V1)
        return ber.tlv(ber.SEQUENCE, self._heads[version] + pdu) if pdu else None

    def notify(self, pdu: bytes, ticks: int) -> bytes:  # noqa: ARG002  # of v3 only
        """Return the message of v2c that carries a notification."""
        return ber.tlv(ber.SEQUENCE, self._heads[ber.V2C] + pdu)

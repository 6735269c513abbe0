"""Notifications made by hand, so that a test may have a wrong one."""

from collections.abc import Sequence

from agents.snmp import names
from agents.snmp.ber import Value, encode, encode_integer, encode_value
from agents.snmp.oids import Oid, oid
from agents.snmp.usm.engine import Engine
from agents.snmp.usm.peer import Peer
from agents.snmp.usm.user import User
from agents.snmp.varbinds import encode_varbind

LINK_DOWN = oid("1.3.6.1.6.3.1.1.5.3")
UPTIME = oid("1.3.6.1.2.1.1.3.0")
TRAP_OID = oid("1.3.6.1.6.3.1.1.4.1.0")
Said = tuple[Oid, int, Value]
INDEX: Said = (oid("1.3.6.1.2.1.2.2.1.1.5"), names.INTEGER, 5)


def pdu(name: Oid = LINK_DOWN, said: Sequence[Said] = (INDEX,), *, kind: int = 0xA7, request_id: int = 7) -> bytes:
    """The PDU of a trap or an inform of SNMPv2."""
    head: list[Said] = [(UPTIME, names.TIME_TICKS, 100), (TRAP_OID, names.OBJECT_IDENTIFIER, name)]
    return pdu_of(b"".join(encode_varbind(*one) for one in (*head, *said)), kind=kind, request_id=request_id)


def pdu_of(varbinds: bytes, *, kind: int = 0xA7, request_id: int = 7) -> bytes:
    """A PDU of varbinds already joined."""
    numbers = encode_integer(request_id) + encode_integer(0) + encode_integer(0)
    return encode(kind, numbers + encode(names.SEQUENCE, varbinds))


def raw(name: Oid, tag: int, content: bytes) -> bytes:
    """A varbind whose value has any content."""
    return encode(names.SEQUENCE, encode_value(names.OBJECT_IDENTIFIER, name) + encode(tag, content))


def v2c(name: Oid = LINK_DOWN, said: Sequence[Said] = (INDEX,), *, community: bytes = b"public", **more: int) -> bytes:
    """A message of version 2c."""
    return v2c_of(pdu(name, said, **more), community)


def v2c_of(content: bytes, community: bytes = b"public") -> bytes:
    """A message of version 2c with any PDU."""
    return encode(names.SEQUENCE, encode_integer(1) + encode(names.OCTET_STRING, community) + content)


def v1(
    enterprise: str, generic: int, specific: int, said: Sequence[Said] = (INDEX,), *, agent: str = "192.0.2.1"
) -> bytes:
    """A trap of version 1."""
    content = encode_value(names.OBJECT_IDENTIFIER, oid(enterprise))
    content += encode(names.IP_ADDRESS, bytes(map(int, agent.split("."))))
    content += encode_integer(generic) + encode_integer(specific) + encode(names.TIME_TICKS, b"\x64")
    content += encode(names.SEQUENCE, b"".join(encode_varbind(*one) for one in said))
    head = encode_integer(0) + encode(names.OCTET_STRING, b"public")
    return encode(names.SEQUENCE, head + encode(0xA4, content))


class Device:
    """The engine of a device that sends traps of version 3 as a user."""

    def __init__(self, user: User, engine_id: bytes) -> None:
        self._user, self._id = user, engine_id

    def trap(self, boots: int, time: int, said: Sequence[Said] = (INDEX,), name: Oid = LINK_DOWN, **more: int) -> bytes:
        """A trap at the time of its clock."""
        return self.seal(boots, time, pdu(name, said, **more))

    def seal(self, boots: int, time: int, content: bytes) -> bytes:
        """Any PDU, as the trap."""
        return Peer(self._user, Engine(self._id, boots, time, 0.0)).seal(1, content, 0.0)

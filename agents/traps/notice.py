"""The PDU of a notification (RFC 1157 section 4.1.6; RFC 3416 sections 4.2.6 and 4.2.7), read by the codec of the
polls. Pure."""

from typing import Final, NamedTuple

from agents.snmp import names
from agents.snmp.ber import read_expected, read_header, read_integer
from agents.snmp.errors import BadResponse, TooManyVarbinds
from agents.snmp.names import Kind, Version
from agents.snmp.oids import decode_oid
from agents.snmp.varbinds import Varbind, decode_varbinds
from agents.traps.heard import SNMP_TRAP_ADDRESS, SNMP_TRAP_COMMUNITY, SNMP_TRAP_OID, SYS_UP_TIME, Heard, v1_oid
from agents.traps.refused import RefusedError
from contract.trap_report import MAX_VARBINDS

TRAP_V1: Final = 0xA4
INFORM: Final = 0xA6
TRAP: Final = 0xA7
_TAGS: Final = {Version.V1: (TRAP_V1,), Version.V2C: (INFORM, TRAP), Version.V3: (INFORM, TRAP)}


class Notice(NamedTuple):
    """What a PDU says; it begins at `at` of its message. A trap of version 1 has no request-id: 0."""

    heard: Heard
    at: int
    request_id: int
    is_inform: bool


def read_notice(version: Version, data: bytes, at: int, end: int) -> Notice:
    """Return what the PDU in `data[at:end]` says.

    Raises:
        RefusedError: it is no notification, or too large for one.
    """
    try:
        tag, start, stop = read_header(data, at, end)
        if tag not in _TAGS[version]:
            raise RefusedError("no_notification", f"a PDU with the tag {tag:#x}")
        if tag == TRAP_V1:
            return Notice(_read_v1(data, start, stop), at, 0, is_inform=False)
        request_id, inner = read_integer("request-id", data, start, stop)
        _, inner = read_integer("error-status", data, inner, stop)
        _, inner = read_integer("error-index", data, inner, stop)
        return Notice(_heard(_varbinds(data, inner, stop)), at, request_id, tag == INFORM)
    except BadResponse as error:
        raise RefusedError("undecodable", str(error)) from None


def response(data: bytes, notice: Notice, end: int) -> bytes:
    """Return the answer to an inform of version 2c, whose message ends at `end`: the same with another tag (RFC 3416
    section 4.2.7)."""
    return data[: notice.at] + bytes((Kind.RESPONSE,)) + data[notice.at + 1 : end]


def _read_v1(data: bytes, at: int, end: int) -> Heard:
    start, at = read_expected(names.OBJECT_IDENTIFIER, "enterprise", data, at, end)
    enterprise = decode_oid(data[start:at])
    start, at = read_expected(names.IP_ADDRESS, "agent-addr", data, at, end)
    address = data[start:at]
    generic, at = read_integer("generic-trap", data, at, end)
    specific, at = read_integer("specific-trap", data, at, end)
    _, at = read_expected(names.TIME_TICKS, "time-stamp", data, at, end)
    kept = tuple(one for one in _varbinds(data, at, end) if one.oid != SNMP_TRAP_COMMUNITY)
    return Heard(v1_oid(enterprise, generic, specific), kept, _dotted(address))


def _heard(objects: list[Varbind]) -> Heard:
    oid = next((one.value for one in objects if one.oid == SNMP_TRAP_OID), None)
    if not isinstance(oid, tuple):
        raise RefusedError("undecodable", "it has no snmpTrapOID")
    address = next((one.value for one in objects if one.oid == SNMP_TRAP_ADDRESS), None)
    kept = tuple(one for one in objects if one.oid not in (SYS_UP_TIME, SNMP_TRAP_OID, SNMP_TRAP_COMMUNITY))
    return Heard(oid, kept, _dotted(address))


def _varbinds(data: bytes, at: int, end: int) -> list[Varbind]:
    start, stop = read_expected(names.SEQUENCE, "list of varbinds", data, at, end)
    try:  # nobody asks for a notification again: one object that is encoded wrongly must not cost all the others
        return decode_varbinds(data, start, stop, MAX_VARBINDS, keep_unreadable=True)
    except TooManyVarbinds as error:
        raise RefusedError("too_large", str(error)) from None


def _dotted(address: object) -> str | None:
    if not isinstance(address, bytes) or len(address) != 4 or not any(address):
        return None
    return ".".join(map(str, address))

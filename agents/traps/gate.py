"""The first look at a datagram, bounded and cheap: what cannot be a notification for us never reaches pysnmp, to which
a large one would be a tenth of a second, and an invented engine id a row that stays. Pure."""

from typing import Final, NamedTuple

from agents.snmp import names
from agents.snmp.ber import read_expected, read_header, read_integer
from agents.snmp.errors import BadResponse
from agents.snmp.names import Version
from agents.snmp.usm.message import PRIVATE, Message, read_message, read_scoped
from agents.traps.refused import RefusedError
from contract.trap_report import MAX_VARBINDS

MAX_OCTETS: Final = 8_192
"""RFC 3417 section 3.2.1 asks for 484, and no trap that we know has over 2,000."""
MAX_DISCOVERY: Final = 484
"""A sender that asks who we are has nothing to say yet; of its message nothing is proven."""
TRAP_V1: Final = 0xA4
INFORM: Final = 0xA6
TRAP: Final = 0xA7
_TAGS: Final = {Version.V1: (TRAP_V1,), Version.V2C: (INFORM, TRAP), Version.V3: (INFORM, TRAP)}


class Look(NamedTuple):
    """What is known so far. `message` is of version 3, where nothing is proven yet; else `community` is there."""

    version: Version
    community: bytes = b""
    request_id: int | None = None
    message: Message | None = None

    @property
    def is_discovery(self) -> bool:
        """Whether a sender of informs asks who we are (RFC 3414 section 4)."""
        return self.message is not None and not self.message.engine_id and not self.message.level


def look(data: bytes) -> Look:
    """Return what a datagram says of itself.

    Raises:
        RefusedError: it is no notification, or too large for one.
    """
    if len(data) > MAX_OCTETS:
        raise RefusedError("too_large", f"{len(data)} octets")
    try:
        start, end = read_expected(names.SEQUENCE, "message", data, 0, len(data))
        number, at = read_integer("version", data, start, end)
        if number == Version.V3:
            return _look_v3(data)
        if number not in (Version.V1, Version.V2C):
            raise RefusedError("undecodable", f"version {number}")
        community_at, at = read_expected(names.OCTET_STRING, "community", data, at, end)
        version = Version(number)
        request_id = _pdu(version, data, at, end)
        return Look(version, data[community_at:at], request_id)
    except BadResponse as error:
        raise RefusedError("undecodable", str(error)) from None


def _look_v3(data: bytes) -> Look:
    message = read_message(data)
    found = Look(Version.V3, message=message)
    if found.is_discovery:
        if len(data) > MAX_DISCOVERY:
            raise RefusedError("too_large", f"a discovery of {len(data)} octets")
    elif not message.level & PRIVATE:
        _scoped(message.data, message.at, padded=False)
    return found


def look_inside(plain: bytes) -> None:
    """Look at what was encrypted. Raises RefusedError, as `look` does."""
    try:
        _scoped(plain, 0, padded=True)
    except BadResponse as error:
        raise RefusedError("undecodable", str(error)) from None


def _scoped(data: bytes, at: int, *, padded: bool) -> None:
    scoped = read_scoped(data, at, padded=padded)
    _pdu(Version.V3, scoped.data, scoped.at, scoped.end)


def _pdu(version: Version, data: bytes, at: int, end: int) -> int | None:
    """Return the request-id of a notification's PDU; None for version 1, which has none."""
    tag, start, stop = read_header(data, at, end)
    if tag not in _TAGS[version]:
        raise RefusedError("no_notification", f"a PDU with the tag {tag:#x}")
    request_id: int | None = None
    if tag == TRAP_V1:
        at = start
        for _ in range(5):  # enterprise, agent-addr, generic-trap, specific-trap, time-stamp
            _, _, at = read_header(data, at, stop)
    else:
        request_id, at = read_integer("request-id", data, start, stop)
        _, at = read_integer("error-status", data, at, stop)
        _, at = read_integer("error-index", data, at, stop)
    at, stop = read_expected(names.SEQUENCE, "list of varbinds", data, at, stop)
    for _ in range(MAX_VARBINDS):
        if at >= stop:
            return request_id
        _, at = read_expected(names.SEQUENCE, "varbind", data, at, stop)
    if at < stop:
        raise RefusedError("too_large", f"more than {MAX_VARBINDS} varbinds")
    return request_id

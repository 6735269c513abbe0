"""The first look at a datagram, bounded and cheap: who says it, in which version. Pure."""

from typing import Final, NamedTuple

from agents.snmp import names
from agents.snmp.ber import read_expected, read_integer
from agents.snmp.errors import BadResponse
from agents.snmp.names import COMMUNITY_VERSIONS, Version
from agents.snmp.usm.message import Message, read_message, read_scoped
from agents.traps.refused import RefusedError

MAX_OCTETS: Final = 8_192
"""RFC 3417 section 3.2.1 asks for 484, and no trap that we know has over 2,000."""
MAX_DISCOVERY: Final = 484
"""A sender that asks who we are has nothing to say yet; of its message nothing is proven."""


class Look(NamedTuple):
    """What is known so far, and not proven. `message` is of version 3; else `community` is there, and the PDU is in
    `data[at:end]`."""

    version: Version
    community: bytes = b""
    at: int = 0
    end: int = 0
    message: Message | None = None

    @property
    def is_discovery(self) -> bool:
        """Whether a sender of informs asks who we are (RFC 3414 section 4)."""
        return self.message is not None and not self.message.engine_id and not self.message.level


def look(data: bytes) -> Look:
    """Return what a datagram says of itself.

    Raises:
        RefusedError: it is no message of SNMP, or too large for a notification.
    """
    if len(data) > MAX_OCTETS:
        raise RefusedError("too_large", f"{len(data)} octets")
    try:
        start, end = read_expected(names.SEQUENCE, "message", data, 0, len(data))
        number, at = read_integer("version", data, start, end)
        if number == Version.V3:
            return _look_v3(data)
        if number not in COMMUNITY_VERSIONS:
            raise RefusedError("undecodable", f"version {number}")
        community_at, at = read_expected(names.OCTET_STRING, "community", data, at, end)
        return Look(Version(number), data[community_at:at], at, end)
    except BadResponse as error:
        raise RefusedError("undecodable", str(error)) from None


def _look_v3(data: bytes) -> Look:
    message = read_message(data)
    found = Look(Version.V3, message=message)
    if found.is_discovery:
        if len(data) > MAX_DISCOVERY:
            raise RefusedError("too_large", f"a discovery of {len(data)} octets")
        read_scoped(data, message.at, padded=False)  # of one that is hidden pysnmp remembers something for ever
    return found

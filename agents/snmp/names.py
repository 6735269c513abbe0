"""The numbers that SNMP gives names to. Data only.

Tags are plain integers and not an enum: they are compared for every varbind of every reply.
"""

from enum import IntEnum
from typing import Final

# Values, RFC 3416 section 3 and RFC 2578 section 7.1.
INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
IP_ADDRESS: Final = 0x40
COUNTER32: Final = 0x41
GAUGE32: Final = 0x42
"""Also Unsigned32: the two cannot be told apart (RFC 2578 section 7.1.11)."""
TIME_TICKS: Final = 0x43
"""Hundredths of a second."""
OPAQUE: Final = 0x44
COUNTER64: Final = 0x46
UINTEGER32: Final = 0x47
"""Obsolete since RFC 1902 and still sent by old agents."""

# What stands in the place of a value, RFC 3416 section 3 (VarBind).
NO_SUCH_OBJECT: Final = 0x80
NO_SUCH_INSTANCE: Final = 0x81
END_OF_MIB_VIEW: Final = 0x82

UNSIGNED_MAX: Final = {
    COUNTER32: 0xFFFF_FFFF,
    GAUGE32: 0xFFFF_FFFF,
    TIME_TICKS: 0xFFFF_FFFF,
    UINTEGER32: 0xFFFF_FFFF,
    COUNTER64: 0xFFFF_FFFF_FFFF_FFFF,
}
TYPES: Final = {
    INTEGER: "INTEGER",
    OCTET_STRING: "OCTET STRING",
    OBJECT_IDENTIFIER: "OBJECT IDENTIFIER",
    IP_ADDRESS: "IpAddress",
    COUNTER32: "Counter32",
    GAUGE32: "Gauge32",
    TIME_TICKS: "TimeTicks",
    OPAQUE: "Opaque",
    COUNTER64: "Counter64",
    UINTEGER32: "UInteger32",
}
EMPTY: Final = frozenset({NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW})
"""Tags whose value is None."""


class Version(IntEnum):
    """The version field of a message, RFC 1157 section 4, RFC 1901 section 3 and RFC 3412 section 6.1."""

    V1 = 0
    V2C = 1
    V3 = 3


COMMUNITY_VERSIONS: Final = (Version.V1, Version.V2C)


class Kind(IntEnum):
    """PDU types that this side sends or understands, RFC 3416 section 3."""

    GET = 0xA0
    GETNEXT = 0xA1
    RESPONSE = 0xA2
    GETBULK = 0xA5
    REPORT = 0xA8
    """Version 3: the device cannot take our message."""


class Status(IntEnum):
    """error-status, RFC 3416 section 3. The first six exist in version 1."""

    NO_ERROR = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    BAD_VALUE = 3
    READ_ONLY = 4
    GEN_ERR = 5
    NO_ACCESS = 6
    WRONG_TYPE = 7
    WRONG_LENGTH = 8
    WRONG_ENCODING = 9
    WRONG_VALUE = 10
    NO_CREATION = 11
    INCONSISTENT_VALUE = 12
    RESOURCE_UNAVAILABLE = 13
    COMMIT_FAILED = 14
    UNDO_FAILED = 15
    AUTHORIZATION_ERROR = 16
    NOT_WRITABLE = 17
    INCONSISTENT_NAME = 18

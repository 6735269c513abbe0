"""Reports: what a device says when it cannot take a message (RFC 3414 section 5, RFC 3412 section 5, RFC 3413)."""

from typing import Final

from agents.snmp.errors import BadResponse
from agents.snmp.oids import Oid, text
from agents.snmp.pdu import Answer

_USM: Final[Oid] = (1, 3, 6, 1, 6, 3, 15, 1, 1)
_MPD: Final[Oid] = (1, 3, 6, 1, 6, 3, 11, 2, 1)
_TARGET: Final[Oid] = (1, 3, 6, 1, 6, 3, 12, 1)

NOT_IN_TIME_WINDOWS: Final[Oid] = (*_USM, 2)
UNKNOWN_ENGINE_IDS: Final[Oid] = (*_USM, 4)

_MEANING: Final[dict[Oid, str]] = {
    (*_USM, 1): "it does not serve this user at this security level (usmStatsUnsupportedSecLevels): give the user the "
    "same authentication and privacy on the device and in `auth` and `privacy`",
    (*_USM, 3): "it has no such user (usmStatsUnknownUserNames): create the user on the device or correct `user`",
    (*_USM, 5): "it finds our authentication wrong (usmStatsWrongDigests): check `auth` and `auth_password`",
    (*_USM, 6): "it cannot decrypt us (usmStatsDecryptionErrors): check `privacy` and `privacy_password`",
    (*_MPD, 1): "it does not speak USM (snmpUnknownSecurityModels): use another version for it",
    (*_MPD, 2): "it finds our message invalid (snmpInvalidMsgs): is `privacy` without `auth` meant?",
    (*_MPD, 3): "nothing in it answers for its engine (snmpUnknownPDUHandlers): check `context`",
    (*_TARGET, 4): "its context cannot be had now (snmpUnavailableContexts): check `context`",
    (*_TARGET, 5): "it has no such context (snmpUnknownContexts): check `context`",
}


def subject(report: Answer) -> Oid:
    """Return the counter that a report names, without its instance. Raises BadResponse."""
    varbinds = report.response().varbinds
    if not varbinds:
        raise BadResponse("a report about nothing")
    return varbinds[0].oid[:-1]


def explain(subject: Oid) -> str:
    """Say what it means for us, and what to do."""
    return _MEANING.get(subject, f"it reports {text(subject)}, which no RFC of SNMPv3 names")

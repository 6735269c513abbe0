"""A notification as the rest of the agent sees it, whatever has read it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind

SYS_UP_TIME: Final[Oid] = (1, 3, 6, 1, 2, 1, 1, 3, 0)
SNMP_TRAP_OID: Final[Oid] = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
SNMP_TRAPS: Final[Oid] = (1, 3, 6, 1, 6, 3, 1, 1, 5)
SNMP_TRAP_ADDRESS: Final[Oid] = (1, 3, 6, 1, 6, 3, 18, 1, 3, 0)
SNMP_TRAP_COMMUNITY: Final[Oid] = (1, 3, 6, 1, 6, 3, 18, 1, 4, 0)
"""A secret that proxies add to what they forward (RFC 3584 section 3.1): it goes no further."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A notification. `oid` is its snmpTrapOID, of version 1 as RFC 3584 section 3.1 makes it; `address` is what it
    says of its origin, where it does."""

    oid: Oid
    objects: tuple[Varbind, ...]
    address: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Inform:
    """An inform that waits: in the end it is either answered or forgotten, by whoever has opened it."""

    answer: Callable[[], None]
    forget: Callable[[], None]


def v1_oid(enterprise: Oid, generic: int, specific: int) -> Oid:
    """Return the snmpTrapOID of a notification of version 1 (RFC 3584 section 3.1, step 2)."""
    return (*SNMP_TRAPS, generic + 1) if 0 <= generic <= 5 else (*enterprise, 0, specific)

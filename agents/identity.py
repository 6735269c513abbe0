"""Who a device is, by what it says of itself and what it has: that is how profiles know it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from agents.snmp.errors import SnmpError
from agents.snmp.oids import Oid, text
from agents.snmp.session import Session
from contract.match import matching
from contract.profile import Profile

RECOGNISE_AGAIN_S = 6 * 3600.0
SYS_DESCR: Oid = (1, 3, 6, 1, 2, 1, 1, 1, 0)
SYS_OBJECT_ID: Oid = (1, 3, 6, 1, 2, 1, 1, 2, 0)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself, and which of the objects it has by which profiles know it."""

    sys_object_id: Oid
    sys_descr: str
    present: Mapping[Oid, bool]

    def has(self, oid: Oid) -> bool:
        """Whether the device has something under an OID."""
        return self.present.get(oid, False)

    def fitting(self, profiles: Mapping[str, Profile]) -> list[str]:
        """Return the names of the profiles that fit, the most specific first."""
        return matching(profiles, self.sys_object_id, self.sys_descr, self.has)


class NoProfileError(SnmpError):
    """The device answers, and no profile is for it."""


@dataclass(slots=True)
class Recognition:
    """Which of the profiles that there are a device has, where nobody named them: found out when it first answers,
    after it restarted, and every few hours, as it may have got another card or another job."""

    profiles: Mapping[str, Profile]
    names: list[str] | None = None
    _at: float = 0.0

    def is_due(self, now: float, *, restarted: bool) -> bool:
        """Whether to look again."""
        if restarted:
            self._at = -math.inf  # until it has said who it is
        return self.names is None or now - self._at > RECOGNISE_AGAIN_S

    async def find(self, session: Session, now: float) -> bool:
        """Look, and return whether it has other profiles than before.

        Raises:
            SnmpError: it does not say who it is, or nothing fits.
        """
        known = await identity(session, self.profiles)
        names = known.fitting(self.profiles)
        if not names:
            raise NoProfileError(f"no profile fits sysObjectID {text(known.sys_object_id)}: name some in the inventory")
        other, self.names, self._at = names != self.names, names, now
        return other


async def identity(session: Session, profiles: Mapping[str, Profile]) -> Identity:
    """Ask a device who it is, and for the objects by which the profiles that else fit would know it.

    Raises:
        SnmpError: it does not say.
    """
    descr, object_id = (varbind.value for varbind in await session.get([SYS_DESCR, SYS_OBJECT_ID]))
    said = descr.decode("utf-8", errors="replace") if isinstance(descr, bytes) else ""
    named = object_id if isinstance(object_id, tuple) else ()
    present: dict[Oid, bool] = {}
    for oid in _wanted(profiles, named, said):
        walk = await session.successors(oid, oid, 1)
        if walk.error:
            raise walk.error
        present[oid] = bool(walk.varbinds[0])
    return Identity(named, said, present)


def _wanted(profiles: Mapping[str, Profile], sys_object_id: Oid, sys_descr: str) -> list[Oid]:
    wanted: list[Oid] = []

    def note(oid: Oid) -> bool:
        wanted.append(oid)
        return False

    matching(profiles, sys_object_id, sys_descr, note)
    return wanted

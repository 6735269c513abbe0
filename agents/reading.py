"""What one poll brought from a device, by object and index, before anyone says what it means."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from agents.snmp import names
from agents.snmp.errors import NoAnswer, SnmpError, SnmpTimeout
from agents.snmp.oids import Oid
from agents.snmp.session import Session
from agents.snmp.varbinds import Varbind
from contract.profile import Profile

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3)
SCALAR: Oid = (0,)


@dataclass(slots=True)
class Reading:
    """`columns` maps an object to the values of its instances; a scalar's only instance is (0,). `error` is what ended
    the poll early, or None. `mono_ms` is when the scalars came, sysUpTime among them, by our monotonic clock."""

    columns: dict[Oid, dict[Oid, Varbind]] = field(default_factory=dict)
    error: SnmpError | None = None
    mono_ms: int = 0

    @property
    def is_cut(self) -> bool:
        """Whether the device fell silent midway: a value that is not here says nothing."""
        return isinstance(self.error, NoAnswer)

    def add(self, column: Oid, varbind: Varbind) -> None:
        """Note one instance, unless the device has no value for it."""
        if varbind.tag not in names.EMPTY:
            self.columns.setdefault(column, {})[varbind.oid[len(column) :]] = varbind

    def scalar(self, column: Oid) -> Varbind | None:
        """Return the value of a scalar."""
        return self.columns.get(column, {}).get(SCALAR)

    @property
    def uptime(self) -> int | None:
        """sysUpTime in hundredths of a second."""
        varbind = self.scalar(SYS_UP_TIME)
        return varbind.value if varbind and isinstance(varbind.value, int) else None


@dataclass(frozen=True, slots=True)
class Plan:
    """The objects that a device's profiles need, each once."""

    scalars: tuple[Oid, ...]
    columns: tuple[Oid, ...]


def plan(profiles: Iterable[Profile]) -> Plan:
    """Return the union of what the profiles need; sysUpTime is always read, for the rates."""
    scalars: dict[Oid, None] = {SYS_UP_TIME: None}
    columns: dict[Oid, None] = {}
    for profile in profiles:
        for table in profile.tables:
            (scalars if table.scalar else columns).update(dict.fromkeys(table.objects()))
    return Plan(tuple(scalars), tuple(columns))


async def read(session: Session, wanted: Plan, *, patient: bool, once_s: float) -> Reading:
    """Read a device. The scalars go first, as they also tell cheaply whether it answers at all; when not `patient`
    (it did not answer last time) they have `once_s` seconds.

    Never raises for what the device does: `error` of the reading says it.
    """
    reading = Reading()
    try:
        async with asyncio.timeout(None if patient else once_s):
            scalars = await session.read([column + SCALAR for column in wanted.scalars])
    except TimeoutError:
        reading.error = SnmpTimeout(f"no answer within {once_s} s; it did not answer the last time either")
        return reading
    reading.mono_ms = int(time.monotonic() * 1000)
    for varbind in scalars.varbinds:
        reading.add(varbind.oid[:-1], varbind)
    reading.error = scalars.error
    if wanted.columns and not isinstance(reading.error, NoAnswer):
        walk = await session.walk(wanted.columns)
        for column, varbinds in zip(wanted.columns, walk.varbinds, strict=True):
            for varbind in varbinds:
                reading.add(column, varbind)
        reading.error = reading.error or walk.error
    return reading

"""A generated router that answers SNMP, and that can fall silent, reboot and lose a link on command.

All that it says is a pure function of its facts, its seed, what was commanded, and the time: all values in one
response belong to the very sysUpTime in it. Times are ticks: hundredths of a second since 1970 UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.mib import Layout, Mib, Reader
from simulator.snmp.objects import (
    IF_ENTRY,
    IF_NUMBER,
    IF_TABLE_LAST_CHANGE,
    IF_X_ENTRY,
    LIVE_COLUMNS,
    SYS_UP_TIME,
    SYSTEM,
)
from simulator.snmp.responder import MAX_SIZE, Responder
from simulator.snmp.traffic import TICKS, Port

GENERATED = "mẫu tự sinh"  # "generated sample": in whatever a person could take for a real place or router
SPEED_BPS = 1_000_000_000
_DAY = 86_400 * TICKS
_SAMPLE_ROUTER: Oid = (1, 3, 6, 1, 4, 1, 32473, 1, 1)  # the enterprise of examples (RFC 5612)
_ETHERNET = 6  # ethernetCsmacd (IANAifType-MIB)
_ROUTER = 6  # sysServices: layers 2 and 3 (RFC 3418)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a device is. `towards`: where its links lead, the first ports first; the others serve customers."""

    name: str
    location: str
    towards: Sequence[str] = ()


class Device:
    """One router. Commands and questions must come in the order of time."""

    def __init__(
        self,
        facts: Facts,
        layout: Layout,
        ports: int,
        seed: int,
        start: int,
        *,
        community: str,
        max_size: int = MAX_SIZE,
    ) -> None:
        """`layout` is that of as many ports; `start`: ticks, at which it has been up for some days already."""
        random = Random(f"{seed}/{facts.name}")
        self._boot = start - random.randrange(_DAY, 200 * _DAY)
        self._silent_until, self._reached = 0, True
        self._ports = [Port(random, SPEED_BPS, self._boot) for _ in range(ports)]
        self.mib = Mib(layout, self._values(facts, random))
        self._responder = Responder(self.mib, community.encode(), max_size)

    @property
    def ports(self) -> int:
        """How many ports there are; their ifIndex is 1 to that."""
        return len(self._ports)

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Return the response to a datagram, or None when there is none. Never raises, whatever the bytes."""
        if ticks < self._silent_until or not self._reached:
            return None
        return self._responder.answer(data, ticks)

    def reach(self, *, up: bool) -> None:
        """Let questions come through to it, or not; all else goes on."""
        self._reached = up

    def silence(self, until: int) -> None:
        """Answer nothing before that time; all else goes on."""
        self._silent_until = max(self._silent_until, until)

    def reboot(self, back: int) -> None:
        """Answer nothing before `back`, and have started then: sysUpTime and all counters at zero, all ports up."""
        self.silence(back)
        self._boot = back
        for port in self._ports:
            port.restart(back)

    def link(self, port: int, ticks: int, *, up: bool) -> None:
        """Take a link, by its ifIndex, up or down.

        Raises:
            IndexError: there is no such port.
        """
        if not 1 <= port <= len(self._ports):
            raise IndexError(f"no port {port} among {len(self._ports)}")
        self._ports[port - 1].switch(ticks, up=up)

    def _uptime(self, ticks: int) -> tuple[int]:
        return (max(0, ticks - self._boot),)

    def _values(self, facts: Facts, random: Random) -> dict[Oid, bytes | tuple[Reader, int]]:
        scalars: dict[Oid, bytes] = {
            (*SYSTEM, 1): _text(f"Mangrove simulator, router, generated sample ({GENERATED})"),
            (*SYSTEM, 2): ber.oid(_SAMPLE_ROUTER),
            (*SYSTEM, 4): _text(f"noc@example.net ({GENERATED})"),
            (*SYSTEM, 5): _text(facts.name),
            (*SYSTEM, 6): _text(facts.location if GENERATED in facts.location else f"{facts.location} ({GENERATED})"),
            (*SYSTEM, 7): ber.integer(_ROUTER),
            IF_NUMBER: ber.integer(len(self._ports)),
            IF_TABLE_LAST_CHANGE: ber.integer(0, ber.TIME_TICKS),
        }
        values: dict[Oid, bytes | tuple[Reader, int]] = {(*name, 0): value for name, value in scalars.items()}
        values[*SYS_UP_TIME, 0] = (self._uptime, 0)
        base_address = random.getrandbits(24) << 16
        for index, port in enumerate(self._ports, 1):
            name = f"GE0/0/{index}"
            alias = f"Đi {facts.towards[index - 1]}" if index <= len(facts.towards) else f"Khách hàng {index:02}"
            columns = {
                (*IF_ENTRY, 1): ber.integer(index),
                (*IF_ENTRY, 2): _text(f"GigabitEthernet0/0/{index}"),
                (*IF_ENTRY, 3): ber.integer(_ETHERNET),
                (*IF_ENTRY, 4): ber.integer(1500),
                (*IF_ENTRY, 5): ber.integer(min(SPEED_BPS, 2**32 - 1), ber.GAUGE32),
                (*IF_ENTRY, 6): ber.tlv(ber.OCTET_STRING, b"\x02" + (base_address + index).to_bytes(5, "big")),
                (*IF_ENTRY, 7): ber.integer(1),
                (*IF_X_ENTRY, 1): _text(name),
                (*IF_X_ENTRY, 15): ber.integer(SPEED_BPS // 1_000_000, ber.GAUGE32),
                (*IF_X_ENTRY, 18): _text(f"{alias} ({GENERATED})"),
                (*IF_X_ENTRY, 19): ber.integer(0, ber.TIME_TICKS),
            }
            values |= {(*column, index): value for column, value in columns.items()}
            values |= {(*column, index): (port.read, place) for column, (_, place) in LIVE_COLUMNS.items()}
        return values


def _text(value: str) -> bytes:
    """Encode a DisplayString, in UTF-8 as routers do, cut at 255 octets between letters (RFC 2579)."""
    return ber.tlv(ber.OCTET_STRING, value.encode()[:255].decode(errors="ignore").encode())

"""Asking one device: as few packets as it can take, and whatever it gives is kept."""

from collections.abc import Callable, Sequence
from typing import Final, TypedDict, Unpack

from agents.snmp.errors import SnmpError
from agents.snmp.instances import Fetched, Instances, fetch
from agents.snmp.link import MOST_OIDS, Link
from agents.snmp.names import Kind, Version
from agents.snmp.pace import Pace
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.reading import read
from agents.snmp.results import Exchange, Read, Traffic, Walk
from agents.snmp.security import Security
from agents.snmp.sizes import Size
from agents.snmp.transport import Address, Transport
from agents.snmp.varbinds import encode_question
from agents.snmp.walking import walk

SYS_UP_TIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
# What a device gets that nobody has said anything else of.
MAX_OIDS: Final = 60  # values of mostly 20 octets: what fits an Ethernet frame
MAX_REPETITIONS: Final = 25
IN_FLIGHT: Final = 1
PER_SECOND: Final = 100.0


class Limits(TypedDict, total=False):
    """What `Session.bound` takes."""

    max_repetitions: int
    max_oids: int
    in_flight: int
    per_second: float
    from_any: bool
    bulk: bool


class Session:
    """One device. Learns over its life how much the device takes in one request.

    One call at a time. The caller bounds the time with asyncio.timeout; a cancelled call leaves nothing behind.
    """

    __slots__ = ("_bulk", "_in_flight", "_link", "_max_varbinds", "_objects", "_repetitions")

    def __init__(
        self,
        transport: Transport,
        address: Address,
        security: Security,
        *,
        timeout_s: float = 2.0,
        retries: int = 2,
        max_varbinds: int = 100_000,
        **limits: Unpack[Limits],
    ) -> None:
        """Bound a walk by `max_varbinds` and one reply more. `timeout_s` is for each try, of which there are 1 +
        `retries`; `limits` are those of `bound`. Raises ValueError when one is out of range.
        """
        if max_varbinds < 1:
            raise ValueError("max_varbinds is at least 1")
        self._link = Link(transport, address, security, timeout_s, retries)
        self._max_varbinds = max_varbinds
        self.bound(**limits)

    def bound(
        self,
        *,
        max_repetitions: int = MAX_REPETITIONS,
        max_oids: int = MAX_OIDS,
        in_flight: int = IN_FLIGHT,
        per_second: float = PER_SECOND,
        from_any: bool = False,
        bulk: bool = True,
    ) -> None:
        """Bound each request by `max_oids` and `max_repetitions`. The device gets at most `in_flight` requests at a
        time and `per_second` in a second; `from_any` takes its replies from any address; without `bulk` it is walked
        by GETNEXT. Raises ValueError when a limit is out of range.
        """
        if not (1 <= max_oids <= MOST_OIDS and 1 <= max_repetitions <= 1000):
            raise ValueError(f"max_oids is 1 to {MOST_OIDS}, max_repetitions 1 to 1000")
        self._link.pace, self._link.from_any = Pace(in_flight, per_second), from_any
        self._objects = Size(max_oids, max_oids)
        self._repetitions = Size(max_repetitions, max_repetitions)
        self._in_flight = in_flight
        self._bulk = bulk and self._link.version is not Version.V1

    @property
    def traffic(self) -> Traffic:
        """What the calls cost since `take_traffic`."""
        return self._link.traffic

    def end_by(self, deadline: float) -> None:
        """Let everything end by then, by the monotonic clock: what is asked later, or not answered yet, times out."""
        self._link.deadline = deadline

    def watch(self, on_exchange: Callable[[Exchange], None] | None) -> None:
        """Have each exchange told from now on."""
        self._link.on_exchange = on_exchange

    def take_traffic(self) -> Traffic:
        """Return what the calls cost since the last time, and count from zero."""
        taken, self._link.traffic = self._link.traffic, Traffic()
        return taken

    async def get(self, oids: Sequence[Oid]) -> list[Varbind]:
        """Return one varbind for each different OID, in the order asked. Raises SnmpError unless all came.

        What the device does not have comes as NO_SUCH_OBJECT or NO_SUCH_INSTANCE; from version 1 as the latter.
        """
        found = await self.read(oids)
        if found.error:
            raise found.error
        return found.varbinds

    async def read(self, oids: Sequence[Oid]) -> Read:
        """As `get`, but keep what came before an error, or beside an object that the device fails to read.

        Raises ValueError when an OID is none; no SnmpError.
        """
        return await read(self._link, oids, self._objects)

    async def probe(self) -> Read:
        """Ask for sysUpTime alone, once and not again: the cheapest way to hear whether a device is there."""
        size = Size(1, 1)
        try:
            answer = await self._link.ask_encoded(Kind.GET, encode_question(SYS_UP_TIME), 1, size, once=True)
            return Read(answer.response(1).varbinds, None)
        except SnmpError as error:
            return Read([], error)

    async def fetch(self, wanted: Instances) -> Fetched:
        """Return the values of instances that are known, as `read` would, in a fraction of its time. Raises no
        SnmpError."""
        return await fetch(self._link, wanted, self._objects, self._in_flight)

    async def walk(self, columns: Sequence[Oid]) -> Walk:
        """Return all objects below each of `columns`, asked side by side with GETBULK, or GETNEXT.

        Raises ValueError when an OID is none; no SnmpError.
        """
        return await walk(self._link, columns, *self._sizes())

    async def successors(self, root: Oid, after: Oid, enough: int) -> Walk:
        """Return `enough` objects below `root` that follow `after`, or a few more, or all that are left; with no error
        and less, the subtree is at its end. For who walks a whole device and wants to see how far it is.

        Raises ValueError when an OID is none; no SnmpError.
        """
        return await walk(self._link, [root], *self._sizes(), after=[after], enough=enough)

    def _sizes(self) -> tuple[Size, Size | None, int]:
        return self._objects, self._repetitions if self._bulk else None, self._max_varbinds

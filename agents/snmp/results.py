"""What a session hands back: what was received, and what kept it from being all."""

from dataclasses import dataclass

from agents.snmp.errors import SnmpError
from agents.snmp.names import Kind
from agents.snmp.pdu import Varbind


@dataclass(frozen=True, slots=True)
class Read:
    """The answers to a GET of many objects, in the order asked. `error` is the first thing that went wrong."""

    varbinds: list[Varbind]
    error: SnmpError | None


@dataclass(frozen=True, slots=True)
class Walk:
    """One list per column, in the order asked; each in increasing order of its OIDs.

    `error` is what ended the walk, or else the first thing that ended a column too early. What came before is kept.
    """

    varbinds: list[list[Varbind]]
    error: SnmpError | None


@dataclass(slots=True)
class Traffic:
    """What a session cost. `requests` are questions; asking again, also for less, is a retry."""

    requests: int = 0
    retries: int = 0
    packets_out: int = 0
    packets_in: int = 0
    octets_out: int = 0
    octets_in: int = 0


@dataclass(frozen=True, slots=True)
class Exchange:
    """One packet out and what came back, for who wants to see the conversation. `octets_in` is 0 and `error` says why
    when nothing usable came."""

    kind: Kind
    objects: int
    repetitions: int
    octets_out: int
    octets_in: int
    took_ms: float
    error: str

"""Payloads of Sparkplug B for tests, written octet by octet, and the plan that reads them with the shipped mapping."""

import struct

from agents.sensors.messages import NOW, STAMP, assignment, sensor

from agents.host_clock import Stamp
from agents.sensors.plan import Plan, plan
from agents.sensors.sparkplug.nodes import Nodes
from contract.batch import Batch
from contract.handlers import Message

INT8, INT32, INT64, FLOAT, DOUBLE, BOOLEAN, STRING, DATASET = 1, 3, 4, 9, 10, 11, 12, 16
Value = float | int | str | bool | bytes | None
PLAN = plan(assignment(5, sensor("spb-nam-can-01", "site-sparkplug")))
SITE = "nam-can-01"


def varint(number: int) -> bytes:
    """A number as protobuf has it."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def field(number: int, wire: int, content: bytes) -> bytes:
    """A field; the length of what has one is put before it."""
    return varint(number << 3 | wire) + (varint(len(content)) if wire == 2 else b"") + content


def metric(
    name: str | None = None,
    value: Value = None,
    datatype: int | None = None,
    *,
    alias: int | None = None,
    at: int | None = None,
) -> bytes:
    """A metric; without a value it says that it has none."""
    out = b"" if name is None else field(1, 2, name.encode())
    for number, said in ((2, alias), (3, at), (4, datatype)):
        out += b"" if said is None else field(number, 0, varint(said))
    match value:
        case None:
            out += field(7, 0, b"\1")
        case bool():
            out += field(14, 0, varint(value))
        case int():
            wide = datatype in (4, 8, 13)
            out += field(11 if wide else 10, 0, varint(value & ((1 << (64 if wide else 32)) - 1)))
        case float():
            out += (
                field(12, 5, struct.pack("<f", value)) if datatype == FLOAT else field(13, 1, struct.pack("<d", value))
            )
        case str():
            out += field(15, 2, value.encode())
        case bytes():
            out += field(17, 2, value)
    return out


def payload(*metrics: bytes, seq: int | None = None, at: int | None = NOW) -> bytes:
    """A payload of these metrics."""
    out = b"" if at is None else field(1, 0, varint(at))
    out += b"".join(field(2, 2, one) for one in metrics)
    return out + (b"" if seq is None else field(3, 0, varint(seq)))


def nbirth(*metrics: bytes, seq: int = 0, bd_seq: int = 0, at: int = NOW) -> bytes:
    """The birth of a node with these metrics."""
    return payload(metric("bdSeq", bd_seq, INT64), *metrics, seq=seq, at=at)


def ndeath(bd_seq: int = 0) -> bytes:
    """The will of a node."""
    return payload(metric("bdSeq", bd_seq, INT64), at=NOW - 60_000)


VOLTS = metric("Mains/Voltage", 228.5, DOUBLE, alias=1)
PRESENT = metric("Mains/Present", value=True, datatype=BOOLEAN, alias=2)
STATE = metric("Generator/State", "run", STRING, alias=3)


class Host:
    """Nodes of a plan that hear what a test says, with all that they made."""

    def __init__(self, wanted: Plan = PLAN) -> None:
        self.nodes = Nodes()
        self.nodes.apply(wanted)
        self.mono = STAMP.mono
        self.batches: list[Batch] = []
        self.ignored = 0
        self.asked: list[str] = []

    def hear(
        self, kind: str, said: bytes, device: str = "", *, site: str = SITE, retained: bool = False
    ) -> list[Batch]:
        """Hear a message now; return what came of it."""
        topic = f"spBv1.0/ca-mau/{kind}/{site}{f'/{device}' if device else ''}"
        made = self.nodes.hear(Message(topic, said, retained), Stamp(NOW, self.mono, synced=True))
        self.ignored += made is None
        return self._keep(made or [])

    def wait(self, ms: int) -> list[Batch]:
        """Let time pass; return what came of it."""
        self.mono += ms
        return self._keep(self.nodes.overdue(self.mono))

    def _keep(self, made: list[Batch]) -> list[Batch]:
        self.batches += made
        self.asked += [node for _, node in self.nodes.take_asks(self.mono)]
        return made


def values(batches: list[Batch]) -> dict[str, float | int]:
    """The values of batches as `measurement.field`, the last one of each."""
    return {
        f"{table.measurement}.{name}": value
        for batch in batches
        for table in batch.tables
        for row in table.rows
        for name, value in zip(table.fields, row[len(table.tags) :], strict=True)
        if isinstance(value, int | float)
    }

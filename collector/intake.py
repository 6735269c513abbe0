"""What comes in, judged: accepted, damaged, malformed or held. Pure.

Damaged (the CRC fails): never acknowledged, it comes again. Malformed (whole, but no batch): dead letter, acknowledged.
Held (a device, field or version that we do not have yet, an impossible time): not acknowledged, since a bad edit of
ours must not cost data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zstandard import ZstdDecompressor

from collector.clocks import UNKNOWN, Clocks, settled
from collector.versions import Meaning, Versions
from contract.batch import Batch, MalformedError, decode
from contract.catalog import Catalog, UnknownError
from contract.columns import Checked, WrongTypeError
from contract.inventory import Device, Sensor
from contract.printable import printable
from contract.wire import DamagedError, Record, unpack

MAX_AHEAD_MS = 10 * 60 * 1000
MAX_AGE_MS = 30 * 86_400_000
CELL = 40  # bytes of memory for a value: a float and its place in a row


@dataclass(frozen=True, slots=True)
class Accepted:
    """A batch that means something: `meaning` is the inventory version that it names."""

    agent: str
    record: Record
    batch: Batch
    meaning: Meaning | None
    checked: Sequence[Checked]
    """What was found of each table."""

    weight: int
    """About how many bytes of memory it takes: a small record may unpack to millions of values."""


@dataclass(frozen=True, slots=True)
class Damaged:
    """No whole record."""

    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A whole record that is no batch."""

    agent: str
    record: Record
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """A batch that may mean something later; `what` of it is unknown: agent, version, device, name or time."""

    agent: str
    record: Record
    reason: str
    what: str


Judged = Accepted | Damaged | Malformed | Held


def judge(
    agent: str,
    payload: bytes,
    versions: Versions,
    catalog: Catalog,
    now_ms: int,
    clocks: Clocks | None = None,
    unpacking: ZstdDecompressor | None = None,
) -> Judged:
    """Say what a payload is. `agent` is the one that the broker let publish it; nothing is refused or kept of one that
    no inventory version has. `clocks` say what is known of those of the agents; `unpacking`: as for `decode`."""
    try:
        record = unpack(payload)
    except DamagedError as error:
        return Damaged(agent, str(error))
    if not versions.knows_agent(agent):
        return Held(agent, record, f"no inventory version has an agent {agent}", "agent")
    try:
        batch = decode(record.body, unpacking)
        meaning = _meaning(agent, batch, versions)
        checked = [catalog.check(table) for table in batch.tables]
        batch = settled(batch, clocks.of(agent, record.boot) if clocks else UNKNOWN)
        for at in {batch.time, *(time for table in batch.tables for time in table.times or ())}:
            _check_time(at, now_ms)
    except (MalformedError, WrongTypeError) as error:
        return Malformed(agent, record, str(error))
    except UnknownError as error:
        return Held(agent, record, str(error), error.what)
    if batch.refused is not None:
        said = f"a message on {batch.refused.topic}: {batch.refused.reason}"
        return Malformed(agent, record, printable(said))
    return Accepted(agent, record, batch, meaning, checked, _weight(record, batch))


def _weight(record: Record, batch: Batch) -> int:
    cells = sum(len(table.rows) * (len(table.tags) + len(table.fields)) for table in batch.tables)
    return 2 * record.size + CELL * cells


def _meaning(agent: str, batch: Batch, versions: Versions) -> Meaning | None:
    if batch.refused is not None:
        return None
    if batch.trap is not None and batch.kind != "trap":
        raise MalformedError(f"a `{batch.kind}` batch has no notification")
    if batch.kind == "self":
        if batch.device:
            raise MalformedError("a `self` batch is of the agent and names no device")
        return None
    meaning = versions.get(batch.assignment)
    if meaning is None:
        raise UnknownError(f"there is no inventory version {batch.assignment or '(none)'}", "version")
    what, known = ("cell", meaning.cells) if batch.kind == "pm" else ("device", meaning.elements)
    element = known.get(batch.device)
    if element is None:
        raise UnknownError(f"inventory version {batch.assignment} has no {what} {batch.device or '(none)'}", "device")
    if element.agent != agent:
        said = f"inventory version {batch.assignment} gives {batch.device} to {element.agent}, not {agent}"
        raise UnknownError(said, "agent")
    wanted = {"poll": Device, "ping": Device, "trap": Device, "sensor": Sensor}.get(batch.kind)
    if wanted is not None and not isinstance(element, wanted):
        raise MalformedError(f"a `{batch.kind}` batch is of a {wanted.__name__.lower()}, and {batch.device} is none")
    return meaning


def _check_time(at: int, now_ms: int) -> None:
    if at > now_ms + MAX_AHEAD_MS:
        raise UnknownError(
            f"its time is {(at - now_ms) // 1000} s ahead: check the clock of the agent and of this host", "time"
        )
    if at < now_ms - MAX_AGE_MS:
        raise UnknownError("its time is over 30 days old: check the clock of the agent and of this host", "time")

"""The small JSON messages beside the batches: acknowledgement, heartbeat numbers, presence, assignment.

A boot is written as 16 hex digits (it names files too). Intervals are closed pairs `[first, last]`.
Everything is bounded for its reader: numbers fit 64 bits, lists stop at the first error and at their limit.
"""

import operator
from collections.abc import Sized
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo
from pydantic.dataclasses import dataclass

from contract.topics import SLUG
from contract.wire import MAX_SEQ

MAX_RANGES = 100_000
MAX_BOOTS = 1_000
MAX_HEARTBEAT = 1 << 20  # bytes
MAX_ECHO = 60

Boot = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Slug = Annotated[str, Field(pattern=f"^{SLUG}$")]
Seq = Annotated[int, Field(ge=0, lt=MAX_SEQ)]
Millis = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Range = tuple[Seq, Seq]
Anchor = tuple[Millis, Millis]
"""One moment by two clocks: ms of the agent's monotonic clock, and the true ms since 1970 UTC."""
Acked = tuple[Seq, Seq, Annotated[int, Field(ge=0, lt=2**32)]]
Pairs = TypeVar("Pairs", tuple[int, int], tuple[int, int, int])
Boots = TypeVar("Boots", bound=Sized)


def _ordered(ranges: list[Pairs], info: ValidationInfo) -> list[Pairs]:
    # The limit is for what others sent: a process is not ended by the size of its own books.
    if info.mode == "json" and len(ranges) > MAX_RANGES:
        raise ValueError(f"{len(ranges)} ranges are over the limit of {MAX_RANGES}")
    for entry in ranges:
        if entry[0] > entry[1]:
            raise ValueError(f"[{entry[0]}, {entry[1]}] ends before it begins")
    return ranges


def _few(boots: Boots, info: ValidationInfo) -> Boots:
    if info.mode == "json" and len(boots) > MAX_BOOTS:
        raise ValueError(f"{len(boots)} boots are over the limit of {MAX_BOOTS}")
    return boots


Ranges = Annotated[list[Range], Field(fail_fast=True), AfterValidator(_ordered)]
AckedRanges = Annotated[list[Acked], Field(fail_fast=True), AfterValidator(_ordered)]


def boot_text(boot: int) -> str:
    """Return a boot as it is written in messages and file names."""
    return f"{boot:016x}"


class Message(BaseModel):
    """Unknown keys are ignored, so that a newer peer may say more."""

    model_config = ConfigDict(frozen=True)

    def to_json(self) -> bytes:
        """Return the payload."""
        return self.model_dump_json(exclude_none=True).encode()


class Ack(Message):
    """What the collector whose state is `state` has of one boot. Only `stored` frees an agent's disk: a range together
    with the XOR of its records' CRCs, so that two machines with one boot (a clone, a restored snapshot) cannot free
    each other's batches."""

    state: Annotated[str, Field(max_length=64)]
    boot: Boot
    seen: Ranges = []
    stored: AckedRanges = []


class BootNumbers(Message):
    """What an agent says of one boot whose batches it made or found on its disk. `anchor`: a moment at which the clock
    of that boot was right; it never changes. `same_host`: its `mono` is the one of the heartbeat."""

    produced: Ranges = []
    spooled: Ranges = []
    dropped: Ranges = []
    anchor: Anchor | None = None
    same_host: bool | None = None


class Numbers(Message):
    """The heartbeat, retained. Numbered by `n` within the process `boot`, since a broker may deliver an old copy;
    `replaces` are the processes whose disk this one took over; `state` is the collector state that was announced when
    it was made. Numbers are of fsynced batches only. `time` and `mono` are of one moment."""

    boot: Boot
    n: Seq
    time: Millis
    mono: Millis | None = None
    interval_s: Annotated[float, Field(gt=0, le=86400)]
    replaces: Annotated[list[Boot], Field(fail_fast=True), AfterValidator(_few)] = []
    boots: Annotated[dict[Boot, BootNumbers], AfterValidator(_few)] = {}
    state: Annotated[str, Field(max_length=64)] = ""
    synced: bool = False
    assignment: Annotated[str, Field(max_length=80)] = ""
    devices: Annotated[int, Field(ge=0, lt=2**31)] = 0


class AgentAlive(Message):
    """Presence of an agent; `online: false` is its will."""

    online: bool
    boot: Boot


class CollectorAlive(Message):
    """Presence of a collector; its will says `online: false`. `state` names its books; `store: paused` means that
    nothing can become stored now; `horizon_s` is how much later than *seen* a batch is *stored* at the earliest."""

    online: bool
    boot: Boot
    state: Annotated[str, Field(max_length=64)] = ""
    role: Literal["all", "store", "watch"] = "all"
    store: Literal["ready", "paused"] = "paused"
    horizon_s: Annotated[float, Field(ge=0)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedDevice:
    """What an agent must know of a device to poll it. The credential is a name; the secret is on the agent's host.
    Without `profiles` those of the assignment that fit are found out. `echo`: ICMP echo requests in each interval. Ten
    thousand of these take little room."""

    id: Slug
    address: str
    port: Annotated[int, Field(ge=1, le=65535)] = 161
    credential: str
    profiles: list[str] = Field(default_factory=list)
    interval_s: Annotated[float, Field(gt=0, le=86400)]
    timeout_s: Annotated[float, Field(gt=0, le=60)]
    retries: Annotated[int, Field(ge=0, le=10)]
    echo: Annotated[int, Field(ge=0, le=MAX_ECHO, exclude_if=operator.not_)] = 0


class AssignedSensor(Message):
    """What an agent must know of a sensor to understand it: the mapping of its messages, and what they call it."""

    id: Slug
    mapping: str
    key: str


class AssignedCell(Message):
    """What an agent must know of a cell to find it in performance files: what they call it, and by which technology its
    counters are read."""

    id: Slug
    key: str
    technology: str


class Assignment(Message):
    """What an agent polls, hears and reads. `version` grows for ever; `id` is the version with the digest of the
    inventory, and every batch names it. `profiles`, `mappings`, `traps` (definitions of notifications) and `counters`
    are the texts, so that an agent needs no files of ours."""

    version: Annotated[int, Field(ge=0, lt=2**63)]
    id: Annotated[str, Field(max_length=80)]
    devices: Annotated[list[AssignedDevice], Field(fail_fast=True)] = []
    profiles: dict[str, str] = {}
    sensors: Annotated[list[AssignedSensor], Field(fail_fast=True)] = []
    mappings: dict[str, str] = {}
    traps: dict[str, str] = {}
    cells: Annotated[list[AssignedCell], Field(fail_fast=True)] = []
    counters: dict[str, str] = {}

"""The small JSON messages beside the batches: acknowledgement, heartbeat numbers, presence, assignment.

A boot is written as 16 hex digits (it names files too). Intervals are closed pairs `[first, last]`.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.topics import SLUG

Boot = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Slug = Annotated[str, Field(pattern=f"^{SLUG}$")]
Seq = Annotated[int, Field(ge=0, lt=2**64)]
Range = tuple[Seq, Seq]
Acked = tuple[Seq, Seq, Annotated[int, Field(ge=0, lt=2**32)]]


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

    state: str
    boot: Boot
    seen: list[Range] = []
    stored: list[Acked] = []


class BootNumbers(Message):
    """What an agent says of one boot whose batches it made or found on its disk."""

    produced: list[Range] = []
    spooled: list[Range] = []
    dropped: list[Range] = []


class Numbers(Message):
    """The heartbeat, retained. Numbered by `n` within the process `boot`, since a broker may deliver an old copy;
    `replaces` are the processes whose disk this one took over; `state` is the collector state that was announced when
    it was made. Numbers are of fsynced batches only."""

    boot: Boot
    n: Seq
    time: int
    interval_s: float
    replaces: list[Boot] = []
    boots: dict[Boot, BootNumbers] = {}
    state: str = ""
    synced: bool = False
    assignment: str = ""
    devices: int = 0


class AgentAlive(Message):
    """Presence of an agent; `online: false` is its will."""

    online: bool
    boot: Boot


class CollectorAlive(Message):
    """Presence of a collector; its will says `online: false`. `state` names its books; `store: paused` means that
    nothing can become stored now."""

    online: bool
    boot: Boot
    state: str = ""
    role: Literal["all", "store", "watch"] = "all"
    store: Literal["ready", "paused"] = "paused"


class AssignedDevice(Message):
    """What an agent must know of a device to poll it. The credential is a name; the secret is on the agent's host."""

    id: Slug
    address: str
    port: Annotated[int, Field(ge=1, le=65535)] = 161
    credential: str
    profiles: list[str]
    interval_s: Annotated[float, Field(gt=0)]
    timeout_s: Annotated[float, Field(gt=0)]
    retries: Annotated[int, Field(ge=0)]


class Assignment(Message):
    """What an agent polls. `version` grows for ever; `id` is the version with the digest of the inventory, and every
    batch names it. `profiles` are the texts, so that an agent needs no files of ours."""

    version: int
    id: str
    devices: list[AssignedDevice] = []
    profiles: dict[str, str] = {}

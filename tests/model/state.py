"""The state of the model: everything that agent, broker, collector and database remember.

A set of batches is a bit mask: with some hundred thousand states a frozenset would be too slow.
"""

from typing import Literal, NamedTuple

from model.rules import Rule, Scene

Batches = int  # a set of batches, one bit each: A is 1, B is 2, C is 4, D is 8
EACH = tuple(tuple(1 << i for i in range(4) if mask >> i & 1) for mask in range(16))  # the batches of a set, one by one

UNKNOWN, GONE = -1, -2  # a presence that is not retained, or that says that the collector has gone


def name(batches: Batches) -> str:
    """The letters of a set, for a trace."""
    return "".join("ABCD"[batch.bit_length() - 1] for batch in EACH[batches]) or "nothing"


class Process(NamedTuple):
    """One process of the agent with its spool; a clone is a second one."""

    boot: int = 0
    next_seq: int = 0
    buffered: Batches = 0  # appended, not fsynced
    disk: Batches = 0  # fsynced, not unlinked
    acked: Batches = 0  # stored, by the acks heard
    seen: Batches = 0  # seen, by the acks heard; tracked where the agent goes by it
    segments: tuple[Batches, ...] = (0,)  # the last one is being written
    nameless: bool = False  # the segment being written has been unlinked
    doomed: Batches = 0  # in an unlinked file: gone at the next start
    unreported: Batches = 0  # dropped or quarantined, the report not yet fsynced
    produced: Batches = 0  # for the ledger: found or made by this process
    untold: Batches = 0  # for the ledger: dropped and reported before it started, and not read back
    state: int = 0  # the collector state that it knows of


class Heartbeat(NamedTuple):
    """What an agent process says of itself at one moment."""

    state: int
    who: int
    produced: Batches
    spooled: Batches
    dropped: Batches


class Network(NamedTuple):
    """What is on its way, and what the broker retains."""

    up: Batches = 0  # batches on their way to the collector
    damaged: Batches = 0  # those of them that are damaged
    acks: tuple[Batches, ...] = (0,)  # acks `stored` on their way, by the collector state that sent them
    heartbeat: Heartbeat | None = None
    presence: int = 0  # the collector state that is announced, or UNKNOWN or GONE
    assignment: int = 1  # the inventory version that is announced, 0 for none
    connected: bool = True  # the collector's connection
    will_due: bool = False  # the will of its former connection is still to come
    sent: Batches = 0  # ever; for first sends and old copies
    acked: Batches = 0  # ever; for old copies, where they matter


class Memory(NamedTuple):
    """What the collector forgets when it is killed."""

    to_watch: Batches = 0
    to_write: Batches = 0
    written: Batches = 0  # the database has said yes
    restarted: Batches = 0  # the database has restarted since, as a look at its start time would show
    start_unread: Batches = 0  # written before the start time was read
    confirmed: Batches = 0  # taken for safe too early
    to_ack: Batches = 0
    to_book: Batches = 0  # acked as stored, not yet committed
    letters: Batches = 0  # malformed, not yet a dead letter
    unsynced: Batches = 0  # committed as seen, not yet on disk


class Book(NamedTuple):
    """The ledger's page of one agent process."""

    produced: Batches
    spooled: Batches
    dropped: Batches
    earlier: Batches  # settled before this collector state began


class File(NamedTuple):
    """The collector's state file."""

    state: int = 0
    seen: Batches = 0
    stored: Batches = 0
    outbox: Batches = 0
    versions: int = 1  # the inventory versions it can enrich by, as a mask
    books: tuple[Book | None, Book | None] = (None, None)


class Database(NamedTuple):
    """Points under the tags of inventory version 1 or 2, and derived rows: forgotten or kept when it is killed."""

    fresh_1: Batches = 0
    fresh_2: Batches = 0
    kept_1: Batches = 0
    kept_2: Batches = 0
    fresh_rows: Batches = 0
    kept_rows: Batches = 0

    @property
    def fresh(self) -> Batches:
        """Said yes to, not durable."""
        return self.fresh_1 | self.fresh_2

    @property
    def kept(self) -> Batches:
        """Durable."""
        return self.kept_1 | self.kept_2


class Inventory(NamedTuple):
    """Which version is in force, and which one each batch names."""

    current: int = 1
    agents: int = 1  # the version the agent works by
    collides: bool = False  # a second inventory has got the number of the first
    behind: bool = False  # the new number is lower than the agent's
    naming_2: Batches = 0
    late: Batches = 0  # made by version 1 when version 2 was in force


class History(NamedTuple):
    """What happened, for the promises only. No process reads it, but for `reported`, which is on the agent's disk."""

    accepted: Batches = 0  # fsynced into a spool
    excused: Batches = 0  # only on a disk that was restored to an older image
    reported: Batches = 0  # counted as dropped
    watched: Batches = 0  # committed by a watcher
    dead_letters: Batches = 0  # in the folder, fsynced


class State(NamedTuple):
    """All of it."""

    budget: int
    keys: tuple[tuple[int, int], ...] = ()  # boot and seq of each batch made
    boots: int = 1
    processes: tuple[Process, ...] = (Process(),)
    snapshot: Process | None = None
    network: Network = Network()
    memory: Memory = Memory()
    file: File = File()
    backup: File | None = None
    database: Database = Database()
    inventory: Inventory = Inventory()
    history: History = History()


class Step(NamedTuple):
    """One transition. Liveness may count on those that the system takes by itself."""

    label: str  # with {} for the batches
    batches: Batches
    by: Literal["system", "world"]
    after: State


def same_key(s: State, batch: Batches, among: Batches) -> Batches:
    """Those that carry the boot and seq of this batch."""
    key = s.keys[batch.bit_length() - 1]
    return sum(other for other in EACH[among] if s.keys[other.bit_length() - 1] == key)


def with_process(s: State, who: int, process: Process) -> State:
    """The state with one agent process replaced."""
    return s._replace(processes=(*s.processes[:who], process, *s.processes[who + 1 :]))


def restarted(s: State, old: Process, found: Batches, scene: Scene) -> Process:
    """A new process on what was found on the disk of an old one: every segment closed, a new one begun."""
    return Process(
        boot=s.boots if scene.keys else 0,
        disk=found,
        segments=(*(left for segment in old.segments if (left := segment & found)), 0),
        produced=found if scene.ledger else 0,
        untold=0 if scene.obeys(Rule.DROPS_OUTLIVE_RESTART) else s.history.reported,
        state=max(s.network.presence, UNKNOWN),
    )

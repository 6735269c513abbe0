"""The rules of the acknowledgement contract, each with a name by which it can be taken away.

What they forced, and why: docs/decisions/0001-acknowledgement.md.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto


class Rule(StrEnum):
    """What both ends must do; the value says why."""

    # who frees, and when
    PUBACK_FREES_NOTHING = "the broker's PUBACK only says that the broker has it in memory"
    SEEN_FREES_NOTHING = "the watcher's commit does not put a batch into the database"
    STORED_MEANS_SEEN = "a batch freed before the watcher has it can never be watched"
    RESEND_ACKED_ONLY_IF_STORED = "the first write of a batch that is only seen may still be lost"
    KNOWN_IS_WRITTEN_AGAIN = "knowing a batch says nothing of whether its write survived"
    SEEN_IS_SENT_AGAIN = "the ack that should free a batch can be lost; only a resend brings another"
    WATCHER_IS_FULLY_SYNCHRONOUS = "a commit that is not on disk is undone by a power cut after the ack"

    # a database that says yes before it is durable
    CHECKED_AFTER_HORIZON = "a restart after an early check and before the end of the horizon goes unnoticed"
    START_TIME_READ_BEFORE_WRITE = "a restart between write and reading makes the later start time look right"
    NEW_WRITE_NEW_HORIZON = "the second write is as young as if there had been no first"
    IDLE_CONNECTION_CHECKED = "nobody notices a restart while nothing is written"
    ROW_IN_OUTBOX_PAST_HORIZON = "nobody sends a derived row again but its outbox"

    # the agent's spool
    FOLDER_FSYNCED = "without the folder's entry a power cut takes the file with all that was fsynced into it"
    ONLY_CLOSED_SEGMENTS_UNLINKED = "what is appended to an unlinked file is gone at the next start"
    SEGMENTS_CLOSED_BY_AGE = "an agent that falls silent would keep its last segment for ever"
    DROP_REPORTED_BEFORE_UNLINK = "a crash between the two forgets that anything was dropped"
    FOUND_IS_FSYNCED = "what a restart finds may be in the page cache only"
    QUARANTINE_COUNTED_IN_SAME_STEP = "a crash between quarantine and count loses the count"

    # what is retained at the broker
    PRESENCE_AT_EVERY_CONNECT = "a broker that was killed has forgotten it, and agents wait for it"
    LATE_WILL_ANSWERED = "the will of the former connection may arrive after the new presence"
    ASSIGNMENT_AT_EVERY_CONNECT = "a broker that was killed has forgotten it"
    ASSIGNMENT_NUMBERS_GROW = "an agent ignores a lower number than its own, also from a collector with an empty state"

    # the inventory
    ASSIGNMENT_NAMED_BY_DIGEST = "two collectors with an empty state may give two inventories one number"
    ENRICHED_BY_NAMED_VERSION = "a resend after an edit would land under other tags, as a second point"
    ANSWERABLE_BY_NAMED_VERSION = "what was read before a device moved would be held for ever after"
    ANSWERABLE_AT_ANY_TIME = "an agent goes on reading until the new assignment reaches it"
    VERSIONS_OUTLIVE_STATE = "a collector with an empty state must still know the version that a spooled batch names"

    # what is not right
    KEY_IN_HEADER = "a body that cannot be decoded could not be named in an ack"
    DEAD_LETTER_FSYNCED_BEFORE_ACK = "the ack frees the only other copy"
    DAMAGED_IS_NOT_ACKED = "it is whole in the spool and comes again"
    CRC_COVERS_HEADER = "a damaged seq would free another batch"

    # which batch, when a machine is cloned or restored with its memory
    ACK_NAMES_CRC = "the same boot and seq can name two batches"
    KNOWN_BY_CRC = "the second batch of one boot and seq is not known yet"
    OTHER_CRC_IS_NOT_HELD = "both batches of one boot and seq are readings of a device"
    ACK_RANGES_OF_ONE_ROUND = "nobody can check the XOR of a range that it has partly freed"

    # the ledger
    SETS_NOT_SUMS = "a batch may be stored and still spooled at the same time"
    HEARTBEAT_COUNTS_FSYNCED = "what is only appended may never have been"
    WILL_APART_FROM_NUMBERS = "a will would replace the numbers of an agent that comes back"
    DROPS_OUTLIVE_RESTART = "a drop told to nobody before a restart is still owed to the books"
    BOOKED_BEFORE_ACK = "what an ack has freed is in no book until it is committed, after a crash never"
    HEARTBEATS_NUMBERED = "an old heartbeat that arrives late would replace a newer one"
    SPOOLED_KEPT_BY_PROCESS = "two processes of one agent hold two spools"
    HEARTBEAT_NAMES_STATE = (
        "books opened by a heartbeat of the former state miss what that state's acks free afterwards"
    )
    STATE_LEARNED_FROM_PRESENCE = "a delayed ack of the former state would turn the agent back to it"
    STATE_LEARNED_AT_EVERY_CONNECT = "a machine restored with its memory remembers a state that is gone"
    OTHER_STATES_ACKS_IGNORED = "what the former state frees once the new books are open is in neither"
    RESTORED_STATE_IS_NEW = "an older copy of the state file has forgotten what was freed since"
    BOOKS_OPEN_FOR_EACH_PROCESS = "a clone learns of the new state later, and frees by the former one's acks until then"


class Fault(Enum):
    """What the world may do to the system, each use costing one of the scene's budget."""

    POWER_CUT = auto()  # the agent's host: what is not fsynced is gone
    AGENT_KILL = auto()  # the agent's process: the page cache survives
    DISK_CLONE = auto()
    MEMORY_CLONE = auto()
    SNAPSHOT = auto()
    DISK_DAMAGE = auto()
    DISK_FULL = auto()
    BROKER_KILL = auto()
    NET_CUT = auto()
    WIRE_DAMAGE = auto()
    DUPLICATE = auto()
    LATE_HEARTBEAT = auto()
    COLLECTOR_CRASH = auto()
    COLLECTOR_REPLACED = auto()  # by one with an empty state
    STATE_RESTORED = auto()  # an older copy of its state file
    DATABASE_KILL = auto()


class Promise(StrEnum):
    """What must hold in every state; SETTLES in every future."""

    I1_NOTHING_LOST = "an accepted batch is spooled, in the database, a dead letter, or counted as dropped"
    I3_ONE_POINT = "a batch is never under the tags of two inventory versions"
    I5_ACK_AFTER_DURABLE = "what an ack names is durable in the database or a dead letter"
    WATCHED = "no batch is gone from the spool that no watcher has committed"
    ROWS_KEPT = "a derived row is in its outbox or in the database"
    BALANCED = "produced = stored + refused + dropped + spooled + settled before the state began"
    SETTLES = "by steps of the system alone all that was accepted settles, every spool empties, the books say so"


@dataclass(frozen=True, slots=True)
class Scene:
    """Which world the contract is tried in: its faults, how many of them, and which details are told apart."""

    faults: frozenset[Fault]
    budget: int = 2
    batches: int = 2
    horizon: bool = False  # the database says yes first and is durable later
    fsync_apart: bool = False  # append and fsync are two steps
    reconnect_apart: bool = False  # the broker comes back without what it retained, the collector connects later
    rotation_apart: bool = False  # a segment is closed by a step of its own; else each batch has its own
    store_beside_watcher: bool = False  # else the store takes what the watcher has committed
    edit: bool = False  # the inventory is edited once
    malformed: int = 0  # the set of batches that cannot be decoded
    rows: bool = False  # each batch makes the watcher derive a row
    keys: bool = False  # boot and seq are told apart from the batch itself
    ledger: bool = False
    missing: frozenset[Rule] = frozenset()

    def obeys(self, rule: Rule) -> bool:
        """Whether the rule is followed here."""
        return rule not in self.missing

    def has(self, fault: Fault) -> bool:
        """Whether the world may do this here."""
        return fault in self.faults

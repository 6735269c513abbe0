"""The scenes, and which promise breaks in them when a rule is taken away.

Each of SETTINGS is small enough to be searched in seconds; those of FULL are for `make torture`.
"""

from dataclasses import replace
from typing import NamedTuple

from model.rules import Fault, Promise, Rule, Scene

LOST, TWO_POINTS, EARLY_ACK = Promise.I1_NOTHING_LOST, Promise.I3_ONE_POINT, Promise.I5_ACK_AFTER_DURABLE
UNWATCHED, ROW_LOST, UNBALANCED, STUCK = Promise.WATCHED, Promise.ROWS_KEPT, Promise.BALANCED, Promise.SETTLES


class Setting(NamedTuple):
    """A scene, and which promise breaks in it when one rule is not followed."""

    scene: Scene
    broken: dict[Rule, Promise]


def _faults(*faults: Fault) -> frozenset[Fault]:
    return frozenset(faults)


SETTINGS = {
    "delivery": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.BROKER_KILL, Fault.DUPLICATE, Fault.COLLECTOR_CRASH), budget=1,
              store_beside_watcher=True),
        {
            Rule.PUBACK_FREES_NOTHING: LOST,
            Rule.SEEN_FREES_NOTHING: EARLY_ACK,
            Rule.STORED_MEANS_SEEN: UNWATCHED,
            Rule.KNOWN_IS_WRITTEN_AGAIN: STUCK,
            Rule.SEEN_IS_SENT_AGAIN: STUCK,
            Rule.WATCHER_IS_FULLY_SYNCHRONOUS: UNWATCHED,
            Rule.ACK_RANGES_OF_ONE_ROUND: STUCK,
        },
    ),
    "collector replaced": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.COLLECTOR_CRASH, Fault.COLLECTOR_REPLACED), budget=1),
        {},
    ),
    "horizon": Setting(
        Scene(_faults(Fault.BROKER_KILL, Fault.COLLECTOR_CRASH, Fault.DATABASE_KILL), budget=1, horizon=True),
        {
            Rule.RESEND_ACKED_ONLY_IF_STORED: EARLY_ACK,
            Rule.CHECKED_AFTER_HORIZON: EARLY_ACK,
            Rule.START_TIME_READ_BEFORE_WRITE: EARLY_ACK,
            Rule.NEW_WRITE_NEW_HORIZON: EARLY_ACK,
            Rule.IDLE_CONNECTION_CHECKED: EARLY_ACK,
        },
    ),
    "derived rows": Setting(
        Scene(_faults(Fault.COLLECTOR_CRASH, Fault.DATABASE_KILL), batches=1, horizon=True, rows=True),
        {Rule.ROW_IN_OUTBOX_PAST_HORIZON: ROW_LOST},
    ),
    "segments": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.AGENT_KILL), budget=1, fsync_apart=True, rotation_apart=True),
        {Rule.FOLDER_FSYNCED: LOST, Rule.ONLY_CLOSED_SEGMENTS_UNLINKED: LOST},
    ),
    "last segment": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.AGENT_KILL), batches=1, fsync_apart=True, rotation_apart=True),
        {Rule.SEGMENTS_CLOSED_BY_AGE: STUCK},
    ),
    "presence": Setting(
        Scene(_faults(Fault.BROKER_KILL, Fault.NET_CUT, Fault.COLLECTOR_CRASH), batches=1, reconnect_apart=True,
              fsync_apart=True),
        {Rule.PRESENCE_AT_EVERY_CONNECT: STUCK, Rule.LATE_WILL_ANSWERED: STUCK},
    ),
    "assignment": Setting(
        Scene(_faults(Fault.BROKER_KILL, Fault.COLLECTOR_REPLACED), batches=1, reconnect_apart=True, edit=True),
        {Rule.ASSIGNMENT_AT_EVERY_CONNECT: STUCK, Rule.ASSIGNMENT_NUMBERS_GROW: STUCK},
    ),
    "inventory edited": Setting(
        Scene(_faults(Fault.DUPLICATE, Fault.COLLECTOR_CRASH, Fault.COLLECTOR_REPLACED), batches=1, edit=True,
              store_beside_watcher=True),
        {
            Rule.ENRICHED_BY_NAMED_VERSION: TWO_POINTS,
            Rule.ASSIGNMENT_NAMED_BY_DIGEST: TWO_POINTS,
            Rule.ANSWERABLE_BY_NAMED_VERSION: STUCK,
            Rule.ANSWERABLE_AT_ANY_TIME: STUCK,
            Rule.VERSIONS_OUTLIVE_STATE: STUCK,
        },
    ),
    "malformed and damaged": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.BROKER_KILL, Fault.WIRE_DAMAGE, Fault.COLLECTOR_CRASH), budget=1,
              malformed=1),
        {
            Rule.KEY_IN_HEADER: STUCK,
            Rule.DEAD_LETTER_FSYNCED_BEFORE_ACK: EARLY_ACK,
            Rule.DAMAGED_IS_NOT_ACKED: EARLY_ACK,
            Rule.CRC_COVERS_HEADER: EARLY_ACK,
        },
    ),
    "disk cloned": Setting(Scene(_faults(Fault.DISK_CLONE, Fault.COLLECTOR_CRASH), budget=1, keys=True), {}),
    "machine cloned with its memory": Setting(
        Scene(_faults(Fault.MEMORY_CLONE), budget=1, keys=True),
        {Rule.ACK_NAMES_CRC: LOST, Rule.KNOWN_BY_CRC: EARLY_ACK, Rule.OTHER_CRC_IS_NOT_HELD: STUCK},
    ),
    "snapshot restored with its memory": Setting(
        Scene(_faults(Fault.SNAPSHOT), budget=1, keys=True),
        {Rule.ACK_NAMES_CRC: LOST, Rule.KNOWN_BY_CRC: EARLY_ACK},
    ),
    "ledger": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.AGENT_KILL, Fault.COLLECTOR_CRASH, Fault.LATE_HEARTBEAT), batches=1,
              ledger=True, fsync_apart=True),
        {
            Rule.SETS_NOT_SUMS: UNBALANCED,
            Rule.HEARTBEAT_COUNTS_FSYNCED: UNBALANCED,
            Rule.FOUND_IS_FSYNCED: UNBALANCED,
            Rule.WILL_APART_FROM_NUMBERS: UNBALANCED,
            Rule.BOOKED_BEFORE_ACK: UNBALANCED,
            Rule.HEARTBEATS_NUMBERED: UNBALANCED,
        },
    ),
    "ledger, full or damaged disk": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.DISK_FULL, Fault.DISK_DAMAGE), batches=1, ledger=True),
        {
            Rule.DROP_REPORTED_BEFORE_UNLINK: LOST,
            Rule.QUARANTINE_COUNTED_IN_SAME_STEP: LOST,
            Rule.DROPS_OUTLIVE_RESTART: UNBALANCED,
        },
    ),
    "ledger, disk cloned": Setting(
        Scene(_faults(Fault.DISK_CLONE, Fault.BROKER_KILL), batches=1, ledger=True),
        {Rule.SPOOLED_KEPT_BY_PROCESS: UNBALANCED},
    ),
    "ledger, collector replaced": Setting(
        Scene(_faults(Fault.POWER_CUT, Fault.COLLECTOR_CRASH, Fault.COLLECTOR_REPLACED), batches=1, ledger=True),
        {
            Rule.HEARTBEAT_NAMES_STATE: UNBALANCED,
            Rule.OTHER_STATES_ACKS_IGNORED: UNBALANCED,
            Rule.STATE_LEARNED_FROM_PRESENCE: STUCK,
        },
    ),
    "ledger, state file restored": Setting(
        Scene(_faults(Fault.STATE_RESTORED, Fault.COLLECTOR_CRASH), batches=1, ledger=True),
        {Rule.RESTORED_STATE_IS_NEW: UNBALANCED},
    ),
    "ledger, snapshot restored": Setting(
        Scene(_faults(Fault.SNAPSHOT, Fault.COLLECTOR_REPLACED), batches=1, ledger=True),
        {Rule.STATE_LEARNED_AT_EVERY_CONNECT: UNBALANCED},
    ),
    "ledger, cloned and replaced": Setting(
        Scene(_faults(Fault.DISK_CLONE, Fault.COLLECTOR_REPLACED), batches=1, ledger=True),
        {Rule.BOOKS_OPEN_FOR_EACH_PROCESS: UNBALANCED},
    ),
}  # fmt: skip


def _larger(scene: str, *more: Fault, budget: int = 2, batches: int = 2) -> Setting:
    small = SETTINGS[scene].scene
    return Setting(replace(small, faults=small.faults | frozenset(more), budget=budget, batches=batches), {})


FULL = {
    "delivery": _larger("delivery"),
    "collector replaced": _larger("collector replaced", Fault.BROKER_KILL),
    "horizon": _larger("horizon", Fault.DUPLICATE),
    "segments": _larger("segments", Fault.BROKER_KILL, budget=1),
    "presence": _larger("presence"),
    "inventory edited": _larger("inventory edited", budget=1),
    "malformed and damaged": _larger("malformed and damaged", Fault.COLLECTOR_REPLACED),
    "disk cloned": _larger("disk cloned", Fault.POWER_CUT, Fault.DUPLICATE, budget=1),
    "machine cloned with its memory": _larger(
        "machine cloned with its memory", Fault.COLLECTOR_CRASH, Fault.DUPLICATE, budget=1
    ),
    "snapshot restored with its memory": _larger("snapshot restored with its memory", Fault.DUPLICATE, budget=1),
    "ledger": _larger("ledger", budget=1),
    "ledger, disk cloned": _larger("ledger, disk cloned", Fault.POWER_CUT, Fault.COLLECTOR_CRASH, batches=1),
    "ledger, collector replaced": _larger("ledger, collector replaced", Fault.AGENT_KILL, budget=3, batches=1),
    "ledger, cloned and replaced": _larger("ledger, cloned and replaced", Fault.POWER_CUT, budget=3, batches=1),
    "ledger, two batches, collector replaced": Setting(
        Scene(_faults(Fault.COLLECTOR_REPLACED), budget=1, ledger=True),
        {Rule.STATE_LEARNED_FROM_PRESENCE: UNBALANCED},
    ),
    "three batches": Setting(Scene(_faults(Fault.BROKER_KILL, Fault.COLLECTOR_CRASH), budget=1, batches=3), {}),
}

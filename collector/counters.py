"""Every number that a collector keeps of itself: each way that a message, a batch or a row can go is one of them.

A new one is a line here and, with the same name and meaning, one in the catalog (measurement `collector`; not a gauge
with labels) and one in docs/operations.md; tests hold the three together, and hold that no counter of the collector is
missing here.
"""

from typing import get_args

from collector.alarm_counters import OF_ALARMS
from collector.parts import Parts, assigned, by, clock_skews, devices, fresh_lag, heartbeat_ages, latencies, series
from contract.batch import Kind
from contract.metrics import Metric, within

LET_GO = ("too large", "share", "full")
HELD = ("agent", "version", "device", "name", "time")
KINDS = get_args(Kind)
JUDGED = ("accepted", "damaged", "malformed", "held")


METRICS: tuple[Metric[Parts], ...] = (
    Metric("broker_up", "gauge", "1 while the broker is there", lambda p: p.connection.up),
    Metric(
        "broker_connects", "counter", "Connections to the broker that came up", lambda p: p.connection.counts.connects
    ),
    Metric(
        "messages_not_taken",
        "counter",
        "Acknowledgements and announcements that the connection to the broker could not take",
        lambda p: p.connection.counts.not_taken,
    ),
    Metric(
        "messages_ignored",
        "counter",
        "Messages that were too large or whose topic is no text",
        lambda p: p.connection.counts.ignored,
    ),
    Metric(
        "messages_strange",
        "counter",
        "Messages that are neither batches nor heartbeats of an agent that we know",
        lambda p: p.watcher.counts["strange"],
    ),
    Metric("messages_waiting", "gauge", "Messages that wait to be judged", lambda p: len(p.inbox)),
    Metric(
        "messages_let_go",
        "counter",
        "Messages that found no room; they come again",
        lambda p: by(p.inbox.counts, LET_GO),
        ("why",),
    ),
    Metric(
        "heartbeats_ignored",
        "counter",
        "Heartbeats of other books, older than one that was taken, or in too many pieces",
        lambda p: p.watcher.counts["heartbeats_ignored"],
    ),
    Metric(
        "anchors_refused",
        "counter",
        "Heartbeats that tell another time of a clock than before",
        lambda p: p.watcher.clocks.counts["anchors_refused"],
    ),
    Metric(
        "batches_judged",
        "counter",
        "Batches that came in, resent ones each time",
        lambda p: by(p.watcher.counts, JUDGED),
        ("as",),
    ),
    Metric(
        "batches_accepted",
        "counter",
        "Batches that were accepted, by kind, resent ones each time",
        lambda p: by(p.watcher.fleet.kinds, KINDS),
        ("kind",),
    ),
    Metric(
        "batches_held",
        "counter",
        "Batches that came in and are held on their agent's disk, by what of them is unknown",
        lambda p: by(p.watcher.held_counts, HELD),
        ("what",),
    ),
    Metric(
        "batches_again",
        "counter",
        "Batches that were stored already; they are acknowledged again",
        lambda p: p.watcher.counts["again"],
    ),
    *within(OF_ALARMS, lambda p: p.watcher.alarms),
    Metric(
        "state_errors",
        "counter",
        "Groups that the state file could not take; they are tried again",
        lambda p: p.watcher.counts["state_errors"],
    ),
    Metric(
        "batches_let_go",
        "counter",
        "Accepted batches for which the storer had no room; they come again",
        lambda p: p.storer.counts["let_go"],
    ),
    Metric(
        "batches_later",
        "counter",
        "Accepted batches that wait on their agent's disk, for it brings new series too fast",
        lambda p: p.storer.counts["later"],
    ),
    Metric("series", "gauge", "Series of an agent with all of its devices", series, ("agent",)),
    Metric("canaries_found", "counter", "Canaries that were read back", lambda p: p.proof["canaries_found"]),
    Metric(
        "canaries_lost",
        "counter",
        "Canaries that could not be read back though the database had said yes",
        lambda p: p.proof["canaries_lost"],
    ),
    Metric("canaries_unread", "counter", "Canaries that could not be asked for", lambda p: p.proof["canaries_unread"]),
    Metric(
        "ignored_rows",
        "counter",
        "Rows that the database said yes to and ignored, by its own counters",
        lambda p: p.proof["ignored_rows"],
    ),
    Metric("batches_stored", "counter", "Batches that became stored", lambda p: p.storer.counts["stored"]),
    Metric("values_stored", "counter", "Values of the batches that became stored", lambda p: p.storer.counts["values"]),
    Metric(
        "batches_taken_back",
        "counter",
        "Batches asked for again because the database was restarted",
        lambda p: p.storer.counts["taken_back"],
    ),
    Metric("store_ready", "gauge", "1 while the database takes what it is given", lambda p: p.storer.ready),
    Metric(
        "store_retries", "counter", "Writes that the database will take later", lambda p: p.storer.counts["retries"]
    ),
    Metric(
        "store_stops",
        "counter",
        "Writes that the database will not take until a person mends something",
        lambda p: p.storer.counts["stops"],
    ),
    Metric("fresh_lag_seconds", "gauge", "Age of the freshest poll that the database has", fresh_lag),
    Metric(
        "poll_latency_seconds",
        "gauge",
        "From poll to database, of the last 1,000 polls written",
        latencies,
        ("percentile",),
    ),
    Metric("dead_letters_kept", "counter", "Batches that became dead letters", lambda p: p.letters.counts["kept"]),
    Metric(
        "dead_letters_dropped",
        "counter",
        "Refused batches that the full dead-letter folder could not keep",
        lambda p: p.letters.counts["dropped"],
    ),
    Metric(
        "dead_letters_failed",
        "counter",
        "Dead letters that the disk did not take; the batch stays with its agent",
        lambda p: p.letters.counts["failed"],
    ),
    Metric(
        "dead_letters_replayed",
        "counter",
        "Dead letters that were replayed and are stored",
        lambda p: p.letters.counts["replayed"],
    ),
    Metric("dead_letters_bytes", "gauge", "Bytes of the dead letters", lambda p: p.letters.size),
    Metric(
        "readings_of_another_time",
        "counter",
        "Readings that the watcher left out because their clock was wrong",
        lambda p: p.watcher.engine.counts["of_another_time"],
    ),
    Metric(
        "readings_of_history",
        "counter",
        "Readings so old that they correct availability and alert no more",
        lambda p: p.watcher.engine.counts["history"],
    ),
    Metric(
        "alerts_left_out",
        "counter",
        "Alerts that were too many of one device",
        lambda p: p.watcher.engine.counts["alerts_left_out"],
    ),
    Metric(
        "derived_made",
        "counter",
        "Derived rows made by the watcher and by the collector about itself",
        lambda p: p.watcher.engine.derived.made,
    ),
    Metric("derived_waiting", "gauge", "Derived rows that wait for the database", lambda p: p.looked.derived_waiting),
    Metric("derived_written", "counter", "Derived rows that the database has", lambda p: p.storer.derived.written),
    Metric("derived_refused", "counter", "Derived rows that the database refused", lambda p: p.storer.derived.refused),
    Metric(
        "derived_dropped",
        "counter",
        "Derived rows that found the outbox full",
        lambda p: p.watcher.engine.derived.dropped,
    ),
    Metric(
        "notices",
        "gauge",
        "Notices of the last 30 days by what became of them",
        lambda p: {(how,): n for how, n in p.looked.notices.items()},
        ("outcome",),
    ),
    Metric("polls", "counter", "Polls that were news", lambda p: p.watcher.fleet.polls),
    Metric("devices", "gauge", "Devices by the outcome of their last poll", devices, ("outcome",)),
    Metric("devices_assigned", "gauge", "Devices of the inventory", assigned),
    Metric("agent_heartbeat_age_seconds", "gauge", "Time since an agent's last heartbeat", heartbeat_ages, ("agent",)),
    Metric(
        "agent_clock_skew_seconds",
        "gauge",
        "An agent's clock minus ours when its last heartbeat came",
        clock_skews,
        ("agent",),
    ),
    Metric(
        "ledger_batches",
        "gauge",
        "Batches of an agent by where they are, at its last heartbeat",
        lambda p: p.looked.ledger,
        ("agent", "state"),
    ),
    Metric(
        "bugs",
        "counter",
        "Messages and batches passed over because of a bug; they come again",
        lambda p: p.watcher.counts["bugs"] + p.storer.counts["bugs"] + p.connection.counts.bugs,
    ),
    Metric(
        "watch_bugs",
        "counter",
        "Groups whose meaning was passed over because of a bug; their data are stored",
        lambda p: p.watcher.counts["watch_bugs"],
    ),
)

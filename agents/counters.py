"""Every number that an agent keeps of itself: each way that a reading, a batch or a message can go is one of them.

A new one is a line here, or in the table of its own part, and, with the same name and meaning, one in the catalog
(measurement `agent`) and one in docs/operations.md; tests hold the three together, and hold that no counter of the
agent is missing here.
"""

from dataclasses import dataclass, field
from typing import get_args

from agents.committer import Committer
from agents.desk import Desk
from agents.echo.counters import OF_ECHO
from agents.hint_counters import OF_HINTS
from agents.host_clock import HostClock
from agents.inputs import Inputs
from agents.outlet import Outlet
from agents.pm.counters import OF_FILES
from agents.pollers import Pollers
from agents.publisher import Publisher
from agents.snmp.transport import Transport
from agents.spool import Spool
from agents.spool_counters import OF_SPOOL
from agents.traps.counters import OF_TRAPS
from contract.batch import Outcome
from contract.metrics import Metric, within
from contract.mqtt import Connection


@dataclass(slots=True)
class AgentCounts:
    """What the parts do not count themselves, since the start."""

    messages_ignored: int = 0
    assignments_refused: int = 0
    bugs: int = 0


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an agent that count."""

    spool: Spool
    committers: tuple[Committer, ...]
    outlet: Outlet
    publisher: Publisher
    pollers: Pollers
    transport: Transport
    inputs: Inputs
    desk: Desk
    connection: Connection
    clock: HostClock
    counts: AgentCounts = field(default_factory=AgentCounts)


OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
IGNORED = ("undecodable", "unknown", "wrong_source", "late", "duplicate")

METRICS: tuple[Metric[Parts], ...] = (
    Metric("devices", "gauge", "Devices assigned", lambda p: len(p.pollers)),
    Metric(
        "devices_not_polled",
        "gauge",
        "Devices assigned that lack a profile or a credential here",
        lambda p: p.pollers.not_polled,
    ),
    Metric(
        "polls",
        "counter",
        "Readings made",
        lambda p: {(outcome,): p.pollers.counts.by_outcome[outcome] for outcome in OUTCOMES},
        ("outcome",),
    ),
    Metric("polls_failed", "counter", "Readings that failed", lambda p: p.pollers.counts.failed),
    Metric("beats_begun", "counter", "Readings begun", lambda p: p.pollers.beats.begun),
    Metric(
        "beats_missed",
        "counter",
        "Beats skipped because the reading before was still going on",
        lambda p: p.pollers.beats.missed,
    ),
    Metric(
        "beats_late", "counter", "Readings that began more than 250 ms after their time", lambda p: p.pollers.beats.late
    ),
    Metric(
        "beats_cancelled",
        "counter",
        "Readings ended by a new assignment or the end of the process",
        lambda p: p.pollers.beats.cancelled,
    ),
    *within(OF_HINTS, lambda p: p.pollers),
    Metric(
        "rows_left_out",
        "counter",
        "Rows too large for any record",
        lambda p: p.outlet.rows_left_out + p.inputs.pm.counts.left_out,
    ),
    Metric(
        "batches_waiting",
        "gauge",
        "Batches in memory that wait for the disk",
        lambda p: sum(map(len, p.committers)),
    ),
    Metric("batches_spooled", "counter", "Batches that the disk has taken", lambda p: p.spool.accepted),
    Metric(
        "batches_unspooled",
        "counter",
        "Batches that the disk could not take",
        lambda p: sum(one.unspooled for one in p.committers),
    ),
    Metric(
        "spool_failing", "gauge", "1 while the disk takes nothing", lambda p: any(one.failing for one in p.committers)
    ),
    *within(OF_SPOOL, lambda p: p.spool),
    Metric(
        "batches_fresh", "gauge", "Batches on disk that wait to be sent for the first time", lambda p: len(p.publisher)
    ),
    Metric("batches_sent", "counter", "Batches sent", lambda p: p.publisher.sent),
    Metric("batches_resent", "counter", "Batches sent again", lambda p: p.publisher.resent),
    Metric(
        "batches_put_off",
        "counter",
        "Fresh batches that were too many to keep in memory and go with the backlog",
        lambda p: p.publisher.put_off,
    ),
    Metric("broker_up", "gauge", "1 while the broker is there", lambda p: p.connection.up),
    Metric(
        "broker_connects", "counter", "Connections to the broker that came up", lambda p: p.connection.counts.connects
    ),
    Metric(
        "messages_not_taken",
        "counter",
        "Messages that the connection to the broker could not take at once",
        lambda p: p.connection.counts.not_taken,
    ),
    Metric(
        "messages_ignored",
        "counter",
        "Messages of the broker that are none of ours",
        lambda p: p.connection.counts.ignored + p.counts.messages_ignored,
    ),
    Metric(
        "assignments_refused",
        "counter",
        "Assignments that this agent cannot read",
        lambda p: p.counts.assignments_refused,
    ),
    Metric(
        "collector_ready",
        "gauge",
        "1 while a collector says that its store is ready",
        lambda p: p.publisher.collector is not None and p.publisher.collector.store == "ready",
    ),
    Metric("acks_waiting", "gauge", "Acknowledgements and heartbeats that wait for the disk", lambda p: len(p.desk)),
    Metric(
        "acks_put_off",
        "counter",
        "Acknowledgements for which too many waited for the disk; they come again",
        lambda p: p.desk.acks_put_off,
    ),
    Metric("acks_ignored", "counter", "Acknowledgements that named what is not here", lambda p: p.desk.acks_ignored),
    Metric(
        "sensor_messages", "counter", "Messages of sensors that were read", lambda p: p.inputs.sensors.counts.messages
    ),
    Metric(
        "sensor_messages_refused",
        "counter",
        "Messages of sensors that could not be understood",
        lambda p: p.inputs.sensors.counts.refused,
    ),
    Metric(
        "sensor_messages_left_out",
        "counter",
        "Of the messages refused, those that no batch tells of",
        lambda p: p.inputs.sensors.counts.left_out,
    ),
    Metric(
        "sensor_messages_ignored",
        "counter",
        "Messages of sensors that were kept by the broker and have no time, or that nobody asked for",
        lambda p: p.inputs.sensors.counts.ignored,
    ),
    Metric(
        "sensor_messages_dropped",
        "counter",
        "Messages of sensors that came too fast to be read",
        lambda p: p.inputs.sensors.dropped,
    ),
    Metric("sensor_rebirths", "counter", "Births asked of edge nodes", lambda p: p.inputs.sensors.counts.rebirths),
    Metric("sensor_values_old", "counter", "Values of births too old to keep", lambda p: p.inputs.sensors.old_values),
    Metric(
        "sensor_broker_connects",
        "counter",
        "Connections to the sensors' broker that came up",
        lambda p: p.inputs.sensors.edge.connects,
    ),
    Metric(
        "sensor_broker_ignored",
        "counter",
        "Messages of the sensors' broker that were too large or whose topic is no text",
        lambda p: p.inputs.sensors.edge.ignored,
    ),
    Metric("datagrams_sent", "counter", "SNMP datagrams sent", lambda p: p.transport.counters.sent),
    Metric("datagrams_received", "counter", "SNMP datagrams received", lambda p: p.transport.counters.received),
    Metric(
        "datagrams_ignored",
        "counter",
        "SNMP datagrams that answered nothing",
        lambda p: {(why,): getattr(p.transport.counters, why) for why in IGNORED},
        ("why",),
    ),
    Metric("icmp_errors", "counter", "ICMP errors about SNMP datagrams", lambda p: p.transport.counters.icmp),
    Metric(
        "icmp_errors_ignored",
        "counter",
        "ICMP errors that are of no request that waits",
        lambda p: p.transport.counters.icmp_unmatched,
    ),
    Metric(
        "sends_delayed",
        "counter",
        "SNMP datagrams that found the socket's buffer full",
        lambda p: p.transport.counters.send_waits,
    ),
    Metric("sockets_reopened", "counter", "Sockets for SNMP that died", lambda p: p.transport.counters.reopened),
    Metric("socket_errors", "counter", "Errors of the sockets for SNMP", lambda p: p.transport.counters.socket_errors),
    *within(OF_ECHO, lambda p: p.inputs.echoes),
    *within(OF_FILES, lambda p: p.inputs.pm),
    *within(OF_TRAPS, lambda p: p.inputs.traps),
    Metric(
        "bugs",
        "counter",
        "Readings and messages passed over because of a bug",
        lambda p: (
            p.counts.bugs
            + p.pollers.beats.bugs
            + p.connection.counts.bugs
            + p.inputs.sensors.edge.bugs
            + p.inputs.echoes.beats.bugs
            + p.inputs.pm.counts.bugs
            + p.inputs.traps.counts.bugs
        ),
    ),
)

"""The numbers that an agent keeps of notifications; a part of the table in agents/counters.py."""

from agents.traps.refused import REASONS
from agents.traps.traps import Traps
from contract.metrics import Metric

OF_TRAPS: tuple[Metric[Traps], ...] = (
    Metric("trap_datagrams", "counter", "Datagrams at the port of traps", lambda t: t.counts.datagrams),
    Metric("traps_known", "counter", "Traps and informs that a definition knows", lambda t: t.counts.alarms),
    Metric("traps_unknown", "counter", "Traps and informs that no definition knows", lambda t: t.counts.unknown),
    Metric(
        "traps_refused",
        "counter",
        "Datagrams at the port of traps that are no notification for us",
        lambda t: {(reason,): t.counts.refused[reason] for reason in REASONS},
        ("reason",),
    ),
    Metric(
        "trap_reports",
        "counter",
        "Datagrams of version 3 answered with a report: their sender asked who we are, or lacked our clock",
        lambda t: t.counts.reported,
    ),
    Metric("traps_dropped", "counter", "Datagrams of sources that send too many traps", lambda t: t.dropped),
    Metric("traps_overflowed", "counter", "Datagrams that the port of traps had no room for", lambda t: t.overflowed),
    Metric("trap_engines", "gauge", "Engines of SNMPv3 that have sent traps", lambda t: t.engines),
    Metric("informs_answered", "counter", "Informs answered", lambda t: t.counts.informs.answered),
    Metric(
        "informs_unanswered",
        "counter",
        "Informs not answered because the disk did not take them",
        lambda t: t.counts.informs.unanswered,
    ),
    Metric("informs_again", "counter", "Informs that came once more", lambda t: t.counts.informs.again),
    Metric("trap_socket_errors", "counter", "Errors of the socket for traps", lambda t: t.socket_errors),
)

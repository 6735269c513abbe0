"""The numbers that an agent keeps of its echoes; a part of the table in agents/counters.py."""

from agents.echo.echoes import Echoes
from contract.metrics import Metric

IGNORED = ("duplicate", "late", "foreign")

OF_ECHO: tuple[Metric[Echoes], ...] = (
    Metric("echo_devices", "gauge", "Devices that are sent echo requests", len),
    Metric("echo_failing", "gauge", "1 while this host lets us send no echo to some of them", lambda e: e.failing),
    Metric("echo_rounds", "counter", "Rounds of echo requests begun, one for each interval", lambda e: e.beats.begun),
    Metric(
        "echo_rounds_missed",
        "counter",
        "Rounds skipped because the one before was still going on",
        lambda e: e.beats.missed,
    ),
    Metric(
        "echo_rounds_late", "counter", "Rounds that began more than 250 ms after their time", lambda e: e.beats.late
    ),
    Metric(
        "echo_rounds_cancelled",
        "counter",
        "Rounds ended by a new assignment or the end of the process",
        lambda e: e.beats.cancelled,
    ),
    Metric("echoes_sent", "counter", "Echo requests sent", lambda e: e.link.sent),
    Metric("echoes_unsent", "counter", "Echo requests that this host could not send", lambda e: e.link.unsent),
    Metric("echo_replies", "counter", "Echo replies that came in time", lambda e: e.counts.replies),
    Metric(
        "echo_replies_ignored",
        "counter",
        "Echo replies that count for nothing",
        lambda e: {
            **{(why,): getattr(e.counts, why) for why in IGNORED},
            ("undecodable",): e.link.undecodable,
        },
        ("why",),
    ),
    Metric(
        "echo_replies_overflowed",
        "counter",
        "Echo replies for which the socket had no room",
        lambda e: e.link.overflowed,
    ),
    Metric("echo_errors", "counter", "ICMP errors about echo requests", lambda e: e.link.errors),
    Metric(
        "echo_errors_ignored",
        "counter",
        "ICMP errors that are of no echo request that waits",
        lambda e: e.link.errors_ignored,
    ),
)

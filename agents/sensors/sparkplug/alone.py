"""One message of Sparkplug by itself, as whoever writes a mapping tries it. Pure."""

from collections.abc import Mapping as Parts

from agents.host_clock import Stamp
from agents.sensors.sparkplug import metrics, payload, topic
from agents.sensors.sparkplug.session import Said, Session
from agents.sensors.values import RefusedError
from contract.batch import Table
from contract.handlers import Message
from contract.mapping import Mapping


def read(
    mapping: Mapping, found: Parts[str, str], message: Message, stamp: Stamp, birth: bytes | None = None
) -> dict[str, tuple[list[Table], int | None]]:
    """Return the key of its sensor with its rows and their newest time, ms since 1970 UTC; `found` are the parts of the
    topic, and `birth` is a payload by which aliases are known.

    Raises:
        RefusedError: it would be refused.
    """
    of = topic.parse(message.topic)
    if of is None:
        raise RefusedError("this is no topic of Sparkplug")
    session = Session()
    said = Said(of, payload.decode(message.payload), message, stamp)
    if birth is not None:
        session.learn(of.device, payload.decode(birth).metrics)
    elif of.kind in ("NBIRTH", "DBIRTH"):
        session.learn(of.device, said.payload.metrics)
    named = [(session.name(of.device, metric), metric) for metric in said.payload.metrics]
    tables, _ = metrics.tables(metrics.wants(mapping, found), named, said)
    times = [time for table in tables for time in table.times or ()]
    return {str(mapping.element).format_map(found): (tables, max(times, default=None))}

"""One message as it came to batches: of the sensor that it is of, or one that says why it was refused. Pure."""

from collections.abc import Mapping as Parts

from agents.host_clock import Stamp
from agents.sensors import reader
from agents.sensors.plan import Mapped, Plan, parts
from agents.sensors.strict_json import RefusedError, parse, shown
from contract.batch import Batch, RefusedMessage
from contract.handlers import Message
from contract.printable import printable

MAX_REASON = 500
MAX_TOPIC = 500
SHOWN_BYTES = 1000


def understand(plan: Plan, message: Message, stamp: Stamp) -> list[Batch]:
    """Return a batch for each sensor that the message is of, or one that is refused. None at all: it was retained and
    has no time of its own, so that it may be of any day, or the plan does not ask for it."""
    if not plan.hears(message.topic):
        return []
    empty = Batch(kind="sensor", time=stamp.time, mono=stamp.mono, synced=stamp.synced, assignment=plan.assignment)

    def refused(reason: str) -> Batch:
        said = RefusedMessage(
            reason=printable(reason[:MAX_REASON])[:MAX_REASON],
            topic=printable(message.topic[:MAX_TOPIC])[:MAX_TOPIC],
            payload=message.payload[:SHOWN_BYTES].decode("utf-8", errors="replace"),
        )
        return empty.model_copy(update={"refused": said})

    fitting = [(one, found) for one in plan.mapped if (found := parts(one.mapping.topic, message.topic)) is not None]
    if not fitting:
        return [refused("no mapping of this agent's sensors has such a topic")]
    try:
        document = parse(message.payload)
    except RefusedError as error:
        return [refused(str(error))]
    out: list[Batch] = []
    unknown: list[str] = []
    for one, found in fitting:
        try:
            sensor = _sensor(one, found, document)
        except RefusedError as error:
            unknown.append(str(error))
            continue
        source = one.mapping.time
        if source is None and message.retained:
            continue
        try:
            time = None if source is None else reader.own_time(source, document, stamp)
            tables = reader.tables(one.mapping, found, document, time)
        except RefusedError as error:  # what another mapping makes of it is good
            out.append(refused(f"{sensor}: {error}"))
        else:
            # The broker may have kept a retained message for days: it is of its own time, not of now.
            own = {"time": time, "mono": 0} if message.retained and time is not None else {}
            out.append(empty.model_copy(update={"device": sensor, "tables": tables, **own}))
    return [refused("; ".join(unknown))] if len(unknown) == len(fitting) else out


def _sensor(one: Mapped, found: Parts[str, str], document: object) -> str:
    name = reader.text(one.mapping.element, found, document)
    if name not in one.sensors:
        raise RefusedError(f"no sensor of this agent has the mapping {one.name} and the key {shown(name)}")
    return one.sensors[name]

"""One message as it came to batches: of the sensors that it is of, or one that says why it was refused. Pure."""

from collections.abc import Callable
from collections.abc import Mapping as Parts

from agents.host_clock import Stamp
from agents.sensors import line_protocol, line_reader, made, reader, strict_json
from agents.sensors.line_protocol import Lines
from agents.sensors.plan import Plan, parts
from agents.sensors.values import RefusedError, shown
from contract.batch import Batch, RefusedMessage, Table
from contract.handlers import Message
from contract.mapping import Format, Mapping
from contract.printable import printable

MAX_REASON = 500
MAX_TOPIC = 500
SHOWN_BYTES = 1000
PARSERS: Parts[Format, Callable[[bytes], object]] = {"json": strict_json.parse, "line-protocol": line_protocol.parse}


def understand(plan: Plan, message: Message, stamp: Stamp) -> list[Batch]:
    """Return a batch for each sensor that the message is of, or one that is refused. None at all: it was retained and
    has no time of its own, so that it may be of any day, or the plan does not ask for it."""
    if not plan.hears(message.topic):
        return []
    fitting = [(one, found) for one in plan.mapped if (found := parts(one.mapping.topic, message.topic)) is not None]
    if not fitting:
        return [refused("no mapping of this agent's sensors has such a topic", plan, message, stamp)]
    out: list[Batch] = []
    unknown: dict[str, None] = {}
    documents: dict[Format, object] = {}
    is_known = False
    for one, found in fitting:
        source = one.mapping
        try:
            if source.format not in documents:
                documents[source.format] = PARSERS[source.format](message.payload)
            speaking = speakers(source, found, documents[source.format])
        except RefusedError as error:
            unknown[str(error)] = None
            continue
        for name, said in speaking.items():
            sensor = one.sensors.get(name)
            if sensor is None:
                unknown[f"no sensor of this agent has the mapping {one.name} and the key {shown(name)}"] = None
                continue
            is_known = True
            if source.time is None and message.retained:
                continue
            try:
                tables, time = read(source, found, said, stamp)
            except RefusedError as error:  # what another mapping makes of it is good
                out.append(refused(f"{sensor}: {error}", plan, message, stamp))
                continue
            # The broker may have kept a retained message for days: it is of its own time, not of now.
            at = Stamp(time, 0, stamp.synced) if message.retained and time is not None else stamp
            out.append(made.batch(plan.assignment, sensor, tables, at))
    return out if is_known else [refused("; ".join(unknown), plan, message, stamp)]


def refused(reason: str, plan: Plan, message: Message, stamp: Stamp) -> Batch:
    """Return the batch of a message that is not understood."""
    said = RefusedMessage(
        reason=printable(reason[:MAX_REASON])[:MAX_REASON],
        topic=printable(message.topic[:MAX_TOPIC])[:MAX_TOPIC],
        payload=message.payload[:SHOWN_BYTES].decode("utf-8", errors="replace"),
    )
    return made.batch(plan.assignment, "", [], stamp).model_copy(update={"refused": said})


def speakers(mapping: Mapping, found: Parts[str, str], document: object) -> Parts[str, object]:
    """Return what each sensor says, by the name by which the message calls it: JSON is of one, lines may be of many.
    `found` are the parts of the topic.

    Raises:
        RefusedError: a name is missing or is none.
    """
    if isinstance(document, Lines):
        return line_reader.speakers(mapping, found, document)
    return {reader.text(mapping.element, found, document): document}


def read(mapping: Mapping, found: Parts[str, str], said: object, stamp: Stamp) -> tuple[list[Table], int | None]:
    """Return the rows of what one sensor says, and its own time (the newest one), ms since 1970 UTC, if it has one.

    Raises:
        RefusedError: a value is not what the mapping says, or there is none at all.
    """
    if isinstance(said, Lines):
        return line_reader.tables(mapping, found, said, stamp)
    time = None if mapping.time is None else reader.own_time(mapping.time, said, stamp)
    return reader.tables(mapping, found, said, time), time

"""The metrics of a message of Sparkplug with a mapping, to tables. Pure."""

from collections.abc import Mapping as Parts
from collections.abc import Sequence
from dataclasses import dataclass

from agents.sensors import reader
from agents.sensors.rows import Rows, Series, series_of
from agents.sensors.sparkplug.payload import Metric
from agents.sensors.sparkplug.plain import plain
from agents.sensors.sparkplug.session import Named, Said
from agents.sensors.values import RefusedError, convert
from contract.batch import Table
from contract.mapped_field import MappedField
from contract.mapping import Mapping


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a metric becomes: a field of a series, in the row with these tags."""

    series: Series
    tags: tuple[str, ...]
    name: str
    field: MappedField


Wants = Parts[str, Sequence[Wanted]]  # by the name of the metric


def wants(mapping: Mapping, parts: Parts[str, str]) -> Wants:
    """Return what a mapping wants of the metrics of a node or device; `parts` are those of the topic."""
    out: dict[str, list[Wanted]] = {}
    for table in mapping.tables:
        tags = tuple(reader.text(source, parts, None) for source in table.tags.values())
        for name, field in table.fields.items():
            out.setdefault("/".join(field.pointer), []).append(Wanted(series_of(table), tags, name, field))
    return out


def tables(wanted: Wants, named: Sequence[tuple[Named, Metric]], said: Said) -> tuple[list[Table], int]:
    """Return the rows of a message's metrics, each at its own time, maybe none; and how many values of a birth are so
    old that nobody keeps them: a birth also repeats what has not changed for long.

    Raises:
        RefusedError: a value is not what the mapping says, or its time cannot be.
    """
    rows, old, stamp = Rows(), 0, said.stamp
    first, last = stamp.time - reader.MAX_AGE_MS, stamp.time + reader.MAX_AHEAD_MS
    is_birth = said.topic.kind in ("NBIRTH", "DBIRTH")
    sent = said.payload.timestamp if said.payload.timestamp is not None else stamp.time
    for known, metric in named:
        time = metric.timestamp if metric.timestamp is not None else sent
        for one in wanted.get(known.name, ()):
            try:
                value = convert(one.field, plain(metric, known.datatype))
                if value is None:
                    continue
                if is_birth and time < first:
                    old += 1
                    continue
                if not first <= time <= last:
                    reader.check_time(time, time, stamp)
            except RefusedError as error:
                raise RefusedError(f"{known.name}: {error}") from None
            rows.put(one.series, one.tags, time, one.name, value)
    return rows.tables(), old

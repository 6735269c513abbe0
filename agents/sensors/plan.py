"""What an assignment says of sensors, ready for messages: which topics to hear, and who speaks on them. Pure."""

from collections.abc import Container, Iterable
from collections.abc import Mapping as Names
from dataclasses import dataclass

from contract.mapping import PART, Mapping, parse_mappings
from contract.messages import Assignment
from contract.printable import printable

Shape = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mapped:
    """A mapping by its name with its sensors: from what their messages call them to their ids."""

    name: str
    mapping: Mapping
    sensors: Names[str, str]


@dataclass(frozen=True, slots=True)
class Plan:
    """`filters` are those of MQTT to subscribe to; `troubles` say, for the log, which sensors cannot be heard."""

    assignment: str
    mapped: tuple[Mapped, ...] = ()
    filters: frozenset[str] = frozenset()
    troubles: tuple[str, ...] = ()
    shapes: frozenset[Shape] = frozenset()
    """Where the wide ones of the filters have their + and #."""

    nodes: tuple[Mapped, ...] = ()
    """Those of edge nodes of Sparkplug; `mapped` are the others, whose messages each say all of themselves."""

    def hears(self, topic: str) -> bool:
        """Whether the plan asks for messages of a topic: a broker may have kept some for a former one."""
        return topic in self.filters or _is_covered(topic, self.filters, self.shapes)


def plan(assignment: Assignment, more: Iterable[str] = ()) -> Plan:
    """Return the plan of an assignment; `more` are filters to be heard beside.

    Raises:
        ConfigError: a mapping of it cannot be read.
    """
    mappings = parse_mappings(assignment.mappings)
    by_name: dict[str, dict[str, str]] = {}
    filters, troubles = set(more), []
    for sensor in assignment.sensors:
        found = mappings.get(sensor.mapping)
        if found is None:
            troubles.append(f"{sensor.id} is not heard: its assignment has no mapping {printable(sensor.mapping)}")
        elif (heard_on := subscription(found, sensor.key)) is None:
            troubles.append(f"{sensor.id} is not heard: its key {sensor.key!a} cannot be a level of {found.topic}")
        else:
            by_name.setdefault(sensor.mapping, {})[sensor.key] = sensor.id
            filters.add(heard_on)
    mapped = [Mapped(name, mappings[name], sensors) for name, sensors in by_name.items()]
    shapes = _shapes(filters)
    heard = frozenset(one for one in filters if not _is_covered(one, filters, shapes))  # a broker may send it for each
    nodes = [one for one in mapped if one.mapping.format == "sparkplug"]
    others = [one for one in mapped if one.mapping.format != "sparkplug"]
    return Plan(assignment.id, tuple(others), heard, tuple(troubles), shapes, tuple(nodes))


def subscription(mapping: Mapping, key: str) -> str | None:
    """Return the filter on which a sensor is heard. Where one part of the topic is its name, it is that topic only:
    a broker may have the sensors of other agents too. Of a node of Sparkplug it is whatever that and its devices say.
    None: its name cannot be in a topic."""
    named = PART.fullmatch(mapping.element) if isinstance(mapping.element, str) else None
    if named and any(c in "/+#" or not c.isprintable() for c in key):
        return None
    wide = PART.sub(lambda part: key if named and part[1] == named[1] else "+", mapping.topic)
    return "/".join([*wide.split("/")[:4], "#"]) if mapping.format == "sparkplug" else wide


def parts(pattern: str, topic: str) -> dict[str, str] | None:
    """Return the named parts of a topic; None when the pattern does not fit it."""
    out: dict[str, str] = {}
    wanted, levels = pattern.split("/"), topic.split("/")
    if len(wanted) != len(levels):
        return None
    for want, level in zip(wanted, levels, strict=True):
        if want.startswith("{") and level:
            out[want[1:-1]] = level
        elif want != level:
            return None
    return out


def _shapes(filters: Iterable[str]) -> frozenset[Shape]:
    return frozenset(
        tuple(level if level in ("+", "#") else "" for level in one.split("/")) for one in filters if _is_wide(one)
    )


def _is_wide(one: str) -> bool:
    return "+" in one or "#" in one


def _is_covered(one: str, filters: Container[str], shapes: Iterable[Shape]) -> bool:
    """Whether another filter has all topics of one (MQTT 3.1.1 clause 4.7). Sensors have thousands of filters, and few
    shapes: of each shape only one can be it."""
    levels = one.split("/")
    for shape in shapes:
        wide = [mark or level for mark, level in zip(shape, levels, strict=False)]
        is_open = shape[-1] == "#"
        if is_open and len(levels) == len(shape) - 1:
            wide.append("#")
        if len(wide) != len(shape) or (not is_open and len(levels) != len(shape)):
            continue
        narrower = any(mark == "+" and level == "#" for mark, level in zip(shape, levels, strict=False))
        other = "/".join(wide)
        if other != one and not narrower and other in filters:
            return True
    return False

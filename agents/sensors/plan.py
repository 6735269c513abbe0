"""What an assignment says of sensors, ready for messages: which topics to hear, and who speaks on them. Pure."""

from collections.abc import Iterable
from collections.abc import Mapping as Names
from dataclasses import dataclass

from contract.mapping import PART, Mapping, parse_mappings
from contract.messages import Assignment
from contract.printable import printable


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

    def hears(self, topic: str) -> bool:
        """Whether the plan asks for messages of a topic: a broker may have kept some for a former one."""
        return topic in self.filters or any(_covers(one, topic) for one in self.filters if _is_wide(one))


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
    mapped = tuple(Mapped(name, mappings[name], sensors) for name, sensors in by_name.items())
    return Plan(assignment.id, mapped, _widest(filters), tuple(troubles))


def subscription(mapping: Mapping, key: str) -> str | None:
    """Return the filter on which a sensor is heard. Where one part of the topic is its name, it is that topic only:
    a broker may have the sensors of other agents too. None: its name cannot be in a topic."""
    named = PART.fullmatch(mapping.element) if isinstance(mapping.element, str) else None
    if named and any(c in "/+#" or not c.isprintable() for c in key):
        return None
    return PART.sub(lambda part: key if named and part[1] == named[1] else "+", mapping.topic)


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


def _widest(filters: set[str]) -> frozenset[str]:
    """Return the filters without those that another one covers: a broker may send a message once for each."""
    wide = [one for one in filters if _is_wide(one)]
    return frozenset(one for one in filters if not any(other != one and _covers(other, one) for other in wide))


def _is_wide(one: str) -> bool:
    return "+" in one or "#" in one


def _covers(wide: str, narrow: str) -> bool:
    """Whether every topic of `narrow` is one of `wide` (MQTT 3.1.1 clause 4.7)."""
    have, levels = wide.split("/"), narrow.split("/")
    if have[-1] == "#":
        have, levels = have[:-1], levels[: len(have) - 1]
    return len(have) == len(levels) and all(
        a == b or (a == "+" and b != "#") for a, b in zip(have, levels, strict=True)
    )

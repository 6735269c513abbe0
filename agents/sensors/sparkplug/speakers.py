"""Which sensors a node or device of Sparkplug is, by the mappings of a plan. Pure."""

from dataclasses import dataclass, field

from agents.sensors.plan import Mapped, Plan, parts
from agents.sensors.sparkplug.metrics import Wants, wants
from agents.sensors.sparkplug.topic import Node, Topic
from contract.mapping import PART

MAX_KNOWN = 10_000  # nodes and devices that are remembered


@dataclass(frozen=True, slots=True)
class Speaker:
    """A sensor, and what its mapping wants of its metrics."""

    sensor: str
    wants: Wants


@dataclass(slots=True)
class Speakers:
    """What was found is remembered: a plan is asked for each message."""

    plan: Plan
    _known: dict[tuple[Node, str], tuple[Speaker, ...]] = field(default_factory=dict)
    _ours: dict[Node, bool] = field(default_factory=dict)

    def of(self, node: Node, device: str) -> tuple[Speaker, ...]:
        """Return the sensors that a node, or with a name one of its devices, is."""
        known = self._known.get((node, device))
        if known is None:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            known = self._known[node, device] = tuple(self._find(node, device))
        return known

    def is_ours(self, node: Node) -> bool:
        """Whether a node, or a device of it, may be a sensor of ours."""
        known = self._ours.get(node)
        if known is None:
            if len(self._ours) >= MAX_KNOWN:
                self._ours.clear()
            known = self._ours[node] = any(_may_be(one, node) for one in self.plan.nodes)
        return known

    def devices(self, node: Node) -> list[str]:
        """Return the devices of a node that the mappings call by name."""
        last = [one.mapping.topic.split("/") for one in self.plan.nodes if _may_be(one, node)]
        return [levels[4] for levels in last if len(levels) == 5 and not PART.fullmatch(levels[4])]

    def nodes(self) -> list[Node]:
        """Return the nodes whose group and name the plan says: they can be asked before they speak."""
        out: dict[Node, None] = {}
        for one in self.plan.nodes:
            _, group, _, node, *_ = one.mapping.topic.split("/")
            for key in one.sensors:
                levels = [key if level == one.mapping.element else level for level in (group, node)]
                if not any(PART.fullmatch(level) for level in levels):
                    out[levels[0], levels[1]] = None
        return list(out)

    def _find(self, node: Node, device: str) -> list[Speaker]:
        topic = Topic(node, "DDATA" if device else "NDATA", device).text()
        out: list[Speaker] = []
        for one in self.plan.nodes:
            found = parts(one.mapping.topic, topic)
            if found is None or not isinstance(one.mapping.element, str):
                continue
            sensor = one.sensors.get(one.mapping.element.format_map(found))
            if sensor is not None:
                out.append(Speaker(sensor, wants(one.mapping, found)))
        return out


def _may_be(one: Mapped, node: Node) -> bool:
    levels = one.mapping.topic.split("/")
    found: dict[str, str] = {}
    for level, said in ((levels[1], node[0]), (levels[3], node[1])):
        if part := PART.fullmatch(level):
            found[part[1]] = said
        elif level != said:
            return False
    element = str(one.mapping.element)
    return not found.keys() >= set(PART.findall(element)) or element.format_map(found) in one.sensors

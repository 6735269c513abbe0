"""What is known of one edge node: whether it was born, its metrics by alias, and which message is the next. Pure.

A node counts its messages (seq); what comes before its turn waits a moment for the one that lacks. When that does not
come, the aliases are forgotten until the next birth: a birth that was lost could have given them to other metrics.
"""

from collections import deque
from dataclasses import dataclass, field

from agents.host_clock import Stamp
from agents.sensors.sparkplug.payload import Metric, Payload
from agents.sensors.sparkplug.topic import Topic
from agents.sensors.values import RefusedError
from contract.handlers import Message

REORDER_MS = 2_000
LATE_MS = 10_000  # after a birth in which something from before it may come; then clocks were set back
MAX_HELD = 16  # messages that wait for one that lacks
MAX_KNOWN = 5_000  # metrics of a node and its devices
MAX_DEVICES = 200
REMEMBERED = 16  # messages by which one that comes twice is known
SEQ = 256
BD_SEQ = "bdSeq"


class UnbornError(RefusedError):
    """A message that only a birth could explain, and it was not heard."""


@dataclass(slots=True)
class Said:
    """A message of a node as it came, decoded."""

    topic: Topic
    payload: Payload
    message: Message
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Named:
    """A metric of a node, or of one of its devices."""

    device: str
    name: str
    datatype: int | None


@dataclass(slots=True)
class Session:
    """`devices` are those that were heard of since the birth of the node. Times are of a monotonic clock, ms."""

    is_born: bool = False
    is_dead: bool = False
    asked_at: int | None = None
    devices: set[str] = field(default_factory=set)
    _bd_seq: int | None = None
    _born: Said | None = None
    _next: int = 0
    _by_alias: dict[int, Named] = field(default_factory=dict)
    _by_name: dict[tuple[str, str], Named] = field(default_factory=dict)
    _held: dict[int, Said] = field(default_factory=dict)
    _recent: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    @property
    def gives_up_at(self) -> int | None:
        """When it waits no longer for a message that lacks; None while it does not wait."""
        return next(iter(self._held.values())).stamp.mono + REORDER_MS if self._held else None

    def is_news(self, said: Said) -> bool:
        """Whether a message is not one that came a moment ago (while a connection takes the place of another both hear
        it), nor one from before the birth that comes after it. A will may be the same as that of another life."""
        if said.topic.kind == "NDEATH":
            return True
        mark = hash((said.message.topic, said.message.payload))
        if mark in self._recent or (said.topic.kind != "NBIRTH" and self._is_late(said)):
            return False
        self._recent.append(mark)
        return True

    def _is_late(self, said: Said) -> bool:
        born = self._born
        if born is None or not self.is_born or said.payload.seq == self._next:
            return False
        is_before = (said.payload.timestamp or 0) < (born.payload.timestamp or 0)
        return is_before and said.stamp.mono - born.stamp.mono < LATE_MS

    def is_last_word(self, death: Said) -> bool:
        """Whether a death of the node is not of a life before its last birth (by bdSeq, which counts its connections: a
        will may be late). One that is of a later life is true, too: that birth was lost."""
        said, known = bd_seq(death.payload), self._bd_seq
        return not self.is_dead and (said is None or known is None or (said - known) % SEQ < SEQ // 2)

    def begin(self, birth: Said) -> list[Said]:
        """The node is born. Returns what waited for a message that lacks, and is from before.

        Raises:
            RefusedError: the birth cannot be used; then nothing is known of the node.
        """
        at = birth.payload.timestamp or 0
        before = [one for one in self._held.values() if (one.payload.timestamp or 0) < at]
        after = {seq: one for seq, one in self._held.items() if one not in before}
        self.end()
        self.learn("", birth.payload.metrics)
        self.is_born, self.is_dead, self._held = True, False, after
        self._bd_seq, self._born = bd_seq(birth.payload), birth
        self._next = ((birth.payload.seq or 0) + 1) % SEQ
        return before

    def end(self) -> list[Said]:
        """Forget what was known by the last birth. Returns what still waited, in its order."""
        held = [one for _, one in sorted(self._held.items(), key=lambda pair: (pair[0] - self._next) % SEQ)]
        self.is_born, self._bd_seq = False, None
        self._held = {}
        self._by_alias.clear()
        self._by_name.clear()
        self.devices.clear()
        return held

    def order(self, said: Said) -> list[Said]:
        """Take a message of a node, no birth or death of its own; return those whose turn it is."""
        if not self.is_born or said.payload.seq is None:
            return [said]
        if said.payload.seq in self._held or len(self._held) >= MAX_HELD:
            return [*self.end(), said]
        self._held[said.payload.seq] = said
        return self.in_turn()

    def in_turn(self) -> list[Said]:
        """Return those that waited and whose turn it is."""
        out: list[Said] = []
        while (one := self._held.pop(self._next, None)) is not None:
            out.append(one)
            self._next = (self._next + 1) % SEQ
        return out

    def hear_of(self, device: str) -> None:
        """A device has said something.

        Raises:
            RefusedError: there are more than are followed.
        """
        if device and device not in self.devices:
            if len(self.devices) >= MAX_DEVICES:
                raise RefusedError(f"its edge node has more than {MAX_DEVICES} devices")
            self.devices.add(device)

    def learn(self, device: str, metrics: list[Metric]) -> None:
        """Take the metrics of a birth in place of those that were known.

        Raises:
            RefusedError: one has no name, an alias is given twice, or there are more than are known of a node.
        """
        self.forget(device)
        for metric in metrics:
            if metric.name is None:
                raise RefusedError("a metric of a birth has no name")
            if len(self._by_name) >= MAX_KNOWN:
                raise RefusedError(f"its edge node has more than {MAX_KNOWN} metrics")
            named = Named(device, metric.name, metric.datatype)
            self._by_name[device, metric.name] = named
            if metric.alias is not None and self._by_alias.setdefault(metric.alias, named) is not named:
                raise RefusedError(f"the alias {metric.alias} is of two metrics")

    def forget(self, device: str) -> None:
        """A device, or with an empty name the node itself, has these metrics no longer."""
        for alias in [alias for alias, named in self._by_alias.items() if named.device == device]:
            del self._by_alias[alias]
        for name in [name for name in self._by_name if name[0] == device]:
            del self._by_name[name]

    def name(self, device: str, metric: Metric) -> Named:
        """Return which metric it is: the name counts, or else the alias.

        Raises:
            UnbornError: the alias is not known.
            RefusedError: it has neither.
        """
        if metric.name is not None:
            known = self._by_name.get((device, metric.name))
            return known if known and metric.datatype is None else Named(device, metric.name, metric.datatype)
        if metric.alias is None:
            raise RefusedError("a metric has neither name nor alias")
        by_alias = self._by_alias.get(metric.alias)
        if by_alias is None or by_alias.device != device:
            raise UnbornError(f"the alias {metric.alias} is of no birth that was heard; a rebirth is asked for")
        return by_alias


def bd_seq(payload: Payload) -> int | None:
    """Return which of its connections a node says that it is."""
    return next((one.value for one in payload.metrics if one.name == BD_SEQ and isinstance(one.value, int)), None)

"""The edge nodes of Sparkplug: each message to batches, in the order in which the node said it. Pure.

A death makes what a node's sensors said unknown at that time: a batch whose reading failed, without any value. What
only a birth could explain is refused, and the node is asked for its births, once a minute at most.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from agents.host_clock import Stamp
from agents.sensors import made
from agents.sensors.plan import Plan
from agents.sensors.sparkplug import metrics, payload, topic
from agents.sensors.sparkplug.session import Said, Session, UnbornError
from agents.sensors.sparkplug.speakers import Speakers
from agents.sensors.sparkplug.topic import Node
from agents.sensors.understand import refused
from agents.sensors.values import RefusedError
from contract.batch import Batch, PollInfo
from contract.handlers import Message

MAX_NODES = 2_000
MAX_ASKS = 100  # at once: each is answered by births
ASKS_PAUSE_MS = 1_000
ASK_EVERY_MS = 60_000
BORN = PollInfo(outcome="ok", took_ms=0, reason="it was born")


@dataclass(slots=True)
class Nodes:
    """Not thread-safe."""

    old_values: int = 0
    _asks: dict[Node, None] = field(default_factory=dict)
    _asks_from: int = 0
    _born: dict[Node, None] = field(default_factory=dict)
    _speakers: Speakers = field(default_factory=lambda: Speakers(Plan("")))
    _sessions: dict[Node, Session] = field(default_factory=dict)
    _waiting: set[Node] = field(default_factory=set)

    def apply(self, plan: Plan) -> None:
        """Go by a new plan; what is known of its nodes stays."""
        self._speakers = Speakers(plan)
        self._sessions = {node: one for node, one in self._sessions.items() if self._speakers.is_ours(node)}
        self._waiting &= self._sessions.keys()

    def begin(self, mono: int, remembered: Iterable[Node] = ()) -> list[Batch]:
        """Nothing was heard until now: forget what was known, and ask for births those that were here before, those
        that the plan names, and of `remembered` those that may be ours. Returns the batches of what still waited;
        `mono` is in ms."""
        out = [batch for session in self._sessions.values() for batch in self._give_up(session)]
        self._waiting.clear()
        before = filter(self._speakers.is_ours, remembered)
        for node in dict.fromkeys([*self._sessions, *self._speakers.nodes(), *before]):
            self._ask(node, self._session(node), mono)
        return out

    def hear(self, message: Message, stamp: Stamp) -> list[Batch] | None:
        """Return the batches of a message, and of those that had waited for it; none while it waits itself. None: it is
        of a host, was retained, came before, is of a node's former life, or is of no sensor."""
        of = topic.parse(message.topic)
        if message.retained or (of is None and topic.is_of_hosts(message.topic)):
            return None
        if of is None:
            return [self._refused("this is no topic of Sparkplug", message, stamp)]
        if not self._speakers.is_ours(of.node):
            return [self._refused("no sensor of this agent is of this edge node", message, stamp)]
        try:
            speakers = self._speakers.of(of.node, of.device)
            said = Said(of, payload.decode(message.payload), message, stamp)
        except RefusedError as error:
            return [self._refused(str(error), message, stamp)]
        session = self._session(of.node)
        if not session.is_news(said):
            return None
        out = list(self._take(said, session))
        if session.gives_up_at is not None:
            self._waiting.add(of.node)
        elif not session.is_born and not session.is_dead:
            self._ask(of.node, session, stamp.mono)
        return out if out or (speakers and of.kind != "NDEATH") else None

    def due_in_ms(self, mono: int) -> int | None:
        """Return how long `overdue` and `take_asks` may wait, ms; None when nothing waits."""
        ends = [at for node in self._waiting if (at := self._sessions[node].gives_up_at) is not None]
        if self._asks:
            ends.append(self._asks_from)
        return max(0, min(ends) - mono) if ends else None

    def overdue(self, mono: int) -> list[Batch]:
        """Return the batches of messages that have waited long enough for one that lacks."""
        out: list[Batch] = []
        for node in list(self._waiting):
            session = self._sessions[node]
            ends = session.gives_up_at
            if ends is not None and ends <= mono:
                out += self._give_up(session)
                self._ask(node, session, mono)
            if session.gives_up_at is None:
                self._waiting.discard(node)
        return out

    def take_asks(self, mono: int) -> list[Node]:
        """Return the nodes to be asked for their births now."""
        if not self._asks or mono < self._asks_from:
            return []
        asks = list(islice(self._asks, MAX_ASKS))
        for node in asks:
            del self._asks[node]
        if self._asks:
            self._asks_from = mono + ASKS_PAUSE_MS
        return asks

    def take_born(self) -> list[Node]:
        """Return the nodes of which a birth, also of a device, has told of a sensor since the last time."""
        born, self._born = self._born, {}
        return list(born)

    def _take(self, said: Said, session: Session) -> Iterator[Batch]:
        if said.topic.kind == "NDEATH":
            if session.is_last_word(said):
                yield from self._death(said, session)
        elif said.topic.kind == "NBIRTH":
            yield from self._birth(said, session)
        else:
            session.is_dead = False
            for one in session.order(said):
                yield from self._read(one, session)

    def _birth(self, said: Said, session: Session) -> Iterator[Batch]:
        try:
            before = session.begin(said)
            self._asks.pop(said.topic.node, None)
        except RefusedError as error:
            session.end()
            yield self._refused(str(error), said.message, said.stamp)
            return
        for one in before:
            yield self._refused("it is of before the birth, and came too late", one.message, one.stamp)
        yield from self._values(said, session)
        for one in session.in_turn():
            yield from self._read(one, session)

    def _death(self, said: Said, session: Session) -> Iterator[Batch]:
        devices = ["", *dict.fromkeys([*session.devices, *self._speakers.devices(said.topic.node)])]
        yield from self._give_up(session)
        session.is_dead = True
        for device in devices:
            yield from self._gone(said, device, "its edge node has gone (NDEATH)")

    def _give_up(self, session: Session) -> Iterator[Batch]:
        """What was known by the last birth holds no longer; yield the batches of what still waited."""
        for one in session.end():
            yield from self._read(one, session)

    def _read(self, said: Said, session: Session) -> Iterator[Batch]:
        """Yield the batches of a message whose turn it is."""
        device = said.topic.device
        try:
            session.hear_of(device)
            if said.topic.kind == "DBIRTH" and session.is_born:
                session.learn(device, said.payload.metrics)
        except RefusedError as error:
            yield self._refused(str(error), said.message, said.stamp)
            return
        if said.topic.kind == "DDEATH":
            session.forget(device)
            session.devices.discard(device)
            yield from self._gone(said, device, "its edge node does not reach it (DDEATH)")
        else:
            yield from self._values(said, session)

    def _values(self, said: Said, session: Session) -> Iterator[Batch]:
        device, is_birth = said.topic.device, said.topic.kind in ("NBIRTH", "DBIRTH")
        speakers = self._speakers.of(said.topic.node, device)
        if not speakers:
            return
        try:
            named = [(session.name(device, metric), metric) for metric in said.payload.metrics]
        except RefusedError as error:
            if isinstance(error, UnbornError):
                self._ask(said.topic.node, session, said.stamp.mono)
            yield self._refused(str(error), said.message, said.stamp)
            return
        for one in speakers:
            try:
                tables, old = metrics.tables(one.wants, named, said)
            except RefusedError as error:
                yield self._refused(f"{one.sensor}: {error}", said.message, said.stamp)
                continue
            self.old_values += old
            if is_birth:
                self._born[said.topic.node] = None
            yield made.batch(self._speakers.plan.assignment, one.sensor, tables, said.stamp, BORN if is_birth else None)

    def _gone(self, said: Said, device: str, why: str) -> Iterator[Batch]:
        gone = PollInfo(outcome="unreachable", took_ms=0, reason=why)
        for one in self._speakers.of(said.topic.node, device):
            yield made.batch(self._speakers.plan.assignment, one.sensor, [], said.stamp, gone)

    def _refused(self, reason: str, message: Message, stamp: Stamp) -> Batch:
        return refused(reason, self._speakers.plan, message, stamp)

    def _session(self, node: Node) -> Session:
        session = self._sessions.get(node)
        if session is None:
            if len(self._sessions) >= MAX_NODES:
                oldest = next(iter(self._sessions))
                self._waiting.discard(oldest)
                del self._sessions[oldest]
            session = self._sessions[node] = Session()
        return session

    def _ask(self, node: Node, session: Session, mono: int) -> None:
        was_asked = session.asked_at is not None and mono - session.asked_at < ASK_EVERY_MS
        if not was_asked and len(self._asks) < MAX_NODES:
            session.asked_at = mono
            self._asks[node] = None

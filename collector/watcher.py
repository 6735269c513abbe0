"""The intake's loop: every batch is judged, watched by the engine, committed, and only then acknowledged as seen.

It never waits for the database: accepted batches are offered to the storer, and what that cannot take now is on its
agent's disk and comes again when the store is ready.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial

from collector import heartbeats
from collector.acks import Named
from collector.clocks import Clocks
from collector.complaints import Complaints
from collector.database import StateError
from collector.dead_letter import DeadLetters
from collector.fleet import Fleet
from collector.group import Group
from collector.heartbeats import StrangeError
from collector.inbox import Inbox
from collector.intake import Accepted, Damaged, Held, Malformed, judge
from collector.state import State
from collector.versions import Versions
from collector.watch.engine import Engine
from contract import crash_point, topics
from contract.batch import decompressor
from contract.catalog import Catalog
from contract.messages import Numbers
from contract.mqtt import Message

log = logging.getLogger(__name__)

GROUP = 500
GROUP_WEIGHT = 1 << 20  # bytes: what is touched three times should stay in the processor's cache
LINGER_S = 0.05
RETRY_S = 1.0
TICK_MS = 1_000
MAX_BUGS = 3  # of the watch in one group

Offer = Callable[[list[Accepted]], None]
Acknowledge = Callable[[list[Named], list[Named]], None]


def name_of(judged: Accepted | Malformed | Held) -> Named:
    """Return the name of a batch."""
    record = judged.record
    return Named(judged.agent, record.boot, record.seq, record.crc)


class Watcher:
    """Runs in a thread of its own."""

    def __init__(
        self,
        inbox: Inbox,
        state: State,
        dead_letters: DeadLetters,
        versions: Versions,
        catalog: Catalog,
        *,
        engine: Engine,
        offer: Offer,
        acknowledge: Acknowledge,
    ) -> None:
        """`offer` hands accepted batches to the storer; `acknowledge` is told (seen, stored)."""
        self.engine = engine
        self._ticked_ms = 0
        self._inbox, self._state, self._dead_letters = inbox, state, dead_letters
        self._versions, self._catalog = versions, catalog
        self._offer, self._acknowledge = offer, acknowledge
        self._unpacking = decompressor()
        self._say = Complaints().say
        self.counts: Counter[str] = Counter()
        self.held_counts: Counter[str] = Counter()
        self.clocks = Clocks(state.clocks.read())
        self.alarms = state.alarms
        self.fleet = Fleet()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        todo: list[Message] = []
        while not stop.is_set():
            todo = todo or self._inbox.take(GROUP, 0.2, LINGER_S)
            left = self.step(todo)
            if left and len(left) == len(todo):
                stop.wait(RETRY_S)
            todo = left

    def step(self, messages: list[Message]) -> list[Message]:
        """Handle a group in one commit. Returns what is left to do: the end of a group that unpacks to too much at
        once, or all of it while the state cannot be written. Then nothing of it was acknowledged."""
        now_ms = time.time_ns() // 1_000_000
        group = Group()
        done = 0
        for message in messages:
            if group.weight > GROUP_WEIGHT:
                break
            done += 1
            try:
                self._sort(message, group, now_ms)
            except Exception:
                self.counts["bugs"] += 1  # it was not acknowledged: it is on its agent's disk, and comes again
                log.exception("a bug: a message on %s was passed over", message.topic)
        try:
            self._settle(group, now_ms)
        except StateError as error:
            self.counts["state_errors"] += 1
            self._say("", f"nothing is acknowledged, what comes in waits: {error}")
            return messages
        return messages[done:]

    def _watch(self, accepted: list[Accepted], group: Group, now_ms: int) -> None:
        """Show a group to the engine. A bug in what it makes of the data must not hold up the data, and one batch that
        meets a bug must not hide the others. An agent whose readings are held for its clock is not heard: we are blind
        to what it watches, and nothing of it is absent."""
        heard = [beat for beat in group.fresh if self.clocks.believes(*beat)]
        if self._call(partial(self.engine.take, accepted, heard, now_ms, group.beats)):
            return
        bugs = 0
        for part in [[one] for one in accepted] if len(accepted) > 1 else [[]] * len(accepted):
            bugs += not self._call(partial(self.engine.take, part, heard, now_ms, group.beats))
            if bugs == MAX_BUGS:
                return  # it is not about one of them

    def _call(self, call: Callable[[], None]) -> bool:
        """Call the engine in a part of the transaction; False when that came to nothing."""
        try:
            with self._state.part(self.engine.put_back):
                call()
        except StateError:
            raise
        except Exception:
            self.counts["watch_bugs"] += 1
            log.exception("a bug in the watch: what a group means was passed over, its data are stored")
            return False
        return True

    def _sort(self, message: Message, group: Group, now_ms: int) -> None:
        if (agent := topics.owner(message.topic, topics.ALL_BATCHES)) and not message.retained:
            judged = judge(agent, message.payload, self._versions, self._catalog, now_ms, self.clocks, self._unpacking)
            crash_point.reach("intake.after_decode")
            group.batches.append(judged)
            group.weight += judged.weight if isinstance(judged, Accepted) else 0
        elif (agent := topics.owner(message.topic, topics.ALL_NUMBERS)) and self._versions.knows_agent(agent):
            try:
                beat = agent, heartbeats.read(message.payload, now_ms - message.came_ms)
                group.beats.append(beat)
                if wrong := self.clocks.hear(agent, beat[1], now_ms, fresh=not message.retained):
                    self._say(agent, wrong)
                if not message.retained:
                    group.fresh.append(beat)
            except StrangeError as error:
                self.counts["strange"] += 1
                self._say(agent, f"a heartbeat was ignored: {error}")
        else:
            self.counts["strange"] += 1

    def _settle(self, group: Group, now_ms: int) -> None:
        """Commit a group. Where one of it meets a bug of ours, the others are committed without it."""
        try:
            self._commit(group, now_ms)
        except StateError:
            raise
        except Exception:
            parts = group.singles()
            if not parts:
                self.counts["bugs"] += 1
            log.exception("a bug: %s", "each of a group is tried alone" if parts else "a message was passed over")
            for part in parts:
                self._settle(part, now_ms)

    def _commit(self, group: Group, now_ms: int) -> None:
        accepted = [one for one in group.batches if isinstance(one, Accepted)]
        held = [one for one in group.batches if isinstance(one, Held)]
        letters = self._keep_letters([one for one in group.batches if isinstance(one, Malformed)])
        names = [name_of(one) for one in accepted]
        stored: list[Named] = []
        ignored = 0
        tick = abs(now_ms - self._ticked_ms) >= TICK_MS  # also when the host's clock was put back
        if group.batches or group.beats or tick:
            with self._state.together():
                # An agent that nobody knows gets no books, so that strangers cannot make them grow.
                self._state.hold([name_of(one) for one in held if self._versions.knows_agent(one.agent)])
                for kept, settled in letters.items():
                    self._state.settle("refused" if kept else "dropped", settled)
                told = self._first_told(accepted)
                stored = self._state.see(names)
                ignored = sum(not self._take(agent, numbers, now_ms) for agent, numbers in group.beats)
                self._watch(accepted, group, now_ms)
                if told:
                    self._call(partial(self.alarms.take, told))
                if tick:
                    self._call(partial(self.engine.tick, now_ms))
                crash_point.reach("watch.before_commit")
        crash_point.reach("watch.after_commit")  # all of it is durable from here on
        self._ticked_ms = now_ms if tick else self._ticked_ms
        self._count(group, ignored)
        if stored:
            self.counts["again"] += len(stored)
        self.fleet.watch(accepted)
        for beat in group.beats:
            self.fleet.beat(*beat, now_ms, fresh=beat in group.fresh)
        self._acknowledge(names, [*stored, *letters[True], *letters[False]])
        if accepted:
            self._offer(accepted)

    def _first_told(self, accepted: list[Accepted]) -> list[Accepted]:
        """Return the notifications that come for the first time: before they are seen."""
        told = {name_of(one): one for one in accepted if one.batch.trap is not None}
        return [told[name] for name in self._state.unseen(told)] if told else []

    def _take(self, agent: str, numbers: Numbers, now_ms: int) -> bool:
        self._state.clocks.keep(agent, self.clocks.named(agent, numbers))
        if wrong := heartbeats.too_scattered(numbers):
            self._say(agent, wrong)
        return not wrong and self._state.take(agent, numbers, now_ms)

    def _count(self, group: Group, ignored: int) -> None:
        for one in group.batches:
            self.counts[type(one).__name__.lower()] += 1
            if isinstance(one, Damaged):
                self._say(one.agent, f"a damaged batch was ignored, it comes again: {one.reason}")
            elif isinstance(one, Held):
                self.held_counts[one.what] += 1
                self._say(one.agent, f"a batch is held on the agent's disk: {one.reason}")
        if ignored:
            self.counts["heartbeats_ignored"] += ignored

    def _keep_letters(self, malformed: list[Malformed]) -> dict[bool, list[Named]]:
        """Return the names of those that are durable in the dead letters (True), and that the folder has no room for
        (False). One that the disk does not take is in neither and stays with its agent."""
        out: dict[bool, list[Named]] = {True: [], False: []}
        for one in malformed:
            try:
                out[self._dead_letters.add(one.agent, one.record, one.reason)].append(name_of(one))
            except OSError as error:
                self._say(one.agent, f"a dead letter could not be written, its batch stays with the agent: {error}")
        return out

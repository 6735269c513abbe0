"""The intake's loop and the watcher: every batch is judged, watched, committed, and only then acknowledged as seen.

It never waits for the database: accepted batches are offered to the storer, and what that cannot take now is on its
agent's disk and comes again when the store is ready.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from pydantic import ValidationError

from collector.acks import Named
from collector.dead_letter import DeadLetters
from collector.fleet import Fleet
from collector.inbox import Inbox
from collector.intake import Accepted, Damaged, Held, Judged, Malformed, judge
from collector.state import State
from collector.versions import Versions
from contract import topics
from contract.catalog import Catalog
from contract.messages import Numbers
from contract.mqtt import Message

log = logging.getLogger(__name__)

GROUP = 500
HELD_LOG_EVERY_S = 60.0

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
        offer: Offer,
        acknowledge: Acknowledge,
    ) -> None:
        """`offer` hands accepted batches to the storer; `acknowledge` is told (seen, stored)."""
        self._inbox, self._state, self._dead_letters = inbox, state, dead_letters
        self._versions, self._catalog = versions, catalog
        self._offer, self._acknowledge = offer, acknowledge
        self._said: dict[tuple[str, str], float] = {}
        self.counts: Counter[str] = Counter()
        self.fleet = Fleet()

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set."""
        while not stop.is_set():
            self.step(self._inbox.take(GROUP, 0.2))

    def step(self, messages: list[Message]) -> None:
        """Handle one group."""
        now_ms = time.time_ns() // 1_000_000
        judged: list[Judged] = []
        for message in messages:
            if (agent := topics.owner(message.topic, topics.ALL_BATCHES)) and not message.retained:
                judged.append(judge(agent, message.payload, self._versions, self._catalog, now_ms))
            elif (agent := topics.owner(message.topic, topics.ALL_NUMBERS)) and self._versions.knows_agent(agent):
                self._take_numbers(agent, message.payload, now_ms)
            else:
                self.counts["strange"] += 1
        if judged:
            self.take(judged)

    def take(self, judged: list[Judged]) -> None:
        """Take judged batches: all of a group in one commit."""
        accepted: list[Accepted] = []
        held: list[Named] = []
        settled: list[Named] = []
        for one in judged:
            self.counts[type(one).__name__.lower()] += 1
            match one:
                case Accepted():
                    accepted.append(one)
                case Damaged():
                    self._say(one.agent, f"a damaged batch was ignored, it comes again: {one.reason}")
                case Malformed():
                    settled += self._refuse(one)
                case Held():
                    held.append(name_of(one))
                    self._say(one.agent, f"a batch is held on the agent's disk: {one.reason}")
        if held:
            self._state.hold(held)
        names = [name_of(one) for one in accepted]
        stored = self._state.see(names) if names else []
        self.fleet.watch(accepted)
        self._acknowledge(names, [*stored, *settled])
        if accepted:
            self._offer(accepted)

    def _refuse(self, malformed: Malformed) -> list[Named]:
        name = name_of(malformed)
        try:
            kept = self._dead_letters.add(malformed.agent, malformed.record, malformed.reason)
        except OSError as error:
            self._say(malformed.agent, f"a dead letter could not be written, its batch stays with the agent: {error}")
            return []
        self._state.settle("refused" if kept else "dropped", [name])
        return [name]

    def _take_numbers(self, agent: str, payload: bytes, now_ms: int) -> None:
        try:
            numbers = Numbers.model_validate_json(payload)
        except ValidationError as error:
            self.counts["strange"] += 1
            self._say(agent, f"a heartbeat was ignored: {error.errors(include_input=False)[0]['msg']}")
            return
        self.fleet.beat(agent, numbers, now_ms)
        if not self._state.take(agent, numbers, now_ms):
            self.counts["heartbeats_ignored"] += 1

    def _say(self, agent: str, what: str) -> None:
        """Say a thing at most once a minute for each agent and kind of trouble."""
        now = time.monotonic()
        key = (agent, what[:60])
        if now - self._said.get(key, -HELD_LOG_EVERY_S) >= HELD_LOG_EVERY_S:
            if len(self._said) > 1000:  # a bound, not a measure
                self._said.clear()
            self._said[key] = now
            log.error("agent %s: %s", agent, what)

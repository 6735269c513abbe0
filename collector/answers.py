"""What the control socket answers: a query of the store, dead letters again, and what the collector knows now."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from collector import ledger
from collector.database import StateError
from collector.dead_letter import DeadLetters, read_letters
from collector.inbox import Inbox
from collector.intake import Accepted, judge
from collector.proved import ProvedStore
from collector.state import State
from collector.store import QueryError, Store
from collector.storer import Storer
from collector.versions import Versions
from collector.watcher import Watcher
from contract import topics
from contract.catalog import Catalog
from contract.control import Answerer, ControlError
from contract.mqtt import Message
from contract.wire import pack


@dataclass(frozen=True, slots=True)
class Answers:
    """The parts that are asked; `connected` says whether the broker is there, `notices` how many messages to people
    have ended how."""

    store: Store
    state: State
    inbox: Inbox
    watcher: Watcher
    storer: Storer
    versions: Versions
    catalog: Catalog
    letters: DeadLetters
    letters_folder: Path
    connected: Callable[[], bool]
    notices: Callable[[], Mapping[str, int]]

    def by_name(self) -> dict[str, Answerer]:
        """Return what is answered to which question. Called from any thread."""
        return {"query": self._query, "stats": self._stats, "replay": self._replay}

    def _query(self, asked: Mapping[str, object]) -> object:
        text = asked.get("text")
        if not isinstance(text, str):
            raise ControlError("a query has a `text`")
        try:
            return self.store.query(text)
        except QueryError as error:
            raise ControlError(str(error)) from error

    def _replay(self, asked: Mapping[str, object]) -> object:
        """Judge dead letters again and give those that are accepted to the watcher, as if they had just come in. A
        letter stays until its batch is stored."""
        wanted = asked.get("ids")
        if not isinstance(wanted, list):
            raise ControlError("a replay has a list of `ids`")
        now_ms = time.time_ns() // 1_000_000
        results: dict[str, str] = {}
        for letter in read_letters(self.letters_folder, {str(one) for one in wanted}):
            payload = pack(letter.record.boot, letter.record.seq, letter.record.body)
            judged = judge(letter.agent, payload, self.versions, self.catalog, now_ms, self.watcher.clocks)
            if not isinstance(judged, Accepted):
                results[letter.id] = f"{type(judged).__name__.lower()}: {judged.reason}"
            else:
                results[letter.id] = "accepted"
                self.letters.replaying(letter.id)
                if not self.inbox.put(Message(topics.batches(letter.agent), payload, retained=False)):
                    results[letter.id] = "the collector is busy, try again"
        return results

    def _stats(self, _asked: Mapping[str, object]) -> object:
        """What the collector knows now, for the terminal view and for `doctor`."""
        try:
            books, derived, notices = self.state.books(), self.storer.derived.counts(), self.notices()
        except StateError as error:
            raise ControlError(str(error)) from error
        current = self.versions.current
        return {
            "state": self.state.id,
            "store_ready": self.storer.ready,
            "connected": self.connected(),
            "inbox_let_go": self.inbox.let_go,
            "intake": dict(self.watcher.counts),
            "watch": dict(self.watcher.engine.counts),
            "storer": dict(self.storer.counts),
            "proof": dict(self.store.counts) if isinstance(self.store, ProvedStore) else {},
            "derived": derived,
            "notices": notices,
            "polls": self.watcher.fleet.polls,
            "kinds": dict(self.watcher.fleet.kinds),
            "latencies_ms": list(self.storer.latencies_ms),
            "devices": {name: asdict(now) for name, now in self.watcher.fleet.devices().items()},
            "agents": {name: asdict(now) for name, now in self.watcher.fleet.agents().items()},
            "assigned": len(current.version.inventory.devices) if current else 0,
            "ledger": ledger.rows(books),
        }

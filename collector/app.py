"""The collector's composition root: builds the parts, joins them, and ends them in order."""

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from collector import ledger
from collector.acks import Named, acks
from collector.config import CollectorConfig, InfluxStoreConfig
from collector.control import Control, ControlError
from collector.dead_letter import DeadLetters, read_letters
from collector.embedded import EmbeddedStore
from collector.inbox import Inbox
from collector.influx import InfluxStore
from collector.intake import Accepted, judge
from collector.reload import Reloader
from collector.state import State
from collector.store import QueryError, Store
from collector.storer import Storer
from collector.versions import Versions
from collector.watcher import Watcher
from contract import topics
from contract.catalog import Catalog, load_catalog
from contract.messages import CollectorAlive, boot_text
from contract.mqtt import Connection, Handlers, Message
from contract.wire import pack

log = logging.getLogger(__name__)

SOCKET = "control.sock"


def make_store(config: CollectorConfig, catalog: Catalog, base: Path) -> Store:
    """Return the store that the configuration names.

    Raises:
        SecretError: a secret of it cannot be had.
    """
    if isinstance(config.store, InfluxStoreConfig):
        return InfluxStore(config.store, base)
    return EmbeddedStore(config.data / "points", catalog)


class Collector:
    """One collector process: the broker's thread fills the inbox, the watcher and the storer work in theirs."""

    def __init__(self, config: CollectorConfig, password: SecretStr | None, base: Path) -> None:
        """Build everything. Relative paths of secrets are relative to `base`.

        Raises:
            ConfigError, SecretError, StateError, OSError: with what to do.
        """
        self._config = config
        self._boot = boot_text(secrets.randbits(64))
        self._catalog = load_catalog(config.catalog)
        self._versions = Versions(config.versions or config.inventory.parent / "versions")
        self._reloader = Reloader(config, self._catalog, self._versions)
        self._reloader.load()
        config.data.mkdir(parents=True, exist_ok=True)
        self._state = State(config.data / "state.sqlite")
        self._dead_letters = DeadLetters(config.data / "dead-letters", int(config.dead_letter_mib * 2**20))
        self._store = make_store(config, self._catalog, base)
        self._queries = threading.Lock()
        self._inbox = Inbox()
        self._assigned: set[str] = set()
        self._storer = Storer(
            self._store,
            self._state,
            self._dead_letters,
            self._catalog,
            acknowledge=self._acknowledge,
            on_ready=lambda _ready: self._announce(),
        )
        self._watcher = Watcher(
            self._inbox,
            self._state,
            self._dead_letters,
            self._versions,
            self._catalog,
            offer=self._storer.offer,
            acknowledge=self._acknowledge,
        )
        self._connection = Connection(
            config.broker,
            f"mangrove-collector-{config.id}",
            Handlers(
                on_message=self._on_message,
                on_up=self._on_up,
                on_down=lambda reason: log.warning("broker: %s; agents keep their batches", reason),
            ),
            [topics.ALL_BATCHES, topics.ALL_NUMBERS, topics.collector_alive(config.id)],
            password=password,
            will=(topics.collector_alive(config.id), self._alive(online=False).to_json()),
            window=2_000,
        )

    def run(self, stop: threading.Event, reload: threading.Event) -> None:
        """Work until `stop` is set; read the inventory again when `reload` is."""
        control = Control(
            self._config.data / SOCKET,
            {"query": self._query, "stats": self._stats, "replay": self._replay},
        )
        failed: list[str] = []

        def work(name: str, run: Callable[[threading.Event], None]) -> None:
            try:
                run(stop)
            except Exception:
                log.critical("a bug has ended the %s; the collector stops, nothing is lost", name, exc_info=True)
                failed.append(name)
                stop.set()

        threads = [
            threading.Thread(target=work, args=(name, run), name=name)
            for name, run in (("watcher", self._watcher.run), ("storer", self._storer.run))
        ]
        for thread in threads:
            thread.start()
        self._connection.start()
        log.warning("collector %s with books %s", self._config.id, self._state.id)
        while not stop.wait(1.0):
            asked = reload.is_set()
            reload.clear()
            if self._reloader.reload_if(asked=asked):
                self._assign()
        control.close()
        self._connection.stop([(topics.collector_alive(self._config.id), self._alive(online=False).to_json())])
        for thread in threads:
            thread.join()
        self._store.close()
        self._state.close()
        if failed:
            raise SystemExit(70)  # EX_SOFTWARE of sysexits(3): the service manager starts us again

    def _on_message(self, message: Message) -> None:
        if message.topic != topics.collector_alive(self._config.id):
            self._inbox.put(message)
            return
        try:
            said = CollectorAlive.model_validate_json(message.payload)
        except ValueError:
            said = self._alive(online=False)  # garbage in our name is as wrong as a late will
        if not said.online or said.boot != self._boot:
            self._announce()

    def _on_up(self) -> None:
        log.warning("connected to the broker")
        self._announce()
        self._assign()

    def _alive(self, *, online: bool) -> CollectorAlive:
        store: Literal["ready", "paused"] = "ready" if online and self._storer.ready else "paused"
        return CollectorAlive(online=online, boot=self._boot, state=self._state.id, store=store)

    def _announce(self) -> None:
        payload = self._alive(online=True).to_json()
        self._connection.publish(topics.collector_alive(self._config.id), payload, retain=True)

    def _assign(self) -> None:
        """Publish what each agent polls; an agent that is no longer in the inventory polls nothing."""
        current = self._versions.current
        if current is None:
            return
        for agent in sorted(current.agents | self._assigned):
            payload = current.version.assignment(agent).to_json()
            self._connection.publish(topics.assignments(agent), payload, retain=True)
        self._assigned = set(current.agents)

    def _acknowledge(self, seen: list[Named], stored: list[Named]) -> None:
        for agent, ack in acks(self._state.id, seen, stored):
            self._connection.publish(topics.acks(agent), ack.to_json())

    def _query(self, asked: Mapping[str, object]) -> object:
        try:
            return self._store.query(str(asked["text"]))
        except QueryError as error:
            raise ControlError(str(error)) from error

    def _replay(self, asked: Mapping[str, object]) -> object:
        """Judge dead letters again, as if they had just come in."""
        wanted = asked["ids"]
        now_ms = time.time_ns() // 1_000_000
        results: dict[str, str] = {}
        for letter in read_letters(self._config.data / "dead-letters"):
            if isinstance(wanted, list) and letter.id in wanted:
                record = letter.record
                payload = pack(record.boot, record.seq, record.body)
                judged = judge(letter.agent, payload, self._versions, self._catalog, now_ms)
                results[letter.id] = type(judged).__name__.lower()
                if isinstance(judged, Accepted):
                    self._dead_letters.remove(letter.id)
                    self._watcher.take([judged])
        return results

    def _stats(self, _asked: Mapping[str, object]) -> object:
        """What the collector knows now, for the terminal view and for `doctor`."""
        books = self._state.books()
        return {
            "state": self._state.id,
            "store_ready": self._storer.ready,
            "connected": self._connection.up,
            "inbox_let_go": self._inbox.let_go,
            "intake": dict(self._watcher.counts),
            "storer": dict(self._storer.counts),
            "polls": self._watcher.fleet.polls,
            "latencies_ms": list(self._storer.latencies_ms),
            "devices": {name: asdict(now) for name, now in self._watcher.fleet.devices().items()},
            "agents": {name: asdict(now) for name, now in self._watcher.fleet.agents().items()},
            "assigned": len(self._versions.current.devices) if self._versions.current else 0,
            "ledger": ledger.rows(books),
        }


def main(config: CollectorConfig, password: SecretStr | None, base: Path) -> None:
    """Run a collector until SIGINT or SIGTERM; SIGHUP reads the inventory again.

    Raises:
        ConfigError, SecretError, StateError, OSError: it cannot start; with what to do.
    """
    stop, reload = threading.Event(), threading.Event()
    collector = Collector(config, password, base)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())
    collector.run(stop, reload)

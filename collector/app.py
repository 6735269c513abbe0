"""The collector's composition root: builds the parts, joins them, and ends them in order."""

import gc
import logging
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from collector.acks import Named, acks
from collector.alarm_answers import AlarmAnswers
from collector.announcer import Announcer
from collector.answers import Answers
from collector.config import SOCKET, CollectorConfig
from collector.counters import METRICS
from collector.database import Database
from collector.dead_letter import DeadLetters
from collector.health import Health
from collector.inbox import Inbox
from collector.needed import lacks
from collector.oncall.duty import open_duty
from collector.one_at_a_time import lock_folder
from collector.parts import Parts
from collector.proved import ProvedStore
from collector.reload import Reloader
from collector.series_guard import SeriesGuard
from collector.state import State
from collector.storer import Storer
from collector.stores import make_store
from collector.versions import Versions
from collector.watch.answers import WatchAnswers
from collector.watch.engine import Engine
from collector.watch.incidents import Pager
from collector.watch.rules import load_rules
from collector.watcher import Watcher
from contract import crash_point, topics
from contract.catalog import load_catalog
from contract.client_id import client_id
from contract.config_file import ConfigError, Problem
from contract.control import Control
from contract.messages import CollectorAlive, boot_text
from contract.mqtt import Connection, Handlers, Message
from contract.prometheus import serving
from contract.words import Words

log = logging.getLogger(__name__)


TICK_S = 0.5
GC_EVERY = 50_000  # objects, instead of 700: a batch makes thousands, none in a cycle, and to look costs a third
END_S = 15.0


class Collector:
    """One collector process: the broker's thread fills the inbox, the watcher and the storer work in theirs."""

    def __init__(self, config: CollectorConfig, password: SecretStr | None, base: Path, words: Words) -> None:
        """Build everything. Relative paths of secrets are relative to `base`; `words` are those of the pages.

        Raises:
            ConfigError, SecretError, StateError, OSError: with what to do.
        """
        self._config = config
        self._boot = boot_text(secrets.randbits(64))
        self._catalog = load_catalog(config.catalog)
        if lacking := lacks(self._catalog):
            raise ConfigError([Problem(str(config.catalog), 0, "measurements", f"{lacking}: every reading is one")])
        config.data.mkdir(parents=True, exist_ok=True)
        self._guard = lock_folder(config.data)
        self._versions = Versions(config.versions or config.inventory.parent / "versions")
        self._reloader = Reloader(config, self._catalog, self._versions)
        self._reloader.load()
        rules = load_rules(config.rules, self._catalog) if config.rules else {}
        database = Database(config.data / "state.sqlite")
        self._state = State(database)
        self._duty = open_duty(config.oncall, database) if config.oncall else None
        pager = Pager(self._duty.oncall, self._duty.outbox, words) if self._duty else None
        engine = Engine(
            database, self._state.id, rules, pager, self._versions, lambda: self._connection.up, config.watch
        )
        outbox, zone = (pager.outbox, pager.zone) if pager else (None, UTC)
        self._watch_answers = WatchAnswers(database, self._state.id, engine, outbox, words, zone)
        letters = config.data / "dead-letters"
        self._dead_letters = DeadLetters(letters, int(config.dead_letter_mib * 2**20))
        self._store = make_store(config, self._catalog, base)
        self._inbox = Inbox()
        self._announcer = Announcer(
            config.id,
            lambda: self._alive(online=True),
            self._versions,
            lambda topic, payload: self._connection.publish(topic, payload, retain=True),
        )
        guard = SeriesGuard(database, config.series, time.monotonic)
        self._storer = Storer(
            self._store,
            self._state,
            self._dead_letters,
            guard,
            acknowledge=self._acknowledge,
            on_ready=lambda _ready: self._announcer.presence(),
            derived=engine.derived,
        )
        self._watcher = Watcher(
            self._inbox,
            self._state,
            self._dead_letters,
            self._versions,
            self._catalog,
            engine=engine,
            offer=self._storer.offer,
            acknowledge=self._acknowledge,
        )
        self._connection = Connection(
            config.broker,
            client_id(f"mangrove-collector-{config.id}", config.broker, password),
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
        notices = self._duty.outbox.counts if self._duty else dict
        parts = Parts(
            self._connection, self._inbox, self._watcher, self._storer, self._versions, self._dead_letters, guard
        )
        if isinstance(self._store, ProvedStore):
            parts.proof = self._store.counts
        self.health = Health(config.id, parts, self._state, engine.derived, notices, self._catalog)
        self._answers = Answers(
            self._store,
            self._state,
            self._inbox,
            self._watcher,
            self._storer,
            self._versions,
            self._catalog,
            self._dead_letters,
            letters,
            lambda: self._connection.up,
            notices,
        )

    def run(self, stop: threading.Event, reload: threading.Event) -> None:
        """Work until `stop` is set; read the inventory again when `reload` is."""
        duty = self._duty
        alarms = AlarmAnswers(self._state.alarms, lambda: self._versions.current).by_name()
        answers = self._answers.by_name() | self._watch_answers.by_name() | alarms | (duty.answers() if duty else {})
        control = Control(self._config.data / SOCKET, answers)
        failed: list[str] = []

        def work(name: str, run: Callable[[threading.Event], None]) -> None:
            try:
                run(stop)
            except Exception:
                log.critical("a bug has ended the %s; the collector stops, nothing is lost", name, exc_info=True)
                failed.append(name)
                stop.set()

        parts = [("watcher", self._watcher.run), ("storer", self._storer.run)]
        parts += [("sender", duty.sender.run)] if duty else []
        parts += [("canary", self._store.run)] if isinstance(self._store, ProvedStore) else []
        threads = [threading.Thread(target=work, args=(name, run), name=name, daemon=True) for name, run in parts]
        for thread in threads:
            thread.start()
        self._connection.start()
        log.warning("collector %s with books %s", self._config.id, self._state.id)
        work("reloader", lambda stop: self._tick(stop, reload))
        try:
            control.close()
            self._connection.stop([(topics.collector_alive(self._config.id), self._alive(online=False).to_json())])
        finally:
            self._end(threads)
        if failed:
            raise SystemExit(70)  # EX_SOFTWARE of sysexits(3): the service manager starts us again

    def _tick(self, stop: threading.Event, reload: threading.Event) -> None:
        while not stop.wait(TICK_S):
            asked = reload.is_set()
            reload.clear()
            if self._reloader.reload_if(asked=asked):
                self._announcer.assign()
            self._announcer.send_due()
            self.health.step(time.monotonic())

    def _end(self, threads: list[threading.Thread]) -> None:
        """Close the files once the threads are done with them. A request to the database may outlast our patience:
        nothing is lost when it is cut off, for nothing of it was acknowledged."""
        deadline = time.monotonic() + END_S
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        if any(thread.is_alive() for thread in threads):
            log.warning("the database has not answered for %.0f s: ended without its answer", END_S)
            return
        self._store.close()
        self._state.close()
        os.close(self._guard)

    def _on_message(self, message: Message) -> None:
        if not self._announcer.hear(message):
            self._inbox.put(message)

    def _on_up(self) -> None:
        log.warning("connected to the broker")
        self._announcer.presence()
        self._announcer.assign()

    def _alive(self, *, online: bool) -> CollectorAlive:
        store: Literal["ready", "paused"] = "ready" if online and self._storer.ready else "paused"
        horizon_s = self._store.horizon_s
        return CollectorAlive(online=online, boot=self._boot, state=self._state.id, store=store, horizon_s=horizon_s)

    def _acknowledge(self, seen: list[Named], stored: list[Named]) -> None:
        for agent, ack in acks(self._state.id, seen, stored):
            crash_point.reach("ack.before_send")
            self._connection.publish(topics.acks(agent), ack.to_json())
            crash_point.reach("ack.after_send")


def main(config: CollectorConfig, password: SecretStr | None, base: Path, words: Words) -> None:
    """Run a collector until SIGINT or SIGTERM; SIGHUP reads the inventory again.

    Raises:
        ConfigError, SecretError, StateError, OSError: it cannot start; with what to do.
    """
    stop, reload = threading.Event(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())
    collector = Collector(config, password, base, words)
    gc.set_threshold(GC_EVERY)
    gc.freeze()  # the inventory: each walk through that of 10,000 devices held up everything for 0.15 s
    with serving(config.metrics, "mangrove_collector", METRICS, collector.health.parts):
        collector.run(stop, reload)

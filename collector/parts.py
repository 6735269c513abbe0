"""The parts of a collector that count, and the numbers that have to be worked out from what they know."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from collector.dead_letter import DeadLetters
from collector.fleet import AgentNow
from collector.inbox import Inbox
from collector.series_guard import SeriesGuard
from collector.storer import Storer
from collector.versions import Versions
from collector.watcher import Watcher
from contract.mqtt import Connection

LATEST = 1_000
Labelled = dict[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class Looked:
    """What only the state file knows, as it was when it was looked at: who asks for numbers must not make it wait."""

    derived_waiting: int = 0
    notices: Mapping[str, int] = field(default_factory=dict)
    ledger: Labelled = field(default_factory=dict)
    """By agent and column of the ledger, `missing` as a number; of the agents of the inventory only."""


@dataclass(slots=True)
class Parts:
    """The parts of a collector that count."""

    connection: Connection
    inbox: Inbox
    watcher: Watcher
    storer: Storer
    versions: Versions
    letters: DeadLetters
    guard: SeriesGuard
    proof: Counter[str] = field(default_factory=Counter)
    """What is known of the database's word; empty where it needs no proof."""
    looked: Looked = field(default_factory=Looked)


def by(counts: Counter[str], names: Iterable[str]) -> Labelled:
    """Return the counts of these names, also those that are 0."""
    return {(name,): counts[name] for name in names}


def assigned(parts: Parts) -> float:
    """Return how many devices the inventory has."""
    current = parts.versions.current
    return len(current.version.inventory.devices) if current else 0


def devices(parts: Parts) -> Labelled:
    """Return how many devices had which outcome."""
    found = Counter(now.outcome for now in parts.watcher.fleet.devices().values())
    return {(outcome,): number for outcome, number in found.items()}


def heartbeat_ages(parts: Parts) -> Labelled:
    """Return the seconds since each agent was heard, by our clock."""
    now_s = time.time()
    return {(name,): max(0.0, now_s - (one.time - (one.skew_ms or 0)) / 1000) for name, one in _agents(parts)}


def clock_skews(parts: Parts) -> Labelled:
    """Return the seconds that each agent's clock was ahead, of those that have spoken since our start."""
    return {(name,): one.skew_ms / 1000 for name, one in _agents(parts) if one.skew_ms is not None}


def series(parts: Parts) -> Labelled:
    """Return how many series each agent has."""
    known = agents_of(parts.versions)
    return {(name,): number for name, number in parts.guard.counts().items() if name in known}


def latencies(parts: Parts) -> Labelled:
    """Return percentiles of the seconds from poll to database."""
    latest = sorted(list(parts.storer.latencies_ms)[-LATEST:])
    return {(str(p),): latest[p * (len(latest) - 1) // 100] / 1000 for p in (50, 90, 99) if latest}


def fresh_lag(parts: Parts) -> float | None:
    """Return the age in seconds of the freshest poll among the latest that were written; None before the first. Of the
    freshest, since what a backlog brings says nothing of the way that fresh polls go."""
    latest = list(parts.storer.latencies_ms)[-LATEST:]
    return (time.time() * 1000 - parts.storer.written_ms + min(latest)) / 1000 if latest else None


def agents_of(versions: Versions) -> frozenset[str]:
    """Return the agents of the newest inventory: there is no end of those of the past."""
    return versions.current.agents if versions.current else frozenset()


def _agents(parts: Parts) -> list[tuple[str, AgentNow]]:
    known = agents_of(parts.versions)
    return [(name, one) for name, one in parts.watcher.fleet.agents().items() if name in known]

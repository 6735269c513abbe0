"""The watcher's composition: readings and time in; availability, alerts, incidents, notices and derived rows out.

Everything that it decides is written in the transaction of its caller. When that comes to nothing, what is remembered
is read again from the file, and what was seen is forgotten: the same batches come again and are judged anew.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from collector.database import Database
from collector.derived import DerivedOutbox
from collector.intake import Accepted
from collector.versions import Versions
from collector.watch.alert import Alert
from collector.watch.alerts import Alerts, Changed, element_of
from collector.watch.board import Board
from collector.watch.config import WatchConfig
from collector.watch.history import History
from collector.watch.incident import MONITORING, Incident, key
from collector.watch.incidents import Incidents, Pager
from collector.watch.memory import Memory, Window
from collector.watch.network import Network
from collector.watch.overview import Overview, overview
from collector.watch.page import Scene
from collector.watch.periods import KEPT_MS
from collector.watch.planned import Planned
from collector.watch.rules import Rules, is_about_us
from collector.watch.scene import scene
from collector.watch.sight import MAX_AHEAD_MS, Sight, answer_of, is_fresh
from collector.watch.values import values
from contract.messages import Numbers

TRIM_EVERY_MS = 3_600_000
SPEAKS = ("sensor", "trap")  # batches without a poll that the element itself has sent


class Engine:
    """Used by one thread at a time: by whoever is in the database's `together`."""

    def __init__(
        self,
        database: Database,
        books: str,
        rules: Rules,
        pager: Pager | None,
        versions: Versions,
        hears: Callable[[], bool],
        config: WatchConfig,
    ) -> None:
        """`books` is the id of the collector's state; `hears` says whether the broker is there.

        Raises:
            StateError: the file is damaged or cannot be written.
        """
        self._books, self._rules, self._pager = books, rules, pager
        self._versions, self._hears, self._config = versions, hears, config
        self.memory = Memory(database)
        self.derived = DerivedOutbox(database)
        self._network: Network | None = None
        self._hearing_since: int | None = None
        self._trimmed = self._now = 0
        self._stale = self._is_new = True
        self.sight = Sight()
        self.counts: Counter[str] = Counter()
        self._planned: Planned
        database.hook(before_commit=lambda: None, after_undo=self._forget)
        with database.together(write=False):
            self._load()

    def take(
        self,
        accepted: Sequence[Accepted],
        heard: Iterable[tuple[str, Numbers]],
        now_ms: int,
        known: Iterable[tuple[str, Numbers]] = (),
    ) -> None:
        """Take a group of batches, heartbeats that have just been said, and those that are `known` of any time."""
        self.sight.begin()
        network = self._ready()
        for agent, numbers in known:
            self.sight.expect(agent, numbers.interval_s)
        for agent, numbers in heard:
            self.sight.beat(agent, numbers.time, numbers.interval_s, now_ms, numbers.mono)
        for one in sorted(accepted, key=lambda one: one.batch.time):
            self._observe(one, network, now_ms)
        self._flush()

    def put_back(self) -> None:
        """What was just asked for has come to nothing, and all else of its transaction has not."""
        self._stale = True
        self.sight.put_back()

    def tick(self, now_ms: int) -> None:
        """Let time pass: what is due by now is done."""
        self.sight.begin()
        network = self._ready()
        if network is None:
            return
        if now_ms < self._now:
            self.sight.turn_back(now_ms)
        self._now = now_ms
        if not self._hears():
            self._hearing_since = None
        elif self._hearing_since is None or self._hearing_since > now_ms:
            self._hearing_since = now_ms
        changes = self._alerts.tick(now_ms, network, self.sight, self._is_planned, self._hearing_since)
        lacking = filter(self._incidents.lacks, self._alerts.firing() if self._is_new else ())
        self._is_new = False
        for changed in chain(lacking, changes):
            self._changed(changed, now_ms)
        self._incidents.tick(now_ms, self._describe, self._is_all_planned)
        points = self._history.rows(now_ms, network, self._planned)
        points += self._board.rows(now_ms, network, self.sight, self._planned, self._incidents.tallied())
        self.derived.add(points)
        if abs(now_ms - self._trimmed) >= TRIM_EVERY_MS:
            self._trimmed = now_ms
            self._history.trim(now_ms, network.elements.keys())
            self.memory.forget_windows(now_ms - KEPT_MS)
            self._read_plans()
        self._flush()

    def open_incidents(self) -> list[Incident]:
        """Return the incidents that are not over, the oldest first."""
        self._ready()
        return sorted(self._incidents.open.values(), key=lambda one: one.number)

    def ack(self, incident: Incident, who: str, now_ms: int) -> Incident:
        """Acknowledge an open incident."""
        self._ready()
        return self._incidents.ack(incident, who, now_ms)

    def plan(self, subject: str, since: int, until: int, reason: str) -> Window:
        """Announce maintenance. Past time is corrected too."""
        return self._replan(self.memory.add_window(subject, since, until, reason))

    def unplan(self, number: int) -> Window | None:
        """Take maintenance back, as if it had not been; None: there is none of that number."""
        window = self.memory.remove_window(number)
        return self._replan(window) if window is not None else None

    def covers(self, subject: str) -> set[str]:
        """Return what lies in a device, sensor, site, area or agent, itself included; nothing of what is none."""
        network = self._ready()
        return network.covers(subject) if network is not None else set()

    def describe(self, incident: Incident, now_ms: int) -> Scene:
        """Return what there is to say of an incident now."""
        self._ready()
        return self._describe(incident, now_ms)

    def overview(self, since: int, now_ms: int) -> Overview:
        """Return the network as a whole as of the last tick, its availability from `since` on."""
        network, board, spans = self._ready(), self._board, self._history.spans
        return overview(network, board.now, board.tallies, spans, self._planned, self.sight, since, now_ms)

    def status(self) -> dict[str, int]:
        """Return the status of every device, sensor, site and agent, as `scope/id`; as of the last tick."""
        self._ready()
        return {f"{scope}/{subject}": value for (scope, subject), value in self._board.now.items()}

    def alerts(self) -> dict[str, Alert]:
        """Return every alert that is not inactive."""
        self._ready()
        return dict(self._alerts.active)

    def _observe(self, one: Accepted, network: Network | None, now_ms: int) -> None:
        self.sight.hear(one.agent, now_ms)
        batch = one.batch
        self.sight.take_echo(one.agent, batch, now_ms)
        if one.meaning is None or (batch.poll is None and batch.kind not in SPEAKS):
            self.counts["history"] += not self.sight.cells.hear(batch, now_ms)
            return
        element = one.meaning.elements[batch.device]
        current = network.elements.get(element.id) if network else None
        answer = answer_of(batch)
        at = self.sight.ours(one.agent, batch.time)
        if not now_ms - KEPT_MS <= at <= now_ms + MAX_AHEAD_MS:
            self.counts["of_another_time"] += 1  # by a clock that nobody knows any more
            return
        at = min(at, now_ms)
        if answer != "unclear":
            self._history.observe(element.id, (current or element).site, at, element.interval_s, is_up=answer == "up")
        interval_ms = int(element.interval_s * 1000)
        is_late = not is_fresh(at, interval_ms, now_ms)
        self.counts["history"] += is_late
        if is_late or current is None or network is None:
            return
        found = values(batch, at - batch.time, now_ms, self._alerts.judged)
        if not self.sight.take(one.agent, batch, at, interval_ms, found):
            return
        for change in self._alerts.judge(current, found, network, self.sight, self._is_planned, now_ms):
            self._changed(change, now_ms)

    def _changed(self, changed: Changed, now_ms: int) -> None:
        element = self._network.elements.get(changed.element) if self._network else None
        place = MONITORING if is_about_us(self._rules.get(changed.rule)) else element.site if element else None
        self._incidents.take(changed, place, now_ms, self._describe)

    def _is_all_planned(self, incident: Incident, at: int) -> bool:
        return all(self._is_planned(element_of(alert), at) for alert in incident.alerts)

    def _is_planned(self, subject: str, at: int) -> bool:
        return self._network is not None and self._planned.covers(subject, at, self._network)

    def _describe(self, incident: Incident, now_ms: int) -> Scene:
        name = key(self._books, incident.number)
        return scene(incident, name, self._rules, self._network, self.sight, self._alerts.active, now_ms)

    def _ready(self) -> Network | None:
        if self._stale:
            self._load()
        current = self._versions.current
        if current is not None and (self._network is None or self._network.id != current.version.id):
            self._network = Network(current)
            self.sight.forget_all_but(set(self._network.elements))
        return self._network

    def _load(self) -> None:
        """Read what is remembered."""
        self._stale, self._is_new = False, True
        self._history = History(self.memory, self._config.period_s)
        self._alerts = Alerts(self._rules, self.memory.alerts(), self.counts)
        self._incidents = Incidents(self.memory, self._books, self._rules, self._pager)
        self._read_plans()
        self._board = Board(self._config.refresh_s, self.memory.services())

    def _replan(self, window: Window) -> Window:
        self._read_plans()
        if self._ready() is not None:
            self._history.touch(window.subject, (window.since, window.until))
            self._flush()
        return window

    def _read_plans(self) -> None:
        self._planned = Planned(self.memory.windows())

    def _forget(self) -> None:
        self._stale = True
        self.sight.forget_readings()

    def _flush(self) -> None:
        """Write what has changed."""
        self._history.flush()
        for name in self._alerts.touched:
            self.memory.keep_alert(name, self._alerts.active.get(name))
        self._alerts.touched.clear()
        for area, technology in self._board.changed_services:
            self.memory.keep_service(area, technology, *self._board.services[area, technology])
        self._board.changed_services.clear()

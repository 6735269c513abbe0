"""The alerts of all rules and subjects: evidence in, changes out. It decides what is evidence, and of what.

A device behind a dead one, an element in maintenance, and one whose agent is silent are no evidence of a fault. A fault
is a device's own only once something that it is reached through has answered after it fell silent: no page for a child
while its parent is in doubt.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from collector.watch import alert as life
from collector.watch.alert import Alert, Change, Given
from collector.watch.network import Network
from collector.watch.rules import Absent, Rule, Rules, Threshold, Unreachable
from collector.watch.sight import Sight, Value
from contract.batch import Table
from contract.inventory import Element

BROKER = "broker"  # the subject of an alert that we hear nobody
PATIENCE_MS = 15_000  # beside two intervals: then a fault pages though what it is reached through is in doubt
TICK_GAP_MS = 10_000
CONFIRM_MS = 5_000  # a silence that goes on is noted so often, not at each tick
KEPT_MS = 900_000  # a resolved alert is shown so long

IsPlanned = Callable[[str, int], bool]


@dataclass(frozen=True, slots=True)
class Changed:
    """What happened to an alert, and why; *suppressed*: there is none though there would be. `element` is what it is
    about: a device, a sensor, an agent or the broker."""

    id: str
    rule: str
    element: str
    alert: Alert | None
    change: Change
    reason: str


class Alerts:
    """Not thread-safe: the watcher's. `active` is all that is not inactive."""

    def __init__(self, rules: Rules, active: dict[str, Alert]) -> None:
        self.rules, self.active = rules, active
        self._unreachable = [(name, rule) for name, rule in rules.items() if isinstance(rule, Unreachable)]
        self._absent = [(name, rule) for name, rule in rules.items() if isinstance(rule, Absent)]
        self._thresholds: dict[tuple[str, str], list[tuple[str, Threshold]]] = {}
        for name, rule in rules.items():
            if isinstance(rule, Threshold):
                self._thresholds.setdefault((rule.measurement, rule.field), []).append((name, rule))
        self.touched: set[str] = set()
        self._suppressed: dict[str, str] = {}  # what would be an alert, and why it is none

    def is_judged(self, table: Table, field: str) -> bool:
        """Whether a rule looks at a field."""
        return (table.measurement, field) in self._thresholds

    def judge(
        self, element: Element, values: Iterator[Value], network: Network, sight: Sight, is_planned: IsPlanned
    ) -> Iterator[Changed]:
        """Take the newest reading of an element, which `sight` has already, and its values that are judged."""
        reading = sight.readings[element.id]
        gap_ms = reading.holds_until - reading.at
        planned = is_planned(element.id, reading.at)
        for name, rule in self._unreachable:
            if element.id in network.device_ids and _is_for(rule, element):
                given, why = _reach(element.id, network, sight, reading.at)
                yield from self._take(name, element.id, given, why, reading.at, gap_ms, planned)
        for name, absent in self._absent:
            if absent.of == "sensor" and _is_for(absent, element) and f"{name}|{element.id}" in self.active:
                yield from self._take(name, element.id, "clear", "it is heard", reading.at, gap_ms)
        for value in values:
            for name, threshold in self._thresholds.get((value.measurement, value.field), ()):
                if _is_for(threshold, element):
                    given, why = threshold.judge(value.value), f"{value.measurement}.{value.field} is {value.value:g}"
                    yield from self._take(
                        name, subject(element.id, value.row), given, why, reading.at, gap_ms, planned, value.value
                    )

    def tick(
        self, now_ms: int, network: Network, sight: Sight, is_planned: IsPlanned, hearing_since: int | None
    ) -> Iterator[Changed]:
        """Let time pass. `hearing_since`: since when we are connected to the broker; None: we are not."""
        for name, rule in self._absent:
            if rule.of == "agent":
                yield from self._silent_agents(name, now_ms, network, sight, hearing_since)
            elif hearing_since is not None:
                yield from self._silent_sensors(name, rule, now_ms, network, sight, is_planned)
        for name in list(self.active):
            yield from self._pass(name, now_ms, network, sight)

    def _silent_agents(
        self, rule: str, now_ms: int, network: Network, sight: Sight, hearing_since: int | None
    ) -> Iterator[Changed]:
        away: Given = "true" if hearing_since is None else "clear"
        yield from self._take(rule, BROKER, away, "the broker is away", now_ms, TICK_GAP_MS)
        for agent in network.agents if hearing_since is not None else ():
            given: Given = "clear"
            if sight.is_silent(agent, now_ms):  # after a start we have not heard it yet, which says nothing
                given = "true" if now_ms - (hearing_since or 0) >= sight.silent_ms(agent) else "between"
            yield from self._take(rule, agent, given, "the agent is not heard", now_ms, TICK_GAP_MS)

    def _silent_sensors(
        self, name: str, rule: Absent, now_ms: int, network: Network, sight: Sight, is_planned: IsPlanned
    ) -> Iterator[Changed]:
        since = {agent: sight.heard_since[agent] for agent in network.agents if not sight.is_silent(agent, now_ms)}
        gap_ms = TICK_GAP_MS + CONFIRM_MS
        for sensor in network.sensors:
            reading, silent_at = sight.readings.get(sensor.id), now_ms - network.holds[sensor.id]
            if reading is not None and reading.at >= silent_at:
                continue
            if sensor.agent in since and since[sensor.agent] < silent_at and _is_for(rule, sensor):
                planned = is_planned(sensor.id, now_ms)
                if planned or not _stands(self.active.get(f"{name}|{sensor.id}"), now_ms):
                    yield from self._take(name, sensor.id, "true", "nothing is heard of it", now_ms, gap_ms, planned)

    def _pass(self, name: str, now_ms: int, network: Network, sight: Sight) -> Iterator[Changed]:
        alert = self.active[name]
        rule_name, _, about = name.partition("|")
        element_id = element_of(name)
        rule = self.rules.get(rule_name)
        element = network.elements.get(element_id)
        is_ours = element_id == BROKER or element_id in network.agents
        if rule is None or (element is None and not is_ours):
            yield from self._change(name, None, "cancelled", "its rule or its subject is no longer there")
            return
        if alert.state == "resolved":
            if alert.resolved is not None and now_ms - alert.resolved > KEPT_MS:
                self._keep(name, None)
            return
        sees_until, ready = now_ms, True
        if element is not None and not isinstance(rule, Absent):
            reading = sight.readings.get(element_id)
            sees_until = min(now_ms, reading.holds_until if reading else alert.last)
            if sight.is_silent(element.agent, now_ms) and alert.state == "pending":
                yield from self._take(rule_name, about, "blind", "its agent is silent", now_ms, TICK_GAP_MS)
                return
            if isinstance(rule, Unreachable) and alert.state == "pending":
                blamed = network.topology.behind(element_id, lambda way: sight.answer(way, now_ms) != "down")
                if blamed is not None:
                    why = f"it is behind {blamed}, which does not answer"
                    yield from self._take(rule_name, about, "blind", why, now_ms, TICK_GAP_MS)
                    return
                ready = _is_own_fault(element_id, alert, network, sight, now_ms, rule.for_s)
        after, change = life.pass_time(alert, rule, sees_until, ready=ready)
        if change is not None:
            yield from self._change(name, after, change, "for as long as its rule says")

    def _take(
        self,
        rule: str,
        about: str,
        given: Given,
        why: str,
        at: int,
        gap_ms: int,
        planned: bool = False,
        value: float | None = None,
    ) -> Iterator[Changed]:
        if planned and given == "true":
            given, why = "blind", "it is in maintenance"
        name = f"{rule}|{about}"
        before = self.active.get(name)
        after, change = life.take(before, given, at, gap_ms=gap_ms, value=value)
        if change is not None:
            yield from self._change(name, after, change, why)
        elif after is not before:
            self._keep(name, after)
        elif after is None and given == "blind" and self._suppressed.get(name) != why:
            yield Changed(name, rule, element_of(name), None, "suppressed", why)
        if given == "blind":
            self._suppressed[name] = why
        else:
            self._suppressed.pop(name, None)

    def _change(self, name: str, after: Alert | None, change: Change, reason: str) -> Iterator[Changed]:
        self._keep(name, after)
        yield Changed(name, name.partition("|")[0], element_of(name), after, change, reason)

    def _keep(self, name: str, after: Alert | None) -> None:
        if after is None:
            self.active.pop(name, None)
        else:
            self.active[name] = after
        self.touched.add(name)


def subject(element: str, row: tuple[str, ...]) -> str:
    """Return what a threshold is about: an element, or a row of its table such as an interface."""
    return "/".join((element, *row))


def element_of(name: str) -> str:
    """Return the element of an alert: ids are slugs, without a slash."""
    return name.partition("|")[2].partition("/")[0]


def _stands(alert: Alert | None, now_ms: int) -> bool:
    """Whether one more sign of the same would say nothing new."""
    if alert is None or alert.clear_since is not None:
        return False
    return alert.state == "firing" or (alert.state == "pending" and 0 <= now_ms - alert.last < CONFIRM_MS)


def _is_for(rule: Rule, element: Element) -> bool:
    return not rule.roles or element.role in rule.roles


def _reach(device: str, network: Network, sight: Sight, now_ms: int) -> tuple[Given, str]:
    """Say what a reading of a device is evidence of."""
    answer = sight.readings[device].answer
    if answer == "up":
        return "clear", "it answers"
    if answer == "unclear":
        return "between", "it answers, and not as it should"
    blamed = network.topology.behind(device, lambda way: sight.answer(way, now_ms) != "down")
    if blamed is not None:
        return "blind", f"it is behind {blamed}, which does not answer"
    return "true", "it does not answer"


def _is_own_fault(device: str, alert: Alert, network: Network, sight: Sight, now_ms: int, for_s: float) -> bool:
    ways = network.topology.ways(device)
    if not ways:
        return True
    readings = [sight.readings.get(way) for way in ways]
    if any(one and one.answered_at is not None and one.answered_at >= alert.since for one in readings):
        return True
    patience_ms = PATIENCE_MS + 2 * max((one.interval_ms for one in readings if one), default=0)
    return now_ms - alert.since >= for_s * 1000 + patience_ms


def by_site(active: Mapping[str, Alert], network: Network, site: str) -> Iterator[tuple[str, str, Alert]]:
    """Yield rule, element and alert of what is pending or firing at a site."""
    for name, alert in active.items():
        element = network.elements.get(element_of(name))
        if element is not None and element.site == site and alert.state != "resolved":
            yield name.partition("|")[0], element.id, alert

"""The alerts of all rules and subjects: evidence in, changes out."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from collector.watch import alert as life
from collector.watch import evidence
from collector.watch.alert import Alert, Change, Given
from collector.watch.blame import Blame
from collector.watch.evidence import BROKER
from collector.watch.network import Network
from collector.watch.rules import Absent, Rules, Threshold, Unreachable, is_about_us
from collector.watch.sight import Reading, Sight, holds_ms, is_fresh
from collector.watch.values import Value
from contract.inventory import Element

TICK_GAP_MS = 10_000
CONFIRM_MS = 5_000  # a silence that goes on is noted so often, and not at each tick
KEPT_MS = 900_000  # a resolved alert is shown so long
GONE_MS = 900_000  # a row of a table that was read without it for so long, and for ten intervals, is no longer there
MAX_ROWS = 1_000  # alerts of one element: a device may name its rows anew each time

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
    """Not thread-safe: the watcher's. `active` is all that is not inactive; `counts` takes what was too much of one
    element."""

    def __init__(self, rules: Rules, active: dict[str, Alert], counts: Counter[str]) -> None:
        self.rules, self.active, self._counts = rules, active, counts
        self._unreachable = [(name, rule) for name, rule in rules.items() if isinstance(rule, Unreachable)]
        self._absent = [(name, rule) for name, rule in rules.items() if isinstance(rule, Absent)]
        self.judged: dict[tuple[str, str], list[tuple[str, Threshold]]] = {}  # measurement and field: by which rules
        for name, rule in rules.items():
            if isinstance(rule, Threshold):
                self.judged.setdefault((rule.measurement, rule.field), []).append((name, rule))
        self.touched: set[str] = set()
        self._suppressed: dict[tuple[str, str], str] = {}  # rule and element: why there is no alert where one would be
        self._count = Counter(element_of(name) for name in active)

    def judge(
        self,
        element: Element,
        values: Iterable[Value],
        network: Network,
        sight: Sight,
        is_planned: IsPlanned,
        now_ms: int,
    ) -> Iterator[Changed]:
        """Take the newest reading of an element, which `sight` has already, and the values that came with it, of
        whatever time."""
        reading = sight.readings[element.id]
        gap_ms = holds_ms(reading.interval_ms)
        for name, rule in self._unreachable:
            if element.id in network.device_ids and evidence.is_for(rule, element):
                given, why = evidence.of_poll(element.id, network, sight, reading.at)
                planned = given == "true" and is_planned(element.id, reading.at)
                yield from self._take(name, element.id, given, why, reading.at, gap_ms, planned)
        for value in values:
            for name, threshold in self.judged.get((value.measurement, value.field), ()):
                if evidence.is_for(threshold, element):
                    given, why = threshold.judge(value.value), f"{value.measurement}.{value.field} is {value.value:g}"
                    if not is_fresh(value.at, reading.interval_ms, now_ms):
                        if given != "true":
                            continue
                        given, why = "blind", "its value is of a time that is past"
                    planned = given == "true" and is_planned(element.id, value.at)
                    about = subject(element.id, value.row)
                    yield from self._take(name, about, given, why, value.at, gap_ms, planned, value.value)

    def tick(
        self, now_ms: int, network: Network, sight: Sight, is_planned: IsPlanned, hearing_since: int | None
    ) -> Iterator[Changed]:
        """Let time pass. `hearing_since`: since when we are connected to the broker; None: we are not."""
        for name, rule in self._absent:
            known = self._count.keys() | {element for other, element in self._suppressed if other == name}
            for about, given, why, at in evidence.of_silence(rule, now_ms, network, sight, hearing_since, known):
                alert = self.active.get(f"{name}|{about}")
                if given != "true" and alert is None:
                    self._suppressed.pop((name, about), None)
                    continue
                planned = given == "true" and is_planned(about, now_ms)
                excuse = evidence.excuse(rule, about, network, sight, now_ms) if given == "true" else ""
                said: Given = "blind" if excuse else given
                stands = alert is not None and _stands(alert, now_ms) and (name, about) not in self._suppressed
                if planned or said != "true" or not stands:
                    pause_ms = TICK_GAP_MS if rule.of == "agent" else sight.silent_ms(network.elements[about].agent)
                    yield from self._take(name, about, said, excuse or why, at, pause_ms + CONFIRM_MS, planned)
        blame = evidence.blame_at(network, sight, now_ms)
        for name in list(self.active):
            yield from self._pass(name, now_ms, network, sight, is_planned, blame)

    def firing(self) -> Iterator[Changed]:
        """Yield what fires, as if it did so just now."""
        for name, alert in list(self.active.items()):
            if alert.state == "firing":
                yield Changed(
                    name, name.partition("|")[0], element_of(name), alert, "firing", "it has been for a while"
                )

    def _pass(
        self, name: str, now_ms: int, network: Network, sight: Sight, is_planned: IsPlanned, blame: Blame
    ) -> Iterator[Changed]:
        alert = self.active[name]
        rule_name, _, about = name.partition("|")
        element_id = element_of(name)
        rule = self.rules.get(rule_name)
        element = network.elements.get(element_id)
        is_ours = element_id == BROKER or element_id in network.agents
        if rule is None or (element is None and not (is_ours and isinstance(rule, Absent))):
            yield from self._change(name, None, "cancelled", "its rule or its subject is no longer there")
            return
        if element is not None and not is_about_us(rule) and not evidence.is_for(rule, element):
            yield from self._change(
                name, None, "cancelled", f"its rule is not for the role {element.role or 'of none'}"
            )
            return
        if alert.last > now_ms:
            alert = life.turn_back(alert, now_ms)
            self._keep(name, alert)
        if alert.state == "resolved":
            if alert.resolved is not None and now_ms - alert.resolved > KEPT_MS:
                self._keep(name, None)
            return
        ready = True
        if element is not None and not isinstance(rule, Absent):
            if about != element_id and _is_gone(alert, sight.readings.get(element_id)):
                yield from self._change(name, None, "cancelled", "its row is no longer there")
                return
            if alert.state == "pending":
                why = evidence.against(rule, element, sight, now_ms, blame)
                planned = is_planned(element_id, now_ms)
                if why or planned:
                    yield from self._take(rule_name, about, "blind", why, now_ms, TICK_GAP_MS, planned)
                    return
                if isinstance(rule, Unreachable):
                    ready = evidence.is_own_fault(element_id, alert, network, sight, now_ms, rule.for_s)
        until = evidence.seen_until(rule, alert, element, sight, now_ms)
        after, change = life.pass_time(alert, rule, until, ready=ready)
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
        if planned:
            given, why = "blind", "it is in maintenance"
        name = f"{rule}|{about}"
        before = self.active.get(name)
        if before is None and given == "true" and self._count[element_of(name)] >= MAX_ROWS:
            self._counts["alerts_left_out"] += 1
            return
        after, change = life.take(before, given, at, gap_ms=gap_ms, value=value)
        if change is not None:
            yield from self._change(name, after, change, why)
        elif after is not before:
            self._keep(name, after)
        element = element_of(name)
        if given != "blind":
            if given == "true" or about == element:
                self._suppressed.pop((rule, element), None)
            return
        is_told = change is not None or (after is not None and after.state != "resolved")
        if not is_told and self._suppressed.get((rule, element)) != why:
            yield Changed(name, rule, element, None, "suppressed", why)
        self._suppressed[rule, element] = why

    def _change(self, name: str, after: Alert | None, change: Change, reason: str) -> Iterator[Changed]:
        self._keep(name, after)
        yield Changed(name, name.partition("|")[0], element_of(name), after, change, reason)

    def _keep(self, name: str, after: Alert | None) -> None:
        before = self.active.pop(name, None)
        if after is not None:
            self.active[name] = after
        element = element_of(name)
        self._count[element] += (after is not None) - (before is not None)
        if not self._count[element]:
            del self._count[element]
        self.touched.add(name)


def subject(element: str, row: tuple[str, ...]) -> str:
    """Return what a threshold is about: an element, or a row of its table such as an interface."""
    return "/".join((element, *row))


def element_of(name: str) -> str:
    """Return the element of an alert: ids are slugs, without a slash."""
    return name.partition("|")[2].partition("/")[0]


def _stands(alert: Alert, now_ms: int) -> bool:
    """Whether one more sign of the same would say nothing new."""
    if alert.clear_since is not None:
        return False
    return alert.state == "firing" or (alert.state == "pending" and 0 <= now_ms - alert.last < CONFIRM_MS)


def _is_gone(alert: Alert, reading: Reading | None) -> bool:
    """Whether the table of a row was read without it for long."""
    if reading is None or reading.answer != "up":
        return False
    return reading.at - alert.last > max(10 * reading.interval_ms, GONE_MS)


def by_site(active: Mapping[str, Alert], network: Network, site: str) -> Iterator[tuple[str, str, Alert]]:
    """Yield rule, element and alert of what is pending or firing at a site."""
    here = {element.id for element in network.at(site)}
    for name, alert in active.items():
        if alert.state != "resolved" and (element := element_of(name)) in here:
            yield name.partition("|")[0], element, alert

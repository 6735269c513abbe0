"""Incidents as alerts change and time passes: opened, joined, escalated, acknowledged, over; and who is told of it.

All in the caller's transaction, notices included: what was decided is told, and what was not decided is not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from zoneinfo import ZoneInfo

from collector.oncall.config import OnCall
from collector.oncall.escalation import due
from collector.oncall.notice import Action, Notice
from collector.oncall.outbox import Outbox
from collector.watch import page
from collector.watch.alerts import Changed
from collector.watch.board import Tallied
from collector.watch.incident import Incident, key
from collector.watch.memory import Decision, Memory
from collector.watch.page import Scene
from collector.watch.rules import Rules
from contract.words import Words


@dataclass(frozen=True, slots=True)
class Pager:
    """Who is told, and how it gets to them."""

    oncall: OnCall
    outbox: Outbox
    words: Words

    @property
    def zone(self) -> tzinfo:
        """The time zone in which people read times."""
        return ZoneInfo(self.oncall.rotation.time_zone)


Describe = Callable[[Incident, int], Scene]


class Incidents:
    """Not thread-safe: the watcher's. `open` is by place."""

    def __init__(self, memory: Memory, books: str, rules: Rules, pager: Pager | None) -> None:
        """Take up what is open. Without a `pager` incidents are kept and nobody is told."""
        self._memory, self._books, self._rules, self._pager = memory, books, rules, pager
        self.open = {incident.place: incident for incident in memory.open_incidents()}

    def take(self, changed: Changed, place: str | None, now_ms: int, describe: Describe) -> None:
        """Take a change of an alert, and its place if it still has one: an element may have been moved or taken away
        since it began. Each change is noted with its reason."""
        rule = self._rules.get(changed.rule)
        incident = next((one for one in self.open.values() if changed.id in one.alerts), self.open.get(place or ""))
        if incident is None and place is not None and changed.change == "firing" and rule is not None and rule.page:
            incident = Incident(self._memory.next_number(), place, changed.id, now_ms, (changed.id,))
            self._keep(incident)
            self._note(now_ms, changed, incident, f"fires: {changed.reason}; opens incident {self._key(incident)}")
            self._note_known(incident, now_ms, describe)
            self._escalate(incident, now_ms, describe)
            return
        if incident is None:
            self._note(now_ms, changed, None, f"{changed.change}: {changed.reason}{_why_silent(changed, rule is None)}")
        elif changed.change == "firing" and rule is not None and rule.page:
            self._keep(incident.joined_by(changed.id))
            self._note(now_ms, changed, incident, f"fires: {changed.reason}; joins incident {self._key(incident)}")
        else:
            self._note(now_ms, changed, incident, f"{changed.change}: {changed.reason}")
            if changed.change in ("resolved", "cancelled") and changed.id in incident.alerts:
                self._leave(incident, changed, now_ms, describe)

    def tallied(self) -> Tallied:
        """Return how many are open, and how many of them somebody has taken."""
        return Tallied(len(self.open), sum(one.acked is not None for one in self.open.values()))

    def lacks(self, changed: Changed) -> bool:
        """Whether what fires wakes somebody by its rule and belongs to no incident: the rule was another before."""
        rule = self._rules.get(changed.rule)
        return rule is not None and rule.page and not any(changed.id in one.alerts for one in self.open.values())

    def tick(self, now_ms: int, describe: Describe, is_planned: Callable[[Incident, int], bool]) -> None:
        """Tell the next one where nobody has acknowledged in time; nobody while all of it is in maintenance."""
        for incident in list(self.open.values()):
            if not is_planned(incident, now_ms):
                self._escalate(incident, now_ms, describe)

    def ack(self, incident: Incident, who: str, now_ms: int) -> Incident:
        """Note that somebody takes care: nobody else is woken, and its end is told all the same."""
        taken = incident.taken_by(who, now_ms)
        self._keep(taken)
        self._decide(now_ms, incident.about, taken, f"acknowledged by {who}: nobody else is woken")
        return taken

    def _leave(self, incident: Incident, changed: Changed, now_ms: int, describe: Describe) -> None:
        after = incident.left_by(changed.id, now_ms)
        self._keep(after)
        if after.resolved is None:
            return
        self._decide(now_ms, incident.about, after, f"incident {self._key(after)} is over")
        if self._pager is None:
            return
        scene = describe(after, now_ms)
        for person in self._pager.outbox.told(self._key(after)):
            self._tell(after, "resolve", person, scene, now_ms)

    def _escalate(self, incident: Incident, now_ms: int, describe: Describe) -> None:
        if self._pager is None:
            return
        last_ms = incident.step_at if incident.step_at is not None else incident.opened
        step = due(
            self._pager.oncall,
            opened_ms=incident.opened,
            steps=incident.steps,
            last_ms=last_ms,
            acked=incident.acked is not None,
            now_ms=now_ms,
        )
        if step is None:
            return
        self._keep(incident.escalated(step.steps, now_ms))
        scene = describe(incident, now_ms)
        for person in step.people:
            self._tell(incident, step.action, person, scene, now_ms)

    def _tell(self, incident: Incident, action: Action, person: str, scene: Scene, now_ms: int) -> None:
        pager = self._pager
        assert pager is not None  # noqa: S101  # only called with one
        language = pager.oncall.people[person].language if person in pager.oncall.people else "en"
        text = (
            page.resolved(scene, pager.words, language, pager.zone, now_ms)
            if action == "resolve"
            else page.body(scene, pager.words, language, pager.zone)
        )
        title = page.title(scene, pager.words, language, action)
        pager.outbox.add(Notice(self._key(incident), action, person, title, text), now_ms)
        self._decide(now_ms, incident.about, incident, f"{action} to {person}")

    def _note_known(self, incident: Incident, now_ms: int, describe: Describe) -> None:
        """Note what was known when it was opened: the same as the first page says."""
        if self._pager is not None:
            known = page.body(describe(incident, now_ms), self._pager.words, "en", self._pager.zone)
            self._decide(now_ms, incident.about, incident, f"known then: {'; '.join(known.splitlines()[:-1])}")

    def _key(self, incident: Incident) -> str:
        return key(self._books, incident.number)

    def _keep(self, incident: Incident) -> None:
        self._memory.keep_incident(incident)
        if incident.resolved is None:
            self.open[incident.place] = incident
        else:
            self.open.pop(incident.place, None)

    def _note(self, now_ms: int, changed: Changed, incident: Incident | None, text: str) -> None:
        self._decide(now_ms, changed.id, incident, text)

    def _decide(self, now_ms: int, about: str, incident: Incident | None, text: str) -> None:
        self._memory.note(Decision(now_ms, about, incident.number if incident else None, text))


def _why_silent(changed: Changed, has_no_rule: bool) -> str:
    return "; its rule wakes nobody" if changed.change == "firing" and not has_no_rule else ""

"""What the control socket answers about incidents: which there are, who takes them, what is planned, and why."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import tzinfo

from collector.database import Database, StateError
from collector.oncall.notice import Entry, one_line
from collector.oncall.outbox import Outbox
from collector.watch import page
from collector.watch.alerts import element_of
from collector.watch.by_area import NAMES
from collector.watch.engine import Engine
from collector.watch.incident import Incident, key, number
from collector.watch.periods import KEPT_MS
from collector.watch.picture import UP
from contract.control import Answerer, ControlError
from contract.words import Language, Words, said

MAX_INCIDENTS = 200
MAX_DECISIONS = 500
DAY_MS = 86_400_000
MAX_PLAN_MS = 366 * 86_400_000
MAX_TIME_MS = 253_370_764_800_000  # the year 9999


@dataclass(frozen=True, slots=True)
class WatchAnswers:
    """The parts that are asked. `outbox` is None where nobody is on call."""

    database: Database
    books: str
    engine: Engine
    outbox: Outbox | None
    words: Words
    zone: tzinfo

    def by_name(self) -> dict[str, Answerer]:
        """Return what is answered to which question. Called from any thread."""
        return {
            name: lambda asked, answer=answer: self._alone(answer, asked)  # type: ignore[misc]
            for name, answer in {
                "incidents": self._incidents,
                "ack": self._ack,
                "maintenance": self._maintenance,
                "why": self._why,
                "overview": self._overview,
            }.items()
        }

    def _alone(self, answer: Answerer, asked: Mapping[str, object]) -> object:
        try:
            with self.database.together():
                try:
                    return answer(asked)
                except ControlError as error:  # it has changed nothing: there is nothing to undo, and nothing to forget
                    refusal = error
        except StateError as error:
            raise ControlError(str(error)) from error
        raise refusal

    def _incidents(self, asked: Mapping[str, object]) -> object:
        found = self.engine.memory.incidents(MAX_INCIDENTS) if asked.get("all") else self.engine.open_incidents()
        return [self._incident(one, _language(asked)) for one in found]

    def _incident(self, one: Incident, language: Language) -> dict[str, object]:
        scene = self.engine.describe(one, _now_ms())
        return asdict(one) | {
            "key": key(self.books, one.number),
            "what": said(scene.what, language),
            "where": ", ".join(scene.where),
            "text": page.body(scene, self.words, language, self.zone),
        }

    def _ack(self, asked: Mapping[str, object]) -> object:
        name, who = _text(asked, "id", 60), _text(asked, "who", 60)
        wanted = number(self.books, name)
        incident = next((one for one in self.engine.open_incidents() if one.number == wanted), None)
        if incident is None:
            known = ", ".join(key(self.books, one.number) for one in self.engine.open_incidents())
            raise ControlError(f"there is no open incident {name} (open: {known or '-'})")
        if incident.acked is not None:
            raise ControlError(f"{name} was acknowledged by {incident.acked_by} already")
        if not who:
            raise ControlError("say who takes it")
        return self._incident(self.engine.ack(incident, who, _now_ms()), _language(asked))

    def _maintenance(self, asked: Mapping[str, object]) -> object:
        """Announce it when there is a `subject`, take one back when there is a `remove`; return what is announced and
        not over."""
        if "remove" in asked:
            number_of = asked["remove"]
            if not isinstance(number_of, int) or self.engine.unplan(number_of) is None:
                raise ControlError(f"there is no maintenance {str(number_of)[:20]}: see `mangrove maintenance list`")
        if "subject" in asked:
            subject, since, until = _text(asked, "subject", 100), asked.get("since"), asked.get("until")
            if not self.engine.covers(subject):
                raise ControlError(f"the inventory has no device, sensor, site, area or agent {subject}")
            if not isinstance(since, int) or not isinstance(until, int) or not 0 <= since < until <= MAX_TIME_MS:
                raise ControlError("maintenance has a `since` before its `until`, ms since 1970")
            if until - since > MAX_PLAN_MS:
                raise ControlError("maintenance of more than a year is no maintenance: take it out of the inventory")
            self.engine.plan(subject, since, until, _text(asked, "reason", 200))
        return [asdict(window) for window in self.engine.memory.windows() if window.until > _now_ms()]

    def _why(self, asked: Mapping[str, object]) -> object:
        about = _text(asked, "id", 100)
        elements, wanted = self.engine.covers(about), number(self.books, about)
        notices: list[Entry] = []
        if elements:
            decisions = self.engine.memory.decisions_about(elements, MAX_DECISIONS)
        elif wanted is not None and self.engine.memory.incident(wanted) is not None:
            decisions = self.engine.memory.decisions_of(wanted, MAX_DECISIONS)
            notices = self.outbox.of(key(self.books, wanted)) if self.outbox else []
        else:
            raise ControlError(f"there is no incident, device, sensor, site, area or agent {about}")
        alerts = {name: asdict(one) for name, one in self.engine.alerts().items() if element_of(name) in elements}
        return {
            "decisions": [asdict(one) for one in decisions],
            "notices": [asdict(one) for one in notices],
            "alerts": alerts,
            "status": self._status(about, elements),
        }

    def _status(self, about: str, elements: set[str]) -> dict[str, str]:
        """Return how something is now, and what in it is not up, by `scope/id`."""
        found = {
            name: NAMES[value]
            for name, value in self.engine.status().items()
            if (subject := name.partition("/")[2]) == about or (subject in elements and value != UP)
        }
        return dict(sorted(found.items())[:MAX_DECISIONS])

    def _overview(self, asked: Mapping[str, object]) -> object:
        """The network since a time: sites by status, seconds of all of them, communes by service."""
        since, now_ms = asked.get("since"), _now_ms()
        first = since if isinstance(since, int) else now_ms - DAY_MS
        return asdict(self.engine.overview(min(max(first, now_ms - KEPT_MS), now_ms), now_ms))


def _text(asked: Mapping[str, object], name: str, most: int) -> str:
    """Return a text as it may stand in a line."""
    return one_line(str(asked.get(name, "")), most)


def _language(asked: Mapping[str, object]) -> Language:
    return "vi" if asked.get("language") == "vi" else "en"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

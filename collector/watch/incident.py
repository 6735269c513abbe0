"""An incident: one fault of one place, its alerts, and who was told. Pure.

It opens when an alert that wakes somebody fires where none is open, takes in what else fires there, and is over when
nothing of it fires any more. So there is one page and one word of its end for each, however many alerts there were.
"""

from dataclasses import dataclass, replace

MONITORING = "(monitoring)"  # the place of alerts about ourselves: an agent or the broker is not heard


@dataclass(frozen=True, slots=True)
class Incident:
    """`place` is a site or MONITORING; `alerts` are those that fire and wake somebody; `about` the first of them. Times
    in ms since 1970 UTC. `steps` of the escalation were taken, the last at `step_at`."""

    number: int
    place: str
    about: str
    opened: int
    alerts: tuple[str, ...]
    steps: int = 0
    step_at: int | None = None
    acked: int | None = None
    acked_by: str = ""
    resolved: int | None = None

    def joined_by(self, alert: str) -> "Incident":
        """Return it with one alert more."""
        return replace(self, alerts=tuple(sorted({*self.alerts, alert})))

    def left_by(self, alert: str, at: int) -> "Incident":
        """Return it with one alert less; over when that was the last."""
        alerts = tuple(one for one in self.alerts if one != alert)
        return replace(self, alerts=alerts, resolved=None if alerts else at)

    def escalated(self, steps: int, at: int) -> "Incident":
        """Return it after a step of the escalation."""
        return replace(self, steps=steps, step_at=at)

    def taken_by(self, who: str, at: int) -> "Incident":
        """Return it acknowledged: nobody else is woken."""
        return replace(self, acked=at, acked_by=who)


def key(books: str, number: int) -> str:
    """Return what people and their receivers call an incident; `books` is the id of the collector's state, so that one
    with an empty state begins other names."""
    return f"{books[:4]}-{number}"


def number(books: str, name: str) -> int | None:
    """Return the number of an incident by its key, or by the number alone; None when it is not ours."""
    head, _, tail = name.rpartition("-")
    return int(tail) if tail.isdecimal() and tail.isascii() and head in ("", books[:4]) and len(tail) < 10 else None

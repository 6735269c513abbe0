"""The life of one alert: inactive, pending, firing, resolved. Pure, on event time.

The words and their meaning are those of Prometheus (`for`, `keep_firing_for`). What differs: time in which we could not
see does not count. An alert that was pending begins anew after it, one that was firing stays so: it takes evidence to
fire and evidence to resolve.
"""

from dataclasses import dataclass, replace
from typing import Literal

from collector.watch.rules import Rule

Given = Literal["true", "clear", "between", "blind"]
State = Literal["pending", "firing", "resolved"]
Change = Literal["pending", "firing", "resolved", "cancelled", "suppressed"]


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that is not inactive. Times are event time, ms since 1970 UTC: the condition holds since `since`, it has
    been firing since `fired`, there is no sign of it since `clear_since`; `last` is that of the last evidence, `value`
    what a threshold saw then."""

    state: State
    since: int
    last: int
    fired: int | None = None
    clear_since: int | None = None
    resolved: int | None = None
    value: float | None = None


Step = tuple[Alert | None, Change | None]


def take(alert: Alert | None, given: Given, at: int, *, gap_ms: int, value: float | None = None) -> Step:
    """Return the alert after evidence at `at`, and what has changed; None is inactive. Evidence that is older than the
    last changes nothing. A condition that was not confirmed for `gap_ms` begins anew; to begin with it must hold all of
    the time, so that a value between the levels ends what is pending and keeps what is firing."""
    if alert is not None and at < alert.last:
        return alert, None
    if alert is None or alert.state == "resolved":
        return _begin(alert, given, at, value)
    if given == "blind":
        return (None, "cancelled") if alert.state == "pending" else (alert, None)
    seen = replace(alert, last=at, value=alert.value if value is None else value)
    if alert.state == "pending":
        if given != "true":
            return None, "cancelled"
        return (replace(seen, since=at) if at - alert.last > gap_ms else seen), None
    if given == "clear":
        return replace(seen, clear_since=alert.clear_since if alert.clear_since is not None else at), None
    return (replace(seen, clear_since=None) if given == "true" else seen), None


def _begin(alert: Alert | None, given: Given, at: int, value: float | None) -> Step:
    if given != "true":
        return alert, None
    return Alert("pending", at, at, value=value), "pending"


def pass_time(alert: Alert, rule: Rule, at: int, *, ready: bool = True) -> Step:
    """Return the alert at `at`, and what has changed. The caller says only times up to which it can see; `ready`:
    nothing that is still unclear elsewhere could explain the condition."""
    if alert.state == "pending" and ready and at - alert.since >= rule.for_s * 1000:
        return replace(alert, state="firing", fired=at), "firing"
    over = alert.clear_since is not None and at - alert.clear_since >= rule.keep_firing_for_s * 1000
    if alert.state == "firing" and over:
        return replace(alert, state="resolved", resolved=at), "resolved"
    return alert, None


def turn_back(alert: Alert, now_ms: int) -> Alert:
    """Return it after our clock was put back: nothing of it is of a time to come."""

    def earlier(at: int | None) -> int | None:
        return None if at is None else min(at, now_ms)

    return replace(
        alert,
        since=min(alert.since, now_ms),
        last=min(alert.last, now_ms),
        fired=earlier(alert.fired),
        clear_since=earlier(alert.clear_since),
        resolved=earlier(alert.resolved),
    )

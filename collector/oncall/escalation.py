"""Whether a page that nobody has acknowledged goes to somebody else now, or again to the last of them.

Only the highest step that is due is taken, and only once: after a long outage nobody gets all that was missed. But who
is on call first is told in any case.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from collector.oncall.config import NEXT, ON_CALL, OnCall, Step
from collector.oncall.rotation import next_on_call, on_call


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now. `steps` counts the steps taken afterwards; `people` are told once each."""

    action: Literal["page", "repeat"]
    steps: int
    people: tuple[str, ...]


def due(oncall: OnCall, *, opened_ms: int, steps: int, last_ms: int, acked: bool, now_ms: int) -> Due | None:
    """Return what is due for an incident that was opened at `opened_ms` and has had `steps` steps, the last page at
    `last_ms`; None while there is nothing to do."""
    plan = oncall.escalation
    if acked:
        return None
    reached = sum(opened_ms + step.after_s * 1000 <= now_ms for step in plan.steps)
    if reached > steps:
        taken = [plan.steps[reached - 1]] if steps else [plan.steps[0], plan.steps[reached - 1]]
        return Due("page", reached, _people(oncall, taken, now_ms))
    quiet = last_ms <= now_ms < last_ms + plan.repeat_s * 1000  # a clock that was put back must not silence it
    if steps >= len(plan.steps) and not quiet:
        return Due("repeat", steps, _people(oncall, plan.steps[-1:], now_ms))
    return None


def _people(oncall: OnCall, steps: list[Step], now_ms: int) -> tuple[str, ...]:
    at = datetime.fromtimestamp(now_ms / 1000, UTC)
    turns = {ON_CALL: on_call, NEXT: next_on_call}
    names = [name for step in steps for name in step.notify]
    # A dict keeps the order and each name once.
    return tuple(dict.fromkeys(turns[name](oncall.rotation, at) if name in turns else name for name in names))

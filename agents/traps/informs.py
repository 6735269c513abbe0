"""Informs between their arrival and their answer, which goes out when their batch is on the disk and not before.

A sender that hears nothing asks again, with the same request-id: that is the same notification. While the first copy
waits for the disk a second is not written down as well, and one that comes after the answer is answered at once.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from agents.committer import NotSpooledError
from agents.traps.counts import InformCounts
from agents.traps.heard import Inform

MAX_PENDING: Final = 500
MAX_KNOWN: Final = 2_000
KNOWN_S: Final = 60.0

Key = tuple[object, ...]


@dataclass(slots=True)
class _Known:
    at: float
    waiting: list[Inform] = field(default_factory=list)
    done: bool = False


class Informs:
    """Lives on the event loop."""

    def __init__(self, counts: InformCounts) -> None:
        self.counts = counts
        self._known: dict[Key, _Known] = {}
        self._pending = 0

    @property
    def full(self) -> bool:
        """Whether so many wait for the disk that no more are taken: their senders ask again."""
        return self._pending >= MAX_PENDING

    def is_known(self, key: Key, inform: Inform, now: float) -> bool:
        """Whether this is a copy of one that is known; then it is seen to."""
        known = self._known.get(key)
        if known is None or (known.done and now - known.at >= KNOWN_S):
            return False
        self.counts.again += 1
        if known.done:
            inform.answer()
            self.counts.answered += 1
        else:
            known.at = now
            known.waiting.pop().forget()
            known.waiting.append(inform)  # the newest, for which its sender waits
        return True

    def wait(self, key: Key, inform: Inform, durable: "asyncio.Future[None]", now: float) -> None:
        """Answer an inform when `durable` ends well."""
        if len(self._known) >= MAX_KNOWN:
            fresh = {key: one for key, one in self._known.items() if now - one.at < KNOWN_S or not one.done}
            self._known = dict(list(fresh.items())[-MAX_KNOWN // 2 :])
        known = self._known[key] = _Known(now, [inform])
        self._pending += 1
        durable.add_done_callback(lambda ended: self._settle(key, known, ended))

    def _settle(self, key: Key, known: _Known, ended: "asyncio.Future[None]") -> None:
        self._pending -= 1
        good = not ended.cancelled() and not isinstance(ended.exception(), NotSpooledError)
        for inform in known.waiting:
            (inform.answer if good else inform.forget)()
        self.counts.answered += good * len(known.waiting)
        self.counts.unanswered += (not good) * len(known.waiting)
        known.waiting, known.done = [], True
        if not good and self._known.get(key) is known:
            del self._known[key]

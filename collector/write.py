"""Many points into a store: requests of bounded size, and the single points that the database will never take.

A database says of a whole request that something in it is wrong, and may or may not have stored the rest; InfluxDB 1.x
even says `dropped=0` of a point that it dropped. So nothing of a refused request counts as written until a request
without a bad point had its yes: writes are idempotent, the same points may go again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from collector.store import Answer, Point, Refused, Retry, Stop, Store, TooLarge, Written

MAX_POINTS = 5000
MAX_EXTRA = 1000
LUMP = 64
_OF_TIME = re.compile("timestamp|retention")
_DROPPED = re.compile(r"dropped=(\d+)$")


@dataclass(frozen=True, slots=True)
class Settled:
    """Every point is either written or refused, by its index in what was given; both in ascending order. The reasons
    are the database's words."""

    written: tuple[int, ...]
    refused: tuple[tuple[int, str], ...]


Outcome = Settled | Retry | Stop


def write_all(store: Store, points: Sequence[Point], size: int = MAX_POINTS) -> Outcome:
    """Write the points in requests of at most `size`. A Retry or Stop in the middle is the answer for all of them.

    One bad point among 5,000 costs 14 requests more. A run of bad points costs no more when the database counts what it
    dropped. When MAX_EXTRA more requests did not find all, then bad points are set apart only in lumps: a refused range
    of at most LUMP neighbours (by measurement and series) is refused whole. So 5,000 points never cost more than 1,300
    requests, and what is refused too much is in the dead letters with the rest.
    """
    written: list[int] = []
    refused: list[tuple[int, str]] = []
    for start in range(0, len(points), size):
        search = _Search(store, points)
        trouble = search.settle(list(range(start, min(start + size, len(points)))))
        if trouble is not None:
            return trouble
        written += search.written
        refused += search.refused
    return Settled(tuple(sorted(written)), tuple(sorted(refused)))


class _TroubleError(Exception):
    def __init__(self, answer: Retry | Stop) -> None:
        super().__init__(answer.reason)
        self.answer = answer


class _Search:
    """The bad points of one request, by group testing: of a refused range the left half is sent. When that is refused,
    it is the new range and the right half joins the rest; when it is written, the bad point is in the right half, which
    therefore need not be sent. The rest goes as one request when a bad point is found."""

    def __init__(self, store: Store, points: Sequence[Point]) -> None:
        self.written: list[int] = []
        self.refused: list[tuple[int, str]] = []
        self._store, self._points = store, points
        self._sent = 0
        self._todo: list[list[int]] = []

    def settle(self, indices: list[int]) -> Retry | Stop | None:
        self._todo = [indices]
        try:
            while self._todo:
                self._one(self._todo.pop())
        except _TroubleError as error:
            return error.answer
        return None

    def _one(self, indices: list[int]) -> None:
        answer = self._send(indices)
        if isinstance(answer, TooLarge) and len(indices) > 1:
            self._todo += _halves(indices)
        elif isinstance(answer, Refused | TooLarge):
            # Neighbours in this order mostly share what is wrong with them.
            order = sorted(indices, key=lambda i: _kinship(self._points[i], answer.reason))
            self._narrow(order, answer.reason)

    def _narrow(self, suspects: list[int], reason: str) -> None:
        rest: list[int] = []
        while len(suspects) > 1 and not self._all_bad(suspects, reason):
            left, right = _halves(suspects)
            if self._sent > MAX_EXTRA:
                self._todo += [part for part in (left, right, rest) if part]
                return
            answer = self._send(left)
            if isinstance(answer, Refused | TooLarge):
                suspects, reason, rest = left, answer.reason, right + rest
            else:
                suspects = right  # the words of the refused request can only be about these
        self.refused += [(i, reason) for i in suspects]
        if rest:
            self._todo.append(rest)

    def _all_bad(self, suspects: list[int], reason: str) -> bool:
        dropped = _DROPPED.search(reason)
        counted = dropped is not None and int(dropped[1]) == len(suspects)
        return counted or (self._sent > MAX_EXTRA and len(suspects) <= LUMP)

    def _send(self, indices: list[int]) -> Answer:
        self._sent += 1
        answer = self._store.write([self._points[i] for i in indices])
        if isinstance(answer, Retry | Stop):
            raise _TroubleError(answer)
        if isinstance(answer, Written):
            self.written += indices
        return answer


def _kinship(point: Point, reason: str) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """Return by what a point stands beside those that share its trouble."""
    return point.time if _OF_TIME.search(reason) else 0, point.measurement, point.tags


def _halves(indices: list[int]) -> tuple[list[int], list[int]]:
    middle = len(indices) // 2
    return indices[:middle], indices[middle:]

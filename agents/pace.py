"""How much of the backlog may be on its way: as much as the collector answers within `TARGET_S`. Pure.

The answer is *stored*, or of a store with a horizon *seen*.

Fresh batches of all agents queue behind it in the collector, so it is the queue that is kept short, and not the rate
that is guessed: as LEDBAT (RFC 6817) does, the window grows while answers come sooner than the target and shrinks when
they come later. Who gets no answer at all sends next to nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from contract.messages import Acked

TARGET_S = 1.5
PATIENCE_S = 5.0
START, LEAST, MOST = 50, 20, 2_000


@dataclass(slots=True)
class _Sent:
    at: float
    seen: bool = False


class Pace:
    """Batches are named by boot and number; times are seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._sent: dict[tuple[int, int], _Sent] = {}  # in the order of sending
        self._window = float(START)
        self._answered_at = float("-inf")
        self._by_seen = False

    def begin(self, *, by_seen: bool = False) -> None:
        """The collector is another: its store may be, too. Of one that says *stored* only past a horizon, *seen* is the
        answer that tells how it keeps up."""
        self._by_seen = by_seen
        self.restart()

    def restart(self) -> None:
        """What is on its way may be lost."""
        self._sent.clear()
        self._window = float(START)

    def room(self, now: float) -> int:
        """Return how many more may be sent now."""
        self._give_up(now - PATIENCE_S)
        return int(self._window) - len(self._sent)

    def sent(self, boot: int, seq: int, now: float) -> None:
        """Note a batch of the backlog."""
        self._sent[boot, seq] = _Sent(now)

    def seen(self, boot: int, ranges: Iterable[tuple[int, int]], now: float) -> None:
        """Note what the collector has seen, of fresh batches, too."""
        names = [name for first, last in ranges for name in self._within(boot, first, last)]
        if self._by_seen:
            self._answer(names, now)
        else:
            for name in names:
                self._sent[name].seen = True

    def stored(self, boot: int, ranges: Sequence[Acked], now: float) -> None:
        """Note what is stored, of fresh batches, too."""
        self._answer([name for first, last, _ in ranges for name in self._within(boot, first, last)], now)

    def _answer(self, names: Sequence[tuple[int, int]], now: float) -> None:
        self._answered_at = now
        if names:
            late = now - min(self._sent[name].at for name in names)
            self._set(self._window + len(names) * max(-0.5, 1 - late / TARGET_S))
            for name in names:
                self._sent.pop(name, None)

    def _give_up(self, then: float) -> None:
        """Wait no longer for what was sent by `then`: it is held, or let go, or a slow store has it. It comes again
        with the next sweep."""
        while self._sent and (name := next(iter(self._sent))) and self._sent[name].at <= then:
            sent = self._sent.pop(name)
            if self._answered_at <= then:
                self._set(LEAST)
            elif sent.seen:  # the store is behind; what is not even seen may be held, which says nothing of it
                self._set(self._window - 1)

    def _set(self, window: float) -> None:
        self._window = min(max(window, LEAST), MOST)

    def _within(self, boot: int, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield what is on its way of a range, of which only its sender knows that it is short."""
        if last - first < len(self._sent):
            yield from [(boot, seq) for seq in range(first, last + 1) if (boot, seq) in self._sent]
        else:
            yield from [name for name in self._sent if name[0] == boot and first <= name[1] <= last]

"""How much of the backlog is on its way, against a made-up collector that stores so many batches a second."""

from collections import deque
from itertools import count

import pytest

from agents.pace import LEAST, PATIENCE_S, START, TARGET_S, Pace

TICK = 0.1


class Collector:
    """Stores `per_s` batches in the order in which they come, each after `horizon_s` more; holds those of `held`."""

    def __init__(self, per_s: float, agents: int, *, horizon_s: float = 0.0, held: range = range(0)) -> None:
        self.paces = [Pace() for _ in range(agents)]
        self.per_s, self.horizon_s, self.held = per_s, horizon_s, held
        self.queue: deque[tuple[float, int, int]] = deque()
        self.written: deque[tuple[float, int, int]] = deque()
        self.numbers = [count() for _ in range(agents)]
        self.now, self.credit = 0.0, 0.0
        self.sent = self.stored = 0
        self.late: list[float] = []

    def run(self, seconds: float, *, store: bool = True, fresh: bool = False) -> None:
        """Let time pass. With `fresh`, every agent has an answer to something else each second."""
        self.sent = self.stored = 0
        self.late.clear()
        end = self.now + seconds
        while self.now < end:
            self.now += TICK
            for agent, pace in enumerate(self.paces):
                for _ in range(max(0, pace.room(self.now))):
                    self._take(agent, next(self.numbers[agent]))
                if fresh and int(self.now / TICK) % 10 == 0:
                    pace.stored(99, [(0, 0, 0)], self.now)
            if store:
                self._store()

    def _take(self, agent: int, seq: int) -> None:
        self.paces[agent].sent(1, seq, self.now)
        self.sent += 1
        if seq not in self.held:
            self.paces[agent].seen(1, [(seq, seq)], self.now)
            self.queue.append((self.now, agent, seq))

    def _store(self) -> None:
        self.credit = self.credit + self.per_s * TICK if self.queue else 0.0
        while self.queue and self.credit >= 1:
            self.credit -= 1
            at, agent, seq = self.queue.popleft()
            self.late.append(self.now - at)
            self.written.append((self.now + self.horizon_s, agent, seq))
        while self.written and self.written[0][0] <= self.now:
            _, agent, seq = self.written.popleft()
            self.paces[agent].stored(1, [(seq, seq, 0)], self.now)
            self.stored += 1


@pytest.mark.parametrize(("per_s", "agents"), [(300, 1), (900, 1), (450, 40)])
def test_a_collector_is_kept_busy_and_its_queue_short(agents: int, per_s: float) -> None:
    collector = Collector(per_s, agents)
    collector.run(20)
    collector.run(20)
    assert collector.stored >= 0.9 * per_s * 20
    assert max(collector.late) <= 1.5 * TARGET_S


def test_a_collector_that_becomes_slow_has_a_short_queue_again_soon() -> None:
    collector = Collector(800, 3)
    collector.run(20)
    collector.per_s = 100
    collector.run(30)
    collector.run(20)
    assert max(collector.late) <= 1.5 * TARGET_S
    assert collector.stored >= 0.9 * 100 * 20


def test_who_gets_no_answer_sends_next_to_nothing() -> None:
    collector = Collector(1000, 1)
    collector.run(20)
    collector.run(2 * PATIENCE_S, store=False)
    collector.run(60, store=False)
    assert collector.sent <= LEAST * (60 / PATIENCE_S + 1)
    fresh = Collector(0, 1)
    fresh.run(60)
    assert fresh.sent <= START + LEAST * (60 / PATIENCE_S + 1)


def test_what_is_held_does_not_keep_what_comes_after_it() -> None:
    collector = Collector(1000, 1, held=range(5_000))
    collector.run(5_000 / START * PATIENCE_S + 30, fresh=True)
    assert collector.stored > 0


def test_of_a_collector_that_stores_only_past_a_horizon_what_is_seen_is_the_answer() -> None:
    collector = Collector(1000, 1, horizon_s=60)
    collector.paces[0].begin(by_seen=True)
    collector.run(10)
    assert collector.stored == 0
    assert collector.sent >= 5_000


def test_after_a_new_start_what_was_on_its_way_takes_no_room() -> None:
    pace = Pace()
    for seq in range(START):
        pace.sent(1, seq, 0.0)
    assert pace.room(0.0) == 0
    pace.restart()
    assert pace.room(0.0) == START


def test_a_range_without_end_costs_nothing() -> None:
    pace = Pace()
    pace.sent(1, 5, 0.0)
    pace.stored(1, [(0, 2**63 - 1, 0)] * 1000, 1.0)
    pace.seen(1, [(0, 2**63 - 1)] * 1000, 0.0)
    assert pace.room(1.0) >= START

"""When batches go out, and go out again. Time is the test's: `step` is told what it is."""

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import cast

import pytest
from agents.spooling import acked, bodies, opened
from agents.waiting import until

from agents import publisher as module
from agents.holdings import Spooled
from agents.pace import START
from agents.publisher import Publisher
from agents.spool import Spool
from contract.messages import Ack, CollectorAlive, boot_text

BOOT = 5
READY = CollectorAlive(online=True, boot="0" * 16, state="s", store="ready")
PAUSED = READY.model_copy(update={"store": "paused"})
GONE = READY.model_copy(update={"online": False})


class Fake:
    """A spool that holds batches, and a connection that takes what it has room for."""

    def __init__(self, *, resend_s: float = 30, backlog_per_s: int = 1000, answers: bool = False) -> None:
        """With `answers`, the collector says at once of everything that it is stored, and nothing is freed."""
        self.answers = answers
        self.boot, self.next_seq = BOOT, 0
        self.held: dict[int, Spooled] = {}
        self.sent: list[int] = []
        self.room = 10**9
        self.sweeps = 0
        self.publisher = Publisher(cast("Spool", self), self.take, resend_s=resend_s, backlog_per_s=backlog_per_s)

    @property
    def ends(self) -> dict[int, int]:
        return {BOOT: self.next_seq}

    def unsettled(self, below: dict[int, int]) -> Iterator[Spooled]:
        self.sweeps += 1
        yield from [batch for seq, batch in sorted(self.held.items()) if seq < below[BOOT]]

    def take(self, data: bytes) -> bool:
        if self.room <= 0:
            return False
        self.room -= 1
        self.sent.append(int(data[:8]))
        return True

    def make(self, count: int, size: int = 8) -> None:
        """So many new batches are durable."""
        made = [
            Spooled(BOOT, seq, b"%08d" % seq + b"x" * (size - 8)) for seq in range(self.next_seq, self.next_seq + count)
        ]
        self.next_seq += count
        self.held |= {batch.seq: batch for batch in made}
        self.publisher.fresh(made)

    async def run(self, start: float, stop: float, tick: float = 0.25) -> list[int]:
        """Step from one time to another; return what was sent."""
        self.sent.clear()
        now = start
        while now < stop:
            await self.publisher.step(now)
            if self.answers:
                self.publisher._pace.stored(BOOT, [(0, self.next_seq, 0)], now)
            now += tick
        return list(self.sent)


def ack(boot: int, *stored: tuple[int, int, int]) -> Ack:
    return Ack(state="s", boot=boot_text(boot), stored=list(stored))


@pytest.mark.parametrize("alive", [None, PAUSED, READY, GONE])
async def test_every_batch_is_sent_once_as_it_is_made_whatever_the_store(alive: CollectorAlive | None) -> None:
    fake = Fake()
    if alive:
        fake.publisher.collector_is(alive)
    await fake.run(100, 101)
    fake.make(3)
    assert await fake.run(101, 102) == [0, 1, 2]
    assert fake.publisher.sent == 3


async def test_nothing_is_sent_again_while_no_collector_is_present() -> None:
    fake = Fake()
    fake.publisher.connected()
    fake.make(3)
    assert await fake.run(100, 101) == [0, 1, 2]
    assert await fake.run(101, 2000, 1.0) == []
    fake.publisher.collector_is(READY)
    assert await fake.run(2000, 2001) == [0, 1, 2]
    fake.publisher.collector_is(GONE)
    sweeps = fake.sweeps
    assert await fake.run(2001, 4000, 1.0) == []
    assert fake.sweeps == sweeps  # nor is the disk read for it
    assert fake.publisher.resent == 3


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        (READY, READY.model_copy(update={"boot": "1" * 16}), True),
        (READY, READY.model_copy(update={"state": "t"}), True),
        (PAUSED, READY, True),
        (READY, PAUSED, False),
        (READY, READY, False),
    ],
    ids=["its boot changes", "its state changes", "its store is ready", "its store pauses", "it says the same"],
)
async def test_what_is_not_stored_is_sent_again_when_the_collector(
    before: CollectorAlive, after: CollectorAlive, *, again: bool
) -> None:
    fake = Fake()
    fake.publisher.collector_is(before)
    fake.make(3)
    await fake.run(100, 102)
    fake.publisher.collector_is(after)
    assert await fake.run(102, 104) == ([0, 1, 2] if again else [])


async def test_the_pause_doubles_from_thirty_seconds_to_ten_minutes() -> None:
    fake = Fake()
    fake.publisher.collector_is(READY)
    await fake.run(100, 110)
    fake.make(1)
    await fake.run(110, 111)
    times: list[float] = []
    now = 111.0
    while len(times) < 9:
        fake.sent.clear()
        await fake.publisher.step(now)
        if fake.sent:
            times.append(now)
        now += 0.5
    gaps = [b - a for a, b in pairwise(times)]
    assert [round(gap / 10) * 10 for gap in gaps] == [30, 60, 120, 240, 480, 600, 600, 600]
    assert 30 <= times[0] - 110 <= 90


async def test_an_ack_of_the_backlog_brings_the_short_pause_back_and_one_of_fresh_batches_does_not() -> None:
    fake = Fake()
    fake.publisher.collector_is(READY)
    fake.make(2)
    await fake.run(100, 1000, 1.0)
    long = fake.publisher._pause_s
    assert long > 200
    fake.make(1)
    fake.publisher.answered(ack(BOOT, (2, 2, 0)), 1000, freed=True)
    assert fake.publisher._pause_s == long
    fake.publisher.answered(ack(BOOT, (0, 0, 0)), 1000, freed=False)
    assert fake.publisher._pause_s == long
    fake.publisher.answered(ack(BOOT, (0, 0, 0)), 1000, freed=True)
    assert fake.publisher._pause_s == 30
    fake.publisher._pause_s = long
    fake.publisher.answered(ack(BOOT + 1, (7, 7, 0)), 1000, freed=True)
    assert fake.publisher._pause_s == 30


async def test_what_is_younger_than_the_pause_is_not_sent_again_yet() -> None:
    fake = Fake()
    fake.publisher.collector_is(READY)
    await fake.run(100, 101)
    sent: list[int] = []
    for now in range(101, 200):
        fake.make(1)
        sent += await fake.run(now, now + 1)
        again = [seq for seq in set(sent) if sent.count(seq) > 1]
        assert not again or max(again) <= now - 101 - 28
    assert max(seq for seq in set(sent) if sent.count(seq) > 1) > 20


async def test_fresh_batches_go_before_the_backlog_and_between_its_chunks() -> None:
    fake = Fake(backlog_per_s=1, answers=True)
    fake.make(150)
    fake.publisher._fresh.clear()
    fake.publisher.collector_is(READY)
    assert await fake.run(100, 101) == list(range(START))
    fake.make(1)
    assert await fake.run(101, 102) == [150]
    assert await fake.run(102, 99 + START) == []
    assert await fake.run(99 + START, 102 + START) == list(range(START, 100))


async def test_no_more_of_the_backlog_is_on_its_way_than_there_is_room_for_and_an_answer_makes_room() -> None:
    fake = Fake()
    fake.make(500)
    fake.publisher._fresh.clear()
    fake.publisher.collector_is(READY)
    assert await fake.run(100, 102) == list(range(START))
    fake.publisher.answered(ack(BOOT, (0, START - 1, 0)), 101, freed=True)
    assert fake.publisher._wake.is_set()
    sent = await fake.run(102, 103)
    assert sent[:START] == list(range(START, 2 * START))
    assert len(sent) < 2 * START
    assert await fake.publisher.step(103) >= 0.2


async def test_the_backlog_goes_at_a_bounded_rate() -> None:
    fake = Fake(backlog_per_s=200, answers=True)
    fake.make(2000)
    fake.publisher._fresh.clear()
    fake.publisher.collector_is(READY)
    sent = await fake.run(100, 105, 0.01)
    assert 900 <= len(sent) <= 1100
    assert sent == list(range(len(sent)))


async def test_a_full_connection_loses_nothing_and_is_asked_again_without_haste() -> None:
    fake = Fake(answers=True)
    fake.room = 40
    fake.make(60)
    fake.publisher.collector_is(READY)
    assert len(await fake.run(100, 101)) == 40
    waits = [await fake.publisher.step(101.0 + n) for n in range(8)]
    assert waits[-1] == module.IDLE_S
    fake.room = 10**9
    sent = await fake.run(110, 112)
    assert sent[:20] == list(range(40, 60))
    fake.publisher.sweep_now()
    fake.room = 30
    assert await fake.run(112, 113) == list(range(30))
    fake.room = 10**9
    assert await fake.run(113, 114) == list(range(30, 60))


@pytest.mark.parametrize("size", [8, 1 << 20])
async def test_fresh_batches_that_nobody_takes_are_bounded_and_go_with_the_backlog(size: int) -> None:
    fake = Fake(answers=True)
    fake.room = 0
    for _ in range(40):
        fake.make(1, size) if size > 8 else fake.make(200)
    held = sum(len(batch.data) for batch in fake.publisher._fresh)
    assert held <= module.MAX_FRESH_BYTES
    assert len(fake.publisher._fresh) <= module.MAX_FRESH
    assert len(fake.publisher._fresh) < fake.next_seq
    fake.room = 10**9
    fake.publisher.connected()
    fake.publisher.collector_is(READY)
    assert set(await fake.run(100, 120)) == set(range(fake.next_seq))


@pytest.mark.parametrize("state", ["idle", "no collector", "stuck", "swept"])
async def test_there_is_no_busy_loop(state: str) -> None:
    fake = Fake()
    fake.make(5)
    if state in ("stuck", "swept"):
        fake.publisher.collector_is(READY)
    if state == "stuck":
        fake.room = 0
    if state == "no collector":
        fake.publisher.collector_is(READY)
        await fake.publisher.step(100)
        fake.publisher.collector_is(GONE)
    for n in range(10):
        wait_s = await fake.publisher.step(101 + n)
    assert wait_s >= 0.2


async def test_batches_of_a_real_spool_go_out_and_go_again(tmp_path: Path) -> None:
    spool, sent = opened(tmp_path), list[bytes]()

    def send(data: bytes) -> bool:
        sent.append(data)
        return True

    earlier = spool.commit(bodies(3))
    spool.close()
    spool = opened(tmp_path, 1)
    publisher = Publisher(spool, send, resend_s=1, backlog_per_s=10_000)
    running = asyncio.create_task(publisher.run())
    fresh = spool.commit(bodies(2))
    publisher.fresh(fresh)
    await until(lambda: sent == [batch.data for batch in fresh])
    publisher.collector_is(READY)
    await until(lambda: len(sent) == 7)
    assert sent[2:] == [batch.data for batch in (*earlier, *fresh)]
    assert spool.free(earlier[0].boot, [acked(earlier)]) == 0
    await until(lambda: len(sent) >= 9)
    assert set(sent[7:]) == {batch.data for batch in fresh}
    running.cancel()
    spool.close()


async def test_a_batch_that_comes_with_the_end_does_not_keep_it_from_ending() -> None:
    fake = Fake()
    for _ in range(20):
        running = asyncio.create_task(fake.publisher.run())
        await asyncio.sleep(0)  # it waits now
        fake.make(1)
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=5)
        assert done
        assert running.cancelled()

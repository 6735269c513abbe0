"""Beats are kept: on time, one at a time, and what is missed is counted and not made up for."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from agents.waiting import until

from agents.beats import Beats
from agents.schedule import phase

BEAT_S = 0.2


@asynccontextmanager
async def running(beats: Beats) -> AsyncIterator[None]:
    """Beats that are kept for the length of a test."""
    task = asyncio.create_task(beats.run())
    try:
        yield
    finally:
        task.cancel()


async def test_each_beat_begins_at_its_phase_and_not_before() -> None:
    started: list[tuple[str, float, float]] = []
    beats = Beats(lambda name, due, now: started.append((name, due, now)))
    names = [f"rt-{n:02}" for n in range(20)]
    async with running(beats):
        for name in names:
            beats.set(name, BEAT_S, lambda: asyncio.sleep(0))
        await until(lambda: len(started) >= 100)
    for name, due, now in started:
        assert now >= due
        assert abs((due - phase(name, BEAT_S)) / BEAT_S - round((due - phase(name, BEAT_S)) / BEAT_S)) < 1e-6
    assert beats.counts.begun == len(started)
    assert {name for name, _, _ in started} == set(names)


async def test_a_beat_that_comes_too_soon_is_skipped_and_counted() -> None:
    beats, at_once, most, release = Beats(), 0, 0, asyncio.Event()

    async def work() -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await release.wait()
        at_once -= 1

    async with running(beats):
        beats.set("slow", BEAT_S, work)
        await until(lambda: beats.counts.missed >= 3)
        assert beats.counts.begun == 1
        release.set()
        await until(lambda: beats.counts.begun >= 3)
    assert most == 1


async def test_a_loop_that_was_held_up_makes_up_for_nothing_and_says_so() -> None:
    beats, begun = Beats(), 0

    async def work() -> None:
        nonlocal begun
        begun += 1

    async with running(beats):
        beats.set("a", BEAT_S, work)
        await until(lambda: begun == 1)
        time.sleep(4 * BEAT_S)  # noqa: ASYNC251  # nobody gets the loop
        before = begun
        await until(lambda: beats.counts.missed >= 2)
        assert begun <= before + 2
    assert beats.counts.late >= 1


async def test_slow_ones_change_nothing_for_the_others() -> None:
    beats, done = Beats(), 0

    async def quick() -> None:
        nonlocal done
        done += 1

    async with running(beats):
        for n in range(50):
            beats.set(f"dead-{n}", BEAT_S, asyncio.Event().wait if n % 2 else quick)  # type: ignore[arg-type]
        await until(lambda: done >= 75)
        await until(lambda: beats.counts.begun == 25 + done)


async def test_what_is_ended_is_cancelled_and_what_is_set_anew_goes_on() -> None:
    beats, cancelled, anew = Beats(), 0, 0

    async def work() -> None:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled += 1
            raise

    async def other() -> None:
        nonlocal anew
        anew += 1

    async with running(beats):
        beats.set("a", BEAT_S, work)
        beats.set("b", BEAT_S, work)
        await until(lambda: beats.counts.begun == 2)
        beats.end("a")
        beats.set("b", BEAT_S, other)
        await until(lambda: cancelled == 2 and anew >= 2)
        await until(lambda: beats.counts.begun == 2 + anew)


async def test_a_bug_costs_one_beat(caplog: pytest.LogCaptureFixture) -> None:
    beats, calls = Beats(), 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ZeroDivisionError

    async with running(beats):
        beats.set("a", BEAT_S, work)
        await until(lambda: calls >= 3)
    assert "a bug has ended a beat of a" in caplog.text


async def test_what_is_done_out_of_turn_is_done_at_once_and_keeps_the_beat() -> None:
    beats, begun = Beats(), 0

    async def work() -> None:
        nonlocal begun
        begun += 1

    async with running(beats):
        beats.set("rt-1", 80_000, work)
        beats.also("rt-1", time.monotonic())
        beats.also("nobody", time.monotonic())
        await until(lambda: begun == 1)
    assert (beats.counts.out_of_turn, beats.counts.begun, beats.counts.missed) == (1, 0, 0)


async def test_what_comes_while_it_is_at_work_is_done_once_more_afterwards() -> None:
    beats, begun, release = Beats(), 0, asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        await release.wait()

    async with running(beats):
        beats.set("rt-1", 80_000, work)
        beats.also("rt-1", time.monotonic())
        await until(lambda: begun == 1)
        for _ in range(5):
            beats.also("rt-1", time.monotonic())
        await until(lambda: len(beats._heap) == 1)
        assert begun == 1
        release.set()
        await until(lambda: begun == 2)
    assert beats.counts.out_of_turn == 2


async def test_a_beat_that_finds_such_work_going_on_follows_it_and_is_not_missed() -> None:
    beats, begun, release = Beats(), 0, asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        await release.wait()

    async with running(beats):
        beats.set("rt-1", BEAT_S, work)
        beats.also("rt-1", 0.0)
        await until(lambda: beats._beats["rt-1"].again)
        release.set()
        await until(lambda: begun >= 3)
    assert beats.counts.missed == 0

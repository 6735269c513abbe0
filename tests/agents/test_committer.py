"""Group commit: what waits is bounded and counted, a failing disk loses nothing within the bound."""

import asyncio
import errno
from pathlib import Path

import pytest
from agents.spooling import bodies, opened
from agents.waiting import until

from agents import committer as module
from agents.committer import Committer, NotSpooledError
from agents.holdings import Spooled
from agents.spool import Spool
from contract.wire import unpack


class Disk:
    """A spool's commit that fails while it is told to."""

    def __init__(self, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
        self.failing = False
        self.tries = 0
        self._commit = spool.commit
        monkeypatch.setattr(spool, "commit", self._try)
        monkeypatch.setattr(module, "RETRY_S", 0.01)

    def _try(self, group: list[bytes], *, alarms: bool) -> list[Spooled]:
        self.tries += 1
        if self.failing:
            raise OSError(errno.EIO, "broken")
        return self._commit(group, alarms=alarms)


async def test_bodies_reach_the_disk_in_order_in_few_commits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    disk = Disk(spool, monkeypatch)
    committer = Committer(spool, done.extend, wait_ms=5)
    running = asyncio.create_task(committer.run())
    for body in bodies(100):
        committer.put(body)
    await until(lambda: len(done) == 100)
    assert [unpack(batch.data).body for batch in done] == bodies(100)
    assert disk.tries == 1
    committer.stop()
    await running
    spool.close()


async def test_a_full_group_does_not_wait_for_its_time(tmp_path: Path) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    committer = Committer(spool, done.extend, wait_ms=3_600_000)
    running = asyncio.create_task(committer.run())
    for body in bodies(module.GROUP):
        committer.put(body)
    await until(lambda: len(done) == module.GROUP)
    committer.put(b"x" * module.GROUP_BYTES)
    await until(lambda: len(done) == module.GROUP + 1)
    committer.stop()
    await running
    spool.close()


async def test_a_disk_that_fails_and_is_good_again_has_lost_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    disk = Disk(spool, monkeypatch)
    disk.failing = True
    committer = Committer(spool, done.extend, wait_ms=5)
    running = asyncio.create_task(committer.run())
    for body in bodies(50):
        committer.put(body)
    await until(lambda: disk.tries > 3)
    assert done == []
    assert caplog.text.count("the spool cannot be written") == 1
    disk.failing = False
    await until(lambda: len(done) == 50)
    assert [unpack(batch.data).body for batch in done] == bodies(50)
    assert committer.unspooled == 0
    committer.stop()
    await running
    spool.close()


async def test_what_is_beyond_the_bound_is_counted_oldest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    disk = Disk(spool, monkeypatch)
    disk.failing = True
    committer = Committer(spool, done.extend, wait_ms=5)
    running = asyncio.create_task(committer.run())
    made = bodies(module.MAX_WAITING + 30)
    for body in made[:1000]:
        committer.put(body)
    await until(lambda: disk.tries > 2)
    for body in made[1000:]:
        committer.put(body)
    await until(lambda: committer.unspooled == 30)
    disk.failing = False
    await until(lambda: len(done) == module.MAX_WAITING)
    assert [unpack(batch.data).body for batch in done] == made[30:]
    committer.stop()
    await running
    spool.close()


async def test_the_bound_holds_for_bytes_too(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    committer = Committer(spool, lambda _: None, wait_ms=5)
    for _ in range(40):
        committer.put(b"x" * (1 << 20))
    assert committer.unspooled == 24
    spool.close()


@pytest.mark.parametrize("failing", [False, True])
async def test_at_the_end_all_that_waits_is_written_or_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, failing: bool
) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    disk = Disk(spool, monkeypatch)
    disk.failing = failing
    committer = Committer(spool, done.extend, wait_ms=1000)
    for body in bodies(1200):
        committer.put(body)
    committer.stop()
    async with asyncio.timeout(5):
        await committer.run()
    assert (len(done), committer.unspooled) == ((0, 1200) if failing else (1200, 0))
    spool.close()


async def test_a_disk_that_is_good_again_at_the_end_gets_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    disk = Disk(spool, monkeypatch)
    disk.failing = True
    monkeypatch.setattr(module, "RETRY_S", 60.0)
    committer = Committer(spool, done.extend, wait_ms=5)
    running = asyncio.create_task(committer.run())
    committer.put(b"body")
    await until(lambda: disk.tries == 1 and committer._bytes != 0)
    disk.failing = False
    committer.stop()
    async with asyncio.timeout(5):
        await running
    assert len(done) == 1
    spool.close()


async def test_limits_that_cannot_be_kept_do_not_commit_a_batch_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, done = opened(tmp_path), list[Spooled]()

    def stuck() -> None:
        raise OSError(errno.EIO, "the loss cannot be reported")

    monkeypatch.setattr(spool, "keep_within_limits", stuck)
    committer = Committer(spool, done.extend, wait_ms=5)
    committer.put(b"body")
    committer.stop()
    await committer.run()
    assert spool.accepted == len(done) == 1
    spool.close()


def test_a_group_is_no_larger_than_a_small_segment(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    committer = Committer(spool, lambda _: None, wait_ms=5)
    for _ in range(5):
        committer.put(b"x" * 400_000)
    assert [len(committer._take()) for _ in range(3)] == [2, 2, 1]
    spool.close()


async def test_a_promise_is_kept_when_the_body_is_on_disk_and_not_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    disk = Disk(spool, monkeypatch)
    disk.failing = True
    committer = Committer(spool, done.extend, wait_ms=5)
    running = asyncio.create_task(committer.run())
    promised = [committer.put_durably(b"twice the same"), committer.put_durably(b"twice the same")]
    await until(lambda: disk.tries > 3)
    assert not any(one.done() for one in promised)
    disk.failing = False
    await asyncio.gather(*promised)
    assert [unpack(batch.data).body for batch in done] == [b"twice the same"] * 2
    assert committer._promised == {}
    committer.stop()
    await running
    spool.close()


async def test_a_promise_is_broken_when_the_body_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 10)
    monkeypatch.setattr(module, "GROUP", 5)
    spool = opened(tmp_path)
    disk = Disk(spool, monkeypatch)
    disk.failing = True
    committer = Committer(spool, list[Spooled]().extend, wait_ms=5)
    oldest = committer.put_durably(b"oldest")
    for body in bodies(30):
        committer.put(body)
    with pytest.raises(NotSpooledError):
        await oldest
    last = committer.put_durably(b"last")
    running = asyncio.create_task(committer.run())
    await until(lambda: disk.tries > 2)
    committer.stop()
    await running
    with pytest.raises(NotSpooledError):
        await last
    with pytest.raises(NotSpooledError):
        await committer.put_durably(b"too late")
    spool.close()


async def test_nobody_needs_to_wait_for_a_promise(tmp_path: Path) -> None:
    spool, done = opened(tmp_path), list[Spooled]()
    committer = Committer(spool, done.extend, wait_ms=5)
    committer.put_durably(b"a").cancel()
    running = asyncio.create_task(committer.run())
    await until(lambda: len(done) == 1)
    committer.stop()
    await running
    spool.close()

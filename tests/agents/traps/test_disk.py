"""A real inform, a real spool: no answer while the disk fails, and one when it is good again."""

import asyncio
import errno
from pathlib import Path

import pytest
from agents.spooling import opened
from agents.traps.listening import DOWN, LINK_DOWN, listening
from agents.waiting import until
from servers.snmptrap import Sender

from agents import committer as module
from agents.committer import Committer
from agents.holdings import Spooled
from agents.outlet import Outlet
from contract.batch import decode
from contract.wire import unpack


async def test_an_inform_waits_for_the_fsync_of_its_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", 0.05)
    spool, done = opened(tmp_path / "spool"), list[Spooled]()
    commit = spool.commit
    failing = True

    def tried(group: list[bytes], *, alarms: bool) -> list[Spooled]:
        if failing:
            raise OSError(errno.ENOSPC if len(done) else errno.EIO, "broken")
        return commit(group, alarms=alarms)

    monkeypatch.setattr(spool, "commit", tried)
    committer = Committer(spool, done.extend, wait_ms=5, alarms=True)
    running = asyncio.create_task(committer.run())
    async with listening() as site:
        site.hearing._put_durably = Outlet(Committer(spool, done.extend, wait_ms=5), committer).put_durably
        sender = Sender(site.port, tmp_path / "sender")
        assert not await asyncio.to_thread(sender.inform, LINK_DOWN, DOWN, wait_s=1)
        assert (done, site.hearing.informs.counts.answered) == ([], 0)
        asking = asyncio.create_task(asyncio.to_thread(sender.inform, LINK_DOWN, DOWN, wait_s=5, retries=3))
        await until(lambda: len(committer) == 2)
        failing = False
        assert await asking
    batches = [decode(unpack(one.data).body) for one in done]
    assert [batch.trap and batch.trap.inform for batch in batches] == [True, True]
    committer.stop()
    await running
    spool.close()

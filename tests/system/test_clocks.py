"""An agent's clock is in 1970, a day ahead, jumps, becomes right: every value lands on its true time, and once."""

import json
import time
from pathlib import Path
from typing import cast

import pytest
from servers.mosquitto import Mosquitto
from system import provinces
from system.oracle import Entry, as_points, differences, expected
from system.test_real_values import embedded_rows
from system.thread import Thread, running, wait_for
from system.wrong_clock import WrongClockAgent

HOUR, DAY = 3_600_000, 86_400_000
MENDED_MS = 660_000


@pytest.mark.timeout(240)
def test_what_a_wrong_and_jumping_clock_stamped_is_stored_at_its_true_time(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    store: dict[str, object] = {"kind": "embedded"}
    with running(tmp_path, mosquitto, provinces.busy(), store, agent_kind=WrongClockAgent) as thread:
        agent = cast("WrongClockAgent", thread.agent)
        for ahead in (DAY, -HOUR):
            flows(thread)
            agent.clock.set(ahead, synced=False)
        flows(thread)
        assert thread.stored() == 0
        assert sum(row["held"] for row in thread.ledger()) > 0
        agent.kill()
        agent.start()
        flows(thread)
        agent.clock.set(0, synced=True)
        wait_for(lambda: thread.stored() > 0, "what was held is put right and stored")
        for ahead, synced in ((-DAY, False), (0, True)):
            agent.clock.set(ahead, synced=synced)
            flows(thread)
        thread.settle()
        entries = thread.accepted()
        wanted = expected((agent.config_path.stem, put_right(entry, anchor(agent))) for entry in entries)
        assert differences(wanted, as_points(embedded_rows(thread))) == []
        assert all(row["balanced"] for row in thread.ledger())
        assert sum(row["refused"] + row["dropped"] + row["earlier"] for row in thread.ledger()) == 0
        offs = {round((stamped(entry) - true_ms(entry)) / HOUR) for entry in entries}
        assert {-1, 0, 24} <= offs
        assert -24 not in offs  # it was not followed
        assert min(offs) < -24 * 365 * 50  # also 1970 was there
        starts = [true_ms(entry) for entry in entries if entry.body.get("device") == provinces.busy().devices[0].id]
        assert max(then - before for before, then in zip(sorted(starts), sorted(starts)[1:], strict=False)) < 10_000


def flows(thread: Thread) -> None:
    """Wait until the agent has made some more."""
    before = len(thread.accepted())
    wait_for(lambda: len(thread.accepted()) > before + 3, "the agent polls on")


def anchor(agent: WrongClockAgent) -> tuple[int, int]:
    """Return the moment at which its clock was right, as it has written it down; it is checked by our own clocks."""
    ((mono, wall),) = [
        host["anchor"] for host in json.loads((agent.spool / "clock.json").read_text())["hosts"].values()
    ]
    assert abs(wall - mono - started_ms()) < 1_000
    return mono, wall


def put_right(entry: Entry, right: tuple[int, int]) -> Entry:
    """Return an entry with the time that it must have in the database."""
    time = right[1] - right[0] + cast("int", entry.body["mono"])
    if abs(time - stamped(entry)) <= MENDED_MS:
        return entry
    return Entry(entry.boot, entry.seq, entry.crc, {**entry.body, "time": time})


def stamped(entry: Entry) -> int:
    """Return what the agent's clock said."""
    return cast("int", entry.body["time"])


def true_ms(entry: Entry) -> int:
    """Return when it was made, by the clocks of this process."""
    return cast("int", entry.body["mono"]) + started_ms()


def started_ms() -> int:
    """Return the true time at which this host was started, ms since 1970."""
    return (time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME)) // 1_000_000

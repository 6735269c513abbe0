"""Pages of a sender that is killed: none is missed, and each kill costs at most one copy, with the same key."""

import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from collector.oncall.receivers import HttpReceiver, make_outbox, notice

from collector.oncall.outbox import Outbox

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("dying_sender.py")
KILLS = 20


def start(folder: Path, receiver: HttpReceiver, when: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(SCRIPT), str(folder / "state.sqlite"), receiver.url(), when]
    return subprocess.Popen(command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})


def run(folder: Path, receiver: HttpReceiver, when: str) -> int:
    with start(folder, receiver, when) as process:
        return process.wait(60)


def add(outbox: Outbox, key: str, *, resolve: bool = False) -> None:
    outbox.add(notice(key, "resolve" if resolve else "page"), time.time_ns() // 1_000_000)


def test_a_kill_between_sending_and_noting_makes_exactly_one_copy_with_the_same_key(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    add(outbox, "k-1")
    add(outbox, "k-1", resolve=True)
    with HttpReceiver() as receiver:
        assert [run(tmp_path, receiver, "after") for _ in range(2)] == [-signal.SIGKILL] * 2
        assert receiver.named() == [("k-1", "page")] * 2
        assert run(tmp_path, receiver, "never") == 0
        assert receiver.named() == [("k-1", "page")] * 3 + [("k-1", "resolve")]
        assert receiver.got[0] == receiver.got[1] == receiver.got[2]
    assert [one.outcome for one in outbox.of("k-1")] == ["sent", "sent"]


def test_a_kill_before_sending_makes_no_copy_and_loses_nothing(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    add(outbox, "k-1")
    with HttpReceiver() as receiver:
        assert run(tmp_path, receiver, "before") == -signal.SIGKILL
        assert run(tmp_path, receiver, "never") == 0
        assert receiver.named() == [("k-1", "page")]


def test_twenty_kills_at_any_moment_miss_nothing_and_copy_at_most_one_each(tmp_path: Path) -> None:
    outbox = make_outbox(tmp_path)
    dice, never = random.Random(7), threading.Event()
    with HttpReceiver() as receiver:
        for i in range(KILLS):
            with start(tmp_path, receiver, "never") as process:
                seen = len(receiver.got)
                add(outbox, f"k-{i}")
                add(outbox, f"k-{i}", resolve=True)
                while len(receiver.got) == seen and process.poll() is None:  # it has come up, and sends
                    never.wait(0.001)
                never.wait(dice.uniform(0, 0.02))
                process.kill()
        assert run(tmp_path, receiver, "never") == 0
        came = Counter(receiver.named())
        order = [receiver.named().index((f"k-{i}", action)) for i in range(KILLS) for action in ("page", "resolve")]
    assert came.keys() == {(f"k-{i}", action) for i in range(KILLS) for action in ("page", "resolve")}
    assert came.total() - len(came) <= KILLS
    assert len({(one["key"], one["action"], one["title"], one["message"]) for one in receiver.got}) == len(came)
    assert all(page < resolve for page, resolve in zip(order[::2], order[1::2], strict=True))

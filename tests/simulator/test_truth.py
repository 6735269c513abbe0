"""The truth: the same lines at any speed, whole lines only, and nobody reads what is no truth."""

import asyncio
import json
import socket
from collections import Counter
from io import StringIO
from itertools import islice
from pathlib import Path

import pytest
from servers.ports import free_port

from simulator.clock import Clock
from simulator.model.change import Change
from simulator.model.climate import DAY_S
from simulator.model.year import simulate
from simulator.run import run
from simulator.sample.province import sample
from simulator.sky import Sky
from simulator.snmp.server import Address
from simulator.truth import Run, Truth, TruthError, read

START = 1_760_000_000.0
CHANGES = list(islice(simulate(sample(30, 1), 1, START, 60 * DAY_S), 200))


def written(speed: float) -> str:
    file = StringIO()
    Truth(file, Run(1_800_000_000.0, START, speed, 1)).note(CHANGES)
    return file.getvalue()


def test_what_is_written_is_read_again_and_a_line_that_is_not_whole_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(written(60) + '{"time": 1', encoding="utf-8")
    run, changes = read(path)
    assert changes == CHANGES
    assert run == Run(1_800_000_000.0, START, 60, 1)
    assert run.wall(START + 600) == 1_800_000_010.0


async def lived(speed: float) -> list[str]:
    """Run a small province until the router of its story is silent, an hour and more; return the lines of its truth."""
    stop, file, truth = asyncio.Event(), StringIO(), list[Truth]()

    def ready(_: list[Address], clock: Clock) -> None:
        truth.append(Truth(file, Run(*clock, seed=1)))

    def tell(change: Change) -> None:
        truth[0].note([change])
        if (change.state, change.cause) == ("silent", "story"):
            stop.set()

    inventory = sample(8, 1, port=free_port(socket.SOCK_DGRAM))
    async with asyncio.timeout(60):
        await run(inventory, stop, seed=1, sky=Sky(hurry=5000), speed=speed, on_ready=ready, on_change=tell)
    return file.getvalue().splitlines()


async def test_all_lines_but_the_first_are_the_same_at_any_speed() -> None:
    (head, *slow), (fast_head, *fast) = [await lived(speed) for speed in (4000.0, 40_000.0)]
    assert [json.loads(one)["speed"] for one in (head, fast_head)] == [4000.0, 40_000.0]
    both = min(len(slow), len(fast))  # the last step is told whole, and is longer when time goes faster
    assert slow[:both] == fast[:both]
    causes = Counter(json.loads(one)["cause"] for one in slow[:both])
    assert {"story", "chance", "battery_empty", "over"} <= causes.keys()
    assert both > 100


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("{}\n", ":1: is no head of a truth"),
        ("no json\n", ":1: is no head of a truth"),
        (written(1).splitlines()[0] + '\n{"time": 1}\n', ":2: is no change"),
    ],
)
def test_what_is_no_truth_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TruthError, match=said):
        read(path)


def test_a_change_without_a_number_is_read_as_it_was() -> None:
    assert Change(1.0, "a", "dark", "battery_empty").number is None


def test_half_a_letter_at_the_end_is_a_line_that_is_not_whole_and_elsewhere_no_truth(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_bytes(written(60).encode() + "ă".encode()[:1])
    assert read(path)[1] == CHANGES
    path.write_bytes(b"\xc4\n")
    with pytest.raises(TruthError):
        read(path)

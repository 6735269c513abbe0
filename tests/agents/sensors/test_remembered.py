"""Which edge nodes there are outlives a restart, is bounded, and no state of its file or disk stops an agent."""

import asyncio
import json
import logging
from contextlib import suppress
from pathlib import Path

import pytest
from agents.waiting import until

from agents.sensors.sparkplug.remembered import MAX_REMEMBERED, NAME, Remembered
from agents.sensors.sparkplug.topic import MAX_LEVEL, Node
from contract import durable


def node(number: int) -> Node:
    """One of many nodes."""
    return "ca-mau", f"node-{number}"


async def test_new_nodes_are_on_the_disk_at_once_and_births_of_known_ones_write_nothing(tmp_path: Path) -> None:
    one = Remembered(tmp_path)
    keeping = asyncio.create_task(one.keep())
    one.note([node(1), node(2)])
    await until((tmp_path / NAME).exists)
    assert Remembered(tmp_path).nodes() == [node(1), node(2)]
    keeping.cancel()
    with suppress(asyncio.CancelledError):
        await keeping
    (tmp_path / NAME).unlink()
    one.note([node(1)])
    await one.write()
    assert not (tmp_path / NAME).exists()
    one.note([node(3)])
    await one.write()
    assert Remembered(tmp_path).nodes() == [node(2), node(1), node(3)]


async def test_the_node_that_was_born_the_longest_ago_is_forgotten_first(tmp_path: Path) -> None:
    one = Remembered(tmp_path)
    one.note(map(node, range(MAX_REMEMBERED)))
    one.note([node(0)])
    one.note([node(MAX_REMEMBERED)])
    await one.write()
    for found in (one.nodes(), Remembered(tmp_path).nodes()):
        assert found == [*map(node, range(2, MAX_REMEMBERED)), node(0), node(MAX_REMEMBERED)]
    more = [list(node(number)) for number in range(2 * MAX_REMEMBERED)]
    (tmp_path / NAME).write_text(json.dumps(more))
    assert Remembered(tmp_path).nodes() == list(map(node, range(MAX_REMEMBERED, 2 * MAX_REMEMBERED)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b"[" * 100_000,
        b"{}",
        b"\xff",
        b'[["a"]]',
        b'[["a", 1]]',
        b'[["a", ""]]',
        b'[["a", "b/c"]]',
        b'[["a", "+"]]',
        b'[["#", "b"]]',
        b'[["a", "b\\n"]]',
        json.dumps([["a", "b" * (MAX_LEVEL + 1)]]).encode(),
    ],
)
async def test_a_file_that_cannot_be_read_is_begun_anew_with_one_line_in_the_log(
    content: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_bytes(content)
    one = Remembered(tmp_path)
    assert one.nodes() == []
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "\n" not in caplog.records[0].message
    one.note([node(1)])
    await one.write()
    assert Remembered(tmp_path).nodes() == [node(1)]


async def test_what_a_full_disk_does_not_take_goes_with_the_next_node(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    one = Remembered(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(durable, "replace", full)
        one.note([node(1)])
        await one.write()
    assert "No space left on device): after a restart" in caplog.text
    one.note([node(2)])
    await one.write()
    assert Remembered(tmp_path).nodes() == [node(1), node(2)]


async def test_without_a_folder_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = Remembered(None)
    one.note([node(1)])
    await one.write()
    assert one.nodes() == [node(1)]
    assert not (tmp_path / NAME).exists()

"""`mangrove sim` as a user runs it, without a demo: a simulator of its own, its socket and its truth by name."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.ports import free_port
from system.parts import ROOT
from system.test_commands import mangrove

from simulator.sample.province import sample

INVENTORY = sample(14, 1, port=free_port(socket.SOCK_DGRAM))
ROUTER = "rt-dat-mui-01"


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Path]:
    """One that runs; returns its socket."""
    file = tmp_path / "inventory.yaml"
    file.write_text(INVENTORY.model_dump_json(), encoding="utf-8")
    more = ["--inventory", file, "--quiet-sky", "--speed", "60", "--control", tmp_path / "s", "--truth", tmp_path / "t"]
    command = [sys.executable, "-m", "mangrove", "sim", "run", *map(str, more)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        assert process.stdout.readline() == f"ready {len(INVENTORY.devices)}\n"
        yield tmp_path / "s"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_what_is_broken_on_command_is_told_shown_and_mended(simulator: Path) -> None:
    at = ("--socket", str(simulator))
    broken = mangrove("sim", "break", ROUTER, "silent", "--for", "4h", *at)
    assert broken.returncode == 0, broken.stderr
    assert f"{ROUTER}: silent   lost: " in broken.stdout

    shown = mangrove("sim", "state", *at)
    assert shown.returncode == 0
    assert shown.stdout.startswith("in the province it is 2025-10-20 17:")
    assert f"{ROUTER}" in shown.stdout
    assert "command" in shown.stdout
    as_json = mangrove("sim", "state", ROUTER, "--json", *at)
    assert [fault["kind"] for fault in json.loads(as_json.stdout)["faults"]] == ["silent"]

    mended = mangrove("sim", "mend", ROUTER, "silent", *at)
    assert f"{ROUTER}: answers   back: " in mended.stdout
    assert "nothing is broken" in mangrove("sim", "state", *at).stdout
    assert ROUTER in (simulator.parent / "t").read_text(encoding="utf-8")


def test_what_the_simulator_refuses_and_a_duration_that_is_none_are_told(simulator: Path) -> None:
    at = ("--socket", str(simulator))
    said = mangrove("sim", "break", "rt-dat-mui-1", "silent", *at)
    assert (said.returncode, "did you mean rt-dat-mui-01?" in said.stderr) == (1, True)
    said = mangrove("sim", "mend", ROUTER, "silent", *at)
    assert (said.returncode, said.stderr) == (1, f"{ROUTER} has no fault silent now\n")
    said = mangrove("sim", "break", ROUTER, "silent", "--for", "soon", *at)
    assert (said.returncode, "90s, 30m, 4h, 2d" in said.stderr) == (2, True)


@pytest.mark.parametrize("command", [("state",), ("break", ROUTER, "silent"), ("mend", ROUTER, "silent"), ("score",)])
def test_without_a_demo_they_say_how_to_start_one(command: tuple[str, ...], tmp_path: Path) -> None:
    said = mangrove("sim", *command, more={"XDG_RUNTIME_DIR": str(tmp_path)})
    assert said.returncode == 1
    assert "start one with `mangrove demo`" in said.stderr


def test_a_simulator_that_has_ended_is_told(tmp_path: Path) -> None:
    said = mangrove("sim", "state", "--socket", str(tmp_path / "nothing"))
    assert said.returncode == 1
    assert "is it running?" in said.stderr
    assert list(tmp_path.iterdir()) == []

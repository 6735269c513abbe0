"""The commands as a user runs them: what they print, and how they end."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.find import find
from servers.mosquitto import Mosquitto
from servers.snmpd import Snmpd
from system import provinces
from system.parts import ROOT, offline_collector, secret, write_yaml
from system.thread import Thread, running, wait_for

from collector.config import SOCKET
from collector.database import Database
from collector.state import State
from contract.control import ControlError, ask
from contract.messages import BootNumbers, Numbers
from simulator.sample.province import sample

WITHIN = 60.0
DEMO_ENDS_WITHIN = 3.0
REPORT = {
    "devices": int,
    "polls": int,
    "batches_by_kind": dict,
    "values_stored": int,
    "batches_produced": int,
    "batches_stored": int,
    "batches_refused": int,
    "batches_held": int,
    "batches_dropped": int,
    "batches_spooled": int,
    "balanced": bool,
    "p99_poll_to_store_ms": int,
    "first_screen_s": float | None,
    "all_polled_s": float | None,
    "cpu_cores": float | None,
    "agents": int,
    "agent_rss_mb": float,
    "collector_rss_mb": float,
    "simulator_rss_mb": float,
    "view_rss_mb": float,
    "mosquitto_rss_mb": float | None,
    "incidents": int,
    "incidents_open": int,
    "pages": list,
    "communes_4g": int | None,
    "communes_4g_least": int | None,
    "uptime_pct": float | None,
}


def mangrove(*arguments: str, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "mangrove", *arguments],
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
        cwd=ROOT,
        env={**os.environ, "MANGROVE_LANG": "en", "COLUMNS": "200", **(more or {})},
    )


def test_poll_reads_a_real_device_and_prints_values_with_units(snmpd: Snmpd) -> None:
    said = mangrove("poll", f"{snmpd.host}:{snmpd.port}", "--profile", "if-mib", "--profile", "system")

    assert said.returncode == 0, said.stderr
    assert "speed_bps [bit/s]" in said.stdout
    assert "1 up" in said.stdout
    assert "uptime_s [s]" in said.stdout
    assert "outcome: ok" in said.stdout


def test_poll_speaks_vietnamese_when_asked_to(snmpd: Snmpd) -> None:
    said = mangrove("poll", f"{snmpd.host}:{snmpd.port}", more={"MANGROVE_LANG": "vi"})

    assert "kết quả: tốt" in said.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--profile", "if-mi"], 2, "did you mean if-mib?"),
        (["--community", "wrong", "--timeout", "0.1", "--retries", "0"], 1, "timeout"),
        (["--version", "v7"], 2, "--version: is v1, v2c or v3"),
    ],
)
def test_poll_says_what_is_wrong(snmpd: Snmpd, arguments: list[str], code: int, words: str) -> None:
    said = mangrove("poll", f"{snmpd.host}:{snmpd.port}", *arguments)

    assert said.returncode == code
    assert words in said.stdout + said.stderr


@pytest.fixture
def thread(shared_mosquitto: Mosquitto, tmp_path: Path) -> Iterator[Thread]:
    """A running thread with batches stored."""
    with running(tmp_path, shared_mosquitto, provinces.busy(), {"kind": "embedded"}) as running_thread:
        wait_for(lambda: running_thread.stored() > 0, "the first batch is stored")
        yield running_thread


def test_the_commands_of_a_running_collector_answer(thread: Thread) -> None:
    file = str(thread.collector.config_path)

    checked = mangrove("check", file, str(thread.agent.config_path))
    assert (checked.returncode, checked.stdout.strip()) == (0, "all configuration is valid")

    books = mangrove("ledger", "-c", file, "--json")
    row = json.loads(books.stdout.splitlines()[0])
    assert books.returncode == 0
    assert row["balanced"]
    assert row["stored"] > 0
    assert sum(last - first + 1 for first, last in row["sets"]["produced"]) == row["produced"]
    assert "the books balance" in mangrove("ledger", "-c", file).stdout

    asked = mangrove("query", "SELECT count(*) AS n FROM interface", "-c", file)
    assert json.loads(asked.stdout)["n"] > 0
    assert mangrove("query", "SELECT nonsense FROM nowhere", "-c", file).returncode == 1

    tapped = mangrove("tap", "-c", file, "--topic", "/batches/", "--count", "2")
    assert '"kind": "poll"' in tapped.stdout

    healthy = mangrove("doctor", "-c", file)
    assert healthy.returncode == 0, healthy.stdout
    assert "may publish and subscribe" in healthy.stdout
    assert "the collector runs" in healthy.stdout

    assert "no dead letters" in mangrove("dead-letter", "list", "-c", file).stdout
    assigned = json.loads(mangrove("assignment", thread.agent.config_path.stem, "-c", file).stdout)
    assert len(assigned["devices"]) == 6


def test_a_ledger_that_does_not_balance_ends_with_1(tmp_path: Path) -> None:
    offline_collector(tmp_path)
    state = State(Database(tmp_path / "data" / "state.sqlite"))
    boot = "00000000000000aa"
    empty = Numbers(boot=boot, n=1, time=0, interval_s=1, state=state.id)
    lost = BootNumbers(produced=[(0, 9)], spooled=[(5, 9)])
    assert state.take("agent-a", empty, 1)
    assert state.take("agent-a", empty.model_copy(update={"n": 2, "boots": {boot: lost}}), 2)
    state.close()

    said = mangrove("ledger", "-c", str(tmp_path / "collector.yaml"))

    assert said.returncode == 1
    assert "0-4" in said.stdout
    assert "do not balance" in said.stdout


def demo(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    """Start a demo with an open-file limit of 1,024 and the programs on the environment's PATH."""
    command = f"ulimit -n 1024; exec {sys.executable} -m mangrove demo --sites 20 --json {' '.join(arguments)}"
    return subprocess.Popen(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


def test_the_demo_without_mosquitto_balances_its_books() -> None:
    with demo({"PATH": "/usr/bin:/bin"}, "--for", "15") as process:
        out, errors = process.communicate(timeout=WITHIN)

    assert process.returncode == 0, errors
    report = json.loads(out)
    assert report.keys() == REPORT.keys()
    assert all(isinstance(report[name], kind) for name, kind in REPORT.items())
    assert report["balanced"]
    assert report["devices"] == len(sample(20, 1).devices)
    assert report["agents"] == 5
    assert 0 < report["first_screen_s"] < report["all_polled_s"]
    assert report["batches_stored"] > 0
    assert report["batches_dropped"] == report["batches_refused"] == report["batches_held"] == 0


def test_the_demo_with_mosquitto_ends_within_three_seconds_of_ctrl_c(tmp_path: Path) -> None:
    program = find("mosquitto")
    path = f"{program.path.parent}:/usr/bin:/bin"
    with demo({**program.environment, "PATH": path, "TMPDIR": str(tmp_path)}) as process:
        wait_for(lambda: stored_in_demo(tmp_path) > 0, "the demo stores")
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=WITHIN)

    assert time.monotonic() - began < DEMO_ENDS_WITHIN
    assert process.returncode == 0, errors
    assert json.loads(out)["balanced"]
    assert list(tmp_path.glob("mangrove-demo-*")) == []


def stored_in_demo(folder: Path) -> int:
    """Return how many batches the demo that works in `folder` has stored, by its books; 0 before it answers."""
    for path in folder.glob(f"mangrove-demo-*/collector/{SOCKET}"):
        try:
            answer = ask(path, "stats")
        except ControlError:
            return 0
        assert isinstance(answer, dict)
        return sum(row["stored"] for row in answer["ledger"])
    return 0


def test_a_secret_that_everyone_can_read_is_refused_and_never_shown(tmp_path: Path) -> None:
    canary = "xuan-canary-5521"
    path = secret(tmp_path / "password", canary)
    path.chmod(0o644)
    write_yaml(
        tmp_path / "agent.yaml",
        {
            "id": "agent-a",
            "broker": {"host": "127.0.0.1", "user": "a", "password": {"file": "password"}},
            "data": "data",
        },
    )

    said = mangrove("agent", "-c", str(tmp_path / "agent.yaml"))

    assert said.returncode == 2
    assert "can be read by everyone" in said.stderr
    assert "chmod" in said.stderr
    assert canary not in said.stdout + said.stderr

"""Points at which a test can end a process of ours."""

import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from contract.config_file import ConfigError
from contract.crash_point import AGENT, COLLECTOR, FILES, VARIABLE, armed

ROOT = Path(__file__).resolve().parents[2]
REACH = re.compile(r'crash_point\.reach\("([a-z0-9_.]+)"\)')


@pytest.mark.parametrize(("room", "points"), [("agents", AGENT + FILES), ("collector", COLLECTOR)])
def test_every_point_is_at_one_place_of_its_room_and_every_place_is_a_point(room: str, points: tuple[str, ...]) -> None:
    found = [name for path in (ROOT / room).rglob("*.py") for name in REACH.findall(path.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(points)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "there is no point '': it is one of spool.after_write, "),
        ("spool.after_lunch", "there is no point 'spool.after_lunch': it is one of spool.after_write, "),
        ("spool.after_write:0", "'0' is no count: write spool.after_write:3 for the third pass"),
        ("spool.after_write:once", "'once' is no count"),
        ("spool.after_write:2:TERM", "'TERM' is no signal: write spool.after_write:2:KILL or STOP"),
    ],
)
def test_what_would_never_kill_is_an_error_that_says_what_would(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        armed({VARIABLE: text})


def test_without_the_variable_nothing_is_armed() -> None:
    assert armed({}) is None


def test_a_process_with_a_point_that_does_not_exist_does_not_start() -> None:
    ended = _mangrove("spool.after_lunch", "agent", "-c", "none.yaml")
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"environment: {VARIABLE}: there is no point")


@pytest.mark.parametrize(("at", "passes"), [(":1", 0), ("", 0), (":3", 2)])
def test_a_process_is_killed_at_the_pass_that_was_named(at: str, passes: int) -> None:
    program = "from contract.crash_point import reach\nwhile True: reach('ack.before_send'); print('on', flush=True)"
    ended = _run(f"ack.before_send{at}", "-c", program)
    assert ended.returncode == -signal.SIGKILL
    assert ended.stdout.splitlines() == ["on"] * passes


def test_of_many_threads_one_pass_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr("contract.crash_point.os.kill", lambda _pid, number: sent.append(number))
    point = armed({VARIABLE: "watch.before_commit:50:STOP"})
    assert point is not None

    def pass_often() -> None:
        for _ in range(20):
            point.passed()

    threads = [threading.Thread(target=pass_often) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent == [signal.SIGSTOP]


def _mangrove(point: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return _run(point, "-m", "mangrove", *arguments)


def _run(point: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), VARIABLE: point}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

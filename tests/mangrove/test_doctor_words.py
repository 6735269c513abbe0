"""The doctor speaks the language of the user: every check and every advice, at an agent and at a collector."""

import string
from collections.abc import Callable
from pathlib import Path

import pytest
from servers.mosquitto import Mosquitto
from system.parts import offline_collector, write_yaml
from system.test_demo_view import stats
from typer.testing import CliRunner

from collector.config import SOCKET
from contract.config_file import load
from contract.control import Control
from contract.words import _Table
from mangrove.cli import app
from mangrove.demo.numbers import AgentWords
from mangrove.shipped import shipped_config

SAME = {"open files", "versions", "broker login", "sensors' broker login"}  # what they say are numbers and names
LATE = AgentWords(time=1, skew_ms=-3_600_000, synced=False, anchored=True, assignment="", devices=0)


def agent(folder: Path, broker: Mosquitto) -> Path:
    at = {"host": broker.host, "port": broker.port}
    write_yaml(folder / "agent.yaml", {"id": "agent-1", "broker": at, "data": "data", "sensors": {"broker": at}})
    return folder / "agent.yaml"


def collector(folder: Path, broker: Mosquitto) -> Path:
    offline_collector(folder)
    path = folder / "collector.yaml"
    path.write_text(path.read_text().replace("127.0.0.1", f"127.0.0.1\n  port: {broker.port}"))
    return path


def findings(path: Path, language: str) -> list[tuple[str, str]]:
    """Run the doctor; return the check and the text of each row."""
    said = CliRunner().invoke(app, ["doctor", "-c", str(path)], env={"MANGROVE_LANG": language, "COLUMNS": "500"})
    assert not isinstance(said.exception, Exception), said.exception
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in said.output.splitlines() if "│" in line]
    return [(check, text) for check, _, text in rows]


@pytest.mark.parametrize(("room", "least"), [(agent, 8), (collector, 11)])
@pytest.mark.parametrize("proof", [{"canaries_found": 1}, {"canaries_unread": 2}, {"canaries_lost": 3}])
def test_every_check_and_what_it_says_is_in_the_language_of_the_user(
    tmp_path: Path, mosquitto: Mosquitto, room: Callable[[Path, Mosquitto], Path], least: int, proof: dict[str, int]
) -> None:
    path = room(tmp_path, mosquitto)
    (tmp_path / "data").mkdir()
    told = {**stats(), "agents": {"late": LATE}, "proof": proof}
    control = Control(tmp_path / "data" / SOCKET, {"stats": lambda _: told})
    try:
        english, vietnamese = findings(path, "en"), findings(path, "vi")
    finally:
        control.close()
    assert len(english) == len(vietnamese) >= least
    for (check, text), (its_check, its_text) in zip(english, vietnamese, strict=True):
        assert its_check != check
        assert (its_text != text) == (check not in SAME), text


def test_a_collector_that_does_not_run_is_told_of_in_the_language_of_the_user(
    tmp_path: Path, mosquitto: Mosquitto
) -> None:
    path = collector(tmp_path, mosquitto)
    english, vietnamese = (dict(findings(path, language)) for language in ("en", "vi"))
    at = tmp_path / "data" / SOCKET
    assert english["store"] == f"embedded; nobody answers at {at}: the collector does not run"
    assert vietnamese["kho dữ liệu"] == f"kho nhúng; không ai trả lời tại {at}: collector không chạy"


def test_both_languages_of_a_text_have_the_same_places() -> None:
    table = load(shipped_config() / "words.yaml", _Table).value.root
    assert [key for key, text in table.items() if places(text.en) != places(text.vi)] == []


def places(text: str) -> set[str]:
    """The names of what is to be filled in."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}

"""The doctor at an agent: also the broker of its sensors."""

import os
from pathlib import Path

import pytest
from servers.mosquitto import Mosquitto
from system.parts import secret, write_yaml
from typer.testing import CliRunner

from agents.pm.config import PmConfig
from collector.config import SOCKET
from contract.broker import BrokerConfig
from contract.control import Control
from mangrove import doctor
from mangrove.cli import app
from mangrove.either import Either


@pytest.mark.parametrize(("password", "code", "told"), [("right", 0, "127.0.0.1:"), ("wrong", 1, "refuses the login")])
def test_the_sensors_broker_of_an_agent_is_tried_too(tmp_path: Path, password: str, code: int, told: str) -> None:
    (tmp_path / "own").mkdir()
    with Mosquitto(tmp_path) as broker, Mosquitto(tmp_path / "own", users={"agent-1": "right"}) as own:
        secret(tmp_path / "password", password)
        login = {"user": "agent-1", "password": {"file": "password"}}
        write_yaml(
            tmp_path / "agent.yaml",
            {
                "id": "agent-1",
                "broker": {"host": broker.host, "port": broker.port},
                "data": "data",
                "sensors": {"broker": {"host": own.host, "port": own.port} | login},
            },
        )
        command = ["doctor", "-c", str(tmp_path / "agent.yaml")]
        said = CliRunner().invoke(app, command, env={"MANGROVE_LANG": "en", "COLUMNS": "160"})
    (line,) = [line for line in said.output.splitlines() if "sensors' broker login" in line]
    assert told in line
    assert said.exit_code == code


@pytest.mark.parametrize(
    ("proof", "good", "told"),
    [
        ({"canaries_found": 7}, True, "7 canaries were read back"),
        ({"canaries_found": 7, "canaries_unread": 2}, None, "2 canaries could not be read back"),
        ({"canaries_found": 7, "canaries_lost": 1}, False, "to 1 canaries that it lost"),
        ({"ignored_rows": 9}, False, "yes to 9 rows that it ignored"),
        ({}, None, ""),
    ],
)
def test_what_the_collector_knows_of_its_databases_word_is_a_finding(
    tmp_path: Path, proof: dict[str, int], good: bool | None, told: str
) -> None:
    either = Either("c", BrokerConfig(host="127.0.0.1"), None, tmp_path)
    assert list(doctor.proof(either)) == [], "it does not run"
    control = Control(tmp_path / SOCKET, {"stats": lambda _: {"proof": proof}})
    found = list(doctor.proof(either))
    control.close()
    assert [(one.check, one.good) for one in found] == ([("store's word", good)] if proof else [])
    assert all(told in one.text for one in found)


@pytest.mark.parametrize(
    ("mode", "move", "code", "told"),
    [
        (0o700, True, True, "can be read"),
        (0o500, True, False, "cannot be moved in"),
        (0o500, False, True, "can be read"),
        (0o000, False, False, "is not there or cannot be read"),
        (None, True, False, "is not there or cannot be read"),
    ],
)
def test_the_folder_of_performance_files_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int | None, move: bool, code: bool, told: str
) -> None:
    folder = tmp_path / "drop"
    if mode is not None:
        folder.mkdir()
    monkeypatch.setattr(os, "access", lambda _path, asked: asked << 6 & (mode or 0) == asked << 6)  # root may all
    one = doctor.drop(PmConfig(folder=folder, move=move))
    assert (one.good, told in one.text) == (code, True)

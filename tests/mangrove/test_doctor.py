"""The doctor at an agent: also the broker of its sensors."""

from pathlib import Path

import pytest
from servers.mosquitto import Mosquitto
from system.parts import secret, write_yaml
from typer.testing import CliRunner

from mangrove.cli import app


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

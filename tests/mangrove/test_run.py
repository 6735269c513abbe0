"""How the long-running processes end when they cannot begin."""

from pathlib import Path

import pytest
from servers.ports import free_port
from system.parts import offline_collector, write_yaml

from contract.prometheus import MetricsConfig, serving
from mangrove.run import run_agent, run_collector


def test_an_agent_whose_port_for_metrics_is_taken_ends_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    config = {"id": "a", "broker": {"host": "192.0.2.1"}, "data": "data", "metrics": {"port": port}}
    write_yaml(tmp_path / "agent.yaml", config)
    with serving(MetricsConfig(port=port), "x", (), None), pytest.raises(SystemExit) as ended:
        run_agent(tmp_path / "agent.yaml", None)
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert f"metrics: 127.0.0.1:{port} cannot be listened on" in said
    assert "give a free port" in said


def test_so_does_a_collector(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    offline_collector(tmp_path)

    def main(*_: object) -> None:  # the rest of the real one would change the signals of this process
        with serving(MetricsConfig(port=port), "x", (), None):
            pass

    monkeypatch.setattr("collector.app.main", main)
    with serving(MetricsConfig(port=port), "x", (), None), pytest.raises(SystemExit) as ended:
        run_collector(tmp_path / "collector.yaml")
    assert ended.value.code == 2
    assert "give a free port" in capsys.readouterr().err

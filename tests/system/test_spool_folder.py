"""The folder of an agent's spool, as the `mangrove agent` command meets it."""

import os
import subprocess
import sys
from pathlib import Path

from system.parts import ROOT, AgentProcess

CONFIG: dict[str, object] = {"id": "agent-a", "broker": {"host": "127.0.0.1", "port": 1}}


def run(config: Path) -> subprocess.CompletedProcess[str]:
    """`mangrove agent` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "mangrove", "agent", "-c", str(config)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env={**os.environ, "MANGROVE_LANG": "en"},
    )


def test_a_second_agent_on_a_folder_ends_with_two_and_says_what_to_do(tmp_path: Path) -> None:
    with AgentProcess(tmp_path, CONFIG) as first:
        boot = (first.spool / "boot").read_text()
        said = run(first.config_path)
        assert said.returncode == 2
        assert "is in use by another agent: give each agent a folder of its own" in said.stderr
        assert "Traceback" not in said.stderr
        assert (first.spool / "boot").read_text() == boot


def test_an_agent_whose_folder_cannot_be_used_ends_with_two_and_says_what_to_do(tmp_path: Path) -> None:
    agent = AgentProcess(tmp_path, CONFIG)
    agent.data.write_text("a file")
    said = run(agent.config_path)
    assert said.returncode == 2
    assert "cannot be used as a spool" in said.stderr
    assert "give this user a folder that it can read and write" in said.stderr
    assert "Traceback" not in said.stderr

"""An assignment is taken whole, polls and sensors, or not at all."""

import logging
from pathlib import Path

import pytest
from agents.polling import assigned
from agents.polling import assignment as of_devices
from agents.sensors.messages import MAPPINGS, SENSORS
from servers.ports import free_port

from agents.app import Agent
from agents.config import AgentConfig, Secrets
from contract.broker import BrokerConfig


async def test_an_assignment_with_a_mapping_that_cannot_be_read_changes_neither_polls_nor_sensors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = AgentConfig(id="a", broker=BrokerConfig(host="127.0.0.1", port=free_port()), data=tmp_path)
    agent = Agent(config, Secrets(broker=None), None)
    good = of_devices(1).model_copy(update={"sensors": list(SENSORS), "mappings": MAPPINGS})
    agent._on_assignment(good)
    before = agent._inputs.sensors._plan
    bad = of_devices(2, assigned(("127.0.0.1", 1))).model_copy(update={"mappings": {"m": "en: ["}})
    with caplog.at_level(logging.ERROR):
        agent._on_assignment(bad)
    assert "assignment 2-abcd was ignored: mapping m:2: is not YAML" in caplog.text
    assert "is not polled" not in caplog.text
    assert agent._assignment == good
    assert agent._inputs.sensors._plan is before
    agent._spool.close()
    agent._transport.close()


async def test_an_assignment_with_a_profile_that_cannot_be_read_changes_no_sensors(tmp_path: Path) -> None:
    config = AgentConfig(id="a", broker=BrokerConfig(host="127.0.0.1", port=free_port()), data=tmp_path)
    agent = Agent(config, Secrets(broker=None), None)
    bad = of_devices(2, p="en: [").model_copy(update={"sensors": list(SENSORS), "mappings": MAPPINGS})
    agent._on_assignment(bad)
    assert agent._inputs.sensors._plan.mapped == ()
    agent._spool.close()
    agent._transport.close()

"""Commands that work with an agent's or a collector's file: which of the two it is, and how it reaches the broker."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from agents.config import load_agent_config
from agents.pm.config import PmConfig
from contract.broker import BrokerConfig

if TYPE_CHECKING:
    from collector.config import CollectorConfig  # an agent's host has no collector packages


@dataclass(frozen=True, slots=True)
class Either:
    """The common part of both files; `collector` is the whole of it when it is a collector's, `sensors` how an agent
    reaches the broker of its sensors and `pm` what it says of performance files, where it does."""

    id: str
    broker: BrokerConfig
    password: SecretStr | None
    data: Path
    collector: "CollectorConfig | None" = None
    sensors: tuple[BrokerConfig, SecretStr | None] | None = None
    pm: PmConfig | None = None


def is_collector(path: Path) -> bool:
    """Whether a file is a collector's: it has a store and an inventory, an agent's has neither."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False  # loading it says what is wrong
    return any(line.startswith(("inventory:", "store:", "catalog:")) for line in lines)


def load_either(path: Path) -> Either:
    """Load the file.

    Raises:
        ConfigError: with every problem.
    """
    if is_collector(path):
        from collector.config import load_collector_config

        collector, password = load_collector_config(path)
        return Either(collector.id, collector.broker, password, collector.data, collector)
    agent, secrets = load_agent_config(path)
    sensors = (agent.sensors.broker, secrets.sensors) if agent.sensors else None
    return Either(agent.id, agent.broker, secrets.broker, agent.data, sensors=sensors, pm=agent.pm)

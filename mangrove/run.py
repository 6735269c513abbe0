"""The long-running processes, started: configuration in, exit code out."""

import logging
import sys
from pathlib import Path

from contract.config_file import ConfigError, Problem
from contract.messages import Assignment

log = logging.getLogger(__name__)


def run_agent(config: Path, assignment: Path | None) -> None:
    """Run an agent until SIGINT or SIGTERM.

    Raises:
        ConfigError: the configuration or the assignment file cannot be used.
        SystemExit: 2, the data folder, or the address of traps or of `/metrics` cannot be used.
    """
    import asyncio

    from agents.app import main
    from agents.assignments import parse
    from agents.config import load_agent_config
    from agents.opening import SpoolError
    from agents.traps.port import PortError
    from contract.prometheus import ListenError

    loaded, secrets = load_agent_config(config)
    fixed: Assignment | None = None
    if assignment is not None:
        try:
            fixed = parse(assignment.read_bytes())
        except OSError as error:
            raise ConfigError([Problem(str(assignment), 0, "", f"cannot be read: {error}")]) from error
        if fixed is None:
            text = "is no assignment: make it with `mangrove assignment AGENT`"
            raise ConfigError([Problem(str(assignment), 0, "", text)])
    try:
        asyncio.run(main(loaded, secrets, fixed))
    except (SpoolError, PortError, ListenError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def run_collector(config: Path) -> None:
    """Run a collector until SIGINT or SIGTERM.

    Raises:
        ConfigError, SecretError: the configuration cannot be used.
        SystemExit: 2, the data folder or the address of `/metrics` cannot be used.
    """
    from collector.app import main
    from collector.config import load_collector_config
    from collector.database import StateError
    from mangrove.words import words

    loaded, password = load_collector_config(config)
    try:
        main(loaded, password, config.parent, words())
    except (StateError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def print_assignment(config: Path, agent: str) -> None:
    """Print what the newest published inventory version assigns to an agent.

    Raises:
        ConfigError: the configuration cannot be used, nothing was published, or there is no such agent.
    """
    from collector.config import load_collector_config
    from collector.versions import Versions
    from contract.config_file import did_you_mean

    loaded, _ = load_collector_config(config)
    current = Versions(loaded.versions).current if loaded.versions and loaded.versions.is_dir() else None
    if current is None:
        text = "no inventory version was published yet: start the collector once"
        raise ConfigError([Problem(str(loaded.versions), 0, "", text)])
    if agent not in current.agents:
        text = f"there is no agent {agent}" + did_you_mean(agent, current.agents)
        raise ConfigError([Problem(str(loaded.inventory), 0, "", text)])
    print(current.version.assignment(agent).to_json().decode())

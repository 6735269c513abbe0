"""`mangrove check`: everything that the given files say and lead to, validated, without starting anything."""

import sys
from collections.abc import Callable
from pathlib import Path

from contract import tls
from contract.broker import BrokerConfig
from contract.catalog import load_catalog
from contract.config_file import ConfigError, Problem
from contract.inventory_check import load_inventory
from contract.mapping import load_mappings
from contract.profiles import load_profiles
from contract.secret import SecretError
from mangrove.either import is_collector
from mangrove.words import word


def check_files(files: list[Path]) -> int:
    """Print every problem of every file; return 0 when there is none, else 2."""
    problems: list[str] = []
    for path in files:
        kind = _check_collector if is_collector(path) else _check_agent
        problems += kind(path)
    for problem in problems:
        print(problem, file=sys.stderr)
    if not problems:
        print(word("valid"))
    return 2 if problems else 0


def _check_agent(path: Path) -> list[str]:
    from agents.config import load_agent_config

    found = _problems(lambda: load_agent_config(path))
    if found:
        return found
    config, _ = load_agent_config(path)
    return _broker(config.broker) + (_broker(config.sensors.broker) if config.sensors else [])


def _check_collector(path: Path) -> list[str]:
    from collector.config import InfluxStoreConfig, load_collector_config
    from collector.influx import InfluxStore
    from collector.oncall.config_check import load_oncall
    from collector.watch.rules import load_rules

    found = _problems(lambda: load_collector_config(path))
    if found:
        return found
    config, _ = load_collector_config(path)
    try:
        catalog = load_catalog(config.catalog)
    except ConfigError as error:
        return [*found, *map(str, error.problems)]
    found += _broker(config.broker)
    store = config.store
    if isinstance(store, InfluxStoreConfig):
        found += _problems(lambda: InfluxStore(store, path.parent).close())
    if (rules := config.rules) is not None:
        found += _problems(lambda: load_rules(rules, catalog))
    if (oncall := config.oncall) is not None:
        if config.rules is None:
            text = "is missing: name the folder of rules, else nothing alerts and nobody of `oncall` is paged"
            found.append(str(Problem(str(path), 0, "rules", text)))
        found += _problems(lambda: load_oncall(oncall))
    profiles, mappings = _names(config.profiles), set[str]()
    found += _problems(lambda: load_profiles(config.profiles, catalog))
    if (sensors := config.sensors) is not None:
        mappings = _names(sensors)
        found += _problems(lambda: load_mappings(sensors, catalog))
    return found + _problems(lambda: load_inventory(config.inventory, profiles, mappings))


def _names(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.yaml")}


def _broker(broker: BrokerConfig) -> list[str]:
    return _problems(lambda: tls.context(broker.tls) if broker.tls else None)


def _problems(load: Callable[[], object]) -> list[str]:
    try:
        load()
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    except SecretError as error:
        return [str(Problem("secret", 0, "", str(error)))]
    except OSError as error:
        return [str(error)]
    return []

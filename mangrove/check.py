"""`mangrove check`: everything that the given files say and lead to, validated, without starting anything."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from contract import tls
from contract.broker import BrokerConfig, Tls
from contract.catalog import load_catalog
from contract.config_file import ConfigError, Problem, load
from contract.inventory_check import load_inventory
from contract.inventory_folder import read
from contract.mapping import load_mappings
from contract.pm import load_counters
from contract.profiles import load_profiles
from contract.secret import SecretError
from contract.trap import load_traps
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
    from agents.config import AgentConfig, load_agent_config

    found = _problems(lambda: load_agent_config(path))
    if found:
        return found
    config, _ = load_agent_config(path)
    at = Place(path, AgentConfig)
    found = _broker(at, ("broker",), config.broker)
    return found + (_broker(at, ("sensors", "broker"), config.sensors.broker) if config.sensors else [])


def _check_collector(path: Path) -> list[str]:
    from collector.config import CollectorConfig, InfluxStoreConfig, load_collector_config
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
    at = Place(path, CollectorConfig)
    found += _broker(at, ("broker",), config.broker)
    store = config.store
    if isinstance(store, InfluxStoreConfig):
        from collector.influx import InfluxStore

        secret = "token" if store.token else "password"
        found += at.problems(("store", secret), lambda: InfluxStore(store, path.parent).close())
        if (ca_file := store.ca_file) is not None:
            found += at.problems(("store", "ca_file"), lambda: tls.context(Tls(ca_file=path.parent / ca_file)))
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
    if (traps := config.traps) is not None:
        found += _problems(lambda: load_traps(traps))
    if (counters := config.pm) is not None:
        found += _problems(lambda: load_counters(counters, catalog))
    found += _problems(lambda: load_inventory(config.inventory, profiles, mappings))
    return found + ([] if config.pm or found else _without_counters(path, config.inventory))


def _without_counters(path: Path, inventory: Path) -> list[str]:
    if not any(cell.agent for cell in read(inventory).value.cells):
        return []
    text = "is missing: name the folder of counters, else nothing is read of the cells that have an `agent`"
    return [str(Problem(str(path), 0, "pm", text))]


def _names(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.yaml")}


@dataclass(frozen=True, slots=True)
class Place:
    """A file, for what goes wrong with something that one of its keys leads to."""

    path: Path
    model: type[BaseModel]

    def problems(self, key: tuple[str, ...], use: Callable[[], object]) -> list[str]:
        """Return what is wrong, told at the line of the key."""
        try:
            use()
        except (SecretError, OSError) as error:
            return [str(load(self.path, self.model).problem(key, str(error)))]
        return []


def _broker(at: Place, key: tuple[str, ...], broker: BrokerConfig) -> list[str]:
    return at.problems((*key, "tls"), lambda: tls.context(broker.tls) if broker.tls else None)


def _problems(read: Callable[[], object]) -> list[str]:
    try:
        read()
    except ConfigError as error:
        return [str(problem) for problem in error.problems]
    except OSError as error:
        return [str(error)]
    return []

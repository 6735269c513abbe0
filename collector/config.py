"""The collector's configuration file."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from collector.influx_config import InfluxConfig
from collector.series_guard import SeriesConfig
from collector.watch.config import WatchConfig
from contract.broker import BrokerConfig
from contract.config_file import ConfigError, Problem, load
from contract.messages import Slug
from contract.prometheus import MetricsConfig
from contract.secret import SecretError

SOCKET = "control.sock"  # in `data`: where the running collector is asked


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EmbeddedConfig(_Strict):
    """The store with nothing to install: files in the collector's data folder."""

    kind: Literal["embedded"]


class InfluxStoreConfig(InfluxConfig):
    """InfluxDB, or a database that speaks its protocol."""

    kind: Literal["influx"]


class CollectorConfig(_Strict):
    """`collector.yaml`."""

    id: Slug
    broker: BrokerConfig
    data: Path
    inventory: Path
    catalog: Path
    profiles: Path
    sensors: Path | None = None
    """The folder of mappings; needed once the inventory has sensors."""
    traps: Path | None = None
    """The folder of definitions of notifications; without it all that agents hear is unknown, and kept as such."""
    pm: Path | None = None
    """The folder of counters; needed once performance files are read for cells of the inventory."""
    store: Annotated[EmbeddedConfig | InfluxStoreConfig, Field(discriminator="kind")]
    dead_letter_mib: Annotated[float, Field(gt=0)] = 256
    rules: Path | None = None
    """The folder of alert rules; without it nothing alerts."""
    oncall: Path | None = None
    """Who is told; without it nobody is."""
    series: SeriesConfig = SeriesConfig()
    """How many series there may be."""
    watch: WatchConfig = WatchConfig()
    metrics: MetricsConfig | None = None
    """Where Prometheus may ask; without it nothing listens."""
    versions: Path | None = None
    """Where published inventory versions are archived; beside the inventory when not given."""


def load_collector_config(path: Path) -> tuple[CollectorConfig, SecretStr | None]:
    """Read the file and the broker's password; relative paths are relative to its folder.

    Raises:
        ConfigError: with every problem.
    """
    loaded = load(path, CollectorConfig)
    config, base = loaded.value, path.parent.resolve()
    problems: list[Problem] = []
    password: SecretStr | None = None
    try:
        password = config.broker.secret(base)
    except SecretError as error:
        problems.append(loaded.problem(("broker", "password"), str(error)))
    if problems:
        raise ConfigError(problems)
    given = [name for name in ("sensors", "traps", "pm", "rules", "oncall") if getattr(config, name) is not None]
    paths = {name: base / getattr(config, name) for name in ("data", "inventory", "catalog", "profiles", *given)}
    versions = base / config.versions if config.versions else paths["inventory"].parent / "versions"
    update = {**paths, "broker": config.broker.within(base), "versions": versions}
    return config.model_copy(update=update), password

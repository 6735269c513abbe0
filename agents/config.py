"""The agent's own configuration file. What it polls is not in it: that is the assignment."""

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from contract.broker import BrokerConfig
from contract.config_file import ConfigError, Key, Loaded, Problem, load
from contract.messages import Slug
from contract.secret import SecretError, SecretSource


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Credential(_Strict):
    """How to ask a device, by name: SNMP version and community (RFC 1157, RFC 1901)."""

    version: Literal["v1", "v2c"] = "v2c"
    community: SecretSource


class SpoolConfig(_Strict):
    """Bounds of the spool, in MiB and seconds."""

    budget_mib: Annotated[float, Field(gt=0)] = 256
    segment_mib: Annotated[float, Field(gt=0, le=64)] = 4
    free_mib: Annotated[float, Field(ge=0)] = 64
    age_s: Annotated[float, Field(gt=0)] = 15
    archive: Path | None = None
    """Where freed segments are moved instead of being unlinked, on the same file system: a journal for audits and tests
    of everything that this agent ever accepted. Nothing bounds it."""


_FILTER = re.compile(r"(?:[^+#/]*|\+)(?:/(?:[^+#/]*|\+))*(?:/#)?|#")  # MQTT 3.1.1 clause 4.7


def _filter(text: str) -> str:
    if not _FILTER.fullmatch(text) or not text.isprintable():
        raise ValueError("a filter of topics such as site/# or site/+/power: + and # stand for whole levels")
    return text


class SensorsConfig(_Strict):
    """The site's broker, on which sensors speak. Of `topics` every message is to be understood: what no mapping of the
    assignment reads is refused, and not only unheard."""

    broker: BrokerConfig
    topics: list[Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_filter)]] = []


class AgentConfig(_Strict):
    """`agent.yaml`."""

    id: Slug
    broker: BrokerConfig
    data: Path
    credentials: dict[Slug, Credential] = {}
    spool: SpoolConfig = SpoolConfig()
    commit_ms: Annotated[int, Field(ge=5, le=1000)] = 50
    heartbeat_s: Annotated[float, Field(ge=0.2, le=300)] = 5
    resend_s: Annotated[float, Field(ge=1, le=600)] = 30
    backlog_per_s: Annotated[int, Field(ge=1)] = 1000
    sensors: SensorsConfig | None = None


class Secrets(BaseModel):
    """The secrets that the configuration names, read."""

    model_config = ConfigDict(frozen=True)

    broker: SecretStr | None
    communities: dict[str, SecretStr]
    sensors: SecretStr | None = None
    """The password at the sensors' broker."""


def load_agent_config(path: Path) -> tuple[AgentConfig, Secrets]:
    """Read the file and the secrets that it names; relative paths are relative to its folder.

    Raises:
        ConfigError: with every problem.
    """
    loaded = load(path, AgentConfig)
    config, base = loaded.value, path.parent
    problems: list[Problem] = []
    password = _read(loaded, ("broker", "password"), config.broker.password, base, problems)
    communities = {
        name: secret
        for name, credential in config.credentials.items()
        if (secret := _read(loaded, ("credentials", name, "community"), credential.community, base, problems))
    }
    sensors = config.sensors
    at_sensors = sensors.broker.password if sensors else None
    sensors_password = _read(loaded, ("sensors", "broker", "password"), at_sensors, base, problems)
    if problems:
        raise ConfigError(problems)
    archive = base / config.spool.archive if config.spool.archive else None
    spool = config.spool.model_copy(update={"archive": archive})
    if sensors:
        sensors = sensors.model_copy(update={"broker": sensors.broker.within(base)})
    config = config.model_copy(
        update={
            "broker": config.broker.within(base),
            "data": base / config.data,
            "spool": spool,
            "sensors": sensors,
        }
    )
    return config, Secrets(broker=password, communities=communities, sensors=sensors_password)


def _read(
    loaded: Loaded[AgentConfig], key: Key, source: SecretSource | None, base: Path, problems: list[Problem]
) -> SecretStr | None:
    try:
        return source.read(base) if source else None
    except SecretError as error:
        problems.append(loaded.problem(key, str(error)))
        return None

"""The agent's own configuration file. What it polls is not in it: that is the assignment."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from agents.folder import Limits
from agents.pm.config import PmConfig
from agents.snmp.sockets import by_family
from agents.snmp.usm.protocols import AuthName, PrivacyName
from agents.snmp.usm.user import MAX_NAME, MIN_PASSWORD
from agents.traps.config import TrapsConfig
from contract.broker import BrokerConfig
from contract.config_file import ConfigError, Key, Loaded, Problem, load
from contract.messages import Slug
from contract.prometheus import MetricsConfig
from contract.secret import SecretError, SecretSource


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _short(text: str) -> str:
    if len(text.encode()) > MAX_NAME:
        raise ValueError(f"at most {MAX_NAME} octets of UTF-8")
    return text


_Name = Annotated[str, AfterValidator(_short)]
_OF_V3: Final = ("user", "auth", "auth_password", "privacy", "privacy_password", "context")
_SECRETS: Final = ("community", "auth_password", "privacy_password")


class Credential(_Strict):
    """How to ask a device, by name: SNMP version with community (RFC 1157, RFC 1901) or user (RFC 3414)."""

    version: Literal["v1", "v2c", "v3"] = "v2c"
    community: SecretSource | None = None
    user: Annotated[_Name, Field(min_length=1)] | None = None
    auth: AuthName | None = None
    auth_password: SecretSource | None = None
    privacy: PrivacyName | None = None
    privacy_password: SecretSource | None = None
    context: _Name = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = self._wrong_user() if self.version == "v3" else self._wrong_community()
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _wrong_community(self) -> list[str]:
        missing = [] if self.community else [f"{self.version} needs `community`"]
        return missing + [f"`{key}` is of version v3" for key in _OF_V3 if getattr(self, key)]

    def _wrong_user(self) -> list[str]:
        wrong = ["`community` is of v1 and v2c"] if self.community else []
        if not self.user:
            wrong.append("v3 needs `user`")
        for key in ("auth", "privacy"):
            protocol, password = getattr(self, key), getattr(self, f"{key}_password")
            if protocol and not password:
                wrong.append(f"`{key}` needs `{key}_password`")
            if password and not protocol:
                wrong.append(f"`{key}_password` needs `{key}`")
        if self.privacy and not self.auth:
            wrong.append("`privacy` needs `auth`")
        return wrong


class SpoolConfig(_Strict):
    """Bounds of the spool, in MiB and seconds."""

    budget_mib: Annotated[float, Field(gt=0)] = 256
    alarms_mib: Annotated[float, Field(gt=0)] = 32
    """For traps and informs, beside `budget_mib`: neither takes the other's room."""
    segment_mib: Annotated[float, Field(gt=0, le=64)] = 4
    free_mib: Annotated[float, Field(ge=0)] = 64
    age_s: Annotated[float, Field(gt=0)] = 15
    archive: Path | None = None
    """Where freed segments are moved instead of being unlinked, on the same file system: a journal for audits and tests
    of everything that this agent ever accepted. Nothing bounds it."""

    def limits(self) -> Limits:
        """Return them as the spool takes them."""
        mib = 2**20
        return Limits(
            budget=int(self.budget_mib * mib),
            alarms=int(self.alarms_mib * mib),
            segment=int(self.segment_mib * mib),
            free=int(self.free_mib * mib),
            age_s=self.age_s,
            archive=self.archive,
        )


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


def _sources(sources: list[str]) -> list[str]:
    by_family(sources)
    return sources


class SnmpConfig(_Strict):
    """`sources` are addresses of this host that questions come from, one per address family; else the routes say."""

    sources: Annotated[list[str], AfterValidator(_sources)] = []


class EchoConfig(_Strict):
    """`per_second`: ICMP echo requests to all devices together; who wants any is in the inventory."""

    per_second: Annotated[float, Field(ge=1, le=10_000)] = 1000


class AgentConfig(_Strict):
    """`agent.yaml`."""

    id: Slug
    broker: BrokerConfig
    data: Path
    credentials: dict[Slug, Credential] = {}
    snmp: SnmpConfig = SnmpConfig()
    echo: EchoConfig = EchoConfig()
    spool: SpoolConfig = SpoolConfig()
    commit_ms: Annotated[int, Field(ge=5, le=1000)] = 50
    heartbeat_s: Annotated[float, Field(ge=0.2, le=300)] = 5
    resend_s: Annotated[float, Field(ge=1, le=600)] = 30
    backlog_per_s: Annotated[int, Field(ge=1)] = 1000
    sensors: SensorsConfig | None = None
    pm: PmConfig | None = None
    traps: TrapsConfig | None = None
    """Notifications of devices; without it nothing listens."""
    metrics: MetricsConfig | None = None
    """Where Prometheus may ask; without it nothing listens."""
    trust_clock: bool = False
    """The host's clock is right, though its kernel does not say that it is synchronised."""


class CredentialSecrets(BaseModel):
    """The secrets of one credential, read: what it names and nothing else."""

    model_config = ConfigDict(frozen=True)

    community: SecretStr | None = None
    auth_password: SecretStr | None = None
    privacy_password: SecretStr | None = None


class Secrets(BaseModel):
    """The secrets that the configuration names, read."""

    model_config = ConfigDict(frozen=True)

    broker: SecretStr | None
    credentials: dict[str, CredentialSecrets] = {}
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
    credentials = {
        name: _read_credential(loaded, name, credential, base, problems)
        for name, credential in config.credentials.items()
    }
    for i, text in config.traps.troubles(config.credentials) if config.traps else ():
        problems.append(loaded.problem(("traps", "credentials", i), text))
    sensors = config.sensors
    at_sensors = sensors.broker.password if sensors else None
    sensors_password = _read(loaded, ("sensors", "broker", "password"), at_sensors, base, problems)
    if problems:
        raise ConfigError(problems)
    archive = base / config.spool.archive if config.spool.archive else None
    spool = config.spool.model_copy(update={"archive": archive})
    if sensors:
        sensors = sensors.model_copy(update={"broker": sensors.broker.within(base)})
    pm = config.pm.model_copy(update={"folder": base / config.pm.folder}) if config.pm else None
    config = config.model_copy(
        update={
            "broker": config.broker.within(base),
            "data": base / config.data,
            "spool": spool,
            "sensors": sensors,
            "pm": pm,
        }
    )
    return config, Secrets(broker=password, credentials=credentials, sensors=sensors_password)


def _read_credential(
    loaded: Loaded[AgentConfig], name: str, credential: Credential, base: Path, problems: list[Problem]
) -> CredentialSecrets:
    found: dict[str, SecretStr | None] = {}
    for field in _SECRETS:
        key: Key = ("credentials", name, field)
        secret = found[field] = _read(loaded, key, getattr(credential, field), base, problems)
        if secret and field != "community" and len(secret.get_secret_value().encode()) < MIN_PASSWORD:
            problems.append(loaded.problem(key, f"has less than {MIN_PASSWORD} octets: no device may take it"))
    return CredentialSecrets(**found)


def _read(
    loaded: Loaded[AgentConfig], key: Key, source: SecretSource | None, base: Path, problems: list[Problem]
) -> SecretStr | None:
    try:
        return source.read(base) if source else None
    except SecretError as error:
        problems.append(loaded.problem(key, str(error)))
        return None

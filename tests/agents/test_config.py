"""The agent's file: the broker of the sensors, with its secret and its filters."""

from pathlib import Path

import pytest

from agents.config import load_agent_config
from contract.config_file import ConfigError

HEAD = "id: a\nbroker: {host: x}\ndata: data\nsensors:\n  broker: {host: y, user: u, password: {file: secret}"


def _load(folder: Path, tail: str) -> list[str]:
    """Return the filters of a file."""
    (folder / "agent.yaml").write_text(HEAD + tail)
    config, secrets = load_agent_config(folder / "agent.yaml")
    assert config.sensors is not None
    assert secrets.sensors is not None
    assert secrets.sensors.get_secret_value() == "s3"
    assert "s3" not in repr(config) + repr(secrets)
    return config.sensors.topics


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the password."""
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_text("s3")
    return tmp_path


@pytest.mark.parametrize("one", ["#", "+", "site/#", "site/+/power", "/site/+/#", "a//b"])
def test_the_sensors_have_a_broker_of_their_own_and_filters(folder: Path, one: str) -> None:
    assert _load(folder, f"}}\n  topics: ['{one}']\n") == [one]


@pytest.mark.parametrize("one", ["", "site/#/power", "site/a+", "#/", "a#", "++", "site/\\x07"])
def test_what_is_no_filter_is_refused_with_its_line(folder: Path, one: str) -> None:
    with pytest.raises(ConfigError, match=r"agent\.yaml:6: sensors\.topics\.0"):
        _load(folder, f'}}\n  topics: ["{one}"]\n')


def test_a_password_of_the_sensors_that_cannot_be_had_is_said_with_its_line(folder: Path) -> None:
    (folder / "secret").unlink()
    with pytest.raises(ConfigError, match=r"agent\.yaml:5: sensors\.broker\.password: .*secret cannot be read"):
        _load(folder, "}\n")


def test_tls_of_the_sensors_broker_is_relative_to_the_file(folder: Path) -> None:
    (folder / "agent.yaml").write_text(HEAD + ", tls: {ca_file: ca.crt}}\n")
    config, _ = load_agent_config(folder / "agent.yaml")
    assert config.sensors is not None
    assert config.sensors.broker.tls is not None
    assert config.sensors.broker.tls.ca_file == folder / "ca.crt"


def test_sources_are_one_numeric_address_per_family(tmp_path: Path) -> None:
    def load(sources: str) -> list[str]:
        (tmp_path / "agent.yaml").write_text(f"id: a\nbroker: {{host: x}}\ndata: d\nsnmp: {{sources: {sources}}}\n")
        return load_agent_config(tmp_path / "agent.yaml")[0].snmp.sources

    assert load("[192.0.2.10, '2001:db8::1']") == ["192.0.2.10", "2001:db8::1"]
    for wrong, why in (("[agent.example]", "numeric address"), ("[192.0.2.1, 192.0.2.2]", "one per address family")):
        with pytest.raises(ConfigError, match=rf"agent\.yaml:4: snmp\.sources.*{why}"):
            load(wrong)


CREDENTIALS = """credentials:
  open: {version: v2c, community: {file: secret}}
  noc: {version: v3, user: noc, auth: sha256, auth_password: {file: long}}
  again: {version: v3, user: noc, auth: md5, auth_password: {file: long}}
  bare: {version: v3, user: bare}
"""


@pytest.mark.parametrize(
    ("traps", "said"),
    [
        ("listen: 0.0.0.0:162, credentials: [opne]", r"traps\.credentials\.0: there is no credential opne .*mean open"),
        ("listen: 0.0.0.0:162, credentials: [open, bare]", r"traps\.credentials\.1: bare has no `auth`"),
        ("listen: 0.0.0.0:162, credentials: [noc, again]", r"credentials\.1: again is of the same user as noc"),
        ("listen: 0.0.0.0:162, credentials: []", r"traps\.credentials"),
        ("listen: 'snmp.example:162', credentials: [open]", r"traps\.listen: .*numeric address"),
        ("listen: '::1:162', credentials: [open]", r"traps\.listen: .*ADDRESS:PORT"),
        ("listen: 0.0.0.0, credentials: [open]", r"traps\.listen: .*ADDRESS:PORT"),
        ("listen: 0.0.0.0:162, credentials: [open], proxies: [a]", r"traps\.proxies\.0: .*numeric"),
    ],
)
def test_what_is_wrong_with_traps_is_said(folder: Path, traps: str, said: str) -> None:
    (folder / "long").touch(mode=0o600)
    (folder / "long").write_text("a long password")
    with pytest.raises(ConfigError, match=said):
        _load(folder, f"}}\n{CREDENTIALS}traps: {{{traps}}}\n")

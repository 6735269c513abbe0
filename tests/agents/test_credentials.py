"""Credentials of the agent's file: what is missing is said, what is whole becomes the security of a device."""

from pathlib import Path

import pytest
from agents.snmp.usm.users import ask
from agents.snmp.usm.usm_device import NAME, UsmDevice
from pydantic import SecretStr

from agents.config import Credential, CredentialSecrets, load_agent_config
from agents.credentials import security
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User
from contract.config_file import ConfigError

SECRETS = {"community": "not public", "auth": "an auth password", "privacy": "a privacy password", "short": "1234567"}
USER = "version: v3, user: mangrove"
AUTH = f"{USER}, auth: sha256, auth_password: {{file: auth}}"
PRIVACY = f"{AUTH}, privacy: aes256c, privacy_password: {{file: privacy}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With the secrets."""
    for name, secret in SECRETS.items():
        (tmp_path / name).touch(mode=0o600)
        (tmp_path / name).write_text(secret)
    return tmp_path


def load(folder: Path, text: str) -> tuple[Credential, CredentialSecrets]:
    """The credential of an agent.yaml, which stands in its line 4."""
    path = folder / "agent.yaml"
    path.write_text(f"id: a\nbroker: {{host: x}}\ndata: data\ncredentials: {{core: {{{text}}}}}\n")
    config, secrets = load_agent_config(path)
    assert all(secret not in repr(config) + repr(secrets) for secret in SECRETS.values())
    return config.credentials["core"], secrets.credentials["core"]


@pytest.mark.parametrize(("version", "number"), [("", Version.V2C), ("version: v1, ", Version.V1)])
def test_a_community_is_of_version_1_or_2c(folder: Path, version: str, number: Version) -> None:
    made = security(*load(folder, f"{version}community: {{file: community}}"))
    assert isinstance(made, Community)
    assert made.version is number


@pytest.mark.parametrize(
    ("text", "user"),
    [
        (USER, User(b"mangrove")),
        (AUTH, User(b"mangrove", "sha256", b"an auth password")),
        (PRIVACY, User(b"mangrove", "sha256", b"an auth password", "aes256c", b"a privacy password")),
        (f"{USER}, context: vrf-á", User(b"mangrove", context="vrf-á".encode())),
    ],
)
def test_a_user_of_version_3_asks_with_the_protocols_and_passwords_of_the_file(
    folder: Path, text: str, user: User
) -> None:
    made, device = security(*load(folder, text)), UsmDevice(user)
    assert isinstance(made, UserSecurity)
    assert ask(made, device.answer).response().varbinds == [NAME]


def test_each_device_has_its_own_engine(folder: Path) -> None:
    credential = load(folder, PRIVACY)
    assert security(*credential) is not security(*credential)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: v2c", ["v2c needs `community`"]),
        ("user: mangrove", ["v2c needs `community`", "`user` is of version v3"]),
        ("version: v3", ["v3 needs `user`"]),
        (f"{USER}, community: {{file: community}}", ["`community` is of v1 and v2c"]),
        (f"{USER}, auth: sha256", ["`auth` needs `auth_password`"]),
        (f"{USER}, auth_password: {{file: auth}}", ["`auth_password` needs `auth`"]),
        (f"{AUTH}, privacy: des", ["`privacy` needs `privacy_password`"]),
        (f"{USER}, privacy: des, privacy_password: {{file: privacy}}", ["`privacy` needs `auth`"]),
        (f"{USER}, auth: sha, auth_password: {{file: auth}}", ["core.auth", "'sha'", "'sha1'"]),
        ("version: v3, user: ''", ["core.user", "at least 1"]),
        (f"version: v3, user: {'ả' * 11}", ["core.user", "at most 32 octets"]),
        (f"{USER}, auth: md5, auth_password: {{file: short}}", ["core.auth_password: has less than 8 octets"]),
        (f"{AUTH}, privacy: des, privacy_password: {{file: short}}", ["core.privacy_password: has less than 8"]),
        (f"{AUTH}, privacy: des, privacy_password: {{file: none}}", ["core.privacy_password", "cannot be read"]),
    ],
)
def test_what_is_missing_or_wrong_is_said_with_its_line_and_without_a_secret(
    folder: Path, text: str, said: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    message = str(caught.value)
    assert "agent.yaml:4: credentials.core" in message
    assert [part for part in said if part not in message] == []
    assert [secret for secret in SECRETS.values() if secret in message] == []


def test_secrets_that_do_not_suit_the_credential_are_refused() -> None:
    credential = Credential.model_validate({"version": "v3", "user": "u", "auth": "md5", "auth_password": {"env": "X"}})
    with pytest.raises(ValueError, match="less than 8"):
        security(credential, CredentialSecrets(community=SecretStr("public")))

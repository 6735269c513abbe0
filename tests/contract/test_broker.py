"""How a program is told to reach the broker."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from contract.broker import BrokerConfig, Tls
from contract.secret import SecretError


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "host"),
        ({"host": ""}, "host"),
        ({"host": "h", "port": 0}, "port"),
        ({"host": "h", "port": 65536}, "port"),
        ({"host": "h", "user": ""}, "user"),
        ({"host": "h", "keepalive_s": 4}, "keepalive_s"),
        ({"host": "h", "password": {"env": "X"}}, "a password needs a `user`"),
        ({"host": "h", "tls": {"key_file": "k"}}, "a `key_file` needs its `cert_file`"),
        ({"host": "h", "qos": 1}, "qos"),
    ],
)
def test_what_could_never_connect_is_refused(given: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        BrokerConfig.model_validate(given)


def test_a_broker_without_a_password_has_no_secret(tmp_path: Path) -> None:
    assert BrokerConfig(host="h", tls=Tls()).secret(tmp_path) is None


def test_a_password_that_cannot_be_had_is_a_secret_error(tmp_path: Path) -> None:
    config = BrokerConfig.model_validate({"host": "h", "user": "u", "password": {"file": "password"}})
    with pytest.raises(SecretError, match=str(tmp_path / "password")):
        config.secret(tmp_path)

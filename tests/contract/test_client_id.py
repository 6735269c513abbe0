"""Ids of clients: not to be guessed by others, the same for all who hold the same key."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from contract.broker import BrokerConfig, Tls
from contract.client_id import client_id


def _with_key(path: Path, key: bytes) -> BrokerConfig:
    path.write_bytes(key)
    return BrokerConfig(host="h", tls=Tls(ca_file=path, cert_file=path, key_file=path))


def test_an_id_is_of_the_key_and_of_the_name(tmp_path: Path) -> None:
    one, other = _with_key(tmp_path / "1", b"one"), _with_key(tmp_path / "2", b"other")
    same = _with_key(tmp_path / "3", b"one")
    assert client_id("c", one, None) == client_id("c", same, None)
    assert len({client_id("c", one, None), client_id("c", other, None), client_id("d", one, None)}) == 3
    assert client_id("c", one, None).startswith("c-")


def test_without_a_key_it_is_of_the_password(tmp_path: Path) -> None:
    broker = BrokerConfig(host="h", user="u")
    assert client_id("c", broker, SecretStr("x")) != client_id("c", broker, SecretStr("y"))
    assert client_id("c", broker, None) == "c"


def test_a_key_that_is_not_there_is_told(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(OSError, match="missing"):
        client_id("c", BrokerConfig(host="h", tls=Tls(cert_file=missing)), None)

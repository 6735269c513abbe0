"""TLS to a real broker: the server is checked, the client proves itself, and keys are kept."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.certificates import Authority
from contract.listener import Listener, until
from servers.mosquitto import Mosquitto

from contract import mqtt
from contract.broker import Tls
from contract.secret import SecretError
from contract.tls import context


class _TlsMosquitto(Mosquitto):
    def is_ready(self) -> bool:
        try:
            socket.create_connection((self.host, self.port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mqtt, "MAX_DELAY_S", 0.1)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "ours", "ours")


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[Mosquitto]:
    """A broker that shows its certificate and asks for none."""
    with _broker(tmp_path, authority, asks=False) as server:
        yield server


def _broker(folder: Path, authority: Authority, *, asks: bool) -> Mosquitto:
    certificate, key = authority.issue("server")
    options = {
        "cafile": str(authority.file),
        "certfile": str(certificate),
        "keyfile": str(key),
        "require_certificate": str(asks).lower(),
    }
    return _TlsMosquitto(folder, options=options)


def test_a_broker_of_our_authority_is_trusted(broker: Mosquitto, authority: Authority) -> None:
    with Listener(broker.port, "a", tls=Tls(ca_file=authority.file)) as listener:
        listener.up().publish("a", b"sealed")
        until(lambda: listener.payloads == [b"sealed"])


def test_a_broker_of_another_authority_is_refused_and_said(broker: Mosquitto, tmp_path: Path) -> None:
    other = Authority(tmp_path / "theirs", "theirs")
    with Listener(broker.port, tls=Tls(ca_file=other.file)) as listener:
        until(lambda: listener.downs)
        assert "CERTIFICATE_VERIFY_FAILED" in listener.downs[0]
        assert not listener.ups


def test_an_authority_that_is_missing_is_said_and_read_once_it_is_there(
    broker: Mosquitto, authority: Authority
) -> None:
    late = authority.file.with_name("late.pem")
    with Listener(broker.port, tls=Tls(ca_file=late)) as listener:
        until(lambda: listener.downs)
        assert f"the CA file {late} cannot be used" in listener.downs[0]
        late.write_bytes(authority.file.read_bytes())
        listener.up()


def test_a_broker_that_asks_for_a_certificate_takes_ours_and_nobody_without(
    tmp_path: Path, authority: Authority
) -> None:
    certificate, key = authority.issue("agent")
    with _broker(tmp_path, authority, asks=True) as server:
        with Listener(server.port, tls=Tls(ca_file=authority.file)) as stranger:
            until(lambda: len(stranger.downs) == 1)
            assert "the broker refuses us: certificate required" in stranger.downs[0]
            assert not stranger.ups
        theirs = Authority(tmp_path / "theirs", "theirs").issue("agent")
        with Listener(server.port, tls=Tls(ca_file=authority.file, cert_file=theirs[0], key_file=theirs[1])) as forger:
            until(lambda: forger.downs)
            assert "the broker refuses us: unknown ca" in forger.downs[0]
            assert not forger.ups
        with Listener(server.port, tls=Tls(ca_file=authority.file, cert_file=certificate, key_file=key)) as ours:
            ours.up()


def test_plain_text_to_a_tls_broker_is_said(broker: Mosquitto) -> None:
    with Listener(broker.port) as listener:
        until(lambda: listener.downs)
        assert listener.downs[0].startswith("the broker closes the connection")


def test_a_key_that_everyone_may_read_is_refused(authority: Authority) -> None:
    certificate, key = authority.issue("agent")
    key.chmod(0o644)
    with pytest.raises(SecretError, match=f"chmod o-rwx {key}"):
        context(Tls(cert_file=certificate, key_file=key))


def test_an_encrypted_key_is_an_error_and_no_question_at_the_terminal(authority: Authority) -> None:
    certificate, key = authority.issue("agent", password=b"hunter2")
    with pytest.raises(OSError, match=f"with key {key} cannot be used"):
        context(Tls(cert_file=certificate, key_file=key))


def test_files_that_cannot_be_used_are_named(authority: Authority, tmp_path: Path) -> None:
    certificate, _ = authority.issue("agent")
    _, other = authority.issue("other")
    nowhere = tmp_path / "nowhere"
    for tls in (Tls(cert_file=nowhere), Tls(cert_file=certificate, key_file=nowhere), Tls(ca_file=nowhere)):
        with pytest.raises(OSError, match=str(nowhere)):
            context(tls)
    with pytest.raises(OSError, match=str(other)):
        context(Tls(cert_file=certificate, key_file=other))

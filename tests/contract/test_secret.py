"""Secrets: had from where the file says, refused where they lie open, and never in any text that we make."""

import logging
import os
import traceback
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from contract.broker import BrokerConfig
from contract.config_file import ConfigError, parse
from contract.secret import MAX_SECRET, SecretError, SecretSource

CANARY = "hunter2-canary"


class _Credential(BaseModel):
    community: SecretSource


class _Config(BaseModel):
    broker: BrokerConfig
    credentials: dict[str, _Credential] = {}
    store: BrokerConfig | _Credential | None = None


def _file(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "password"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def _everything(error: BaseException) -> str:
    """All that a careless handler could print: the chain of causes too, as text and as repr."""
    text = "".join(traceback.format_exception(error))
    while True:
        text += f"{error!s} {error!r} {getattr(error, 'problems', '')}"
        following = error.__cause__ or error.__context__
        if following is None:
            return text
        error = following


def test_a_secret_is_read_from_a_file_beside_the_configuration_without_its_line_end(tmp_path: Path) -> None:
    _file(tmp_path, f"{CANARY}\n".encode())
    assert SecretSource(file=Path("password")).read(tmp_path).get_secret_value() == CANARY


def test_a_secret_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANGROVE_CANARY", CANARY)
    assert SecretSource(env="MANGROVE_CANARY").read().get_secret_value() == CANARY


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o666, 0o777])
def test_a_file_that_everyone_may_read_is_refused_with_the_command_that_helps(tmp_path: Path, mode: int) -> None:
    path = _file(tmp_path, CANARY.encode(), mode)
    with pytest.raises(SecretError, match=f"chmod o-rwx {path}") as caught:
        SecretSource(file=path).read()
    assert CANARY not in _everything(caught.value)


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o640])
def test_a_file_for_its_owner_and_group_is_read(tmp_path: Path, mode: int) -> None:
    assert SecretSource(file=_file(tmp_path, b"x", mode)).read() == SecretStr("x")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b" \n\t", "is empty"),
        (CANARY.encode() + b"\xff", "is not UTF-8"),
        (CANARY.encode() * MAX_SECRET, "more than"),
        (b"user\n" + CANARY.encode(), "more than one line"),
        (CANARY.encode() + b"\r\nx", "more than one line"),
        (CANARY.encode() + b"\0x", "more than one line"),
    ],
)
def test_a_file_without_a_usable_secret_is_refused_and_not_printed(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(SecretError, match=why) as caught:
        SecretSource(file=_file(tmp_path, data)).read()
    assert "password" in str(caught.value)
    assert CANARY not in _everything(caught.value)


def test_a_missing_file_or_variable_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"nowhere cannot be read: No such file"):
        SecretSource(file=tmp_path / "nowhere").read()
    with pytest.raises(SecretError, match="cannot be read: Is a directory"):
        SecretSource(file=tmp_path).read()
    with pytest.raises(SecretError, match="MANGROVE_NOT_SET is not set"):
        SecretSource(env="MANGROVE_NOT_SET").read()


def test_an_environment_variable_that_is_not_utf_8_is_refused_and_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environb, b"MANGROVE_CANARY", CANARY.encode() + b"\xff")
    with pytest.raises(SecretError, match="is not UTF-8") as caught:
        SecretSource(env="MANGROVE_CANARY").read()
    assert CANARY not in _everything(caught.value)


@pytest.mark.parametrize("given", [{}, {"file": "a", "env": "B"}])
def test_a_source_is_one_of_file_and_env(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="either `file: PATH` or `env: NAME`"):
        SecretSource.model_validate(given)


@pytest.mark.parametrize(
    "text",
    [
        f"broker: {{host: h, user: u, password: {CANARY}}}",
        f"broker: {{host: h, user: u, password: [{CANARY}]}}",
        f"broker: {{host: h, user: u, password: {{env: {CANARY}}}}}",
        f"broker: {{host: h, user: u, password: {{value: {CANARY}}}}}",
        f"broker: {{host: h, user: u, password: {{file: [{CANARY}]}}}}",
        f"broker: {{host: h, user: u, password: {{file: {{a: {CANARY}}}, env: {CANARY}}}}}",
        f"broker: {{host: h, user: u, password: *{CANARY}}}",
        f"broker: {{host: h, user: u, password: !{CANARY}}}",
        f"broker: {{host: h, user: u, password: !{CANARY}! x}}",
        f"broker: {{host: h, user: u, password: &{CANARY} &{CANARY} x}}",
        f"broker: {{host: h, user: u, password: '{CANARY}}}",
        f'broker: {{host: h, user: u, password: "\\q{CANARY}"}}',
        f"broker: {{host: h, password: {CANARY}}}",
        f"broker: {{host: h}}\ncredentials: {{a: {CANARY}}}",
        f"broker: {{host: h}}\ncredentials: {{a: {{community: {CANARY}}}}}",
        f"broker: {{host: h}}\nstore: {{community: {CANARY}}}",
        f"broker: {CANARY}",
        CANARY,
        f"- {CANARY}",
        f"%{CANARY}\n--- {{broker: x}}",
    ],
)
def test_a_secret_written_where_it_does_not_belong_is_in_no_error(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, _Config, "agent.yaml")
    assert CANARY not in _everything(caught.value)
    assert str(caught.value).startswith("agent.yaml:")


def test_a_configuration_with_secrets_shows_none_of_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, CANARY.encode())
    text = f"broker: {{host: h, user: u, password: {{file: {path}}}}}"
    config = parse(text, _Config, "agent.yaml").value
    secret = config.broker.secret(tmp_path)
    assert secret is not None
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").info("%s %r %s", config, config, secret)
    shown = f"{config} {config!r} {config.model_dump_json()} {config.model_dump()} {secret} {secret!r} {caplog.text}"
    assert CANARY not in shown + capsys.readouterr().err
    assert secret.get_secret_value() == CANARY

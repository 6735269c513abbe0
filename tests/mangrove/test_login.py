"""What opens a device: options go together or are refused, and no password is ever shown."""

from io import StringIO
from pathlib import Path

import pytest

from contract.config_file import ConfigError
from contract.secret import SecretError
from mangrove.asking import split
from mangrove.login import Login, login

CANARY = "xuan-canary-77"
BOTH = {"MANGROVE_AUTH_PASSWORD": CANARY, "MANGROVE_PRIVACY_PASSWORD": f"{CANARY}-2"}


def asked(environment: dict[str, str], **options: str) -> Login:
    """A login of options that are left out otherwise."""
    said = {"version": None, "community": "public", "user": "", "auth": "", "privacy": "", "context": ""} | options
    return login(
        said["version"], said["community"] or "", said["user"] or "", said["auth"] or "", None,
        said["privacy"] or "", None, said["context"] or "", environment,
    )  # fmt: skip


def test_without_a_user_it_is_version_2c_and_with_one_version_3() -> None:
    assert asked({}).version == "v2c"
    assert asked(BOTH, user="noc", auth="sha256").version == "v3"


def test_passwords_come_from_the_environment() -> None:
    found = asked(BOTH, user="noc", auth="sha256", privacy="aes128")
    assert (found.auth_password, found.privacy_password) == (CANARY, f"{CANARY}-2")


def test_a_file_goes_before_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("from a file\n")
    path.chmod(0o600)
    assert login(None, "", "noc", "sha256", path, "", None, "", BOTH).auth_password == "from a file"


def test_a_file_that_everyone_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text(CANARY)
    path.chmod(0o644)
    with pytest.raises(SecretError) as caught:
        login(None, "", "noc", "sha256", path, "", None, "", {})
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"version": "v4"}, "--version: is v1, v2c or v3"),
        ({"version": "v3"}, "--user: is missing"),
        ({"version": "v2c", "user": "noc"}, "say --version v3"),
        ({"user": "noc", "privacy": "aes128"}, "--privacy: needs --auth"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        asked(BOTH, **options)


def test_a_password_that_is_missing_is_named_by_its_option_and_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(ConfigError, match=r"--auth-password-file: is missing.*MANGROVE_AUTH_PASSWORD"):
        asked({}, user="noc", auth="sha256")


def test_a_login_is_never_printed() -> None:
    assert CANARY not in repr(asked(BOTH, user="noc", auth="sha256", privacy="aes128"))
    assert CANARY not in repr(asked({}, community=CANARY))


def test_what_a_device_was_asked_with_is_what_a_recording_must_not_hold() -> None:
    assert asked({}, community="c0mm").secrets() == [b"c0mm"]
    assert asked(BOTH, user="noc", auth="sha256", privacy="aes128", context="vrf1").secrets() == [
        b"noc", CANARY.encode(), f"{CANARY}-2".encode(), b"vrf1",
    ]  # fmt: skip


def test_a_community_that_is_too_long_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        asked({}, community=CANARY * 20).security()
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("192.0.2.7", "192.0.2.7", 161),
        ("192.0.2.7:1161", "192.0.2.7", 1161),
        ("rt-1.example", "rt-1.example", 161),
        ("2001:db8::1", "2001:db8::1", 161),
        ("[2001:db8::1]", "2001:db8::1", 161),
        ("[2001:db8::1]:1161", "2001:db8::1", 1161),
    ],
)
def test_an_address_is_read_as_people_write_it(address: str, host: str, port: int) -> None:
    assert split(address) == (host, port)


@pytest.mark.parametrize("address", ["", ":161", "host:0", "host:65536", "host:x", "[::1]:", "host:１"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match="ADDRESS"):
        split(address)

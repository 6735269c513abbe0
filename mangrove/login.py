"""What opens a device at a command's hand. Passwords come from files, the environment or the keyboard."""

import getpass
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agents.credentials import COMMUNITY_VERSIONS
from agents.snmp.message import MAX_COMMUNITY, Community
from agents.snmp.security import Security
from agents.snmp.usm.protocols import AUTH, PRIVACY
from agents.snmp.usm.security import UserSecurity
from agents.snmp.usm.user import User
from contract.config_file import ConfigError, Problem, did_you_mean
from contract.secret import SecretSource
from mangrove.words import word

AUTH_PASSWORD: Final = "MANGROVE_AUTH_PASSWORD"  # noqa: S105
PRIVACY_PASSWORD: Final = "MANGROVE_PRIVACY_PASSWORD"  # noqa: S105
_VERSIONS: Final = (*COMMUNITY_VERSIONS, "v3")


@dataclass(frozen=True, slots=True, repr=False)
class Login:
    """A community, or with version v3 a user with the names of protocols (RFC 3414) and their passwords."""

    version: str
    community: str = ""
    user: str = ""
    auth: str = ""
    auth_password: str = ""
    privacy: str = ""
    privacy_password: str = ""
    context: str = ""

    def security(self) -> Security:
        """Return what wraps the questions.

        Raises:
            ConfigError: a name or a password is too short or too long, or a protocol is not known.
        """
        if self.version == "v3":
            return self._user_security()
        try:
            return Community(COMMUNITY_VERSIONS[self.version], self.community.encode())
        except ValueError:
            raise wrong("--community", f"has at most {MAX_COMMUNITY} octets") from None

    def secrets(self) -> list[bytes]:
        """Return what must not be found in a recording."""
        if self.version != "v3":
            return [self.community.encode()]
        named = (self.user, self.auth_password, self.privacy_password, self.context)
        return [one.encode() for one in named if one]

    def _user_security(self) -> Security:
        auth = next((name for name in AUTH if name == self.auth), None)
        privacy = next((name for name in PRIVACY if name == self.privacy), None)
        if self.auth and not auth:
            raise wrong("--auth", f"is no protocol{did_you_mean(self.auth, AUTH)}")
        if self.privacy and not privacy:
            raise wrong("--privacy", f"is no protocol{did_you_mean(self.privacy, PRIVACY)}")
        passwords = self.auth_password.encode(), self.privacy_password.encode()
        try:
            user = User(self.user.encode(), auth, passwords[0], privacy, passwords[1], self.context.encode())
        except ValueError as error:
            raise wrong("--user", str(error)) from None
        return UserSecurity(user)


def login(
    version: str | None, community: str, user: str, auth: str, auth_file: Path | None, privacy: str,
    privacy_file: Path | None, context: str, environment: Mapping[str, str] = os.environ,
) -> Login:  # fmt: skip
    """Return what the options say; without a version a user means v3. A password that is neither in a file nor in the
    environment is asked for, on a terminal.

    Raises:
        ConfigError: options do not go together, or a password is missing.
        SecretError: a file with a password cannot be used.
    """
    version = version or ("v3" if user else "v2c")
    if version not in _VERSIONS:
        raise wrong("--version", f"is v1, v2c or v3{did_you_mean(version, _VERSIONS)}")
    if version != "v3":
        if user or auth or privacy or context:
            raise wrong("--version", f"{version} has no --user, --auth, --privacy or --context: say --version v3")
        return Login(version, community)
    if not user:
        raise wrong("--user", "is missing: version 3 asks as a user")
    if privacy and not auth:
        raise wrong("--privacy", "needs --auth: who is not known cannot be answered in secret")
    auth_password = _password(auth_file, AUTH_PASSWORD, "--auth-password-file", environment) if auth else ""
    privacy_password = (
        _password(privacy_file, PRIVACY_PASSWORD, "--privacy-password-file", environment) if privacy else ""
    )
    return Login(version, "", user, auth, auth_password, privacy, privacy_password, context)


def wrong(what: str, why: str) -> ConfigError:
    """Return the error of an option that cannot be used."""
    return ConfigError([Problem(what, 0, "", why)])


def _password(file: Path | None, variable: str, option: str, environment: Mapping[str, str]) -> str:
    if file is not None:
        return SecretSource(file=file).read().get_secret_value()
    if found := environment.get(variable):
        return found
    if sys.stdin.isatty() and sys.stderr.isatty():
        return getpass.getpass(f"{word('ask_password', option=option.removesuffix('-file'))}: ", stream=sys.stderr)
    raise wrong(option, f"is missing: name a file, or set {variable}")

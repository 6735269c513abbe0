"""A user: name, protocols, passwords. The same one for many devices."""

from dataclasses import dataclass, field
from typing import Final

from agents.snmp.usm.protocols import AUTH, PRIVACY, AuthName, PrivacyName

MAX_NAME: Final = 32
"""RFC 3414 section 5, usmUserName; for the context RFC 3415 section 4, vacmContextName."""
MIN_PASSWORD: Final = 8
"""RFC 3414 section 11.2."""


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. Without `auth` nothing is secret or proven (noAuthNoPriv); without `privacy` everybody can read."""

    name: bytes
    auth: AuthName | None = None
    auth_password: bytes = field(default=b"", repr=False)
    privacy: PrivacyName | None = None
    privacy_password: bytes = field(default=b"", repr=False)
    context: bytes = b""

    def __post_init__(self) -> None:
        """Raises ValueError when a name or a password is too short or too long, or a protocol is missing or unknown."""
        if not 1 <= len(self.name) <= MAX_NAME or len(self.context) > MAX_NAME:
            raise ValueError(f"a user has 1 to {MAX_NAME} octets, a context at most {MAX_NAME}")
        if self.privacy and not self.auth:
            raise ValueError("privacy needs authentication")
        if (self.auth and self.auth not in AUTH) or (self.privacy and self.privacy not in PRIVACY):
            raise ValueError(f"{self.auth} with {self.privacy} is unknown")
        for protocol, password in ((self.auth, self.auth_password), (self.privacy, self.privacy_password)):
            if protocol and len(password) < MIN_PASSWORD:
                raise ValueError(f"the password for {protocol} has less than {MIN_PASSWORD} octets")

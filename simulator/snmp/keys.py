"""From passwords to keys (RFC 3414 section 2.6 and appendix A.2, RFC 7860 section 9.3, RFC 3826 section 1.2)."""

import hashlib
from dataclasses import dataclass

from simulator.snmp.credential import User

_MEGABYTE = 1_048_576
_AES_OCTETS = 16
MACS = {"md5": 12, "sha1": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
"""Octets of a digest in a message."""


@dataclass(frozen=True, slots=True)
class Keys:
    """A user's keys before they are bound to an engine: they take a megabyte of hashing each, and are made once for all
    devices that know the user."""

    user: User
    auth: bytes
    privacy: bytes

    def localized(self, engine: bytes) -> tuple[bytes, bytes]:
        """Return the keys of authentication and privacy at that engine; an empty one where the user has none."""
        name = self.user.auth
        auth, privacy = (
            hashlib.new(name, key + engine + key, usedforsecurity=False).digest() if key else b""
            for key in (self.auth, self.privacy)
        )
        return auth, privacy[:_AES_OCTETS]


def keys(user: User) -> Keys:
    """Return the keys of a user's passwords."""
    privacy = _stretched(user.auth, user.privacy_password) if user.privacy else b""
    return Keys(user, _stretched(user.auth, user.auth_password), privacy)


def _stretched(name: str, password: str) -> bytes:
    octets = password.encode()
    whole = (octets * (_MEGABYTE // len(octets) + 1))[:_MEGABYTE]
    return hashlib.new(name, whole, usedforsecurity=False).digest()

"""Passwords to keys (RFC 3414 section 2.6 and appendix A.2, RFC 7860 section 9.3), and keys for longer ciphers."""

import hashlib
from functools import lru_cache
from typing import Final

from agents.snmp.usm.protocols import PrivacyProtocol

_HASHED: Final = 1 << 20
"""So many octets of the repeated password are hashed: it is meant to be slow."""


def hash_password(password: bytes, hash_name: str) -> bytes:
    """Return the key of a password, of the hash's length. Takes milliseconds. Raises ValueError when it is empty."""
    if not password:
        raise ValueError("an empty password")
    repeated = password * (_HASHED // len(password) + 1)
    return _digest(hash_name, repeated[:_HASHED])


# A province has few credentials and thousands of devices.
key_of_password = lru_cache(maxsize=256)(hash_password)


def localise(key: bytes, engine_id: bytes, hash_name: str) -> bytes:
    """Return the key that holds for one engine only (RFC 3414 section 2.6)."""
    return _digest(hash_name, key + engine_id + key)


def privacy_key(protocol: PrivacyProtocol, key: bytes, engine_id: bytes, hash_name: str) -> bytes:
    """Return the localised key of a cipher; `key` and `hash_name` are of the user's privacy password and its
    authentication protocol.

    Where the hash is shorter than the key, it is followed by the hash of all so far (draft-blumenthal-aes-usm-04
    section 3.1.2.1), or by what comes out when the localised key is taken for a password (draft-reeder-snmpv3-
    usm-3desede-00 section 2.1, with AES in many routers).
    """
    made = localise(key, engine_id, hash_name)
    while len(made) < protocol.key_octets:
        if protocol.extension == "blumenthal":
            made += _digest(hash_name, made)
        else:
            made += localise(hash_password(made, hash_name), engine_id, hash_name)
    return made[: protocol.key_octets]


def _digest(hash_name: str, data: bytes) -> bytes:
    return hashlib.new(hash_name, data, usedforsecurity=False).digest()  # MD5 and SHA-1 are the standard's, not ours

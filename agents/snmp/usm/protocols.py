"""The protocols of authentication and privacy, by the names that a configuration uses. Data only."""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple

AuthName = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
PrivacyName = Literal["des", "aes128", "aes192", "aes256", "aes192c", "aes256c"]


class AuthProtocol(NamedTuple):
    """A HMAC: hashlib's name of its hash, and how many octets of it a message carries."""

    hash: str
    octets: int


class PrivacyProtocol(NamedTuple):
    """A cipher: how many octets of key it takes, and how a localised key that is too short is made longer."""

    cipher: Literal["des", "aes"]
    key_octets: int
    extension: Literal["blumenthal", "reeder"] = "blumenthal"


AUTH: Final[Mapping[AuthName, AuthProtocol]] = {  # RFC 3414 sections 6 and 7, RFC 7860 section 4.2
    "md5": AuthProtocol("md5", 12),
    "sha1": AuthProtocol("sha1", 12),
    "sha224": AuthProtocol("sha224", 16),
    "sha256": AuthProtocol("sha256", 24),
    "sha384": AuthProtocol("sha384", 32),
    "sha512": AuthProtocol("sha512", 48),
}
PRIVACY: Final[Mapping[PrivacyName, PrivacyProtocol]] = {  # RFC 3414 section 8, RFC 3826; the others were never RFCs
    "des": PrivacyProtocol("des", 16),
    "aes128": PrivacyProtocol("aes", 16),
    "aes192": PrivacyProtocol("aes", 24),
    "aes256": PrivacyProtocol("aes", 32),
    "aes192c": PrivacyProtocol("aes", 24, "reeder"),
    "aes256c": PrivacyProtocol("aes", 32, "reeder"),
}

"""What a device wants to be told before it answers."""

from typing import Literal, NamedTuple

Auth = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]


class Community(NamedTuple):
    """Of v1 and v2c."""

    name: bytes


class User(NamedTuple):
    """Of v3 (RFC 3414), at the level that its passwords make: without `privacy` what is asked is only vouched for."""

    name: str
    auth: Auth
    auth_password: str
    privacy: Literal["aes128"] | None = None
    privacy_password: str = ""


Credential = Community | User

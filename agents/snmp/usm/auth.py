"""Authentication codes: a truncated HMAC of the whole message (RFC 3414 sections 6 and 7, RFC 7860 section 4.2)."""

import hmac

from agents.snmp.usm.protocols import AuthProtocol


class Authenticator:
    """One localised key, prepared."""

    def __init__(self, protocol: AuthProtocol, key: bytes) -> None:
        self.octets = protocol.octets
        self._hmac = hmac.new(key, digestmod=protocol.hash)

    def sign(self, message: bytes, at: int) -> bytes:
        """Return the message with its code at `at`, where it has zeros."""
        return message[:at] + self._code(message) + message[at + self.octets :]

    def is_authentic(self, message: bytes, at: int, end: int) -> bool:
        """Whether `message[at:end]` is the code of the message. Takes the same time wherever they differ."""
        return hmac.compare_digest(message[at:end], self._code(message[:at] + bytes(self.octets) + message[end:]))

    def _code(self, message: bytes) -> bytes:
        made = self._hmac.copy()
        made.update(message)
        return made.digest()[: self.octets]

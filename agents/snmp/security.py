"""What wraps a PDU into a datagram, and gets it out again."""

from typing import Protocol

from agents.snmp.names import Kind, Version
from agents.snmp.pdu import Answer


class Security(Protocol):
    """Who asks one device, and how it is kept secret: `message.Community`, or a user of version 3."""

    version: Version

    def encode(self, kind: Kind, request_id: int, varbinds: bytes, repetitions: int = 0) -> bytes:
        """Return the datagram of a question. Raises ValueError when it cannot be one."""

    def decode(self, data: bytes) -> Answer:
        """Read a reply. Raises SnmpError."""

"""A device that says what a test tells it, right or wrong, in well-made messages."""

import re
from collections.abc import Iterable
from dataclasses import replace

from agents.snmp.message import message_id
from agents.snmp.names import OCTET_STRING, Kind
from agents.snmp.oids import Oid
from agents.snmp.pdu import Varbind, encode_pdu
from agents.snmp.usm.engine import Engine
from agents.snmp.usm.peer import Peer
from agents.snmp.usm.user import User
from agents.snmp.varbinds import encode_varbind

USM_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
UNSUPPORTED_LEVEL, NOT_IN_TIME, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, DECRYPTION_ERROR = (
    (*USM_STATS, n, 0) for n in range(1, 7)
)
NAME = Varbind((1, 3, 6, 1, 2, 1, 1, 5, 0), OCTET_STRING, b"rt-nam-can-01")


class UsmDevice:
    """Holds one user. Its engine's clock is what the test sets."""

    def __init__(self, user: User, engine_id: bytes = b"engine-1", boots: int = 5, time: int = 1000) -> None:
        self.engine_id, self.boots, self.time = engine_id, boots, time
        self._user = user

    def reply(self, question: bytes, varbinds: Iterable[Varbind] = (NAME,), *, user: User | None = None) -> bytes:
        """A right answer; another `user` makes it one of another security level, name or context."""
        number = message_id(question)
        pdu = encode_pdu(Kind.RESPONSE, number, b"".join(encode_varbind(*varbind) for varbind in varbinds))
        return self._seal(user or self._user, number, pdu)

    def report(self, question: bytes, counter: Oid, *, authentic: bool = False) -> bytes:
        """A report as RFC 3414 has it: plain, or authenticated and not encrypted."""
        pdu = encode_pdu(Kind.REPORT, 0, encode_varbind(counter, 0x41, 1))
        user = replace(self._user, privacy=None) if authentic else User(self._user.name)
        return self._seal(user, message_id(question), pdu)

    def answer(self, question: bytes) -> bytes:
        """Name its engine where the question names another, otherwise answer."""
        return self.reply(question) if self.engine_id in question else self.report(question, UNKNOWN_ENGINE)

    def _seal(self, user: User, number: int, pdu: bytes) -> bytes:
        return Peer(user, Engine(self.engine_id, self.boots, self.time, 0)).seal(number, pdu, 0)


def with_flags(message: bytes, flags: int) -> bytes:
    """The same message with other msgFlags, which stand before the security model."""
    changed, count = re.subn(
        rb"\x04\x01.\x02\x01\x03", b"\x04\x01" + bytes((flags,)) + b"\x02\x01\x03", message, count=1
    )
    assert count == 1
    return changed

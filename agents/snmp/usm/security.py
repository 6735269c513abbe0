"""The security of version 3 for one device: discovery, questions, replies, and what reports teach (RFC 3414)."""

import logging
import time
from collections.abc import Callable
from typing import Final, NoReturn

from agents.snmp.errors import AskAgain, AuthError, BadResponse
from agents.snmp.names import Kind, Version
from agents.snmp.pdu import Answer, decode_pdu, encode_pdu
from agents.snmp.usm import reports
from agents.snmp.usm.engine import Engine
from agents.snmp.usm.message import LEVELS, Envelope, Message, Scoped, encode_scoped, read_message, read_scoped
from agents.snmp.usm.peer import Peer
from agents.snmp.usm.user import User

log = logging.getLogger(__name__)

_PATIENCE: Final = 4  # questions without proof: some devices drop what names an engine that they are no more


class UserSecurity:
    """Asks one device as a user, and follows its engine.

    What an unauthenticated report says of an engine is tried and believed only when an authentic message confirms it,
    so that nobody can make us forget what we know. A user without authentication believes what comes.
    """

    def __init__(self, user: User, device: str = "a device", *, clock: Callable[[], float] = time.monotonic) -> None:
        """`device` is for the log; `clock` counts seconds."""
        self.version = Version.V3
        self._user = user
        self._device = device
        self._clock = clock
        self._known: Peer | None = None
        self._tried: Peer | None = None
        self._unproven = 0  # questions since the engine has last proven itself
        self._fresh = False  # the engine has been named a moment ago
        self._discovery = Envelope(0, b"", b"", 0)

    def encode(self, kind: Kind, request_id: int, varbinds: bytes, repetitions: int = 0) -> bytes:
        """Return the datagram of a question, or of a discovery (RFC 3414 section 4) where the engine is not known, or
        has not answered since. Raises ValueError when it cannot be one."""
        peer = self._tried or self._known
        fresh, self._fresh = self._fresh, False
        if peer is None or not (fresh or self._unproven < (_PATIENCE if peer is self._known else 1)):
            pdu = encode_scoped(b"", b"", encode_pdu(Kind.GET, request_id, b""))
            return self._discovery.close(request_id, 0, 0, b"", pdu)[0]
        self._unproven += 1
        return peer.seal(request_id, encode_pdu(kind, request_id, varbinds, repetitions), self._clock())

    def decode(self, data: bytes) -> Answer:
        """Read a reply, which must be as secure as the question was.

        Raises AskAgain when a report has taught what the question lacked, AuthError when it is refused or refuses, and
        BadResponse when it breaks BER or SNMP.
        """
        message = read_message(data)
        peer = self._tried or self._known
        if message.level:
            if peer is None:
                raise AuthError("an authenticated reply of an engine that is not known yet")
            scoped = peer.open(message, self._clock())
            self._believe(peer)
        else:
            scoped = read_scoped(message.data, message.at, padded=False)
        if scoped.data[scoped.at : scoped.at + 1] == bytes((Kind.REPORT,)):
            self._learn(message, scoped)
        if peer is None:
            raise BadResponse("an answer to a discovery, which only a report can answer")
        if message.level != peer.level:
            raise AuthError(f"an answer that is {LEVELS[message.level]} to a question that was {LEVELS[peer.level]}")
        if not peer.is_from(message) or not peer.is_about(scoped):
            raise BadResponse("the reply is of another engine, for another user or about another context")
        answer = decode_pdu(Kind.RESPONSE, scoped.data, scoped.at, scoped.end)
        self._believe(peer)
        return answer

    def _learn(self, message: Message, scoped: Scoped) -> NoReturn:
        subject = reports.subject(decode_pdu(Kind.REPORT, scoped.data, scoped.at, scoped.end))
        if subject == reports.UNKNOWN_ENGINE_IDS:
            self._try(message)
            raise AskAgain(f"its engine is {message.engine_id.hex()}", authentic=False)
        if subject != reports.NOT_IN_TIME_WINDOWS:
            raise AuthError(f"the device refuses us: {reports.explain(subject)}")
        if not message.level:
            raise AuthError("the device finds our time wrong and does not prove that it is itself: ignored")
        raise AskAgain(f"its engine has started {message.boots} times, {message.time} s ago", authentic=True)

    def _try(self, message: Message) -> None:
        if not message.engine_id:
            raise BadResponse("a report about engine ids without one")
        self._fresh = True
        if self._known and self._known.engine.id == message.engine_id:
            self._tried = None
        elif self._tried is None or self._tried.engine.id != message.engine_id:
            engine = Engine(message.engine_id, message.boots, message.time, self._clock())
            self._tried = Peer(self._user, engine)

    def _believe(self, peer: Peer) -> None:
        self._unproven = 0
        if peer is self._known:
            return
        if self._known:
            was, now = self._known.engine.id.hex(), peer.engine.id.hex()
            log.warning("the engine of %s is now %s and was %s: was the device replaced?", self._device, now, was)
        self._known, self._tried = peer, None

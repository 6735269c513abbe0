"""A device that answers one user of version 3 (RFC 3412 section 7.2, RFC 3414 section 3.2).

Written from the RFCs on its own, apart from the poller's.
"""

import hmac
from hashlib import sha256

from simulator.snmp import ber, privacy, v3
from simulator.snmp.ber import Oid
from simulator.snmp.clock import Clock
from simulator.snmp.keys import MACS, Keys
from simulator.snmp.mib import Mib
from simulator.snmp.responder import respond

_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
UNSUPPORTED_LEVELS, NOT_IN_TIME, UNKNOWN_USERS, UNKNOWN_ENGINES, WRONG_DIGESTS, DECRYPTION_ERRORS = (
    (*_STATS, n, 0) for n in range(1, 7)
)
UNKNOWN_HANDLERS: Oid = (1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0)  # snmpUnknownPDUHandlers
UNKNOWN_CONTEXTS: Oid = (1, 3, 6, 1, 6, 3, 12, 1, 5, 0)  # snmpUnknownContexts
_AUTHORIZATION_ERROR = 16
_WINDOW_S = 150
_LAST = 2**31 - 1  # of boots: an engine that may not answer any more (RFC 3414 section 2.2.2)
_ENTERPRISE = (0x8000_0000 | 32473).to_bytes(4, "big")  # of examples (RFC 5612), in the way of RFC 3411
_OCTETS_FOLLOW = b"\x05"


def engine_id(name: str) -> bytes:
    """Return the engine ID of a device: 13 octets that no other name has."""
    return _ENTERPRISE + _OCTETS_FOLLOW + sha256(name.encode()).digest()[:8]


class _Refused(Exception):
    """A message that is answered with a report of that counter, at that level."""

    def __init__(self, counter: Oid, level: int = 0) -> None:
        super().__init__(counter)
        self.counter, self.level = counter, level


class UserGate:
    """Answers messages of version 3 of one user, at the level that the user has and at no other."""

    __slots__ = (
        *("_auth", "_clock", "_counts", "_keys", "_level", "_max_size", "_mib", "_name", "_notices", "_privacy"),
        *("_room", "_salt"),
        "engine",
    )

    def __init__(self, mib: Mib, known: Keys, clock: Clock, name: str, max_size: int) -> None:
        """`max_size`: octets of the largest response."""
        self._mib, self._keys, self._clock, self._max_size = mib, known, clock, max_size
        self.engine, self._name = engine_id(name), known.user.name.encode()
        self._auth, self._privacy = known.localized(self.engine)
        self._level = v3.AUTH | (v3.PRIV if self._privacy else 0)
        self._room = v3.AROUND + 2 * len(self.engine) + len(self._name) + MACS[known.user.auth]
        self._counts: dict[Oid, int] | None = None
        self._notices = 0
        self._salt = int.from_bytes(sha256(self.engine).digest()[:8], "big")

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Return the response to a message, or a report of why there is none, when one was wanted.

        Raises:
            DecodeError: it is no request.
        """
        message = v3.decode(data)
        try:
            self._check(message, data, ticks)
            return self._respond(message, v3.decode_scoped(self._plain(message)), ticks)
        except _Refused as refused:
            return self._report(message, refused, ticks)

    def notify(self, pdu: bytes, ticks: int) -> bytes:
        """Return the message that carries a notification: the device itself is the engine whose time counts."""
        self._notices = (self._notices + 1) & 0x7FFF_FFFF
        return self._sent(ber.integer(self._notices), self._name, self._level, pdu, ticks)

    def _check(self, message: v3.Message, data: bytes, ticks: int) -> None:
        """Find out who says this, and when (RFC 3414 section 3.2)."""
        level = message.flags & 3
        if message.engine != self.engine:
            raise _Refused(UNKNOWN_ENGINES)
        if message.user != self._name:
            raise _Refused(UNKNOWN_USERS)
        if level & ~self._level:
            raise _Refused(UNSUPPORTED_LEVELS)
        if not level:
            return
        nothing = bytes(len(message.mac))
        end = message.mac_at + len(message.mac)
        digest = self._digest(data[: message.mac_at] + nothing + data[end:])
        if not hmac.compare_digest(digest, message.mac):
            raise _Refused(WRONG_DIGESTS)
        boots, time = self._clock.boots, self._time(ticks)
        if boots >= _LAST or message.boots != boots or abs(message.time - time) > _WINDOW_S:
            raise _Refused(NOT_IN_TIME, v3.AUTH)

    def _plain(self, message: v3.Message) -> bytes:
        if not message.flags & v3.PRIV:
            return message.data
        if len(message.salt) != privacy.SALT_OCTETS:
            raise _Refused(DECRYPTION_ERRORS)
        return privacy.decrypt(message.data, self._privacy, message.boots, message.time, message.salt)

    def _respond(self, message: v3.Message, scoped: v3.Scoped, ticks: int) -> bytes | None:
        level = message.flags & 3
        if scoped.engine != self.engine:
            raise _Refused(UNKNOWN_HANDLERS, level)
        if scoped.name:
            raise _Refused(UNKNOWN_CONTEXTS, level)
        request = ber.decode_request(scoped.pdu, 0, len(scoped.pdu))
        if level != self._level:
            varbinds = ber.decode_rest(request.rest).varbinds
            pdu: bytes | None = ber.response(request.request_id, _AUTHORIZATION_ERROR, 0, varbinds)
        else:
            room = min(self._max_size, message.max_size) - self._room
            pdu = respond(self._mib, request, ticks, room=room)
        return self._sent(message.id, message.user, level, pdu, ticks) if pdu else None

    def _report(self, message: v3.Message, refused: _Refused, ticks: int) -> bytes | None:
        """Count, and say so when the message wants it (RFC 3412 section 7.1 (3))."""
        counts = self._counts = self._counts or {}
        counts[refused.counter] = counts.get(refused.counter, 0) + 1
        if not message.flags & v3.REPORTABLE:
            return None
        value = ber.integer(counts[refused.counter] & 0xFFFF_FFFF, ber.COUNTER32)
        pdu = ber.response(self._request_id(message), 0, 0, ber.varbind(refused.counter, value), ber.REPORT)
        return self._sent(message.id, message.user, refused.level, pdu, ticks)

    def _request_id(self, message: v3.Message) -> bytes:
        """Return that of the request where it can be read, else 0."""
        try:
            pdu = v3.decode_scoped(message.data).pdu
            return ber.decode_request(pdu, 0, len(pdu)).request_id
        except ber.DecodeError:
            return ber.integer(0)

    def _sent(self, message_id: bytes, user: bytes, level: int, pdu: bytes, ticks: int) -> bytes:
        """Return a message at that level (RFC 3414 section 3.1)."""
        boots, time, salt = self._clock.boots, self._time(ticks), b""
        data = v3.encode_scoped(self.engine, b"", pdu)
        if level & v3.PRIV:
            self._salt = (self._salt + 1) & 0xFFFF_FFFF_FFFF_FFFF
            salt = self._salt.to_bytes(privacy.SALT_OCTETS, "big")
            data = privacy.encrypt(data, self._privacy, boots, time, salt)
        mac = bytes(MACS[self._keys.user.auth]) if level & v3.AUTH else b""
        ours = v3.Message(message_id, self._max_size, level, self.engine, boots, time, user, mac, 0, salt, data)
        octets, at = v3.encode(ours)
        return octets[:at] + self._digest(octets) + octets[at + len(mac) :] if mac else octets

    def _digest(self, octets: bytes) -> bytes:
        name = self._keys.user.auth
        return hmac.digest(self._auth, octets, name)[: MACS[name]]

    def _time(self, ticks: int) -> int:
        return self._clock.uptime(ticks)[0] // 100

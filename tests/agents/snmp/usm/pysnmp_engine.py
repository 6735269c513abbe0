"""A device whose whole version 3 is pysnmp's, without a network: a datagram in, a datagram out."""

from collections.abc import Sequence
from typing import Any

from agents.snmp.pysnmp_values import THEIRS
from pysnmp.entity import config, engine  # type: ignore[import-untyped]
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]

from agents.snmp.pdu import Oid, Varbind
from agents.snmp.usm.protocols import AuthName, PrivacyName
from agents.snmp.usm.user import User

THEIR_AUTH: dict[AuthName, tuple[int, ...]] = {
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
THEIR_PRIVACY: dict[PrivacyName, tuple[int, ...]] = {
    "des": config.USM_PRIV_CBC56_DES,
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "aes192c": config.USM_PRIV_CFB192_AES,
    "aes256c": config.USM_PRIV_CFB256_AES,
}
_ADDRESS = ("127.0.0.1", 161)


class PysnmpDevice:
    """Answers every question with `varbinds` and the two numbers; `asked` is the last question that it understood:
    security level from 1, context, tag of the PDU, the two numbers after request-id, names."""

    def __init__(self, users: Sequence[User]) -> None:
        self.varbinds: list[Varbind] = []
        self.numbers = (0, 0)
        self.asked: tuple[int, bytes, int, int, int, list[Oid]] | None = None
        self._sent: list[bytes] = []
        self._engine = engine.SnmpEngine()  # without an id of its own it keeps nothing on the disk
        self._engine.transport_dispatcher = self
        kinds = [kind.tagSet for kind in (v2c.GetRequestPDU, v2c.GetNextRequestPDU, v2c.GetBulkRequestPDU)]
        self._engine.message_dispatcher.register_context_engine_id(self._engine.snmpEngineID, kinds, self._process)
        for user in users:
            auth = THEIR_AUTH[user.auth] if user.auth else config.USM_AUTH_NONE
            privacy = THEIR_PRIVACY[user.privacy] if user.privacy else config.USM_PRIV_NONE
            secrets = (user.auth_password or None, privacy, user.privacy_password or None)
            config.add_v3_user(self._engine, user.name.decode(), auth, *secrets)

    def answer(self, packet: bytes) -> bytes:
        """Return what it sends back. Raises IndexError when that is nothing."""
        self._sent.clear()
        self._engine.message_dispatcher.receive_message(self._engine, (1, 3, 6, 1, 6, 1, 1), _ADDRESS, packet)
        return self._sent[-1]

    def send_message(self, message: bytes, _domain: object, _address: object) -> None:
        """Called by pysnmp."""
        self._sent.append(message)

    def get_timer_resolution(self) -> float:
        """Called by pysnmp."""
        return 1.0

    def _process(self, its_engine: Any, *known: Any) -> None:
        model, security, name, level, engine_id, context, version, pdu, room, state = known
        numbers = int(pdu[1]), int(pdu[2])
        names = [tuple(one) for one, _ in v2c.apiPDU.get_varbinds(pdu)]
        self.asked = (int(level), bytes(context), 0xA0 | pdu.tagSet.superTags[-1].tagId, *numbers, names)
        reply = v2c.ResponsePDU()
        v2c.apiPDU.set_defaults(reply)
        v2c.apiPDU.set_request_id(reply, v2c.apiPDU.get_request_id(pdu))
        values = [(oid, THEIRS[tag]("" if value is None else value)) for oid, tag, value in self.varbinds]
        v2c.apiPDU.set_varbinds(reply, values)
        reply.setComponentByPosition(1, self.numbers[0])
        reply.setComponentByPosition(2, self.numbers[1])
        its_engine.message_dispatcher.return_response_pdu(
            its_engine, model, security, name, level, engine_id, context, version, reply, room, state, {}
        )

"""pysnmp, and nothing else of ours imports it: our side of version 3, as the authority to which informs are addressed.

It keeps our clock, tells it to those who ask, and makes the answers. Its own receiver answers an inform before anybody
could write it down; so its message processing is used below that, where the answer waits until it is asked for. It is
given only what the gate and the engines have let through; what a message holds is read by `notice`.
"""

from collections.abc import Callable
from typing import Any, Final

from pysnmp.entity import config  # type: ignore[import-untyped]
from pysnmp.entity.engine import SnmpEngine  # type: ignore[import-untyped]
from pysnmp.proto import rfc3411  # type: ignore[import-untyped]
from pysnmp.proto.api import v2c  # type: ignore[import-untyped]
from pysnmp.proto.errind import NotInTimeWindow, UnknownEngineID  # type: ignore[import-untyped]
from pysnmp.proto.error import StatusInformation  # type: ignore[import-untyped]

from agents.snmp.names import Version
from agents.snmp.usm.keys import key_of_password, localise, privacy_key
from agents.snmp.usm.protocols import AUTH, PRIVACY, AuthName, PrivacyName
from agents.snmp.usm.user import User
from agents.traps.heard import Inform

Address = tuple[Any, ...]
TICK_S: Final = 30.0
_UDP: Final = (1, 3, 6, 1, 6, 1, 1)  # snmpUDPDomain (RFC 3417 section 2)
_AUTH: Final[dict[AuthName, Any]] = {
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
_PRIVACY: Final[dict[PrivacyName, Any]] = {
    "des": config.USM_PRIV_CBC56_DES,
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "aes192c": config.USM_PRIV_CFB192_AES,
    "aes256c": config.USM_PRIV_CFB256_AES,
}


class UnreadableError(Exception):
    """pysnmp has made nothing of a message."""


class ReportedError(Exception):
    """It was answered with a report: its sender asks who we are, or does not have our clock."""


class Receiver:
    """Not thread-safe."""

    def __init__(self, engine_id: bytes, boots: int, send: Callable[[bytes, Address], None]) -> None:
        """`engine_id` and `boots` are ours: senders of informs ask for them. `send` is given answers and reports."""
        self._send = send
        self._muted = False
        self._reported = False
        self._engine = SnmpEngine()  # with an id it would keep its boots in a folder for everybody's files
        self._set("snmpEngineID", engine_id)
        self._set("snmpEngineBoots", boots)
        self._engine.snmpEngineID = self._symbol("snmpEngineID").syntax
        self._engine.transport_dispatcher = self

    def learn(self, user: User) -> None:
        """Know a user who sends informs to us. Raises what pysnmp raises."""
        own = bytes(self._symbol("snmpEngineID").syntax)
        assert user.auth is not None  # noqa: S101
        auth = AUTH[user.auth]
        secret = localise(key_of_password(user.auth_password, auth.hash), own, auth.hash)
        more: dict[str, Any] = {}
        if user.privacy:
            key = key_of_password(user.privacy_password, auth.hash)
            made = privacy_key(PRIVACY[user.privacy], key, own, auth.hash)
            more = {"privProtocol": _PRIVACY[user.privacy], "privKey": made}
        config.add_v3_user(
            self._engine,
            user.name.decode(),
            _AUTH[user.auth],
            secret,
            securityEngineId=v2c.OctetString(own),
            authKeyType=config.USM_KEY_TYPE_LOCALIZED,
            privKeyType=config.USM_KEY_TYPE_LOCALIZED,
            **more,
        )

    def receive(self, data: bytes, source: Address) -> Inform:
        """Open a datagram that is addressed to us; return what it needs to be answered.

        Raises:
            ReportedError: it is answered already.
            UnreadableError: pysnmp makes nothing of it, or has raised something.
        """
        model, self._reported = self._engine.message_processing_subsystems[int(Version.V3)], False
        try:
            found = model.prepare_data_elements(self._engine, _UDP, source, data)
        except StatusInformation as error:
            said = error.get("errorIndication")
            if self._reported and isinstance(said, (UnknownEngineID, NotInTimeWindow)):
                raise ReportedError from None
            raise UnreadableError(str(said or "pysnmp has let go of it")) from None
        except Exception as error:
            raise UnreadableError(f"{type(error).__name__}: {str(error)[:200]}") from error
        *known, pdu, _kind, _handle, room, _status, state = found
        arguments = (*known, room, state)
        if pdu.tagSet not in rfc3411.CONFIRMED_CLASS_PDUS:
            raise UnreadableError("it wants no answer")
        return Inform(lambda: self._answer(pdu, *arguments), lambda: self._forget(pdu, *arguments))

    def _answer(self, pdu: Any, *arguments: Any) -> None:
        """Acknowledge an inform (RFC 3416 section 4.2.7). Raises UnreadableError."""
        *known, room, state = arguments
        try:
            response = v2c.apiPDU.get_response(pdu)
            v2c.apiPDU.set_varbinds(response, v2c.apiPDU.get_varbinds(pdu))
            self._engine.message_dispatcher.return_response_pdu(self._engine, *known, response, room, state, {})
        except Exception as error:
            raise UnreadableError(f"{type(error).__name__}: {str(error)[:200]}") from error

    def _forget(self, pdu: Any, *arguments: Any) -> None:
        """Let go of an inform that is not answered: what pysnmp remembers of it goes only with an answer."""
        self._muted = True
        try:
            self._answer(pdu, *arguments)
        finally:
            self._muted = False

    def tick(self, now: float) -> None:
        """Let pysnmp forget what is old; call it every TICK_S."""
        self._engine.message_dispatcher.receive_timer_tick(self._engine, now)
        for part in (*self._engine.message_processing_subsystems.values(), *self._engine.security_models.values()):
            part.receive_timer_tick(self._engine, now)

    def get_timer_resolution(self) -> float:
        """Called by pysnmp."""
        return TICK_S

    def get_timer_ticks(self) -> int:
        """Called by pysnmp."""
        return 0

    def send_message(self, message: bytes, _domain: object, address: Address) -> None:
        """Called by pysnmp."""
        self._reported = True
        if not self._muted:
            self._send(bytes(message), address)

    def _symbol(self, name: str) -> Any:
        return self._engine.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", name)[0]

    def _set(self, name: str, value: Any) -> None:
        symbol = self._symbol(name)
        symbol.syntax = symbol.syntax.clone(value)

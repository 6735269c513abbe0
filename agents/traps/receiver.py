"""pysnmp, and nothing else of ours imports it: it opens messages of all versions, and makes the answers to informs.

Its own receiver answers an inform before anybody could write it down; so its message processing is used below that,
where the answer waits until it is asked for. It is given only what the gate and the engines have let through.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from pyasn1.type import univ  # type: ignore[import-untyped]
from pysnmp.entity import config  # type: ignore[import-untyped]
from pysnmp.entity.engine import SnmpEngine  # type: ignore[import-untyped]
from pysnmp.proto import rfc3411  # type: ignore[import-untyped]
from pysnmp.proto.api import v1, v2c  # type: ignore[import-untyped]
from pysnmp.proto.error import StatusInformation  # type: ignore[import-untyped]

from agents.snmp.names import Version
from agents.snmp.usm.keys import key_of_password, localise, privacy_key
from agents.snmp.usm.protocols import AUTH, PRIVACY, AuthName, PrivacyName
from agents.snmp.usm.user import User
from agents.traps.heard import (
    SNMP_TRAP_ADDRESS,
    SNMP_TRAP_COMMUNITY,
    SNMP_TRAP_OID,
    SYS_UP_TIME,
    Heard,
    Inform,
    Object,
    v1_oid,
)

log = logging.getLogger(__name__)

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
_KINDS: Final = (v1.TrapPDU.tagSet, v2c.SNMPv2TrapPDU.tagSet, v2c.InformRequestPDU.tagSet)


class UnreadableError(Exception):
    """pysnmp has made nothing of a message."""


class Receiver:
    """Not thread-safe."""

    def __init__(
        self, engine_id: bytes, boots: int, communities: Iterable[bytes], send: Callable[[bytes, Address], None]
    ) -> None:
        """`engine_id` and `boots` are ours: senders of informs of version 3 ask for them. `send` is given answers and
        reports."""
        self._send = send
        self._muted = False
        self._reported = False
        self._engine = SnmpEngine()  # with an id it would keep its boots in a folder for everybody's files
        self._set("snmpEngineID", engine_id)
        self._set("snmpEngineBoots", boots)
        self._engine.snmpEngineID = self._symbol("snmpEngineID").syntax
        self._engine.transport_dispatcher = self
        for number, community in enumerate(communities):
            config.add_v1_system(self._engine, f"c{number}", community)

    def learn(self, engine_id: bytes | None, user: User) -> None:
        """Know a user at an engine; None: at ours, to which informs are addressed. Raises what pysnmp raises."""
        own = bytes(self._symbol("snmpEngineID").syntax)
        assert user.auth is not None  # noqa: S101
        auth = AUTH[user.auth]
        secret = localise(key_of_password(user.auth_password, auth.hash), engine_id or own, auth.hash)
        more: dict[str, Any] = {}
        if user.privacy:
            key = key_of_password(user.privacy_password, auth.hash)
            made = privacy_key(PRIVACY[user.privacy], key, engine_id or own, auth.hash)
            more = {"privProtocol": _PRIVACY[user.privacy], "privKey": made}
        config.add_v3_user(
            self._engine,
            user.name.decode(),
            _AUTH[user.auth],
            secret,
            securityEngineId=v2c.OctetString(engine_id or own),
            authKeyType=config.USM_KEY_TYPE_LOCALIZED,
            privKeyType=config.USM_KEY_TYPE_LOCALIZED,
            **more,
        )

    def receive(self, version: Version, data: bytes, source: Address) -> tuple[Heard, Inform | None] | None:
        """Read a datagram. None: it was answered with a report, as the beginning of an inform is.

        Raises:
            UnreadableError: pysnmp makes nothing of it, or has raised something.
        """
        model, self._reported = self._engine.message_processing_subsystems[int(version)], False
        try:
            found = model.prepare_data_elements(self._engine, _UDP, source, data)
        except StatusInformation as error:
            if self._reported:
                return None
            raise UnreadableError(str(error.get("errorIndication", "pysnmp has let go of it"))) from None
        except Exception as error:
            raise UnreadableError(f"{type(error).__name__}: {str(error)[:200]}") from error
        *known, pdu, _kind, _handle, room, _status, state = found
        inform = Inform(0, (*known, room, state), pdu) if pdu.tagSet in rfc3411.CONFIRMED_CLASS_PDUS else None
        try:
            if pdu.tagSet not in _KINDS:
                raise UnreadableError("no notification")  # noqa: TRY301  # what is remembered of it must go
            heard = _read_v1(pdu) if version is Version.V1 else _read(pdu)
            if inform is not None:
                inform.request_id = int(pdu[0])
        except Exception as error:
            if inform is not None:
                self.forget(inform)
            raise UnreadableError(f"{type(error).__name__}: {str(error)[:200]}") from error
        return heard, inform

    def answer(self, inform: Inform) -> None:
        """Acknowledge an inform (RFC 3416 section 4.2.7). Raises UnreadableError."""
        model, *rest = inform.known
        response = v2c.apiPDU.get_response(inform.pdu)
        v2c.apiPDU.set_varbinds(response, v2c.apiPDU.get_varbinds(inform.pdu))
        security, name, level, engine_id, context, version, room, state = rest
        try:
            self._engine.message_dispatcher.return_response_pdu(
                self._engine, model, security, name, level, engine_id, context, version, response, room, state, {}
            )
        except Exception as error:
            raise UnreadableError(f"{type(error).__name__}: {str(error)[:200]}") from error

    def forget(self, inform: Inform) -> None:
        """Let go of an inform that is not answered: what pysnmp remembers of it goes only with an answer."""
        self._muted = True
        try:
            self.answer(inform)
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


def _read(pdu: Any) -> Heard:
    objects = _objects(v2c.apiPDU.get_varbinds(pdu))
    oid = next((one.value for one in objects if one.oid == SNMP_TRAP_OID), None)
    if not isinstance(oid, tuple):
        raise UnreadableError("it has no snmpTrapOID")
    address = next((one.value for one in objects if one.oid == SNMP_TRAP_ADDRESS), None)
    kept = tuple(one for one in objects if one.oid not in (SYS_UP_TIME, SNMP_TRAP_OID, SNMP_TRAP_COMMUNITY))
    return Heard(oid, kept, _dotted(address))


def _read_v1(pdu: Any) -> Heard:
    enterprise = tuple(v1.apiTrapPDU.get_enterprise(pdu))
    oid = v1_oid(enterprise, int(v1.apiTrapPDU.get_generic_trap(pdu)), int(v1.apiTrapPDU.get_specific_trap(pdu)))
    objects = _objects(v1.apiTrapPDU.get_varbinds(pdu))
    kept = tuple(one for one in objects if one.oid != SNMP_TRAP_COMMUNITY)
    return Heard(oid, kept, _dotted(bytes(v1.apiTrapPDU.get_agent_address(pdu))))


def _objects(varbinds: Any) -> list[Object]:
    return [Object(tuple(name), *_value(value)) for name, value in varbinds]


def _value(value: Any) -> tuple[int, int | bytes | tuple[int, ...] | None]:
    tag = value.tagSet.superTags[-1]
    octet = tag.tagClass | tag.tagFormat | tag.tagId
    if isinstance(value, univ.ObjectIdentifier):
        return octet, tuple(value)
    if isinstance(value, univ.OctetString):
        return octet, bytes(value)
    if isinstance(value, univ.Integer):
        return octet, int(value)
    return octet, None


def _dotted(address: object) -> str | None:
    if not isinstance(address, bytes) or len(address) != 4 or not any(address):
        return None
    return ".".join(map(str, address))

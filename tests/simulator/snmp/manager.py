"""What the tests ask simulated devices with: requests made by hand, responses read by pysnmp."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from pyasn1.codec.ber import decoder  # type: ignore[import-untyped]
from pysnmp.proto import api  # type: ignore[import-untyped]
from pysnmp.proto.rfc1905 import PDUs  # type: ignore[import-untyped]

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.device import Device
from simulator.snmp.parts import Shared
from simulator.snmp.plain import plain_router

START = 180_000_000_000  # ticks: a day in 2027
COMMUNITY = "public"
PORTS = 3
_SHARED = Shared()  # layouts take time


def device(seed: int = 1, *, ports: int = PORTS, max_size: int = 1472) -> Device:
    """A router in Năm Căn."""
    name, where = "rt-nam-can-01", "Trạm Năm Căn 01, Xã Năm Căn"
    return plain_router(
        name, where, ["Đất Mũi"], ports=ports, seed=seed, began=START, shared=_SHARED, max_size=max_size
    )


def request(
    pdu: int,
    names: Sequence[Oid],
    first: int = 0,
    second: int = 0,
    *,
    version: int = ber.V2C,
    community: str = COMMUNITY,
    request_id: int = 7,
) -> bytes:
    """A message; `first` and `second` are non-repeaters and max-repetitions of a GETBULK."""
    varbinds = b"".join(ber.varbind(name, b"\x05\x00") for name in names)
    fields = ber.integer(request_id) + ber.integer(first) + ber.integer(second)
    content = ber.tlv(pdu, fields + ber.tlv(ber.SEQUENCE, varbinds))
    return ber.tlv(ber.SEQUENCE, ber.integer(version) + ber.tlv(ber.OCTET_STRING, community.encode()) + content)


@dataclass(frozen=True, slots=True)
class Reply:
    """A response; a value is a number, octets, a name, or the word for an exception."""

    request_id: int
    status: int
    index: int
    varbinds: list[tuple[Oid, int | bytes | Oid | str]]

    @property
    def names(self) -> list[Oid]:
        return [name for name, _ in self.varbinds]

    @property
    def values(self) -> list[int | bytes | Oid | str]:
        return [value for _, value in self.varbinds]


def read(message: bytes | None) -> Reply:
    """Read a response with pysnmp."""
    assert message is not None
    protocol = api.PROTOCOL_MODULES[api.decodeMessageVersion(message)]
    whole, rest = decoder.decode(message, asn1Spec=protocol.Message())
    assert not rest
    return _reply(protocol, protocol.apiMessage.get_pdu(whole))


def read_pdu(octets: bytes) -> Reply:
    """Read a PDU of version 2 with pysnmp."""
    protocol = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
    pdu, rest = decoder.decode(octets, asn1Spec=PDUs())
    assert not rest
    return _reply(protocol, pdu.getComponent())


def _reply(protocol: ModuleType, pdu: object) -> Reply:
    varbinds = [(tuple(name), _plain(value)) for name, value in protocol.apiPDU.get_varbinds(pdu)]
    status, index = int(protocol.apiPDU.get_error_status(pdu)), int(protocol.apiPDU.get_error_index(pdu))
    return Reply(int(protocol.apiPDU.get_request_id(pdu)), status, index, varbinds)


def _plain(value: object) -> int | bytes | Oid | str:
    kind = type(value).__name__
    if kind in {"NoSuchObject", "NoSuchInstance", "EndOfMibView"}:
        return kind
    if kind in {"Null"}:
        return "Null"
    if kind in {"ObjectIdentifier", "ObjectName"}:
        return tuple(value)  # type: ignore[arg-type]
    return bytes(value) if kind == "OctetString" else int(value)  # type: ignore[call-overload,no-any-return]


def ask(to: Device, pdu: int, names: Sequence[Oid], first: int = 0, second: int = 0, *, at: int = START) -> Reply:
    """Ask in v2c."""
    return read(to.answer(request(pdu, names, first, second), at))

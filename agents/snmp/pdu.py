"""Protocol data units (RFC 1157 section 4.1, RFC 3416 section 3): what is asked and what is answered.

How a PDU is wrapped is not known here: `message` does it with a community.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from agents.snmp import names
from agents.snmp.ber import encode, encode_integer, read_expected, read_integer
from agents.snmp.errors import BadResponse
from agents.snmp.names import Kind
from agents.snmp.oids import Oid, oid, text
from agents.snmp.varbinds import Varbind, decode_varbinds, encode_question

__all__ = ["Oid", "Response", "Varbind", "decode_pdu", "encode_pdu", "oid", "text"]

_INT31: Final = 0x7FFF_FFFF
"""request-id, max-repetitions and the like are non-negative 32-bit integers (RFC 3416 section 3)."""


@dataclass(frozen=True, slots=True)
class Response:
    """A decoded reply. `error_status` is a names.Status where the device keeps to RFC 3416."""

    version: int
    community: bytes = field(repr=False)  # a secret, must not reach a log
    request_id: int
    error_status: int
    error_index: int
    varbinds: list[Varbind]


def encode_pdu(kind: Kind, request_id: int, oids: Sequence[Oid], non_repeaters: int, max_repetitions: int) -> bytes:
    """Return a GET, GETNEXT or GETBULK PDU; the two numbers count for GETBULK only.

    Raises ValueError when a number or an object identifier is out of range.
    """
    second, third = (non_repeaters, max_repetitions) if kind is Kind.GETBULK else (0, 0)
    if not (0 <= request_id <= _INT31 and 0 <= second <= _INT31 and 0 <= third <= _INT31):
        raise ValueError(f"request {request_id} with {second} non-repeaters and {third} repetitions is out of range")
    varbinds = encode(names.SEQUENCE, b"".join(map(encode_question, oids)))
    return encode(kind, encode_integer(request_id) + encode_integer(second) + encode_integer(third) + varbinds)


def decode_pdu(version: int, community: bytes, data: bytes, at: int, end: int) -> Response:
    """Read the response PDU that fills `data[at:end]` exactly. Raises BadResponse."""
    start, stop = read_expected(Kind.RESPONSE, "PDU", data, at, end)
    request_id, at = read_integer("request-id", data, start, stop)
    error_status, at = read_integer("error-status", data, at, stop)
    error_index, at = read_integer("error-index", data, at, stop)
    list_start, list_stop = read_expected(names.SEQUENCE, "list of varbinds", data, at, stop)
    for inner, outer, what in ((list_stop, stop, "PDU"), (stop, end, "message")):
        if inner != outer:
            raise BadResponse(f"{outer - inner} octets too many in the {what}, from byte {inner}")
    varbinds = decode_varbinds(data, list_start, list_stop)
    return Response(version, community, request_id, error_status, error_index, varbinds)

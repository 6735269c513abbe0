"""Protocol data units (RFC 1157 section 4.1, RFC 3416 section 3): what is asked and what is answered.

How a PDU is wrapped is not known here: a `security` does it.
"""

from dataclasses import dataclass
from typing import Final

from agents.snmp import names
from agents.snmp.ber import encode, encode_integer, read_expected, read_integer
from agents.snmp.errors import BadResponse
from agents.snmp.names import Kind
from agents.snmp.oids import Oid, oid, text
from agents.snmp.varbinds import MAX_VARBINDS, Varbind, decode_varbinds

__all__ = ["Answer", "Oid", "Response", "Varbind", "decode_pdu", "encode_pdu", "oid", "text"]

_INT31: Final = 0x7FFF_FFFF
"""request-id, max-repetitions and the like are non-negative 32-bit integers (RFC 3416 section 3)."""


@dataclass(frozen=True, slots=True)
class Response:
    """A decoded reply. `error_status` is a names.Status where the device keeps to RFC 3416."""

    request_id: int
    error_status: int
    error_index: int
    varbinds: list[Varbind]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response PDU whose varbinds are not read yet: they fill `data[at:end]`."""

    request_id: int
    error_status: int
    error_index: int
    data: bytes
    at: int
    end: int

    def response(self, most: int = MAX_VARBINDS) -> Response:
        """Return it with its varbinds, of which `most` were asked for. Raises BadResponse, also when there are more."""
        varbinds = decode_varbinds(self.data, self.at, self.end, min(most, MAX_VARBINDS))
        return Response(self.request_id, self.error_status, self.error_index, varbinds)


def encode_pdu(kind: Kind, request_id: int, varbinds: bytes, repetitions: int = 0) -> bytes:
    """Return a GET, GETNEXT or GETBULK PDU of varbinds already joined; `repetitions` count for GETBULK only.

    Raises ValueError when a number is out of range.
    """
    third = repetitions if kind is Kind.GETBULK else 0
    if not (0 <= request_id <= _INT31 and 0 <= third <= _INT31):
        raise ValueError(f"request {request_id} with {third} repetitions is out of range")
    numbers = encode_integer(request_id) + encode_integer(0) + encode_integer(third)
    return encode(kind, numbers + encode(names.SEQUENCE, varbinds))


def decode_pdu(kind: Kind, data: bytes, at: int, end: int) -> Answer:
    """Read the head of the PDU of this kind that fills `data[at:end]` exactly. Raises BadResponse."""
    start, stop = read_expected(kind, "PDU", data, at, end)
    request_id, at = read_integer("request-id", data, start, stop)
    error_status, at = read_integer("error-status", data, at, stop)
    error_index, at = read_integer("error-index", data, at, stop)
    list_start, list_stop = read_expected(names.SEQUENCE, "list of varbinds", data, at, stop)
    for inner, outer, what in ((list_stop, stop, "PDU"), (stop, end, "message")):
        if inner != outer:
            raise BadResponse(f"{outer - inner} octets too many in the {what}, from byte {inner}")
    return Answer(request_id, error_status, error_index, data, list_start, list_stop)

"""What a reply with an error-status means for the objects that were asked (RFC 3416 section 4.2.1)."""

from collections.abc import Sequence

from agents.snmp.errors import ErrorStatus
from agents.snmp.pdu import Oid, Response


def culprit(response: Response, asked: Sequence[Oid]) -> int | None:
    """Return the position in `asked` of the object that the device complains about.

    Some agents send error-index 0 or one too large; with a single object there is still no doubt, otherwise None.
    """
    if len(asked) == 1:
        return 0
    return response.error_index - 1 if 1 <= response.error_index <= len(asked) else None


def as_error(response: Response, asked: Sequence[Oid]) -> ErrorStatus:
    """Return the error-status as an error that names its object."""
    position = culprit(response, asked)
    return ErrorStatus(response.error_status, response.error_index, None if position is None else asked[position])

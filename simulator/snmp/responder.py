"""A request's bytes to a response's, by RFC 3416 section 4.2 (v2c) and RFC 1157 section 4.1 (v1).

Managers ask the same again and again. What the variable bindings of a request lead to depends on no time, so it is
kept as a plan of pieces, and a request met before costs neither reading of names nor looking up.
"""

from typing import NamedTuple

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.mib import Mib, Piece

TOO_BIG, NO_SUCH_NAME, NO_ACCESS = 1, 2, 6
MAX_SIZE = 1472  # what fits an Ethernet frame (RFC 3417 section 3.2.1)
_MAX_PLANS = 32
_MAX_PLANNED = 2048  # octets of variable bindings; larger ones are not kept
_AROUND = 4 * 4 + 3 + 6 + 2 * 3  # lengths and tags, version, request-id, status and index: at most


class _Plan(NamedTuple):
    error_status: int
    error_index: int
    pieces: list[Piece]


class Responder:
    """Answers for one device in one community."""

    def __init__(self, mib: Mib, community: bytes, max_size: int = MAX_SIZE) -> None:
        """`max_size`: octets of the largest response."""
        self._mib, self._community, self._max_size = mib, community, max_size
        self._heads = [ber.integer(version) + ber.tlv(ber.OCTET_STRING, community) for version in (ber.V1, ber.V2C)]
        self._room = max_size - _AROUND - len(community)
        self._plans: dict[tuple[int, int, int, int, bytes], _Plan] = {}

    def answer(self, data: bytes, ticks: int) -> bytes | None:
        """Return the response at that time (hundredths of a second since 1970 UTC), or None when an agent is silent:
        for what is no request, for another community, and when not even an error fits. Never raises."""
        try:
            request = ber.decode(data)
            if request.community != self._community:
                return None
            plan = self._planned(request)
        except ber.DecodeError:
            return None
        if plan.error_status:
            return self._error(request, plan.error_status, plan.error_index)
        parts = [piece if isinstance(piece, bytes) else piece.varbind(ticks) for piece in plan.pieces]
        varbinds = b"".join(parts)
        if len(varbinds) > self._room and request.pdu == ber.GETBULK:
            varbinds = self._cut(parts)
        message = ber.response(self._heads[request.version], request.request_id, 0, 0, varbinds)
        return message if len(message) <= self._max_size else self._error(request, TOO_BIG, 0)

    def _error(self, request: ber.Request, status: int, index: int) -> bytes | None:
        """Return the bindings as they came, but for the tooBig of v2c, which has none (RFC 3416 section 4.2.1)."""
        varbinds = b"" if status == TOO_BIG and request.version == ber.V2C else request.varbinds
        message = ber.response(self._heads[request.version], request.request_id, status, index, varbinds)
        return message if len(message) <= self._max_size else None

    def _cut(self, parts: list[bytes]) -> bytes:
        """Return as many bindings as fit, from the first on (RFC 3416 section 4.2.3)."""
        size = 0
        for count, part in enumerate(parts):
            size += len(part)
            if size > self._room:
                return b"".join(parts[:count])
        return b"".join(parts)

    def _planned(self, request: ber.Request) -> _Plan:
        key = (request.version, request.pdu, request.first, request.second, request.varbinds)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._plan(request, ber.decode_names(request.varbinds))
            if len(request.varbinds) <= _MAX_PLANNED:
                if len(self._plans) >= _MAX_PLANS:
                    self._plans.clear()
                self._plans[key] = plan
        return plan

    def _plan(self, request: ber.Request, names: list[Oid]) -> _Plan:
        if request.pdu == ber.GETBULK:
            return _Plan(0, 0, self._bulk(names, max(request.first, 0), max(request.second, 0)))
        if request.pdu == ber.SET:  # nothing here is in a view for writing (RFC 3416 section 4.2.5 (1), RFC 3584 4.4)
            status = NO_SUCH_NAME if request.version == ber.V1 else NO_ACCESS
            return _Plan(status if names else 0, 1 if names else 0, [])
        v1 = request.version == ber.V1
        pieces: list[Piece] = []
        for index, name in enumerate(names, 1):
            piece = self._mib.get(name) if request.pdu == ber.GET else self._next(name, v1)
            if v1 and (piece is None or _is_counter64(piece)):
                return _Plan(NO_SUCH_NAME, index, [])
            if piece is None:
                piece = self._mib.missing(name) if request.pdu == ber.GET else self._mib.end(name)
            pieces.append(piece)
        return _Plan(0, 0, pieces)

    def _next(self, name: Oid, v1: bool) -> Piece | None:
        """Return the next piece; v1 has no Counter64 and passes over it (RFC 3584 section 4.2.2.1)."""
        for at in range(self._mib.after(name), len(self._mib.names)):
            piece = self._mib.piece(at)
            if not (v1 and _is_counter64(piece)):
                return piece
        return None

    def _bulk(self, names: list[Oid], non_repeaters: int, repetitions: int) -> list[Piece]:
        """Return the pieces of a GETBULK, in number bounded by what could fit whatever the time."""
        pieces: list[Piece] = [self._next(name, v1=False) or self._mib.end(name) for name in names[:non_repeaters]]
        room = self._room - sum(map(_smallest, pieces))
        last = names[non_repeaters:]
        at = [self._mib.after(name) for name in last]
        end = len(self._mib.names)
        ended = not last
        while repetitions > 0 and room > 0 and not ended:
            ended = all(place == end for place in at)  # one row of endOfMibView, and no more
            for column, place in enumerate(at):
                if place < end:
                    last[column] = self._mib.names[place]
                    at[column] = place + 1
                piece = self._mib.piece(place) if place < end else self._mib.end(last[column])
                pieces.append(piece)
                room -= _smallest(piece)
            repetitions -= 1
        return pieces


def _smallest(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.shape.smallest


def _is_counter64(piece: Piece) -> bool:
    return not isinstance(piece, bytes) and piece.shape.tag == ber.COUNTER64

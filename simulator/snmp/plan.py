"""What a request leads to, apart from time: managers ask the same again and again, of many devices of a kind.

A plan is made once for a layout and kept: a request met before, of whichever device, costs neither reading of names
nor looking up.
"""

from typing import NamedTuple

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.fill import Bindings
from simulator.snmp.layout import Layout, Piece, Shape

TOO_BIG, NO_SUCH_NAME, NO_ACCESS = 1, 2, 6
_MAX_PLANS = 256
_MAX_PLANNED = 2048  # octets of what follows a request's id; larger ones are not kept


class Plan(NamedTuple):
    """Bindings, or an error and which of the names it is about."""

    status: int
    wrong: int
    bindings: Bindings


class Planner:
    """Plans for the devices of one layout."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self._plans: dict[tuple[bool, int, int, bytes], Plan] = {}

    def plan(self, request: ber.Request, *, v1: bool, room: int) -> Plan:
        """Return what the request leads to; of a GETBULK, no more than may fit into `room` octets.

        Raises:
            DecodeError: its variable bindings are none.
        """
        key = (v1, request.pdu, room, request.rest)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._make(request.pdu, ber.decode_rest(request.rest), v1=v1, room=room)
            if len(request.rest) <= _MAX_PLANNED:
                if len(self._plans) >= _MAX_PLANS:
                    self._plans.clear()
                self._plans[key] = plan
        return plan

    def _make(self, pdu: int, rest: ber.Rest, *, v1: bool, room: int) -> Plan:
        names = ber.decode_names(rest.varbinds)
        if pdu == ber.GETBULK:
            return _plan(self._bulk(names, max(rest.first, 0), max(rest.second, 0), room))
        if pdu == ber.SET:  # nothing here is in a view for writing (RFC 3416 section 4.2.5 (1), RFC 3584 4.4)
            status = NO_SUCH_NAME if v1 else NO_ACCESS
            return _plan([], status, 1) if names else _plan([])
        pieces: list[Piece] = []
        for index, name in enumerate(names, 1):
            piece = self.layout.get(name) if pdu == ber.GET else self._next(name, v1=v1)
            if v1 and (piece is None or _is_counter64(piece)):
                return _plan([], NO_SUCH_NAME, index)
            if piece is None:
                piece = self.layout.missing(name) if pdu == ber.GET else _end(name)
            pieces.append(piece)
        return _plan(pieces)

    def _next(self, name: Oid, *, v1: bool) -> Piece | None:
        """Return the next piece; v1 has no Counter64 and passes over it (RFC 3584 section 4.2.2.1)."""
        for at in range(self.layout.after(name), len(self.layout.names)):
            piece = self.layout.pieces[at]
            if not (v1 and _is_counter64(piece)):
                return piece
        return None

    def _next_or_end(self, name: Oid) -> Piece:
        piece = self._next(name, v1=False)
        return _end(name) if piece is None else piece

    def _bulk(self, names: list[Oid], non_repeaters: int, repetitions: int, room: int) -> list[Piece]:
        """Return the pieces of a GETBULK, in number bounded by what could fit whatever the time."""
        pieces: list[Piece] = [self._next_or_end(name) for name in names[:non_repeaters]]
        room -= sum(map(_smallest, pieces))
        last = names[non_repeaters:]
        at = [self.layout.after(name) for name in last]
        end = len(self.layout.names)
        ended = not last
        while repetitions > 0 and room > 0 and not ended:
            ended = all(place == end for place in at)  # one row of endOfMibView, and no more
            for column, place in enumerate(at):
                if place < end:
                    last[column] = self.layout.names[place]
                    at[column] = place + 1
                piece = self.layout.pieces[place] if place < end else _end(last[column])
                pieces.append(piece)
                room -= _smallest(piece)
            repetitions -= 1
        return pieces


def _plan(pieces: list[Piece], status: int = 0, index: int = 0) -> Plan:
    return Plan(status, index, Bindings(pieces))


def _end(name: Oid) -> bytes:
    """Return the binding that says that nothing follows (RFC 3416 section 4.2.2)."""
    return ber.varbind(name, ber.END_OF_MIB_VIEW)


def _smallest(piece: Piece) -> int:
    """Return the octets that it takes at least."""
    if isinstance(piece, Shape):
        return piece.smallest
    return len(piece) if isinstance(piece, bytes) else 7  # of a device's own: no less than any name and value takes


def _is_counter64(piece: Piece) -> bool:
    return isinstance(piece, Shape) and piece.tag == ber.COUNTER64

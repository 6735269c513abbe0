"""One device's objects."""

from collections.abc import Mapping, Sequence

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.layout import Layout, Reader, Shape
from simulator.snmp.plan import Planner


class Mib:
    """What one device says: its own variable bindings, in the order of the layout's, and the readers of its numbers."""

    __slots__ = ("own", "planner", "readers")

    def __init__(self, planner: Planner, own: Mapping[Oid, bytes], readers: Sequence[Reader]) -> None:
        """`own`: the encoded values.

        Raises:
            KeyError: one is not there.
        """
        self.planner = planner
        self.own = [ber.varbind(name, own[name]) for name in planner.layout.own]
        self.readers = readers

    @property
    def layout(self) -> Layout:
        """Which objects there are."""
        return self.planner.layout

    def varbind(self, name: Oid, ticks: int) -> bytes:
        """Encode one variable binding as it is at that time.

        Raises:
            KeyError: there is none.
        """
        piece = self.layout.get(name)
        if piece is None:
            raise KeyError(name)
        if isinstance(piece, Shape):
            return piece.varbind(self.readers[piece.row](ticks)[piece.place])
        return piece if isinstance(piece, bytes) else self.own[piece]

"""The objects of a device in their order.

A `Layout` says which instances exist and what they are made of; devices of one kind share it, and with it all variable
bindings that they have in common. Times are in ticks: hundredths of a second since 1970 UTC, the unit of sysUpTime.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, NamedTuple

from simulator.snmp import ber
from simulator.snmp.ber import Oid

Reader = Callable[[int], Sequence[int]]
_BITS = {ber.INTEGER: 31, ber.COUNTER32: 32, ber.GAUGE32: 32, ber.TIME_TICKS: 32, ber.COUNTER64: 64}


class Number(NamedTuple):
    """A number that changes with time: number `place` of what the device's reader number `row` returns. `signed`: it
    may be negative."""

    tag: int
    row: int
    place: int
    signed: bool = False


Entry = bytes | Number | Literal["own"]
"""A value as all devices of the layout have it, encoded; a number; or a constant that is each device's own."""
Objects = Mapping[Oid, Mapping[Oid, Entry]]
"""For each object (a scalar or a column) its instances, by the rest of their names."""


SIZES = [(bits >> 3) + 1 for bits in range(65)]
"""Octets of a number of so many bits: a zero goes before a highest bit (X.690 clause 8.3.3)."""


class Shape:
    """The variable binding of a number, but for the number: `heads[n]` goes before one of n bits, `mask` is where the
    type wraps (RFC 2578 sections 7.1.6, 7.1.8, 7.1.10)."""

    __slots__ = ("heads", "mask", "place", "row", "signed", "smallest", "tag")

    def __init__(self, name: Oid, number: Number) -> None:
        self.tag, self.row, self.place, self.signed = number
        bits = _BITS[self.tag]
        self.mask = -1 if self.signed else (1 << bits) - 1
        # Counter64 takes 9 octets at most; our names are so short that any length is one octet.
        heads = [ber.varbind(name, bytes((self.tag, n)) + bytes(n))[: -n or None] for n in range(SIZES[bits] + 1)]
        self.heads = [heads[size] for size in SIZES[: bits + 1]]
        self.smallest = len(heads[1]) + 1

    def varbind(self, number: int) -> bytes:
        """Encode with that number in the fewest octets (X.690 clause 8.3.2)."""
        value = number & self.mask
        bits = (value if value >= 0 else ~value).bit_length()
        return self.heads[bits] + value.to_bytes(SIZES[bits], "big", signed=value < 0)


Piece = bytes | int | Shape
"""A whole variable binding, the place of a device's own one, or one of a number."""


Known = dict[tuple[Oid, Entry], tuple[Oid, Piece]]


class Layout:
    """The instances of a kind of device in order: `pieces` go with `names`; `own` are the names of its own ones."""

    def __init__(self, objects: Objects, known: Known | None = None) -> None:
        """`known`: what layouts have in common, kept from one to the next."""
        known = {} if known is None else known
        self._objects = sorted(objects)
        entries = {(*name, *rest): entry for name, instances in objects.items() for rest, entry in instances.items()}
        self.names: list[Oid] = []
        self.pieces: list[Piece] = []
        self.own: list[Oid] = []
        for whole in sorted(entries):
            entry = entries[whole]
            if (whole, entry) not in known:
                known[whole, entry] = (whole, _piece(whole, entry))
            name, piece = known[whole, entry]
            self.names.append(name)
            if entry == "own":
                piece = len(self.own)
                self.own.append(name)
            self.pieces.append(piece)

    def get(self, name: Oid) -> Piece | None:
        """Return the piece of exactly that name."""
        at = bisect_left(self.names, name)
        return self.pieces[at] if at < len(self.names) and self.names[at] == name else None

    def missing(self, name: Oid) -> bytes:
        """Return the binding that says why there is none of that name (RFC 3416 section 4.2.1)."""
        at = bisect_right(self._objects, name) - 1
        known = at >= 0 and name[: len(self._objects[at])] == self._objects[at]
        return ber.varbind(name, ber.NO_SUCH_INSTANCE if known else ber.NO_SUCH_OBJECT)

    def after(self, name: Oid) -> int:
        """Return the place of the first name beyond that one; `len(names)` is the end."""
        return bisect_right(self.names, name)


def _piece(name: Oid, entry: Entry) -> Piece:
    """Return what an entry is made into; the place of a device's own one depends on the layout."""
    if isinstance(entry, Number):
        return Shape(name, entry)
    return ber.varbind(name, entry) if isinstance(entry, bytes) else 0

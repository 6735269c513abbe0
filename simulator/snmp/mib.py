"""The objects of a device in their order, and their variable bindings: encoded beforehand where they are constant.

A `Layout` says which instances exist; devices of one kind share it. A `Mib` holds one device's values. Times are in
ticks: hundredths of a second since 1970 UTC, the unit of sysUpTime.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from simulator.snmp import ber
from simulator.snmp.ber import Oid

Reader = Callable[[int], Sequence[int]]
_BITS = {ber.INTEGER: 31, ber.COUNTER32: 32, ber.GAUGE32: 32, ber.TIME_TICKS: 32, ber.COUNTER64: 64}


class Shape:
    """The variable binding of one instance of a numeric type, but for the number: `heads[n]` goes before one of n
    octets, `mask` is where the type wraps."""

    __slots__ = ("heads", "mask", "smallest", "tag")

    def __init__(self, name: Oid, tag: int) -> None:
        self.tag = tag
        bits = _BITS[tag]
        self.mask = (1 << bits) - 1  # counters and sysUpTime wrap (RFC 2578 sections 7.1.6, 7.1.8, 7.1.10)
        # Counter64 takes 9 octets at most; our names are so short that any length is one octet.
        self.heads = [ber.varbind(name, bytes((tag, n)) + bytes(n))[: -n or None] for n in range(bits // 8 + 2)]
        self.smallest = len(self.heads[1]) + 1


class Live:
    """A variable binding whose value is number `index` of what `read` returns for the time."""

    __slots__ = ("_index", "_read", "shape")

    def __init__(self, shape: Shape, read: Reader, index: int) -> None:
        self.shape, self._read, self._index = shape, read, index

    def varbind(self, ticks: int) -> bytes:
        """Encode as it is at that time."""
        shape = self.shape
        value = self._read(ticks)[self._index] & shape.mask
        size = (value.bit_length() >> 3) + 1  # a zero goes before a highest bit (X.690 clause 8.3.3)
        return shape.heads[size] + value.to_bytes(size, "big")


Piece = bytes | Live


class Layout:
    """The instances of a kind of device: for each object (a scalar or a column), the rest of its instances' names and
    the tag of its numbers when they change with time."""

    def __init__(self, objects: Mapping[Oid, tuple[Iterable[Oid], int | None]]) -> None:
        self.objects = sorted(objects)
        shapes = {
            (*name, *instance): Shape((*name, *instance), tag) if tag is not None else None
            for name, (instances, tag) in objects.items()
            for instance in instances
        }
        self.names = sorted(shapes)
        self.shapes = [shapes[name] for name in self.names]

    def has_object(self, name: Oid) -> bool:
        """Whether the name lies within an object, be there such an instance or not."""
        at = bisect_right(self.objects, name) - 1
        return at >= 0 and name[: len(self.objects[at])] == self.objects[at]


class Mib:
    """One device's objects. What is asked of it is answered with pieces of a response, not yet bound to a time."""

    def __init__(self, layout: Layout, values: Mapping[Oid, bytes | tuple[Reader, int]]) -> None:
        """Take for each name of the layout an encoded value or what to read.

        Raises:
            KeyError: a name of the layout has no value.
            ValueError: a value that changes has no tag in the layout.
        """
        self._layout = layout
        self._pieces: list[Piece] = []
        for name, shape in zip(layout.names, layout.shapes, strict=True):
            value = values[name]
            if isinstance(value, bytes):
                self._pieces.append(ber.varbind(name, value))
            elif shape is None:
                raise ValueError(f"{name} changes, but its layout has no tag")
            else:
                self._pieces.append(Live(shape, *value))

    @property
    def names(self) -> Sequence[Oid]:
        """The names of all instances, in order."""
        return self._layout.names

    def get(self, name: Oid) -> Piece | None:
        """Return the piece of exactly that name."""
        at = bisect_left(self._layout.names, name)
        if at < len(self._pieces) and self._layout.names[at] == name:
            return self._pieces[at]
        return None

    def missing(self, name: Oid) -> bytes:
        """Return the piece that says why there is none of that name (RFC 3416 section 4.2.1)."""
        has = self._layout.has_object(name)
        return ber.varbind(name, ber.NO_SUCH_INSTANCE if has else ber.NO_SUCH_OBJECT)

    def after(self, name: Oid) -> int:
        """Return the place of the first name beyond that one; `len(names)` is the end."""
        return bisect_right(self._layout.names, name)

    def piece(self, at: int) -> Piece:
        """Return the piece at a place."""
        return self._pieces[at]

    def end(self, name: Oid) -> bytes:
        """Return the piece that says that nothing follows (RFC 3416 section 4.2.2)."""
        return ber.varbind(name, ber.END_OF_MIB_VIEW)

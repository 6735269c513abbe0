"""The variable bindings of a response: what does not change with time, and blanks that numbers go into.

This is what a response costs most of. All that can be found out beforehand is: which readers are asked, and which of
their numbers goes where.
"""

from collections.abc import Sequence

from simulator.snmp.layout import SIZES, Piece, Reader, Shape

_Blank = tuple[int, list[bytes], int, int]
"""Where a number goes, the heads and the mask of its shape, and its place among those of its reader."""


class Bindings:
    """Variable bindings with blanks, of any device of a layout."""

    __slots__ = ("_own", "_parts", "_rows")

    def __init__(self, pieces: Sequence[Piece]) -> None:
        """`pieces`: in their order."""
        self._parts = [piece if isinstance(piece, bytes) else b"" for piece in pieces]
        self._own = [(at, piece) for at, piece in enumerate(pieces) if isinstance(piece, int)]
        rows: dict[int, tuple[list[_Blank], list[tuple[int, Shape]]]] = {}
        for at, piece in enumerate(pieces):
            if isinstance(piece, Shape):
                blanks, signed = rows.setdefault(piece.row, ([], []))
                if piece.signed:
                    signed.append((at, piece))
                else:
                    blanks.append((at, piece.heads, piece.mask, piece.place))
        self._rows = [(row, blanks, signed) for row, (blanks, signed) in rows.items()]

    def fill(self, own: Sequence[bytes], readers: Sequence[Reader], ticks: int) -> list[bytes]:
        """Return a device's bindings as they are at that time; each of its readers is asked once."""
        parts, sizes = self._parts.copy(), SIZES
        for at, place in self._own:
            parts[at] = own[place]
        for row, blanks, signed in self._rows:
            numbers = readers[row](ticks)
            for at, heads, mask, place in blanks:
                value = numbers[place] & mask
                bits = value.bit_length()
                parts[at] = heads[bits] + value.to_bytes(sizes[bits])
            for at, shape in signed:
                parts[at] = shape.varbind(numbers[shape.place])
        return parts

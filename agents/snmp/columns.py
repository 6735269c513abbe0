"""One column being walked: which of the device's varbinds belong to it, and when it ends. No I/O."""

from collections.abc import Iterable

from agents.snmp import names
from agents.snmp.errors import BadResponse, SnmpError
from agents.snmp.pdu import Oid, Varbind, text


class Column:
    """The rows of one column so far. `last` is what to ask the successor of."""

    __slots__ = ("_root", "done", "error", "last", "rows")

    def __init__(self, root: Oid, after: Oid = ()) -> None:
        self._root = root
        self.last = after or root
        self.rows: list[Varbind] = []
        self.done = False
        self.error: SnmpError | None = None

    def take(self, varbinds: Iterable[Varbind]) -> None:
        """Add successors. Ends the column where its subtree ends, and with an error where OIDs do not increase.

        RFC 3416 section 4.2.2: each name is the lexicographic successor; an agent that breaks this never ends.
        """
        root, last, rows = self._root, self.last, self.rows
        depth = len(root)
        for varbind in varbinds:
            name = varbind[0]
            if varbind[1] in (names.END_OF_MIB_VIEW, names.NO_SUCH_OBJECT, names.NO_SUCH_INSTANCE):
                self.done = True
                break
            if name <= last:  # also outside of the subtree: a column that is answered with another ends nowhere
                self.end(BadResponse(f"{text(name)} after {text(last)}: object identifiers do not increase"))
                break
            if name[:depth] != root:
                self.done = True
                break
            rows.append(varbind)
            last = name
        self.last = last

    def end(self, error: SnmpError | None = None) -> None:
        """Ask no more for this column."""
        self.done = True
        self.error = error

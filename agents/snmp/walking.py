"""Walking several columns of one device at once (RFC 3416 sections 4.2.2 and 4.2.3, RFC 1157 section 4.1.3)."""

from collections.abc import Sequence

from agents.snmp.columns import Column
from agents.snmp.complaints import as_error, culprit
from agents.snmp.errors import BadResponse, SnmpError
from agents.snmp.link import Link
from agents.snmp.names import Kind, Status
from agents.snmp.pdu import Oid, Response
from agents.snmp.results import Walk
from agents.snmp.sizes import Size
from agents.snmp.varbinds import MAX_VARBINDS


async def walk(
    link: Link,
    roots: Sequence[Oid],
    objects: Size,
    repetitions: Size | None,
    max_varbinds: int,
    *,
    after: Sequence[Oid] = (),
    enough: int | None = None,
) -> Walk:
    """Ask for the successors in all unfinished columns until each has left its subtree, or `enough` varbinds are there:
    by GETBULK, or without `repetitions` by GETNEXT. `after` says where each column begins, if not at its root. Raises
    no SnmpError."""
    walking = _Walking(roots, after or roots, objects, repetitions)
    kind, size = (Kind.GETBULK, repetitions) if repetitions else (Kind.GETNEXT, objects)
    try:
        while asked := walking.unfinished():
            names = [column.last for column in asked]
            walking.take(await link.ask(kind, names, size), asked, names)
            count = walking.count()
            if enough is not None and count >= enough:
                break
            if count > max_varbinds:
                raise BadResponse(f"{count} varbinds in a walk, more than {max_varbinds}: an endless table?")
    except SnmpError as error:
        return walking.result(error)
    return walking.result(None)


class _Walking:
    def __init__(self, roots: Sequence[Oid], after: Sequence[Oid], objects: Size, repetitions: Size | None) -> None:
        self._columns = [Column(root, last) for root, last in zip(roots, after, strict=True)]
        self._objects = objects
        self._repetitions = repetitions
        self._most = len(self._columns)

    def unfinished(self) -> list[Column]:
        left = [column for column in self._columns if not column.done]
        rows = self._repetitions.now if self._repetitions else 1
        return left[: min(self._objects.now, self._most, max(1, MAX_VARBINDS // rows))]

    def count(self) -> int:
        return sum(len(column.rows) for column in self._columns)

    def result(self, error: SnmpError | None) -> Walk:
        errors = [column.error for column in self._columns if column.error]
        return Walk([column.rows for column in self._columns], error or (errors[0] if errors else None))

    def take(self, response: Response, asked: list[Column], names: list[Oid]) -> None:
        """Sort one reply in. Raises SnmpError when it makes no sense to go on."""
        status, repetitions = response.error_status, self._repetitions
        if status == Status.NO_ERROR:
            if not response.varbinds:
                raise BadResponse("a reply without varbinds to a question for successors")
            if not repetitions and len(response.varbinds) != len(asked):
                raise BadResponse(f"{len(response.varbinds)} varbinds answer a GETNEXT of {len(asked)}")
            # Rows stand one after another, each with one varbind per column; the last row may be cut.
            for place, column in enumerate(asked):
                column.take(response.varbinds[place :: len(asked)])
            (repetitions or self._objects).answered()
        elif status == Status.TOO_BIG and repetitions and repetitions.now > 1:
            repetitions.too_big(repetitions.now, for_long=False)
        elif status == Status.TOO_BIG and len(asked) > 1:
            self._objects.too_big(len(asked), for_long=True)
        elif (position := culprit(response, names)) is not None:
            self._end(asked[position], response, names)
        elif (error := as_error(response, names)).outcome == "auth":
            raise error
        else:  # the device does not say which column it means: look in a smaller request
            self._most = len(asked) // 2

    def _end(self, column: Column, response: Response, names: list[Oid]) -> None:
        self._most = len(self._columns)
        if response.error_status == Status.NO_SUCH_NAME:  # version 1's end of the MIB
            column.end()
            return
        error = as_error(response, names)
        if error.outcome == "auth":
            raise error
        column.end(error)

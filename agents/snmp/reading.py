"""Reading named objects of one device with GET (RFC 3416 section 4.2.1, RFC 1157 section 4.1.2)."""

from collections.abc import Sequence
from typing import Final

from agents.snmp import names
from agents.snmp.complaints import as_error, culprit
from agents.snmp.errors import BadResponse, SnmpError
from agents.snmp.link import Link
from agents.snmp.names import Kind, Status
from agents.snmp.pdu import Answer, Oid, Response, Varbind, text
from agents.snmp.results import Read
from agents.snmp.sizes import Size

_MAX_COMPLAINTS: Final = 16  # objects that the device fails to read; each costs a request


async def read(link: Link, oids: Sequence[Oid], size: Size, first: Answer | None = None) -> Read:
    """Ask for `oids` in as few packets as `size` allows, and keep whatever comes. `first` is a reply to all of them
    that is there already. Raises no SnmpError."""
    reading = _Reading(oids)
    while reading.todo:
        asked = reading.next(len(oids) if first else size.now)
        try:
            response = first.response() if first else await link.ask(Kind.GET, asked, size)
            first = None
            reading.take(response, asked, size)
        except SnmpError as error:
            return Read(reading.varbinds(), error)
    return Read(reading.varbinds(), reading.complaint)


class _Reading:
    def __init__(self, oids: Sequence[Oid]) -> None:
        self._wanted = list(dict.fromkeys(oids))
        self._found: dict[Oid, Varbind] = {}
        self._most = len(self._wanted)
        self._complaints = 0
        self.todo = self._wanted
        self.complaint: SnmpError | None = None

    def next(self, size: int) -> list[Oid]:
        return self.todo[: min(size, self._most)]

    def varbinds(self) -> list[Varbind]:
        return [self._found[oid] for oid in self._wanted if oid in self._found]

    def take(self, response: Response, asked: list[Oid], size: Size) -> None:
        """Sort one reply in. Raises SnmpError when it makes no sense to go on."""
        status = response.error_status
        if status == Status.NO_ERROR:
            self._keep(response.varbinds, asked)
            size.answered()
        elif status == Status.TOO_BIG and len(asked) > 1:
            size.too_big(len(asked), for_long=True)
        elif (position := culprit(response, asked)) is not None:
            self._set_aside(asked[position], response, asked)
        elif (error := as_error(response, asked)).outcome == "auth":
            raise error
        else:  # the device does not say which object it means: look in a smaller request
            self._most = len(asked) // 2

    def _keep(self, varbinds: list[Varbind], asked: list[Oid]) -> None:
        if len(varbinds) != len(asked):
            raise BadResponse(f"{len(varbinds)} varbinds answer a GET of {len(asked)}")
        for varbind, oid in zip(varbinds, asked, strict=True):
            if varbind.oid != oid:
                raise BadResponse(f"{text(varbind.oid)} answers a GET of {text(oid)}")
            self._found[oid] = varbind
        self.todo = self.todo[len(asked) :]

    def _set_aside(self, oid: Oid, response: Response, asked: list[Oid]) -> None:
        self._most = len(self._wanted)
        self.todo = [other for other in self.todo if other != oid]
        if response.error_status == Status.NO_SUCH_NAME:  # version 1's only way to say so
            self._found[oid] = Varbind(oid, names.NO_SUCH_INSTANCE, None)
            return
        error = as_error(response, asked)
        self.complaint = self.complaint or error
        self._complaints += 1
        if error.outcome == "auth" or self._complaints > _MAX_COMPLAINTS:
            raise error

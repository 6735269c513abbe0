"""Instances that are asked for in every poll: encoded once, fetched with GET, compared and read without their names
being decoded (RFC 3416 section 4.2.1: the reply has the names of the request in their order)."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from agents.snmp.ber import Value
from agents.snmp.errors import BadResponse, NoAnswer, SnmpError
from agents.snmp.link import Link
from agents.snmp.names import Kind
from agents.snmp.oids import Oid, decode_oid, text
from agents.snmp.pdu import Answer
from agents.snmp.reading import read
from agents.snmp.sizes import Size
from agents.snmp.varbinds import decode_expected, encode_name, with_null

NOT_HERE = 0
"""The tag of an instance of which nothing came."""


class Instances:
    """Names of objects with their index, encoded, as they stand in a request."""

    __slots__ = ("__weakref__", "_questions", "names")

    def __init__(self, names: Iterable[bytes]) -> None:
        self.names = tuple(names)
        self._questions: dict[tuple[int, int], bytes] = {}

    @classmethod
    def of(cls, oids: Iterable[Oid]) -> "Instances":
        """Return those of names that are not encoded yet. Raises ValueError when one is no object identifier."""
        return cls(map(encode_name, oids))

    def __len__(self) -> int:
        return len(self.names)

    def oids(self, start: int, stop: int) -> list[Oid]:
        """Return the names from `start` to `stop` decoded again."""
        return [decode_oid(name[2:]) for name in self.names[start:stop]]

    def question(self, start: int, stop: int) -> bytes:
        """Return the varbinds that ask for those from `start` to `stop`; kept, as the next poll asks the same."""
        kept = self._questions.get((start, stop))
        if kept is None:
            if len(self._questions) > len(self.names):
                self._questions.clear()
            kept = self._questions[start, stop] = b"".join(map(with_null, self.names[start:stop]))
        return kept


@dataclass(slots=True)
class Fetched:
    """A tag and a value for each instance asked, NOT_HERE and None where nothing came; `error` is the first reason.
    `first_at` is when the first instances came, in monotonic seconds."""

    tags: bytearray
    values: list[Value]
    error: SnmpError | None = None
    first_at: float = 0.0


@dataclass(slots=True)
class _Fetching:
    link: Link
    wanted: Instances
    size: Size
    found: Fetched
    at: int = 0
    stopped: bool = field(default=False)

    async def work(self) -> None:
        """Fetch chunk after chunk until none is left, or the device is silent."""
        while not self.stopped and self.at < len(self.wanted):
            start = self.at
            stop = self.at = min(len(self.wanted), start + self.size.now)
            try:
                await self._chunk(start, stop)
            except SnmpError as error:
                # Its traceback would hold this very object, and nobody would free the two.
                self.found.error = self.found.error or error.with_traceback(None)
                self.stopped = isinstance(error, NoAnswer) or error.outcome == "auth"

    async def _chunk(self, start: int, stop: int) -> None:
        question = self.wanted.question(start, stop)
        answer = await self.link.ask_encoded(Kind.GET, question, stop - start, self.size)
        if start == 0:
            self.found.first_at = time.monotonic()
        if answer.error_status or not self._keep(answer, start, stop):
            await self._slowly(answer, start, stop)
        else:
            self.size.answered()

    def _keep(self, answer: Answer, start: int, stop: int) -> bool:
        tags, values = bytearray(), list[Value]()
        if not decode_expected(answer.data, answer.at, answer.end, self.wanted.names[start:stop], tags, values):
            return False
        self.found.tags[start:stop] = tags
        self.found.values[start:stop] = values
        return True

    async def _slowly(self, answer: Answer, start: int, stop: int) -> None:
        """Take a reply that names its objects another way, or ask again object by object as the device allows."""
        oids = self.wanted.oids(start, stop)
        if not answer.error_status:
            varbinds = answer.response(stop - start).varbinds
            if [varbind.oid for varbind in varbinds] != oids:
                raise BadResponse(_other(oids, [varbind.oid for varbind in varbinds]))
        else:
            got = await read(self.link, oids, self.size, answer)
            varbinds = got.varbinds
            self.found.error = self.found.error or got.error
            self.stopped = isinstance(got.error, NoAnswer) or (got.error is not None and got.error.outcome == "auth")
        places = {oid: place for place, oid in enumerate(oids, start)}
        for varbind in varbinds:
            place = places[varbind.oid]
            self.found.tags[place], self.found.values[place] = varbind.tag, varbind.value


async def fetch(link: Link, wanted: Instances, size: Size, in_flight: int) -> Fetched:
    """Ask for all that is wanted, at most `in_flight` requests at a time, and keep whatever comes. Raises no
    SnmpError."""
    found = Fetched(bytearray(len(wanted)), [None] * len(wanted))
    fetching = _Fetching(link, wanted, size, found)
    if in_flight == 1 or len(wanted) <= size.now:
        await fetching.work()
    else:
        async with asyncio.TaskGroup() as group:
            for _ in range(in_flight):
                group.create_task(fetching.work())
    return found


def _other(asked: list[Oid], came: list[Oid]) -> str:
    if len(asked) != len(came):
        return f"{len(came)} varbinds answer a GET of {len(asked)}"
    wrong = next(_pairs(asked, came))
    return f"{text(wrong[1])} answers a GET of {text(wrong[0])}"


def _pairs(asked: list[Oid], came: list[Oid]) -> Iterator[tuple[Oid, Oid]]:
    return ((one, other) for one, other in zip(asked, came, strict=True) if one != other)

"""A device on loopback that says what its script tells it, right or wrong; and a correct agent over a small MIB."""

import asyncio
import socket
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from agents.snmp import names
from agents.snmp.ber import Value, encode, encode_integer, read_expected, read_integer
from agents.snmp.names import Kind, Status
from agents.snmp.oids import Oid, oid
from agents.snmp.transport import Address
from agents.snmp.varbinds import Varbind, decode_varbinds, encode_varbind

SYSTEM = oid("1.3.6.1.2.1.1")
UPTIME = Varbind((*SYSTEM, 3, 0), names.TIME_TICKS, 4711)
MISSING = names.EMPTY - {names.NULL}
NAME = Varbind((*SYSTEM, 5, 0), names.OCTET_STRING, b"rt-nam-can-01")


@dataclass(frozen=True, slots=True)
class Question:
    """A request as the device reads it; `second` and `third` are non-repeaters and max-repetitions of GETBULK."""

    version: int
    community: bytes
    kind: int
    request_id: int
    second: int
    third: int
    oids: list[Oid]


@dataclass(frozen=True, slots=True)
class Send:
    """One datagram of an answer: when, and whether from another port."""

    data: bytes
    after_s: float = 0
    elsewhere: bool = False


Script = Callable[[Question], Iterable[Send | bytes]]


def read_question(data: bytes) -> Question:
    """Decode a request."""
    at, end = read_expected(names.SEQUENCE, "message", data, 0, len(data))
    version, at = read_integer("version", data, at, end)
    community, at = read_expected(names.OCTET_STRING, "community", data, at, end)
    kind = data[at]
    start, end = read_expected(kind, "PDU", data, at, end)
    request_id, start = read_integer("request-id", data, start, end)
    second, start = read_integer("non-repeaters", data, start, end)
    third, start = read_integer("max-repetitions", data, start, end)
    first, last = read_expected(names.SEQUENCE, "varbinds", data, start, end)
    asked = [varbind.oid for varbind in decode_varbinds(data, first, last)]
    return Question(version, data[community:at], kind, request_id, second, third, asked)


def reply(question: Question, varbinds: Iterable[Varbind], status: int = 0, index: int = 0) -> bytes:
    """Encode a reply to `question`; change the question to get a wrong one."""
    return reply_of(question, b"".join(encode_varbind(*varbind) for varbind in varbinds), status, index)


def reply_of(question: Question, listed: bytes, status: int = 0, index: int = 0, kind: int = Kind.RESPONSE) -> bytes:
    """Encode a reply whose varbinds are encoded already, rightly or not."""
    numbers = b"".join(map(encode_integer, (question.request_id, status, index)))
    pdu = encode(kind, numbers + encode(names.SEQUENCE, listed))
    head = encode_integer(question.version) + encode(names.OCTET_STRING, question.community)
    return encode(names.SEQUENCE, head + pdu)


def refusal(question: Question, status: int, index: int) -> bytes:
    """Encode a reply with an error-status, which repeats the names asked."""
    return reply(question, [Varbind(name, names.NULL, None) for name in question.oids], status, index)


def with_id(question: Question, request_id: int) -> Question:
    """The same question with another request id."""
    return replace(question, request_id=request_id)


@dataclass(slots=True)
class Mib:
    """A correct agent, RFC 3416 section 4.2 and RFC 1157 section 4.1; `room` varbinds fit into a reply."""

    objects: Mapping[Oid, tuple[int, Value]]
    room: int = 1000
    _sorted: list[Oid] = field(default_factory=list)

    def __call__(self, question: Question) -> Iterable[bytes]:
        """Answer."""
        self._sorted = sorted(self.objects)
        match question.kind:
            case Kind.GET:
                found = [self._get(name) for name in question.oids]
            case Kind.GETNEXT:
                found = [self._next(name) for name in question.oids]
            case _:
                found = self._bulk(question.oids, question.third)
        missing = [place for place, varbind in enumerate(found, start=1) if varbind.tag in MISSING]
        if question.version == 0 and missing:
            return [refusal(question, Status.NO_SUCH_NAME, missing[0])]
        if len(found) > self.room:
            return [reply(question, [], Status.TOO_BIG)]
        return [reply(question, found)]

    def _get(self, name: Oid) -> Varbind:
        tag, value = self.objects.get(name, (names.NO_SUCH_INSTANCE, None))
        return Varbind(name, tag, value)

    def _next(self, name: Oid) -> Varbind:
        place = bisect_right(self._sorted, name)
        if place == len(self._sorted):
            return Varbind(name, names.END_OF_MIB_VIEW, None)
        return self._get(self._sorted[place])

    def _bulk(self, asked: Sequence[Oid], repetitions: int) -> list[Varbind]:
        found: list[Varbind] = []
        for _ in range(repetitions):
            row = [self._next(name) for name in asked]
            found += row
            asked = [varbind.oid for varbind in row]
        return found[: self.room]


class ScriptedDevice(asyncio.DatagramProtocol):
    """Answers each request as `script` says, and keeps what it was asked."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.questions: list[Question] = []
        self.address: Address = ("", 0)
        self._main: asyncio.DatagramTransport | None = None
        self._other: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Play the script."""
        question = read_question(data)
        self.questions.append(question)
        for part in self.script(question):
            send = part if isinstance(part, Send) else Send(part)
            asyncio.get_running_loop().call_later(send.after_s, self._send, send, addr)

    def _send(self, send: Send, address: Address) -> None:
        port = self._other if send.elsewhere else self._main
        if port and not send.data:  # asyncio drops what is empty
            opened = port.get_extra_info("socket")
            with socket.fromfd(opened.fileno(), opened.family, opened.type) as direct:
                direct.sendto(b"", address)
        elif port:
            port.sendto(send.data, address)

    async def start(self, host: str) -> None:
        """Open both ports."""
        loop = asyncio.get_running_loop()
        self._main, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, 0))
        self._other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(host, 0))
        self.address = self._main.get_extra_info("sockname")[:2]

    def close(self) -> None:
        """Close both ports."""
        for port in (self._main, self._other):
            if port:
                port.close()
        self._main = self._other = None


@asynccontextmanager
async def scripted_device(script: Script, host: str = "127.0.0.1") -> AsyncIterator[ScriptedDevice]:
    """A device for the length of a test."""
    device = ScriptedDevice(script)
    await device.start(host)
    try:
        yield device
    finally:
        device.close()

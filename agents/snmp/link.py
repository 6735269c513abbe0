"""One question to one device: message, retries, counting. Where a session makes and reads messages."""

import math
import time
from collections.abc import Callable, Sequence
from typing import Final

from agents.snmp.errors import AskAgain, AuthError, BadResponse, SnmpError, SnmpTimeout
from agents.snmp.names import Kind, Version
from agents.snmp.pace import Pace
from agents.snmp.pdu import Answer, Oid, Response
from agents.snmp.results import Exchange, Traffic
from agents.snmp.security import Security
from agents.snmp.sizes import Size
from agents.snmp.transport import Address, Transport
from agents.snmp.varbinds import encode_question

MOST_OIDS: Final = 90
"""So many of the longest object identifiers fit into one datagram."""
_MAX_LESSONS: Final = 3  # of one question: the engine, its time, and one that changes meanwhile
_FEW_OIDS: Final = 8  # their answers pass any path, so that a lost one says nothing about the size


class Link:
    """A device and how to talk to it, until `deadline` by the monotonic clock."""

    __slots__ = (
        "_address", "_retries", "_security", "_timeout_s", "_transport", "deadline", "from_any", "on_exchange", "pace",
        "traffic",
    )  # fmt: skip

    def __init__(
        self, transport: Transport, address: Address, security: Security, timeout_s: float, retries: int
    ) -> None:
        """Raises ValueError when a limit is out of range."""
        if retries < 0 or timeout_s <= 0:
            raise ValueError("retries >= 0, timeout_s > 0")
        self.traffic = Traffic()
        self.deadline = math.inf
        self.pace = Pace()
        self.from_any = False
        self.on_exchange: Callable[[Exchange], None] | None = None
        self._transport = transport
        self._address = address
        self._security = security
        self._timeout_s = timeout_s
        self._retries = retries

    @property
    def version(self) -> Version:
        """The version of SNMP that is spoken."""
        return self._security.version

    async def ask(self, kind: Kind, oids: Sequence[Oid], size: Size) -> Response:
        """Return the reply to one question, whatever its error-status. Raises SnmpError."""
        answer = await self.ask_encoded(kind, b"".join(map(encode_question, oids)), len(oids), size)
        return answer.response(len(oids) * (size.now if kind is Kind.GETBULK else 1))

    async def ask_encoded(self, kind: Kind, varbinds: bytes, objects: int, size: Size, *, once: bool = False) -> Answer:
        """Ask for so many `objects`, as varbinds already joined, and return the reply, whatever its error-status.

        Without a reply `size` shrinks (repetitions for GETBULK, else objects) and the question is asked again, unless
        `once`: GETBULK for less, the others with the same packet, so that a slow reply to the first one still counts.
        Asking again what a device has just told how to ask (version 3) is no retry.
        Raises SnmpError.
        """
        self.traffic.requests += 1
        request_id, packet, repetitions = -1, b"", 0
        tries = 1 if once else self._retries + 1
        attempt, lessons, doubtful = 0, 0, False
        while attempt < tries:
            if time.monotonic() >= self.deadline:
                raise SnmpTimeout("the poll took longer than its budget")
            if not packet or (kind is Kind.GETBULK and repetitions != size.now):
                repetitions = size.now if kind is Kind.GETBULK else 0
                request_id = self._transport.new_id()
                packet = self._security.encode(kind, request_id, varbinds, repetitions)
            try:
                answer = await self._exchange(request_id, packet, (kind, objects, repetitions))
            except SnmpTimeout:
                size.lost(repetitions or objects, floor=1 if repetitions else _FEW_OIDS)
                attempt += 1
                self.traffic.retries += attempt < tries
            except AskAgain as lesson:
                lessons, doubtful = lessons + 1, not lesson.authentic
                if lessons > _MAX_LESSONS:
                    raise AuthError(f"asked anew {_MAX_LESSONS} times, and still the device says: {lesson}") from None
                packet = b""
            else:
                if answer.request_id != request_id:
                    raise BadResponse(f"the reply has request-id {answer.request_id} instead of {request_id}")
                return answer
        host, port = self._address
        if doubtful:  # it is there, and drops what this user asks
            raise AuthError(
                f"{host} port {port} tells how to be asked and then did not answer {tries} times within "
                f"{self._timeout_s:g} s: check `privacy`, `privacy_password` and `context`"
            )
        raise SnmpTimeout(f"{host} port {port} did not answer {tries} times within {self._timeout_s:g} s")

    async def _exchange(self, request_id: int, packet: bytes, about: tuple[Kind, int, int]) -> Answer:
        async with self.pace:
            self.traffic.packets_out += 1
            self.traffic.octets_out += len(packet)
            began, data, error = time.monotonic(), b"", ""
            timeout_s = min(self._timeout_s, max(0.0, self.deadline - began))
            try:
                data = await self._transport.request(
                    self._address, packet, request_id, timeout_s, from_any=self.from_any
                )
                self.traffic.packets_in += 1
                self.traffic.octets_in += len(data)
                return self._security.decode(data)
            except SnmpError as caught:
                error = str(caught)
                raise
            finally:
                if self.on_exchange:
                    took_ms = (time.monotonic() - began) * 1000
                    self.on_exchange(Exchange(*about, len(packet), len(data), took_ms, error))

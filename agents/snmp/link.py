"""One question to one device: message, retries, counting. Where a session makes and reads messages."""

from collections.abc import Sequence
from typing import Final

from agents.snmp.errors import SnmpTimeout
from agents.snmp.message import decode_response, encode_request
from agents.snmp.names import Kind, Version
from agents.snmp.pdu import Oid, Response
from agents.snmp.results import Traffic
from agents.snmp.sizes import Size
from agents.snmp.transport import Address, Transport

MAX_OIDS: Final = 90
"""So many of the longest object identifiers fit into one datagram."""
MAX_COMMUNITY: Final = 255
_FEW_OIDS: Final = 8  # their answers pass any path, so that a lost one says nothing about the size


class Link:
    """A device, how to talk to it, and how much it takes in one request."""

    def __init__(
        self, transport: Transport, address: Address, version: Version, community: bytes, timeout_s: float, retries: int
    ) -> None:
        """Raises ValueError when a limit is out of range."""
        if retries < 0 or timeout_s <= 0 or len(community) > MAX_COMMUNITY:
            raise ValueError(f"retries >= 0, timeout_s > 0, a community of at most {MAX_COMMUNITY} octets")
        self.version = version
        self.traffic = Traffic()
        self._transport = transport
        self._address = address
        self._community = community
        self._timeout_s = timeout_s
        self._retries = retries

    async def ask(self, kind: Kind, oids: Sequence[Oid], size: Size) -> Response:
        """Return the reply to one question, whatever its error-status.

        Without a reply `size` shrinks (repetitions for GETBULK, else objects) and the question is asked again:
        GETBULK for less, the others with the same packet, so that a slow reply to the first one still counts.
        Raises SnmpError.
        """
        self.traffic.requests += 1
        request_id, packet, repetitions = -1, b"", 0
        for attempt in range(self._retries + 1):
            if not attempt or (kind is Kind.GETBULK and repetitions != size.now):
                repetitions = size.now if kind is Kind.GETBULK else 0
                request_id = self._transport.new_id()
                packet = self._encode(kind, request_id, oids, repetitions)
            self.traffic.retries += attempt > 0
            try:
                data = await self._exchange(request_id, packet)
            except SnmpTimeout:
                size.lost(repetitions or len(oids), floor=1 if repetitions else _FEW_OIDS)
            else:
                return decode_response(data, self.version)
        host, port = self._address
        raise SnmpTimeout(f"{host} port {port} did not answer {self._retries + 1} times within {self._timeout_s:g} s")

    def _encode(self, kind: Kind, request_id: int, oids: Sequence[Oid], repetitions: int) -> bytes:
        return encode_request(
            self.version, self._community, kind, request_id, oids, non_repeaters=0, max_repetitions=repetitions
        )

    async def _exchange(self, request_id: int, packet: bytes) -> bytes:
        self.traffic.packets_out += 1
        self.traffic.octets_out += len(packet)
        data = await self._transport.request(self._address, packet, request_id, self._timeout_s)
        self.traffic.packets_in += 1
        self.traffic.octets_in += len(data)
        return data

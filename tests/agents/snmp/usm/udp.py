"""A port on loopback that answers as a function says, and a function that asks a server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from agents.snmp.transport import Address


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._answer = answer
        self.transport: asyncio.DatagramTransport | None = None

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if self.transport and (answer := self._answer(data)):
            self.transport.sendto(answer, addr)


@asynccontextmanager
async def answering(answer: Callable[[bytes], bytes]) -> AsyncIterator[Address]:
    """The address; no octets are no answer."""
    loop = asyncio.get_running_loop()
    port = _Answering(answer)
    transport, _ = await loop.create_datagram_endpoint(lambda: port, local_addr=("127.0.0.1", 0))
    port.transport = transport
    try:
        yield transport.get_extra_info("sockname")[:2]
    finally:
        transport.close()


def ask_server(address: Address, question: bytes) -> bytes:
    """Return what the server answers within 5 s. Raises TimeoutError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(5)
        client.connect(address)
        client.send(question)
        return client.recv(65_536)

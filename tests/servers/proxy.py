"""A TCP proxy in front of a server, that does to its connections what networks do. It never alters a byte."""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Self

from servers.ports import HOST, free_port

_CHUNK = 64 << 10
_HARD = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST, and lets go what was not sent

Silence = Literal["", "held", "reset", "dead"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the network, in both directions; nothing by default.

    delay_s: every chunk is that late, one after the other.
    one_by_one: every byte is a packet of its own.
    byte_s: and that late, one after the other.
    cut_requests_after: a connection passes so many bytes to the server, and is reset.
    cut_answers_after: a connection passes so many bytes to the client; what the server says next is swallowed and the
        connection is reset. With 0 the server has done what it was asked, and the client never hears of it.
    silence: connections are accepted and nothing passes. When it ends, what was held passes ("held"), these connections
        are reset ("reset"), or they stay so for ever, and only new ones pass anything ("dead").
    """

    delay_s: float = 0.0
    one_by_one: bool = False
    byte_s: float = 0.0
    cut_requests_after: int | None = None
    cut_answers_after: int | None = None
    silence: Silence = ""


@dataclass(eq=False, slots=True)
class _Link:
    """One client with its connection to the server; `passed` counts since the fault or the connection began."""

    client: socket.socket
    server: socket.socket
    passed: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})
    dead: bool = False

    def close(self, loop: asyncio.AbstractEventLoop, *, hard: bool) -> None:
        for end in (self.client, self.server):
            loop.remove_reader(end.fileno())  # before the number is another's
            loop.remove_writer(end.fileno())
            if hard:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _HARD)
            end.close()


class Proxy:
    """Listens on `host:port` and passes everything to `port_behind` of this host, in a thread of its own; a context
    manager. Other threads may set a fault at any time: it holds for all connections, those that are there too."""

    def __init__(self, port_behind: int) -> None:
        self.host, self.port = HOST, free_port()
        self.cuts = 0
        """How many connections were reset."""
        self.connections = 0
        """How many clients were taken."""
        self._behind = port_behind
        self._fault = Fault()
        self._links: dict[_Link, set[asyncio.Task[None]]] = {}
        self._changed = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=f"proxy {self.port}", daemon=True)
        self._accepting: asyncio.Task[None] | None = None

    def set(self, fault: Fault) -> None:
        """Have this be wrong from now on, and nothing else."""
        self._call(self._set(fault))

    def clear(self) -> None:
        """End the fault."""
        self.set(Fault())

    def cut(self) -> None:
        """Reset all connections now."""
        self._call(self._cut_all())

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._listen())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    # Below, all runs in the proxy's thread.

    async def _listen(self) -> None:
        listener = socket.create_server((self.host, self.port), backlog=100)
        listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept(listener))

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                client, _ = await self._loop.sock_accept(listener)
                self.connections += 1
                task = asyncio.create_task(self._join(client))
                task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _join(self, client: socket.socket) -> None:
        """Connect a client. Without a server it is reset, as a host without the server does."""
        server = socket.socket()
        link = _Link(client, server)
        for end in (client, server):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await self._loop.sock_connect(server, (self.host, self._behind))
        except OSError:
            link.close(self._loop, hard=True)
            return
        pumps = {asyncio.create_task(self._pump(link, up)) for up in (True, False)}
        self._links[link] = pumps

    async def _pump(self, link: _Link, up: bool) -> None:
        """Pass one direction until its end; then the whole connection is over."""
        source, target = (link.client, link.server) if up else (link.server, link.client)
        try:
            while data := await self._loop.sock_recv(source, _CHUNK):
                await self._pass(link, up, target, data)
        except OSError:
            self._cut(link)
            return
        # An orderly end; MQTT and HTTP have no use for a connection that is open in one direction.
        await self._while_silent(link)
        self._end_link(link, hard=False)

    async def _pass(self, link: _Link, up: bool, target: socket.socket, data: bytes) -> None:
        """Pass a chunk as the fault has it. Raises OSError when that ends the connection."""
        fault = self._fault
        if fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        await self._while_silent(link)
        fault = self._fault
        after = fault.cut_requests_after if up else fault.cut_answers_after
        room = len(data) if after is None else max(0, after - link.passed[up])
        for at in range(0, min(room, len(data)), 1 if fault.one_by_one or fault.byte_s else _CHUNK):
            step = 1 if fault.one_by_one or fault.byte_s else _CHUNK
            await self._loop.sock_sendall(target, data[at : min(at + step, room)])
            if step == 1:
                await asyncio.sleep(self._fault.byte_s)
            await self._while_silent(link)
        link.passed[up] += len(data)
        if after is not None and room < len(data):
            raise ConnectionResetError

    async def _while_silent(self, link: _Link) -> None:
        while link.dead or self._fault.silence:
            await self._changed.wait()

    async def _set(self, fault: Fault) -> None:
        ended, self._fault = self._fault, fault
        for link in list(self._links):
            link.passed = {True: 0, False: 0}
            link.dead = link.dead or ended.silence == "dead"
            if ended.silence == "reset":
                self._cut(link)
        self._changed.set()
        self._changed = asyncio.Event()

    async def _cut_all(self) -> None:
        for link in list(self._links):
            self._cut(link)

    def _cut(self, link: _Link) -> None:
        if self._end_link(link, hard=True):
            self.cuts += 1

    def _end_link(self, link: _Link, *, hard: bool) -> bool:
        """End both ends of a connection, once."""
        tasks = self._links.pop(link, None)
        if tasks is None:
            return False
        link.close(self._loop, hard=hard)
        for task in tasks - {asyncio.current_task()}:
            task.cancel()
        return True

    async def _end(self) -> None:
        if self._accepting:
            self._accepting.cancel()
        for link in list(self._links):
            self._cut(link)
        await asyncio.sleep(0)

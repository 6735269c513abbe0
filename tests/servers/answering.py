"""A server that answers as a test says, byte for byte: late, slowly, wrongly, without end, or not at all."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.parser import Parser
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qs, urlsplit

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Request:
    """What a client sent; `headers` have lower-case names."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def parameters(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}


Play = Callable[[Request], Iterator[bytes | float]]
"""What is sent to a request: bytes, and seconds of silence between them. The connection is closed at the end, unless
the last bytes are b""."""


def http(status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """A correct answer."""
    reason = HTTPStatus(status).phrase if status in set(HTTPStatus) else "?"
    length = {} if status == HTTPStatus.NO_CONTENT else {"Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{k}: {v}" for k, v in {**length, **(headers or {})}.items()), "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def once(answer: bytes) -> Play:
    """Send the answer and keep the connection."""
    return lambda _: iter([answer, b""])


def slowly(answer: bytes, pause_s: float, size: int = 1) -> Play:
    """Send the answer in small pieces, each after a pause."""

    def play(_: Request) -> Iterator[bytes | float]:
        for at in range(0, len(answer), size):
            yield pause_s
            yield answer[at : at + size]

    return play


def between(port: int, *, drops: threading.Event) -> Play:
    """Pass requests on to the server on `port`; while `drops` is set, say yes to writes and drop them."""

    def play(request: Request) -> Iterator[bytes | float]:
        if drops.is_set() and request.path.endswith("/write"):
            yield http(204)
        else:
            login = {name: value for name, value in request.headers.items() if name == "authorization"}
            connection = HTTPConnection(HOST, port, timeout=30)
            connection.request(request.method, request.target, request.body, login)
            answer = connection.getresponse()
            yield http(answer.status, answer.read())
            connection.close()
        yield b""

    return play


@dataclass
class Answering:
    """The server on `url`; `play` is what the next requests get, `requests` are those that came. With a `certificate`
    and its key it speaks TLS."""

    play: Play
    certificate: tuple[Path, Path] | None = None
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listening = socket.create_server((HOST, 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"{'https' if self.certificate else 'http'}://{HOST}:{self.port}"
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    def __enter__(self) -> "Answering":
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has ended by itself
        for thread in self._threads:
            thread.join()

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, plain: socket.socket) -> None:
        try:
            connection = self._secured(plain)
        except OSError:
            plain.close()
            return  # the client does not trust it
        self._open.append(connection)
        if self._stop.is_set():
            connection.close()
            return
        with connection, connection.makefile("rb") as stream:
            try:
                while (request := _read(stream)) is not None:
                    self.requests.append(request)
                    last: bytes | float = b"?"
                    for last in self.play(request):
                        if isinstance(last, bytes):
                            connection.sendall(last)
                        elif self._stop.wait(last):
                            return
                    if last != b"":
                        return
            except OSError:
                return  # the client would have no more of it

    def _secured(self, connection: socket.socket) -> socket.socket:
        if self.certificate is None:
            return connection
        connection.settimeout(30)  # for the handshake, and whatever follows
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        return context.wrap_socket(connection, server_side=True)


def _read(stream: BinaryIO) -> Request | None:
    readline = stream.readline
    first = readline().decode("latin-1").split()
    if len(first) < 2:
        return None
    lines = []
    while (line := readline().decode("latin-1")).strip():
        lines.append(line)
    headers = {name.lower(): value for name, value in Parser().parsestr("".join(lines)).items()}
    body = stream.read(int(headers.get("content-length", 0)))
    return Request(first[0], first[1], headers, body)

"""What pages go to in the tests: a real HTTP receiver that does as it is told, a real SMTP server, and an outbox."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from servers.ports import HOST, free_port

from collector.database import Database
from collector.oncall.notice import Action, Notice
from collector.oncall.outbox import Outbox
from collector.oncall.sender import Sender

SECRET = "kenh-canary-7719"
FAILOVER_MS = 5_000


def notice(key: str = "k-1", action: Action = "page", person: str = "ca-truc-1", **texts: str) -> Notice:
    """A notice of a made-up fault."""
    text = {"title": "Mất điện lưới: Trạm mẫu Năm Căn", "body": "Mất điện lưới từ 08:15.\nẮc quy còn 62 %."} | texts
    return Notice(key, action, person, text["title"], text["body"])


def make_outbox(folder: Path, **people: list[str]) -> Outbox:
    """An outbox in a file of its own. People are given with `_` for `-`."""
    channels = {name.replace("_", "-"): given for name, given in people.items()}
    return Outbox(Database(folder / "state.sqlite"), channels or {"ca-truc-1": ["sms"]}, FAILOVER_MS)


@contextmanager
def sending(sender: Sender) -> Iterator[None]:
    """The sender at work in its thread."""
    stop = threading.Event()
    thread = threading.Thread(target=sender.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        sender.wake()
        thread.join(20)
        assert not thread.is_alive()


def until(condition: Callable[[], object], what: str, within: float = 20.0) -> None:
    """Wait for something."""
    never, waited = threading.Event(), 0.0
    while not condition():
        assert waited < within, f"not within {within} s: {what}"
        never.wait(0.02)
        waited += 0.02


class HttpReceiver:
    """Takes pages, as JSON or as a form. `answers` are given in turn, the last for ever: a status, `hang` (no answer
    until the end) or `drip` (headers without an end)."""

    def __init__(self, *answers: int | str, location: str = "") -> None:
        self.got: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self._answers, self._location = list(answers) or [200], location
        self._over = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def do_GET(self) -> None:
                receiver.paths.append(self.path)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer((HOST, 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def take(self, request: BaseHTTPRequestHandler) -> None:
        """Take one page and answer it."""
        length = int(request.headers["Content-Length"])
        body = request.rfile.read(length)
        if len(body) < length:
            return  # its sender was killed before it had said all
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        self.paths.append(request.path)
        self.got.append(json.loads(body) if body.startswith(b"{") else dict(parse_qsl(body.decode())))
        if answer == "hang":
            self._over.wait()
        elif answer == "drip":
            request.send_response(200)
            while not self._over.wait(0.1):
                try:
                    request.wfile.write(b"X-More: 1\r\n"[:1])
                except OSError:
                    return
        else:
            request.send_response(int(answer))
            if self._location:
                request.send_header("Location", self._location)
            request.send_header("Content-Length", "0")
            request.end_headers()

    def url(self, path: str = SECRET) -> str:
        """Its address for apprise."""
        return f"json://{HOST}:{self._server.server_port}/{path}"

    def named(self) -> list[tuple[str, str]]:
        """Key and action of what came."""
        return [(one["key"], one["action"]) for one in self.got]

    def __enter__(self) -> "HttpReceiver":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class MailServer:
    """A real SMTP server that keeps what it gets; `refuse` is a reply that it gives instead of taking it."""

    def __init__(self, refuse: str = "") -> None:
        self.raw: list[bytes] = []
        self._refuse = refuse
        self._controller = Controller(self, hostname=HOST, port=free_port(), ready_timeout=10)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # its name
        """As aiosmtpd calls it."""
        if self._refuse:
            return self._refuse
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        return "250 OK"

    def url(self, user: str = "") -> str:
        """Its address for apprise."""
        port = self._controller.port
        return f"mailto://{user}{HOST}:{port}/?from=mangrove@ttvt.example&to=truc@ttvt.example"

    def mails(self) -> list[tuple[str, str]]:
        """Subject and text of what came, decoded."""
        out = []
        for raw in self.raw:
            mail = message_from_bytes(raw)
            part = next(one for one in mail.walk() if one.get_content_type() == "text/plain")
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            out.append((str(make_header(decode_header(mail["Subject"]))), payload.decode().replace("\r\n", "\n")))
        return out

    def __enter__(self) -> "MailServer":
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

"""The demo's phone: what the person on call would read, received over HTTP as an SMS gateway receives it."""

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MAX_MESSAGES = 200
MAX_BODY = 64 << 10


@dataclass(frozen=True, slots=True)
class Message:
    """What was received, at seconds since 1970."""

    at: float
    title: str
    text: str


@dataclass(slots=True)
class Phone:
    """Thread-safe: it only grows. `url` is where it listens, as apprise writes it."""

    url: str = ""
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=MAX_MESSAGES))


@contextmanager
def phone() -> Iterator[Phone]:
    """Listen on loopback."""
    made = Phone()

    class Handler(BaseHTTPRequestHandler):
        timeout = 5.0

        def do_POST(self) -> None:  # the library's name
            length = min(int(self.headers.get("Content-Length", 0)), MAX_BODY)
            try:
                said = json.loads(self.rfile.read(length))
                made.messages.append(Message(time.time(), str(said["title"]), str(said["message"])))
            except (ValueError, KeyError, TypeError):
                self.send_error(400)
                return
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the screen is the view's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"json://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="phone", daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(1.0)

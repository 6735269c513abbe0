"""The collector's local socket: one line of JSON asks, one line answers. For the commands on the same host.

DuckDB lets only one process in, and the newest state of devices is in memory: so other processes ask. The socket lies
in the data folder and only its owner may use it.
"""

import contextlib
import json
import logging
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

log = logging.getLogger(__name__)

MAX_LINE = 1 << 20
TIMEOUT_S = 15.0

Answerer = Callable[[Mapping[str, object]], object]


class ControlError(Exception):
    """The collector could not be asked, or said no; the text is for the user."""


class _Handler(socketserver.StreamRequestHandler):
    timeout = TIMEOUT_S
    server: "_Server"

    def handle(self) -> None:
        try:
            asked = json.loads(self.rfile.readline(MAX_LINE))
            answer = self.server.answers[asked["ask"]]
            reply: dict[str, object] = {"ok": answer(asked)}
        except (ValueError, KeyError, TypeError, ControlError) as error:
            reply = {"error": str(error) or type(error).__name__}
        except OSError as error:
            log.debug("a local question ended early: %s", error)
            return
        with contextlib.suppress(OSError):  # the asker has gone
            self.wfile.write(json.dumps(reply).encode() + b"\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 16
    answers: dict[str, Answerer]


class Control:
    """The listening side."""

    def __init__(self, path: Path, answers: dict[str, Answerer]) -> None:
        """Listen on `path`.

        Raises:
            OSError: the socket cannot be made.
        """
        path.unlink(missing_ok=True)
        self._path = path
        self._server = _Server(str(path), _Handler)
        self._server.answers = answers
        path.chmod(0o600)
        self._thread = threading.Thread(target=self._server.serve_forever, name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._path.unlink(missing_ok=True)


def ask(path: Path, question: str, **more: object) -> object:
    """Ask the collector whose socket is `path`.

    Raises:
        ControlError: it does not run, does not answer, or says no.
    """
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(TIMEOUT_S)
            sock.connect(str(path))
            sock.sendall(json.dumps({"ask": question, **more}).encode() + b"\n")
            with sock.makefile("rb") as file:
                reply = json.loads(file.readline())
    except OSError as error:
        raise ControlError(f"no collector answers at {path}: {error}; is it running?") from error
    except ValueError as error:
        raise ControlError(f"the collector at {path} ended while it answered") from error
    if "error" in reply:
        raise ControlError(str(reply["error"]))
    return reply.get("ok")

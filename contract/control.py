"""A process's local socket: one line of JSON asks, one line answers. For the commands on the same host.

The collector has one, since DuckDB lets only one process in, and the newest state of devices is in its memory; the
simulator has one to be commanded by. Only the socket's owner may use it.
"""

import contextlib
import json
import logging
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from contract.few_callers import FewCallers

log = logging.getLogger(__name__)

MAX_LINE = 1 << 20
MAX_CALLERS = 8
TIMEOUT_S = 15.0

Answerer = Callable[[Mapping[str, object]], object]


class ControlError(Exception):
    """The process could not be asked, or said no; the text is for the user."""


class _Handler(socketserver.StreamRequestHandler):
    timeout = TIMEOUT_S
    server: "_Server"

    def handle(self) -> None:
        try:
            line = self.rfile.readline(MAX_LINE)
        except OSError as error:
            log.debug("a local question ended early: %s", error)
            return
        reply = json.dumps(self.server.reply(line)).encode() + b"\n"
        with contextlib.suppress(OSError):  # the asker has gone
            self.wfile.write(reply)


class _Server(FewCallers, socketserver.UnixStreamServer):
    request_queue_size = 16
    max_callers = MAX_CALLERS
    timeout_s = 2 * TIMEOUT_S  # to ask, and to be answered
    pause_s = 0.0

    def __init__(self, address: str, answers: dict[str, Answerer]) -> None:
        self._answers = answers
        super().__init__(address, _Handler, False)  # it is bound later

    def reply(self, line: bytes) -> dict[str, object]:
        try:
            asked = json.loads(line)
            answer = self._answers.get(str(asked["ask"]))
        except (ValueError, KeyError, TypeError, RecursionError):
            return {"error": 'a question is a line of JSON: {"ask": …}'}
        if answer is None:
            return {"error": f"nobody answers to that here; known: {', '.join(sorted(self._answers))}"}
        try:
            return {"ok": answer(asked)}
        except ControlError as error:
            return {"error": str(error)}
        except Exception as error:
            log.exception("a bug in an answer of the control socket")
            return {"error": f"there is a bug here, the log of the process says more: {type(error).__name__}"}


class Control:
    """The listening side."""

    def __init__(self, path: Path, answers: dict[str, Answerer]) -> None:
        """Listen on `path`.

        Raises:
            OSError: the socket cannot be made.
        """
        path.unlink(missing_ok=True)
        self._path = path
        with _short(path) as address:
            self._server = _Server(address, answers)
            try:
                self._server.server_bind()
                path.chmod(0o600)  # before anybody can connect
                self._server.server_activate()
            except OSError:
                self._server.server_close()
                raise
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name="control", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._path.unlink(missing_ok=True)


def ask(path: Path, question: str, **more: object) -> object:
    """Ask the process whose socket is `path`.

    Raises:
        ControlError: it does not run, does not answer, or says no.
    """
    try:
        with _short(path) as address, socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(TIMEOUT_S)
            sock.connect(address)
            sock.sendall(json.dumps({"ask": question, **more}).encode() + b"\n")
            with sock.makefile("rb") as file:
                reply = json.loads(file.readline())
    except OSError as error:
        raise ControlError(f"nobody answers at {path}: {error}; is it running?") from error
    except ValueError as error:
        raise ControlError(f"{path}: it ended while it answered, or has too many callers") from error
    if "error" in reply:
        raise ControlError(str(reply["error"]))
    return reply.get("ok")


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A socket's address has at most 107 bytes (unix(7)), a path may have more: name it by its open folder."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)

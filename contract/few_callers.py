"""A server's threads, bounded: a few callers at once, each with so many seconds and no more."""

import contextlib
import socket
import socketserver
import threading
from typing import Any


class FewCallers(socketserver.ThreadingMixIn):
    """To be mixed into a server of `socketserver`. One caller too many is let go at once; one that takes too long,
    however it spends the time, is cut off."""

    daemon_threads = True
    max_callers: int
    timeout_s: float

    def __init__(self, *args: Any) -> None:
        self._callers = threading.BoundedSemaphore(self.max_callers)
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a caller in a thread, or let it go."""
        if not self._callers.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[attr-defined]  # of the server
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._callers.release()  # there is no thread
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a caller."""
        # A limit for each read alone would let a caller that sends a byte now and then stay for days.
        end = threading.Timer(self.timeout_s, _cut, (request,))
        end.daemon = True
        try:
            end.start()
            super().process_request_thread(request, client_address)
        finally:
            end.cancel()
            self._callers.release()


def _cut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has gone
        request.shutdown(socket.SHUT_RDWR)

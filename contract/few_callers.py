"""A server's threads, bounded: a few callers at once, each with so many seconds, and none of them without end."""

import contextlib
import socket
import socketserver
import threading
import time
from typing import Any


class FewCallers(socketserver.ThreadingMixIn):
    """To be mixed into a server of `socketserver`. There are `max_callers` places. A caller for whom there is none is
    let go; one that takes longer than `timeout_s`, however it spends the time, is cut off; and a place is free again
    only `pause_s` after its caller, so that who asks without end takes little of the process's time."""

    daemon_threads = True
    max_callers: int
    timeout_s: float
    pause_s: float

    def __init__(self, *args: Any) -> None:
        self._places = threading.BoundedSemaphore(self.max_callers)
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a caller in a thread, or let it go."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[attr-defined]  # of the server
            time.sleep(self.pause_s / self.max_callers)  # to let go costs time, too: meanwhile the kernel does it
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()  # there is no thread
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a caller."""
        # A limit for each read alone would let a caller that sends a byte now and then stay for days.
        end = threading.Timer(self.timeout_s, _cut, (request,))
        end.daemon = True
        try:
            end.start()
            super().process_request_thread(request, client_address)
            time.sleep(self.pause_s)
        finally:
            end.cancel()
            self._places.release()


def _cut(request: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it has gone
        request.shutdown(socket.SHUT_RDWR)

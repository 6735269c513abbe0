"""HTTP requests that end: within a time in all, however slowly an answer comes, and with a bounded part of it.

The timeouts of urllib3 are for one read: a server that sends a byte a second would hold a request for ever.
"""

import io
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

MAX_ANSWER = 1 << 20
_CHUNK = 64 << 10


class NoAnswerError(Exception):
    """There was no answer, or it did not end; the text says why."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `headers` have lower-case names, `data` is UTF-8; `is_cut` when there was more than wanted."""

    status: int
    reason: str
    headers: Mapping[str, str]
    data: bytes
    is_cut: bool = False


class BoundedHttp:
    """A pool of connections. Redirects are not followed, nothing is sent twice. Thread-safe."""

    def __init__(self, timeout_s: float, ca_file: Path | None = None) -> None:
        """`ca_file` holds the only authorities that are trusted; without it they are the system's."""
        self._timeout_s = timeout_s
        self._pools = urllib3.PoolManager(maxsize=2, ca_certs=ca_file and str(ca_file), cert_reqs="CERT_REQUIRED")
        self._pools.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        limit: int = MAX_ANSWER,
        **_settings: object,
    ) -> Reply:
        """Send one request and read at most `limit` bytes of its answer. InfluxDBClient calls this as it would call its
        own PoolManager; what else it asks for is settled here.

        Raises:
            NoAnswerError: no connection, no HTTP, or an answer that ended early or not in time.
        """
        try:
            response = self._pools.request(
                method,
                url,
                headers=headers,
                body=body,
                timeout=urllib3.Timeout(total=self._timeout_s),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            try:
                found = bytearray()
                while len(found) <= limit and (chunk := response.read1(_CHUNK)):
                    found += chunk
                if is_cut := len(found) > limit:
                    response.close()
            finally:
                response.release_conn()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise NoAnswerError(f"{type(error).__name__}: {error}"[:500]) from None
        data = bytes(found[:limit]).decode(errors="replace").encode()
        lower = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status, response.reason or "", lower, data, is_cut)

    def clear(self) -> None:
        """Close the connections."""
        self._pools.clear()


class _Until(io.RawIOBase):
    """What comes on a socket until a deadline: the rest of the request's time, which urllib3 has given the socket."""

    def __init__(self, connected: socket.socket, raw: io.RawIOBase) -> None:
        self._socket, self._raw = connected, raw
        self.has_begun = False
        self._deadline = time.monotonic() + (connected.gettimeout() or 0.0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        self._socket.settimeout(left)
        count = self._raw.readinto(buffer)
        if count == 0 and not self.has_begun:  # http.client takes the headers for whole
            raise ConnectionResetError("the connection was closed before the answer began")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None):
        super().__init__(sock, debuglevel, method, url)
        self._until = _Until(sock, self.fp.detach())
        self.fp = io.BufferedReader(self._until)

    def begin(self) -> None:
        super().begin()
        self._until.has_begun = True


class _Http(HTTPConnection):
    response_class = _Response


class _Https(HTTPSConnection):
    response_class = _Response


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https

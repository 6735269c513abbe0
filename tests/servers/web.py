"""Plain HTTP to a server on this machine, through no client library that a test is about."""

import http.client
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlencode


def request(
    port: int,
    method: str,
    path: str,
    parameters: Mapping[str, str] | None = None,
    *,
    host: str = "127.0.0.1",
    body: bytes = b"",
    user: tuple[str, str] | None = None,
    timeout: float = 30,
) -> tuple[int, bytes]:
    """Status and body of one request on one connection. Raises OSError or http.client.HTTPException."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    headers = {"Connection": "close"}
    if user is not None:
        headers["Authorization"] = "Basic " + b64encode(":".join(user).encode()).decode("ascii")
    try:
        connection.request(method, f"{path}?{urlencode(parameters or {})}", body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()

"""What Grafana would ask the database, and what comes back: InfluxQL over `/query`."""

import json
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict, cast
from urllib.parse import urlencode

import urllib3
from pydantic import SecretStr
from urllib3.util import Url, parse_url

from contract.printable import printable

_MAX_ANSWER = 64 << 20
_CHUNK = 1 << 20
_CONNECT_S = 5.0
_MAX_WORDS = 500

Row = dict[str, object]


class AskError(Exception):
    """A question without an answer; the text is the database's own or says what to do."""


class _Series(TypedDict, total=False):
    tags: dict[str, str]
    columns: list[str]
    values: list[list[object]]


class _Statement(TypedDict, total=False):
    series: list[_Series]
    error: str


class _Answer(TypedDict, total=False):
    results: list[_Statement]
    error: str


@dataclass(frozen=True, slots=True)
class Range:
    """What a dashboard looks at: milliseconds since 1970 UTC, and the width of a step of its curves."""

    from_ms: int
    to_ms: int
    interval_s: int


class Database:
    """An InfluxDB. `url` is http(s)://HOST:PORT/DATABASE; `token` is one of 2.x, or USER:PASSWORD of 1.x."""

    def __init__(self, url: str, token: SecretStr | None, timeout_s: float) -> None:
        """Nothing is sent yet.

        Raises:
            AskError: the URL is none, or no header can carry the token.
        """
        parts = _parse(url)
        self._server = Url(parts.scheme, host=parts.host, port=parts.port).url
        self._database = (parts.path or "").strip("/") or "mangrove"
        self._token, self._login = token, _login(token)
        self._timeout_s = timeout_s
        self._http = urllib3.PoolManager(maxsize=1, cert_reqs="CERT_REQUIRED")

    def ask(self, query: str) -> list[Row]:
        """Return a row per value: the tags of GROUP BY, and the columns; `time` is ms.

        Raises:
            AskError: no answer within the time, or the database refuses.
        """
        parameters = urlencode({"db": self._database, "epoch": "ms", "q": query})
        try:
            status, body = self._get(f"{self._server}/query?{parameters}")
        except (urllib3.exceptions.HTTPError, OSError) as error:
            reason = str(error).rpartition(": ")[2]  # before it are the names of objects
            raise AskError(self._fit(f"{self._server} gives no answer: {reason}")) from None
        try:
            rows, trouble = _read(body)
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
            raise AskError(f"{self._server} answers {status} and not as InfluxDB does: this is no InfluxDB") from None
        if trouble:
            raise AskError(self._fit(trouble))
        if status != 200:
            raise AskError(f"{self._server} answers {status}")
        return rows

    def close(self) -> None:
        """Close the connection."""
        self._http.clear()

    def _get(self, url: str) -> tuple[int, bytes]:
        deadline = time.monotonic() + self._timeout_s
        response = self._http.request(
            "GET",
            url,
            headers=self._login,
            timeout=urllib3.Timeout(connect=min(_CONNECT_S, self._timeout_s), read=self._timeout_s),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            found = bytearray()
            while chunk := response.read1(_CHUNK):
                found += chunk
                if len(found) > _MAX_ANSWER or time.monotonic() > deadline:
                    response.close()
                    raise OSError("the answer is too long or too slow: take a shorter --range")
            return response.status, bytes(found)
        finally:
            response.release_conn()

    def _fit(self, text: str) -> str:
        """Words of others: without the token, on one line, and not too many."""
        secret = self._token.get_secret_value() if self._token else ""
        return printable((text.replace(secret, "***") if secret else text)[:_MAX_WORDS])


def filled(query: str, span: Range, variables: Mapping[str, str]) -> str:
    """Return a query with what Grafana puts in: the time range, the interval and the variables."""
    query = query.replace("$timeFilter", f"time >= {span.from_ms}ms and time <= {span.to_ms}ms")
    query = query.replace("$__interval", f"{span.interval_s}s")
    for name, value in variables.items():
        query = query.replace(f"${{{name}}}", value)
    return query


def _parse(url: str) -> Url:
    wanted = "the store is http://HOST:PORT/DATABASE or https://…; a token has an option of its own"
    try:
        parts = parse_url(url)
    except urllib3.exceptions.LocationParseError:
        raise AskError(wanted) from None
    if parts.scheme not in ("http", "https") or not parts.host or parts.auth:
        raise AskError(wanted)
    return parts


def _login(token: SecretStr | None) -> dict[str, str]:
    if token is None:
        return {}
    secret = token.get_secret_value()
    if ":" in secret:
        return {"Authorization": "Basic " + b64encode(secret.encode()).decode()}
    if not (secret.isascii() and secret.isprintable()):
        raise AskError("the token is one line of ASCII letters, digits and signs: look into its file")
    return {"Authorization": f"Token {secret}"}


def _read(body: bytes) -> tuple[list[Row], str]:
    """Return the rows of an answer, and what it says is wrong. Raises whatever the body of another server leads to."""
    answer = cast("_Answer", json.loads(body))
    statements = [*answer.get("results", []), _Statement(error=answer.get("error", ""))]
    errors = [str(statement["error"]) for statement in statements if statement.get("error")]
    rows = [row for statement in statements for series in statement.get("series", []) for row in _rows(series)]
    return rows, errors[0] if errors else ""


def _rows(series: _Series) -> list[Row]:
    tags: Row = dict(series.get("tags", {}))
    return [tags | dict(zip(series["columns"], values, strict=True)) for values in series.get("values", [])]

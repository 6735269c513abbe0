"""InfluxDB as a store: the only file that imports influxdb_client.

2.x and 3.x are written through influxdb-client, without its batching (which loses points in an outage) and without
retries; 1.x, which may be older than the API of 2.x, through `/write`. All are asked in InfluxQL through `/query`.
"""

import gzip
import logging
import random
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from influxdb_client.service.write_service import WriteService

from collector import victoria_metrics
from collector.bounded_http import MAX_ANSWER, BoundedHttp, NoAnswerError, Reply
from collector.influx_answers import classify, rows, server_words, started
from collector.influx_config import InfluxConfig
from collector.line_protocol import lines
from collector.store import Answer, Point, QueryError, Refused, Retry, Row, Written

CONNECT_RETRY_S = 1.0
JITTER = 0.25
LINGER_S = 0.3
_log = logging.getLogger(__name__)
_MAX_METRICS = 8 << 20
_MAX_ROWS_BYTES = 64 << 20


class _Writes(Protocol):
    """What we use of the untyped WriteService."""

    def post_write_with_http_info(self, org: str, bucket: str, body: bytes, *, precision: str) -> object: ...


_write_service: Callable[..., _Writes] = WriteService


class InfluxStore:
    """One database or bucket. Redirects are not followed, and every call ends within `timeout_s`."""

    def __init__(self, config: InfluxConfig, base: Path = Path()) -> None:
        """Files of secrets are looked up in `base`. Nothing is sent yet.

        Raises:
            SecretError: a token or password cannot be had.
        """
        self.horizon_s, self.linger_s = config.horizon_s, LINGER_S
        self._config = config
        source = config.token or config.password
        self._secret = source.read(base) if source else None
        self._http = BoundedHttp(config.timeout_s, base / config.ca_file if config.ca_file else None)
        self._client: InfluxDBClient | None = None
        if config.version > 1:
            self._client = InfluxDBClient(url=config.url, token=self._token() or "", enable_gzip=config.gzip)
            # Its own would wait for an answer that comes byte by byte, and read all of one that has no end.
            self._client.api_client.rest_client.pool_manager = self._http  # type: ignore[assignment]

    def write(self, points: Sequence[Point]) -> Answer:
        """Send one request; see `Store.write`. A point that line protocol cannot carry makes it Refused."""
        if not points:
            return Written()
        try:
            body = lines(points)
        except ValueError as error:
            return Refused(str(error))
        try:
            reply = self._post(body) if self._client is None else self._post_v2(self._client, body)
            answer = classify(reply.status, reply.headers, self._hide(reply.data.decode()).encode(), time.time())
        except NoAnswerError as error:
            answer = Retry(CONNECT_RETRY_S, self._hide(str(error)))
        if isinstance(answer, Retry):  # many collectors that were told the same time must not come at the same time
            return replace(answer, after_s=answer.after_s * random.uniform(1.0, 1.0 + JITTER))  # noqa: S311
        return answer

    def incarnation(self) -> str | None:
        """Return when the server's process started, from `/metrics`, else (InfluxDB 1.x) from `/debug/vars`."""
        try:
            for path in ("/metrics", "/debug/vars"):
                reply = self._get(path, {}, _MAX_METRICS)
                if reply.status == 200 and (found := started(reply.data)):
                    return found
        except NoAnswerError as error:
            _log.debug("the database's start time cannot be had: %s", self._hide(str(error)))
        return None

    def query(self, text: str) -> list[Row]:
        """Answer InfluxQL: a row per value row, with `measurement`, the tags of GROUP BY and the columns; `time` is ms.

        Raises:
            QueryError: with the database's words, or why it could not be asked.
        """
        try:
            reply = self._get("/query", {"db": self._config.database, "epoch": "ms", "q": text}, _MAX_ROWS_BYTES)
        except (NoAnswerError, UnicodeError) as error:
            raise QueryError(self._hide(str(error))) from None
        if reply.is_cut:
            raise QueryError(f"the answer is over {_MAX_ROWS_BYTES >> 20} MiB: ask for fewer rows")
        if reply.status != 200:
            raise QueryError(self._hide(server_words(reply.status, reply.headers, reply.data)))
        return rows(reply.data)

    def ignored(self) -> dict[str, int] | None:
        """Return how many rows VictoriaMetrics has ignored since its start, by reason; None of any other database, and
        when it cannot be asked."""
        try:
            reply = self._get("/metrics", {}, _MAX_METRICS)
        except NoAnswerError:
            return None
        return victoria_metrics.ignored(reply.data) if reply.status == 200 else None

    def holds(self, point: Point) -> bool:
        """Say whether a point with one field can be read back.

        Raises:
            QueryError: the database cannot be asked, or does not answer this login.
        """
        (name, value), *_ = point.fields
        if self.ignored() is None:
            tags = " AND ".join(f"\"{tag}\" = '{text}'" for tag, text in point.tags)
            where = f"{tags} AND time = {point.time}ms"
            found = self.query(f'SELECT "{name}" FROM "{point.measurement}" WHERE {where}')  # noqa: S608 - our own words
            return any(row.get(name) == value for row in found)
        try:
            self._get("/internal/force_flush", {}, MAX_ANSWER)  # else a new series may be readable only 9 s later
            reply = self._get("/api/v1/export", victoria_metrics.export(point), MAX_ANSWER)
        except NoAnswerError as error:
            raise QueryError(self._hide(str(error))) from None
        if reply.status != 200:
            raise QueryError(self._hide(server_words(reply.status, reply.headers, reply.data)))
        return victoria_metrics.holds(reply.data, point)

    def close(self) -> None:
        """Close the connections."""
        self._http.clear()

    def _token(self) -> str | None:
        """InfluxDB 1.8 takes `user:password` as the token of the API of 2.x."""
        secret = self._secret.get_secret_value() if self._secret else None
        return f"{self._config.user}:{secret}" if self._config.user else secret

    def _login(self) -> dict[str, str]:
        token = self._token()
        if token is None:
            return {}
        if self._client is None:
            return {"Authorization": "Basic " + b64encode(token.encode()).decode()}
        return {"Authorization": f"Token {token}"}

    def _post(self, body: bytes) -> Reply:
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        if self._config.gzip:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1)
        parameters = {"db": self._config.database, "precision": "ms"}
        return self._ask("POST", "/write", parameters, MAX_ANSWER, headers, body)

    def _post_v2(self, client: InfluxDBClient, body: bytes) -> Reply:
        # WriteApi.write would do the same after a detour through its batching options.
        service = _write_service(client.api_client)
        try:
            service.post_write_with_http_info(self._config.org, self._config.database, body, precision="ms")
        except ApiException as error:
            return Reply(int(error.status), "", dict(error.headers or {}), str(error.body or "").encode())
        answer = client.api_client.last_response
        return Reply(int(answer.status), "", dict(answer.getheaders()), str(answer.data).encode())

    def _get(self, path: str, parameters: Mapping[str, str], limit: int) -> Reply:
        return self._ask("GET", path, parameters, limit, {}, None)

    def _ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        limit: int,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Reply:
        url = f"{self._config.url}{path}?{urlencode(parameters)}"
        return self._http.request(method, url, headers={**self._login(), **headers}, body=body, limit=limit)

    def _hide(self, text: str) -> str:
        """A server or a proxy may repeat what it was sent."""
        secret = self._secret.get_secret_value() if self._secret else ""
        return text.replace(secret, "***") if secret else text

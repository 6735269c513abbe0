"""An InfluxDB 1.x of our own."""

import http.client
import json
from pathlib import Path
from typing import TypedDict, cast

from servers import web
from servers.find import find
from servers.ports import HOST, free_port
from servers.process import Server, ServerError

_CONFIGURATION = """
reporting-disabled = true
bind-address = "{host}:{rpc_port}"
[meta]
  dir = "{directory}/meta"
  logging-enabled = false
[data]
  dir = "{directory}/data"
  wal-dir = "{directory}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "{host}:{port}"
  auth-enabled = {auth}
  log-enabled = false
[logging]
  level = "warn"
  suppress-logo = true
"""


class _Series(TypedDict, total=False):
    name: str
    tags: dict[str, str]
    columns: list[str]
    values: list[list[object]]


class _Statement(TypedDict, total=False):
    series: list[_Series]
    error: str


class _Answer(TypedDict, total=False):
    results: list[_Statement]
    error: str


class InfluxDb(Server):
    """InfluxDB 1.x on `url`, with an empty `database`; with `user` and `password` it asks for them.

    Raises MissingServerError.
    """

    def __init__(self, directory: Path, *, database: str = "mangrove", user: str = "", password: str = "") -> None:
        self.host = HOST
        self.port = free_port()
        self.url = f"http://{self.host}:{self.port}"
        self.database = database
        self.user = user
        self.password = password
        self._has_user = False
        directory = directory / "influxdb"
        directory.mkdir(parents=True)
        path = directory / "influxdb.conf"
        auth = "true" if user else "false"
        text = _CONFIGURATION.format(
            host=self.host, port=self.port, rpc_port=free_port(), directory=directory, auth=auth
        )
        path.write_text(text, encoding="utf-8")
        super().__init__(find("influxd"), ["run", "-config", str(path)], directory, {})

    def is_ready(self) -> bool:
        try:
            status, _ = web.request(self.port, "GET", "/ping", timeout=1)
        except (OSError, http.client.HTTPException):
            return False
        return status == 204

    def start(self) -> None:
        """As `Server.start`; the first start also makes the user and the database."""
        super().start()
        if self.user and not self._has_user:
            self.query(f"CREATE USER \"{self.user}\" WITH PASSWORD '{self.password}' WITH ALL PRIVILEGES")
            self._has_user = True
        self.create_database(self.database)

    def create_database(self, name: str) -> None:
        """Does nothing when it is there already."""
        self.query(f'CREATE DATABASE "{name}"')

    def query(self, influxql: str, *, database: str | None = None) -> list[dict[str, object]]:
        """One dict per row: "measurement", the tags of a GROUP BY, and the columns ("time" in ms).

        Raises ServerError with the server's words.
        """
        parameters = {"db": database or self.database, "epoch": "ms", "q": influxql}
        status, body = web.request(self.port, "POST", "/query", parameters, user=self._login())
        if status not in (200, 400, 401, 403):
            raise ServerError(f"{influxql}: {status} {body!r}")
        return rows(body)

    def write(self, lines: str, *, database: str | None = None) -> None:
        """Write line protocol with times in ms. Raises ServerError with the server's words."""
        parameters = {"db": database or self.database, "precision": "ms"}
        status, body = web.request(self.port, "POST", "/write", parameters, body=lines.encode(), user=self._login())
        if status != 204:
            raise ServerError(f"{status} {body!r}")

    def _login(self) -> tuple[str, str] | None:
        return (self.user, self.password) if self.user else None


def rows(body: bytes) -> list[dict[str, object]]:
    """The rows of an answer of /query. Raises ServerError when it holds an error."""
    answer = cast("_Answer", json.loads(body))
    found: list[dict[str, object]] = []
    for statement in [*answer.get("results", []), _Statement(error=answer.get("error", ""))]:
        if error := statement.get("error"):
            raise ServerError(error)
        for series in statement.get("series", []):
            same: dict[str, object] = {"measurement": series.get("name", ""), **series.get("tags", {})}
            found += [same | dict(zip(series["columns"], row, strict=True)) for row in series.get("values", [])]
    return found

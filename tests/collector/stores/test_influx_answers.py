"""Every answer of a database has one meaning, in the table and over a real connection."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.influx import InfluxConfig, InfluxStore
from collector.influx_answers import DEFAULT_RETRY_S, MAX_RETRY_S, classify
from collector.store import Answer, Point, QueryError, Refused, Retry, Stop, TooLarge, Written
from contract.secret import SecretSource

NOW = 1_795_000_000.0  # 2026-11-18T11:06:40Z
SECRET = "canary-7f3a"
POINT = Point.of("interface", (("if_name", "GE0/0/1"),), (("in_bps", 1.5),), 1_700_000_000_000)
CONFLICT = 'field type conflict: input field "f" on measurement "m" is type integer, already exists as type float'


@dataclass(frozen=True)
class Case:
    """`words` must be in the reason."""

    name: str
    status: int
    body: str
    meaning: type[Answer]
    words: str = ""
    after_s: float = DEFAULT_RETRY_S
    headers: Mapping[str, str] = field(default_factory=dict)


def _error(text: str) -> str:
    return json.dumps({"error": text})


def _message(text: str) -> str:
    return json.dumps({"code": "x", "message": text})


TABLE = [
    Case("written", 204, "", Written),
    Case("an empty 200 of a gateway is written", 200, "", Written),
    Case("a page that says 200 is no database", 200, "<html>login</html>", Stop, "correct `url`"),
    Case("1.x wrong type", 400, _error(f"partial write: {CONFLICT} dropped=1"), Refused, "dropped=1"),
    Case(
        "1.x malformed",
        400,
        _error("partial write: unable to parse 'x': missing fields dropped=0"),
        Refused,
        "dropped=0",
    ),
    Case("1.x malformed line that quotes a timeout", 400, _error("unable to parse 'm,t=timeout': bad"), Refused, "bad"),
    Case("2.x wrong type", 422, _message(f"failure writing points to database: partial write: {CONFLICT}"), Refused),
    Case("2.x malformed", 400, _message("unable to parse 'x': missing fields"), Refused, "missing fields"),
    Case(
        "3.x bad line",
        400,
        json.dumps({"error": "partial write of line protocol occurred", "data": [{"error_message": "no fields"}]}),
        Refused,
        "occurred: no fields",
    ),
    Case("VictoriaMetrics bad request", 400, "cannot parse query arg", Refused, "cannot parse"),
    Case("retention", 400, _error("partial write: points beyond retention policy dropped=1"), Refused, "retention"),
    Case("1.x limit as 400", 400, _error("partial write: max-series-per-database limit exceeded: (1)"), Refused),
    Case("1.x limit as 500", 500, _error("max-series-per-database limit exceeded: db=x (1/1)"), Refused, "limit"),
    Case("1.x timeout", 400, _error("timeout"), Retry, "timeout"),
    Case("1.x full cache", 400, _error("partial write: engine: cache-max-memory-size exceeded: (1/1)"), Retry, "cache"),
    Case("1.x full cache, old words", 400, _error("engine: cache maximum memory size exceeded"), Retry, "cache"),
    Case("1.x hinted handoff", 400, _error("hinted handoff queue not empty"), Retry, "handoff"),
    Case("1.x body too large", 413, _error("Request Entity Too Large"), TooLarge, "Too Large"),
    Case("2.x body too large", 413, _message("request too large"), TooLarge),
    Case("body too large as 400", 400, _message("http: request body too large"), TooLarge),
    Case("wrong token", 401, _message("unauthorized access"), Stop, "correct `token`"),
    Case("1.x no login", 401, _error("unable to parse authentication credentials"), Stop, "`user` and `password`"),
    Case("no right", 403, _error('"u" user is not authorized to write to database "db"'), Stop, "right to write"),
    Case("1.x no database", 404, _error('database not found: "db"'), Stop, "CREATE DATABASE"),
    Case("2.x no bucket", 404, _message('bucket "db" not found'), Stop, "influx bucket create"),
    Case("1.6 has no API of 2.x", 404, "404 page not found\n", Stop, "`version`"),
    Case("1.x without a database", 400, _error("database is required"), Stop, "`database`"),
    Case("2.x without an org", 400, _message("Please provide either orgID or org"), Stop, "`org`"),
    Case("proxy says 400", 400, "<html>400 Bad Request</html>", Stop, "no database"),
    Case("http to an https port", 400, "Client sent an HTTP request to an HTTPS server.", Stop, "`url`"),
    Case("moved for good", 301, "", Stop, "redirects", headers={"Location": "http://127.0.0.1:9/"}),
    Case("moved for now", 307, "", Retry, "HTTP 307", headers={"Location": "http://127.0.0.1:9/"}),
    Case("1.x internal", 500, _error("timeout"), Retry, "timeout"),
    Case("bad gateway", 502, "<html>Bad Gateway</html>", Retry, "Bad Gateway"),
    Case("slow down", 429, _message("rate"), Retry, after_s=7, headers={"Retry-After": "7"}),
    Case("now", 503, "", Retry, after_s=0, headers={"Retry-After": "0"}),
    Case("in a day", 503, "", Retry, after_s=MAX_RETRY_S, headers={"Retry-After": "86400"}),
    Case("at a date long gone", 503, "", Retry, after_s=0, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    Case("garbage", 503, "", Retry, headers={"Retry-After": "soon"}),
    Case("teapot", 418, "", Retry, "HTTP 418"),
]


def _check(case: Case, answer: Answer) -> None:
    assert type(answer) is case.meaning
    if not isinstance(answer, Written):
        assert case.words in answer.reason
    if isinstance(answer, Retry):
        assert answer.after_s == case.after_s


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_an_answer_means(case: Case) -> None:
    _check(case, classify(case.status, case.headers, case.body.encode(), NOW))


@given(st.integers(0, 999), st.dictionaries(st.text(), st.text()), st.binary())
def test_any_answer_means_something(status: int, headers: dict[str, str], body: bytes) -> None:
    answer = classify(status, headers, body, NOW)
    assert isinstance(answer, Written) or 0 < len(answer.reason) < 800


class _Player(ThreadingHTTPServer):
    """Plays one case to whatever is asked, and notes what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.case = TABLE[0]
        self.paths: list[str] = []
        self.bodies: list[bytes] = []
        self.logins: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: _Player
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.server.case.body.encode()
        self.server.paths.append(self.path)
        self.server.logins.append(self.headers["Authorization"] or "")
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"] or 0)))
        self.send_response(self.server.case.status)
        for name, value in self.server.case.headers.items():
            self.send_header(name, value)
        if self.server.case.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self.do_POST()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture(scope="module")
def player() -> Iterator[_Player]:
    with _Player() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(params=[1, 2], ids=["1.x", "2.x"])
def store(request: pytest.FixtureRequest, player: _Player, monkeypatch: pytest.MonkeyPatch) -> Iterator[InfluxStore]:
    monkeypatch.setenv("DB_SECRET", SECRET)
    version: Literal[1, 2] = 1 if request.param == 1 else 2
    secret = SecretSource(env="DB_SECRET")
    made = InfluxStore(
        InfluxConfig(
            url=f"http://127.0.0.1:{player.server_port}/",
            version=version,
            database="db",
            org="" if version == 1 else "org",
            user="u" if version == 1 else None,
            password=secret if version == 1 else None,
            token=None if version == 1 else secret,
            timeout_s=5,
        )
    )
    yield made
    made.close()


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_an_answer_over_the_wire_means(case: Case, player: _Player, store: InfluxStore) -> None:
    player.case, asked = case, len(player.paths)
    _check(case, store.write([POINT]))
    assert len(player.paths) == asked + 1, "a store never repeats a request by itself, nor follows a redirect"
    assert "precision=ms" in player.paths[-1]
    assert player.bodies[-1] == b"interface,if_name=GE0/0/1 in_bps=1.5 1700000000000\n"
    assert player.logins[-1].startswith(("Basic ", f"Token {SECRET}"))


def test_a_secret_that_a_server_repeats_is_hidden(
    player: _Player, store: InfluxStore, caplog: pytest.LogCaptureFixture
) -> None:
    player.case = Case("echo", 401, _message(f"bad Authorization: Token {SECRET}"), Stop)
    answer = store.write([POINT])
    assert isinstance(answer, Stop)
    with pytest.raises(QueryError) as error:
        store.query("SELECT 1")
    for text in (answer.reason, str(error.value), repr(store), repr(vars(store)), caplog.text):
        assert SECRET not in text


def test_the_first_words_of_a_long_answer_are_enough(player: _Player, store: InfluxStore) -> None:
    player.case = Case("long", 400, "x" * 60_000, Refused)
    answer = store.write([POINT])
    assert isinstance(answer, Refused)
    assert answer.reason == "x" * 500


def test_an_unclean_point_is_refused_without_asking(player: _Player, store: InfluxStore) -> None:
    asked = len(player.paths)
    assert isinstance(store.write([Point.of("m", (("t", "a\\"),), (("f", 1),), 1)]), Refused)
    assert store.write([]) == Written()
    assert len(player.paths) == asked


def test_a_server_that_is_not_there_means_retry(tmp_path: Path) -> None:
    for version in (1, 2):
        config = {"url": "http://127.0.0.1:1", "version": version, "database": "db", "timeout_s": 1}
        store = InfluxStore(InfluxConfig.model_validate(config), tmp_path)
        assert isinstance(store.write([POINT]), Retry)
        assert store.incarnation() is None
        with pytest.raises(QueryError, match="refused"):
            store.query("SELECT 1")
        store.close()

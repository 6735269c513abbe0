"""Every answer of a database has one meaning, in the table and over a real connection."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.answering import Answering, http, once

from collector.influx import JITTER, InfluxStore
from collector.influx_answers import DEFAULT_RETRY_S, MAX_RETRY_S, MIN_RETRY_S, classify
from collector.influx_config import InfluxConfig
from collector.store import Answer, Point, QueryError, Refused, Retry, Stop, TooLarge, Written
from contract.secret import SecretSource

NOW = 1_795_000_000.0  # 2026-11-18T11:06:40Z
SECRET = "canary-7f3a"
TIMEOUT_S = 1.0
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


def _vm(text: str) -> str:
    """As VictoriaMetrics says it: with the request before the words."""
    return f'remoteAddr: "127.0.0.1:50936"; requestURI: /write?db=db&precision=ms; {text}\n'


def _failed(text: str) -> str:
    return _message(f"failure writing points to database: {text}")


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
    Case("2.x wrong type", 422, _failed(f"partial write: {CONFLICT} dropped=1"), Refused, "dropped=1"),
    Case(
        "2.x retention", 422, _failed("partial write: points beyond retention policy dropped=3"), Refused, "retention"
    ),
    Case(
        "2.x full cache", 422, _failed("partial write: engine: cache-max-memory-size exceeded: (1/1)"), Retry, "cache"
    ),
    Case("1.x key too long", 400, _error("partial write: max key length exceeded: 70004 > 65535 dropped=1"), Refused),
    Case(
        "3.x all rejected",
        400,
        json.dumps(
            {
                "error": "parsing failed for write_lp endpoint",
                "data": {"original_line": "m f=", "line_number": 1, "error_message": "No fields were provided"},
            }
        ),
        Refused,
        "endpoint: No fields",
    ),
    Case("3.x limit of columns", 422, _error("Update to schema would exceed number of columns per table"), Refused),
    Case("3.x clustered", 400, json.dumps({"code": "invalid", "line": 2, "message": "failed to parse"}), Refused),
    Case("2.x malformed", 400, _message("unable to parse 'x': missing fields"), Refused, "missing fields"),
    Case(
        "3.x bad line",
        400,
        json.dumps({"error": "partial write of line protocol occurred", "data": [{"error_message": "no fields"}]}),
        Refused,
        "occurred: no fields",
    ),
    Case("VictoriaMetrics bad request", 400, _vm("cannot parse query arg"), Refused, "cannot parse"),
    Case(
        "VictoriaMetrics line too long",
        400,
        _vm("cannot read influx line protocol data: too long line: more than 262144 bytes"),
        Refused,
        "too long line",
    ),
    Case("VictoriaMetrics wrong path", 400, _vm('unsupported path requested: "/x/write"'), Stop, "correct `url`"),
    Case("vmauth without a route", 400, _vm('missing route for "http://db/write"'), Stop, "correct `url`"),
    Case(
        "VictoriaMetrics request cut off",
        400,
        _vm("cannot read influx line protocol data: unexpected EOF"),
        Retry,
        "unexpected EOF",
    ),
    Case(
        "VictoriaMetrics packed badly", 400, _vm("cannot read gzipped influx line protocol data: gzip"), Stop, "spoils"
    ),
    Case(
        "VictoriaMetrics overloaded",
        503,
        _vm("cannot store metrics: cannot add 5000 rows to storage in 30s, since it is overloaded"),
        Retry,
        "overloaded",
        after_s=10,
        headers={"Retry-After": "10"},
    ),
    Case("VictoriaMetrics has no room", 503, _vm("the storage is in read-only mode"), Retry, "read-only"),
    Case("vmauth has too many", 429, _vm("cannot handle more than 100 concurrent requests"), Retry, "concurrent"),
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
    Case("2.x no organization", 404, _message('organization name "org" not found'), Stop, "`org`"),
    Case("1.8 bucket of another form", 404, _error('bucket name "x" is missing a slash'), Stop, "`database`"),
    Case(
        "1.6 without its retention policy", 500, _error('retention policy not found: "none"'), Stop, "CREATE DATABASE"
    ),
    Case("2.x packed badly", 400, _message("gzipped HTTP body contains an invalid header"), Stop, "spoils"),
    Case("1.x packed badly", 400, _error("gzip: invalid header"), Stop, "spoils"),
    Case("2.x body lost on its way", 400, _message("writing requires points"), Stop, "spoils"),
    Case("2.x body cut on its way", 500, _message("unable to read data"), Retry, "unable to read"),
    Case("2.x being closed", 500, _message("unexpected error writing points to database: engine is closed"), Retry),
    Case("2.x token may not write", 403, _message("insufficient permissions for write"), Stop, "right to write"),
    Case("3.x no login", 401, _error("the request was not authenticated"), Stop, "correct `token`"),
    Case("a file server", 405, "<html>405 Not Allowed</html>", Stop, "correct `url`"),
    Case("a proxy wants a login", 407, "", Stop, "HTTP 407"),
    Case("400 without a word", 400, "", Stop, "HTTP 400"),
    Case("422 without a word", 422, "", Stop, "HTTP 422"),
    Case("another server's 400", 400, "400 Bad Request: malformed Host header", Stop, "no database"),
    Case("words in a header only", 400, "", Refused, "a line", headers={"X-Influxdb-Error": "unable to parse a line"}),
    Case("1.6 has no API of 2.x", 404, "404 page not found\n", Stop, "`version`"),
    Case("1.x without a database", 400, _error("database is required"), Stop, "`database`"),
    Case("2.x without an org", 400, _message("Please provide either orgID or org"), Stop, "`org`"),
    Case("proxy says 400", 400, "<html>400 Bad Request</html>", Stop, "no database"),
    Case("http to an https port", 400, "Client sent an HTTP request to an HTTPS server.", Stop, "`url`"),
    Case("moved for good", 301, "", Stop, "redirects", headers={"Location": "http://127.0.0.1:9/"}),
    Case("moved for now", 307, "", Retry, "HTTP 307", headers={"Location": "http://127.0.0.1:9/"}),
    Case("1.x internal", 500, _error("timeout"), Retry, "timeout"),
    Case(
        "1.x no room on disk", 500, _error("engine: write /wal/_00001.wal: no space left on device"), Retry, "no space"
    ),
    Case("bad gateway", 502, "<html>Bad Gateway</html>", Retry, "Bad Gateway"),
    Case("gateway's time is over", 504, "<html>Gateway Time-out</html>", Retry, "Time-out"),
    Case("request's time is over", 408, "", Retry, "HTTP 408"),
    Case("2.x over its limit", 429, _message("org 0a has exceeded limited_write plan limit"), Retry, "limit"),
    Case("2.x starting", 503, _message("unavailable"), Retry, "unavailable"),
    Case("no room", 507, "", Retry, "HTTP 507"),
    Case("slow down", 429, _message("rate"), Retry, after_s=7, headers={"Retry-After": "7"}),
    Case("at once", 503, "", Retry, after_s=MIN_RETRY_S, headers={"Retry-After": "0"}),
    Case("in a second", 429, "", Retry, after_s=1, headers={"Retry-After": "1"}),
    Case("in a day", 503, "", Retry, after_s=MAX_RETRY_S, headers={"Retry-After": "86400"}),
    Case(
        "at a date long gone",
        503,
        "",
        Retry,
        after_s=MIN_RETRY_S,
        headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"},
    ),
    Case("garbage", 503, "", Retry, headers={"Retry-After": "soon"}),
    Case("teapot", 418, "", Retry, "HTTP 418"),
]


def _check(case: Case, answer: Answer) -> None:
    assert type(answer) is case.meaning
    if not isinstance(answer, Written):
        assert case.words in answer.reason
    if isinstance(answer, Retry):
        assert case.after_s <= answer.after_s <= case.after_s * (1 + JITTER)


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_an_answer_means(case: Case) -> None:
    _check(case, classify(case.status, case.headers, case.body.encode(), NOW))


@given(st.integers(0, 999), st.dictionaries(st.text(), st.text()), st.binary())
def test_any_answer_means_something(status: int, headers: dict[str, str], body: bytes) -> None:
    answer = classify(status, headers, body, NOW)
    assert isinstance(answer, Written) or 0 < len(answer.reason) < 800


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    with Answering(once(http(204))) as made:
        yield made


@pytest.fixture(params=[1, 2], ids=["1.x", "2.x"])
def store(request: pytest.FixtureRequest, server: Answering, monkeypatch: pytest.MonkeyPatch) -> Iterator[InfluxStore]:
    monkeypatch.setenv("DB_SECRET", SECRET)
    version: Literal[1, 2] = 1 if request.param == 1 else 2
    secret = SecretSource(env="DB_SECRET")
    made = InfluxStore(
        InfluxConfig(
            url=server.url + "/",
            version=version,
            database="db",
            org="" if version == 1 else "org",
            user="u" if version == 1 else None,
            password=secret if version == 1 else None,
            token=None if version == 1 else secret,
            timeout_s=TIMEOUT_S,
        )
    )
    yield made
    made.close()


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_an_answer_over_the_wire_means(case: Case, server: Answering, store: InfluxStore) -> None:
    server.play, asked = once(http(case.status, case.body.encode(), case.headers)), len(server.requests)
    _check(case, store.write([POINT]))
    assert len(server.requests) == asked + 1, "a store never repeats a request by itself, nor follows a redirect"
    request = server.requests[-1]
    assert request.parameters["precision"] == "ms"
    assert request.body == b"interface,if_name=GE0/0/1 in_bps=1.5 1700000000000\n"
    assert request.headers["authorization"].startswith(("Basic ", f"Token {SECRET}"))


def test_a_secret_that_a_server_repeats_is_hidden(
    server: Answering, store: InfluxStore, caplog: pytest.LogCaptureFixture
) -> None:
    server.play = once(http(401, _message(f"bad Authorization: Token {SECRET}").encode()))
    answer = store.write([POINT])
    assert isinstance(answer, Stop)
    with pytest.raises(QueryError) as error:
        store.query("SELECT 1")
    for text in (answer.reason, str(error.value), repr(store), repr(vars(store)), caplog.text):
        assert SECRET not in text


def test_of_a_long_answer_the_beginning_and_the_end_are_told(server: Answering, store: InfluxStore) -> None:
    text = f"unable to parse 'm,t={'x' * 600_000}': it is too long dropped=1"
    for body in (_error(text), text):
        server.play = once(http(400, body.encode()))
        answer = store.write([POINT])
        assert isinstance(answer, Refused)
        assert answer.reason.startswith("unable to parse 'm,t=xxx")
        assert len(answer.reason) == 500
    server.play = once(http(400, _error(text).encode()))
    answer = store.write([POINT])
    assert isinstance(answer, Refused)
    assert answer.reason.endswith("': it is too long dropped=1")


def test_an_unclean_point_is_refused_without_asking(server: Answering, store: InfluxStore) -> None:
    asked = len(server.requests)
    assert isinstance(store.write([Point.of("m", (("t", "a\\"),), (("f", 1),), 1)]), Refused)
    assert store.write([]) == Written()
    assert len(server.requests) == asked


def test_a_server_that_is_not_there_means_retry(tmp_path: Path) -> None:
    for version in (1, 2):
        config = {"url": "http://127.0.0.1:1", "version": version, "database": "db", "timeout_s": 1}
        store = InfluxStore(InfluxConfig.model_validate(config), tmp_path)
        assert isinstance(store.write([POINT]), Retry)
        assert store.incarnation() is None
        with pytest.raises(QueryError, match="refused"):
            store.query("SELECT 1")
        store.close()

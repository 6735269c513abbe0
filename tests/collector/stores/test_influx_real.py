"""What real databases answer to requests that are wrong in one way, and what that means."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from servers.influxdb import InfluxDb
from servers.victoria_metrics import VictoriaMetrics

from collector.bounded_http import BoundedHttp
from collector.influx_answers import classify
from collector.store import Answer, Refused, Stop, TooLarge, Written

NOW = time.time_ns() // 1_000_000
OLD = NOW - 9 * 86_400_000
GZIP = {"Content-Encoding": "gzip"}
MS = {"db": "mangrove", "precision": "ms"}


@dataclass(frozen=True)
class Wrong:
    """A request; `words` must be in the reason."""

    name: str
    meaning: type[Answer]
    words: str = ""
    body: bytes = b"m,t=a f=1 %d\n" % NOW
    path: str = "/write"
    parameters: Mapping[str, str] = field(default_factory=lambda: MS)
    headers: Mapping[str, str] = field(default_factory=dict)


INFLUXDB = [
    Wrong("nothing", Written),
    Wrong("a type", Refused, "already exists as type float dropped=1", b"m,t=a f=1i %d\n" % NOW),
    Wrong("one type of two", Refused, "dropped=1", b"m,t=b f=2 %d\nm,t=a f=1i %d\n" % (NOW, NOW)),
    Wrong("a line", Refused, "unable to parse 'm,t=a'", b"m,t=a\n"),
    Wrong("one line of two", Refused, "dropped=0", b"m,t=b f=2 %d\nm,t=a\n" % NOW),
    Wrong("a line about a timeout", Refused, "timeout", b"timeout,t=timeout\n"),
    Wrong("NaN", Refused, "invalid number", b"m,t=a f=NaN %d\n" % NOW),
    Wrong("the time", Refused, "beyond retention policy dropped=1", b"m,t=a f=1 %d\n" % OLD),
    Wrong("the length of a tag", Refused, "max key length exceeded", b"m,t=%s f=1 %d\n" % (b"x" * 70_000, NOW)),
    Wrong("the length of all", TooLarge, "", b"#" * 26_000_000),
    Wrong("the database", Stop, "CREATE DATABASE", parameters=MS | {"db": "none"}),
    Wrong("no database", Stop, "`database`", parameters={"precision": "ms"}),
    Wrong("the retention policy", Stop, "CREATE DATABASE", parameters=MS | {"rp": "none"}),
    Wrong("the version", Stop, "`version`", path="/api/v2/write", parameters={"bucket": "mangrove"}),
    Wrong("packed badly", Stop, "spoils", headers=GZIP),
]
WITH_LOGIN = [
    Wrong("no login", Stop, "`user` and `password`"),
    Wrong("the login", Stop, "`user` and `password`", headers={"Authorization": "Basic dTp3cm9uZw=="}),
    Wrong(
        "a login that may only read", Stop, "right to write", headers={"Authorization": "Basic cmVhZGVyOnJlYWRlcg=="}
    ),
]
VICTORIA_METRICS = [
    Wrong("nothing", Written),
    Wrong("a line, and it says yes", Written, body=b"m,t=a\n"),
    Wrong("the time, and it says yes", Written, body=b"m,t=a f=1 1000\n"),
    Wrong("nothing by the API of 2.x", Written, path="/api/v2/write"),
    Wrong("the path", Stop, "correct `url`", path="/influx2/write"),
    Wrong("packed badly", Stop, "spoils", headers=GZIP),
]


def _answer(port: int, wrong: Wrong) -> Answer:
    web = BoundedHttp(30.0)
    url = f"http://127.0.0.1:{port}{wrong.path}?{urlencode(wrong.parameters)}"
    reply = web.request("POST", url, headers=wrong.headers, body=wrong.body)
    web.clear()
    return classify(reply.status, reply.headers, reply.data, time.time())


@pytest.fixture(scope="module")
def influxdb_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with InfluxDb(tmp_path_factory.mktemp("real")) as server:
        server.query('CREATE RETENTION POLICY "day" ON "mangrove" DURATION 1d REPLICATION 1 DEFAULT')
        server.write(f"m,t=a f=1 {NOW}\n")
        yield server.port


@pytest.fixture(scope="module")
def victoria_metrics_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with VictoriaMetrics(tmp_path_factory.mktemp("real")) as server:
        yield server.port


def _check(answer: Answer, wrong: Wrong) -> None:
    assert type(answer) is wrong.meaning, answer
    if not isinstance(answer, Written):
        assert wrong.words in answer.reason


@pytest.mark.parametrize("wrong", INFLUXDB, ids=lambda wrong: wrong.name)
def test_influxdb_says_what_is_wrong(wrong: Wrong, influxdb_port: int) -> None:
    _check(_answer(influxdb_port, wrong), wrong)


def test_influxdb_says_what_is_wrong_with_a_login(tmp_path: Path) -> None:
    with InfluxDb(tmp_path, user="root", password="right") as server:
        server.query("CREATE USER reader WITH PASSWORD 'reader'")
        server.query('GRANT READ ON "mangrove" TO reader')
        for wrong in WITH_LOGIN:
            _check(_answer(server.port, wrong), wrong)


@pytest.mark.parametrize("wrong", VICTORIA_METRICS, ids=lambda wrong: wrong.name)
def test_victoria_metrics_says_what_is_wrong_or_does_not(wrong: Wrong, victoria_metrics_port: int) -> None:
    _check(_answer(victoria_metrics_port, wrong), wrong)

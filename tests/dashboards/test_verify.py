"""`verify` names the panel that is empty, slow or wrong, and says why."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from dashboards.conftest import DATABASE
from dashboards.hour import END_MS, HOUR_S, Hour
from pydantic import SecretStr
from servers.influxdb import InfluxDb

from contract.catalog import FieldSpec
from dashboards.asking import AskError, Database, Range, Row, filled
from dashboards.build import Built
from dashboards.panel import RECENT_S, Board
from dashboards.terms import COUNT, PERCENT, wrong
from dashboards.verify import Verdict, verify

NOW_MS = END_MS - 1


@pytest.fixture
def database(shared_influxdb: InfluxDb) -> Iterator[Database]:
    """The generated hour, over HTTP as `verify` asks it."""
    made = Database(f"{shared_influxdb.url}/{DATABASE}", None, 30.0)
    yield made
    made.close()


def english(built: list[Built]) -> list[Board]:
    """The dashboards in English."""
    return [one.board for one in built if one.language == "en"]


def verdicts(
    built: list[Built], ask: Callable[[str], list[Row]], now_ms: int = NOW_MS, slow_s: float = 30.0
) -> list[Verdict]:
    """Of all panels in English."""
    return [verdict for board in english(built) for verdict in verify(board, ask, now_ms, HOUR_S, slow_s)]


def bad(found: list[Verdict]) -> dict[str, str]:
    """Title and result of what is not ok."""
    return {verdict.panel: verdict.result for verdict in found if verdict.result != "ok"}


def test_all_is_well_with_an_hour_of_data(hour: Hour, database: Database, built: list[Built]) -> None:
    found = verdicts(built, database.ask)
    assert bad(found) == {}
    assert len(found) == sum(len(one.board.panels) + len(one.board.variables) for one in built) // 2
    assert all(verdict.rows > 0 for verdict in found)


def test_an_empty_panel_is_named(hour: Hour, database: Database, built: list[Built]) -> None:
    found = bad(verdicts(built, database.ask, END_MS + 600_000))
    titles = {panel.head.title for board in english(built) for panel in board.panels if panel.head.last_s == RECENT_S}
    recent = {title.replace("${technology}", "4g") for title in titles}
    assert found == dict.fromkeys(recent, "empty")


def test_a_slow_panel_is_named(hour: Hour, database: Database, built: list[Built]) -> None:
    released = threading.Event()

    def ask(query: str) -> list[Row]:
        if '"interface"' in query:
            released.wait(0.15)
        return database.ask(query)

    found = verdicts(built, ask, slow_s=0.3)
    assert bad(found) == {"Links by load of the last hour, 95th percentile": "slow"}
    assert next(verdict for verdict in found if verdict.result == "slow").ms >= 300


@pytest.mark.parametrize(
    ("line", "panel", "why"),
    [
        (f"service,technology=4g,title=X,area=x status=9i,lat=9.0,lon=105.0,since_ms=1.0 {NOW_MS}",
         "Communes by service, 4g", "status: 9 is a state without a name"),
        (f"headline,technology=4g communes=-3.0 {NOW_MS}", "Communes with service now", "communes: -3 is below zero"),
        (f"headline,technology=4g share_pct=900000.0 {NOW_MS}", "Share of cells in service", "is more than all"),
        (f"availability,scope=area,title=X,level=xyz up_s=1.0,down_s=0.0,unknown_s=0.0,maintenance_s=0.0 {NOW_MS}",
         "Availability by area", "level: 'xyz' is a state without a name"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_named_with_its_panel(
    line: str, panel: str, why: str, shared_influxdb: InfluxDb, built: list[Built]
) -> None:
    name = "spoilt_" + re.sub(r"\W", "_", panel)
    shared_influxdb.create_database(name)
    shared_influxdb.write(f"{Hour().lines()}\n{line}", database=name)
    database = Database(f"{shared_influxdb.url}/{name}", None, 30.0)
    wrongs = {verdict.panel: verdict.why for verdict in verdicts(built, database.ask) if verdict.result == "wrong"}
    database.close()
    assert why in wrongs[panel]


def test_what_the_database_refuses_is_wrong_in_its_own_words(built: list[Built], shared_influxdb: InfluxDb) -> None:
    database = Database(f"{shared_influxdb.url}/not_there", None, 30.0)
    found = verdicts(built, database.ask)
    database.close()
    assert {verdict.result for verdict in found} == {"wrong"}
    assert {verdict.why for verdict in found} == {"database not found: not_there"}


@pytest.mark.parametrize(
    ("sense", "value", "why"),
    [
        (PERCENT, 100.0, None),
        (PERCENT, 100.1, "100.1 % is more than all"),
        (COUNT, 0, None),
        (COUNT, -1, "-1 is below zero"),
        (COUNT, True, "True is no number"),
        (COUNT, float("inf"), "inf is no number"),
        (COUNT, "3", "'3' is no number"),
        (COUNT, 10**400, f"1{'0' * 59} is no number"),
        (COUNT, [1], "[1] is no number"),
        (FieldSpec(kind="gauge", unit="Cel", en="-", vi="-"), -4.0, None),
        (FieldSpec(kind="state", values={1: "up"}, en="-", vi="-"), 2, "2 is a state without a name"),
    ],
)  # fmt: skip
def test_the_sense_of_the_catalog(sense: FieldSpec, value: object, why: str | None) -> None:
    assert wrong(sense, value) == why


def test_what_grafana_puts_into_a_query_is_put_in() -> None:
    query = "SELECT x FROM m WHERE $timeFilter AND a =~ /^(${area})$/ GROUP BY time($__interval)"
    said = filled(query, Range(1_000, 2_000, 120), {"area": ".*"})
    assert said == "SELECT x FROM m WHERE time >= 1000ms and time <= 2000ms AND a =~ /^(.*)$/ GROUP BY time(120s)"


@pytest.mark.parametrize("url", ["", "localhost", "ftp://h/d", "http://user:pw@h/d", "http://[::1"])
def test_a_url_that_is_none_says_what_one_is(url: str) -> None:
    with pytest.raises(AskError, match="the store is http://HOST:PORT/DATABASE"):
        Database(url, None, 1.0)


class _Scripted(BaseHTTPRequestHandler):
    """Answers what a test has left in `script`, and keeps what it was asked."""

    script: list[tuple[int, bytes]] = []  # noqa: RUF012
    seen: list[str] = []  # noqa: RUF012

    def do_GET(self) -> None:
        status, body = self.script[-1]
        self.seen.append(self.headers.get("Authorization", ""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def scripted() -> Iterator[tuple[str, type[_Scripted]]]:
    """A server that says what a test tells it to."""
    handler = type("Handler", (_Scripted,), {"script": [(200, b"{}")], "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/db", handler
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("secret", "header"), [("abc==", "Token abc=="), ("doc:mật", "Basic ZG9jOm3huq10")], ids=["2.x", "1.x"]
)
def test_a_token_of_each_version_is_sent_and_never_repeated(
    secret: str, header: str, scripted: tuple[str, type[_Scripted]]
) -> None:
    url, handler = scripted
    handler.script.append((401, json.dumps({"error": f"bad token {secret}"}).encode()))
    database = Database(url, SecretStr(secret), 5.0)
    with pytest.raises(AskError, match=r"bad token \*\*\*$"):
        database.ask("SELECT 1")
    database.close()
    assert handler.seen == [header]


@pytest.mark.parametrize("secret", ["a\nb", "mật", "a b\x7f"])
def test_a_token_that_no_header_can_carry_is_told_and_not_repeated(secret: str) -> None:
    with pytest.raises(AskError, match="one line of ASCII") as told:
        Database("http://127.0.0.1:1/db", SecretStr(secret), 1.0)
    assert secret not in str(told.value)


def test_the_databases_words_are_one_line_that_a_terminal_only_shows(scripted: tuple[str, type[_Scripted]]) -> None:
    url, handler = scripted
    handler.script.append((400, json.dumps({"error": "no\n\x1b[2J" + "x" * 9_000}).encode()))
    database = Database(url, None, 5.0)
    with pytest.raises(AskError, match=r"^no\\n\\x1b\[2Jx{100}") as told:
        database.ask("SELECT 1")
    database.close()
    assert len(str(told.value)) < 1_000


def test_a_value_of_no_kind_that_we_know_is_wrong_and_no_error_of_ours(built: list[Built]) -> None:
    row: Row = {"level": ["x"], "title": {}, "status": [], "technology": []}
    found = verdicts(built, lambda _: [row])
    assert {verdict.result for verdict in found if verdict.panel in ("Communes by service, 4g", "Outages")} == {"wrong"}


@pytest.mark.parametrize(
    "body",
    [
        *(b"<html>", b"[]", b'"x"', b"", b'{"results": 5}', b'{"results": ["x"]}', b"[" * 100_000),
        b'{"results": [{"series": [{"values": [[1]]}]}]}',
        b'{"results": [{"series": [{"columns": ["a"], "values": [[1, 2]]}]}]}',
        b'{"results": [{"series": [{"columns": [["a"]], "values": [[1]]}]}]}',
    ],
)
def test_another_server_is_no_influxdb(body: bytes, scripted: tuple[str, type[_Scripted]]) -> None:
    url, handler = scripted
    handler.script.append((200, body))
    database = Database(url, None, 5.0)
    with pytest.raises(AskError, match="this is no InfluxDB"):
        database.ask("SELECT 1")
    database.close()


def test_a_database_that_is_not_there_is_told(tmp_path: Path) -> None:
    database = Database("http://127.0.0.1:1/db", None, 1.0)
    with pytest.raises(AskError, match=r"127\.0\.0\.1:1 gives no answer: \[Errno 111\] Connection refused$"):
        database.ask("SELECT 1")
    database.close()

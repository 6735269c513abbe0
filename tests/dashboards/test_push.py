"""`push` against a scripted Grafana over https, with a certificate of the test's own authority."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from contract.certificates import Authority
from pydantic import SecretStr

from dashboards.build import Built
from dashboards.push import Change, Grafana, PushError

TOKEN = "glsa_a_token_for_the_test"


class FakeGrafana:
    """Folders and dashboards as Grafana's HTTP API keeps them, with what it was asked."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.boards: dict[str, dict[str, Any]] = {}
        self.writes: list[str] = []
        self.answers: list[tuple[int, dict[str, str]]] = []  # said before anything else

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        """Status and JSON."""
        if self.answers:
            return self.answers.pop(0)
        parts = path.strip("/").split("/")[1:]
        if method != "GET":
            self.writes.append(f"{method} {path}")
        match method, parts:
            case "GET", ["folders", uid]:
                return (200, self.folders[uid]) if uid in self.folders else (404, {"message": "folder not found"})
            case "POST", ["folders"]:
                self.folders[body["uid"]] = body
                return 200, body
            case "PUT", ["folders", uid]:
                self.folders[uid]["title"] = body["title"]
                return 200, self.folders[uid]
            case "GET", ["dashboards", "uid", uid]:
                return (200, self.boards[uid]) if uid in self.boards else (404, {"message": "Dashboard not found"})
            case "POST", ["dashboards", "db"]:
                return self._save(body)
        return 404, {"message": "not found"}

    def _save(self, body: Any) -> tuple[int, Any]:
        board, uid = body["dashboard"], body["dashboard"]["uid"]
        there = self.boards.get(uid)
        if there and not body["overwrite"] and board.get("version") != there["dashboard"]["version"]:
            return 412, {"message": "The dashboard has been changed by someone else", "status": "version-mismatch"}
        version = there["dashboard"]["version"] + 1 if there else 1
        self.boards[uid] = {
            "dashboard": {**board, "id": len(self.boards) + 1, "version": version},
            "meta": {"folderUid": body["folderUid"]},
        }
        return 200, {"uid": uid, "status": "success"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs the Grafana's certificate."""
    return Authority(tmp_path / "authority", "Test")


@pytest.fixture
def fake() -> FakeGrafana:
    """A Grafana without anything in it."""
    return FakeGrafana()


@pytest.fixture
def url(fake: FakeGrafana, authority: Authority) -> Iterator[str]:
    """Where it is, below a path as behind a proxy."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
            path = self.path.removeprefix("/grafana")
            status, said = fake.answer(self.command, path, body) if known else (401, {"message": "Invalid API key"})
            text = json.dumps(said).encode()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = _any  # noqa: N815  # the names of http.server

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("grafana"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is part of the tests
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/grafana"
    server.shutdown()
    server.server_close()
    thread.join()


def push(url: str, authority: Authority, built: list[Built], *, token: str = TOKEN, dry: bool = False) -> list[Change]:
    """All that was done."""
    return list(Grafana(url, SecretStr(token), authority.file).push(built, dry=dry))


def test_what_is_new_is_made_once(url: str, authority: Authority, fake: FakeGrafana, built: list[Built]) -> None:
    first = push(url, authority, built)
    assert {change.what for change in first} == {"new"}
    assert fake.folders.keys() == {"mangrove-vi", "mangrove-en"}
    assert {uid: (one["meta"]["folderUid"]) for uid, one in fake.boards.items()} == {
        one.uid: one.folder.uid for one in built
    }
    writes = len(fake.writes)
    assert {change.what for change in push(url, authority, built)} == {"same"}
    assert len(fake.writes) == writes


def test_what_somebody_changed_is_put_right(
    url: str, authority: Authority, fake: FakeGrafana, built: list[Built]
) -> None:
    push(url, authority, built)
    fake.boards["mangrove-ioc-vi"]["dashboard"]["title"] = "other"
    fake.boards["mangrove-uptime-en"]["meta"]["folderUid"] = "elsewhere"
    fake.folders["mangrove-en"]["title"] = "other"
    changed = {change.uid for change in push(url, authority, built) if change.what == "changed"}
    assert changed == {"mangrove-ioc-vi", "mangrove-uptime-en", "mangrove-en"}
    assert {change.what for change in push(url, authority, built)} == {"same"}


def test_a_dry_run_writes_nothing(url: str, authority: Authority, fake: FakeGrafana, built: list[Built]) -> None:
    assert {change.what for change in push(url, authority, built, dry=True)} == {"new"}
    assert fake.writes == []


def test_a_wrong_token_says_what_to_do_and_is_not_repeated(url: str, authority: Authority, built: list[Built]) -> None:
    with pytest.raises(PushError, match="service account") as told:
        push(url, authority, built, token="glsa_another_one")
    assert "glsa" not in str(told.value)


@pytest.mark.parametrize(
    ("status", "advice"),
    [(403, "Editor"), (412, "saved it in the same moment"), (500, "Grafana's log"), (400, "Grafana's log")],
)
def test_a_refusal_says_what_to_do(
    status: int, advice: str, url: str, authority: Authority, fake: FakeGrafana, built: list[Built]
) -> None:
    fake.answers = [(status, {"message": f"no, {TOKEN}"})]
    with pytest.raises(PushError, match=advice) as told:
        push(url, authority, built)
    assert TOKEN not in str(told.value)


def test_what_is_saved_between_look_and_push_is_not_overwritten(
    url: str, authority: Authority, fake: FakeGrafana, built: list[Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    push(url, authority, built)
    board = fake.boards["mangrove-ioc-en"]["dashboard"]
    board["title"] = "mine"
    answer = fake.answer

    def meanwhile(method: str, path: str, body: Any) -> tuple[int, Any]:
        if method == "POST":
            board["version"] += 1
        return answer(method, path, body)

    monkeypatch.setattr(fake, "answer", meanwhile)
    with pytest.raises(PushError, match="push again"):
        push(url, authority, built)
    assert fake.boards["mangrove-ioc-en"]["dashboard"]["title"] == "mine"


def test_a_redirect_is_not_followed(url: str, authority: Authority, fake: FakeGrafana, built: list[Built]) -> None:
    fake.answers = [(302, {})]
    with pytest.raises(PushError, match="redirects"):
        push(url, authority, built)


def test_an_unknown_authority_is_refused(url: str, tmp_path: Path, built: list[Built]) -> None:
    stranger = Authority(tmp_path / "stranger", "Test")
    with pytest.raises(PushError, match="--ca-file names who signed"):
        push(url, stranger, built)


@pytest.mark.parametrize(
    "bad",
    [
        *("http://127.0.0.1:3000", "grafana:3000", "https://", "https://user:pw@host", ""),
        *("https://host:99999", "https://[::1", "https://host:x"),
    ],
)
def test_only_https_is_spoken(bad: str, authority: Authority, built: list[Built]) -> None:
    with pytest.raises(PushError, match="clear text"):
        push(bad, authority, built)


@pytest.mark.parametrize("token", [f"{TOKEN}\nx", f"{TOKEN}ậ"])
def test_a_token_that_no_header_can_carry_is_told_and_not_repeated(url: str, authority: Authority, token: str) -> None:
    with pytest.raises(PushError, match="one line of ASCII") as told:
        push(url, authority, [], token=token)
    assert TOKEN not in str(told.value)


@pytest.mark.parametrize("said", [[], {"dashboard": {}}, {"dashboard": [], "meta": {}}, "x", 5])
def test_what_does_not_speak_as_grafana_is_told(
    said: Any, url: str, authority: Authority, fake: FakeGrafana, built: list[Built]
) -> None:
    push(url, authority, built)
    fake.boards["mangrove-ioc-vi"] = said
    with pytest.raises(PushError, match=r"no Grafana 9\.3 or newer"):
        push(url, authority, built)


def test_grafanas_words_are_one_line_that_a_terminal_only_shows(
    url: str, authority: Authority, fake: FakeGrafana, built: list[Built]
) -> None:
    fake.answers = [(500, {"message": "no\n\x1b[2J"})]
    with pytest.raises(PushError, match=r"no \\x1b\[2J: see") as told:
        push(url, authority, built)
    assert str(told.value).isprintable()


def test_nobody_there_is_told(authority: Authority, built: list[Built]) -> None:
    with pytest.raises(PushError, match=r"https://127\.0\.0\.1:1 gives no answer: \[Errno 111\] Connection refused$"):
        push("https://127.0.0.1:1", authority, built)

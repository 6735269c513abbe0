"""The control socket: bounded, for its owner only, and never ended by what it is asked."""

import json
import socket
import socketserver
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from contract import control
from contract.control import MAX_CALLERS, MAX_LINE, Control, ControlError, ask


def _refuse(_asked: Mapping[str, object]) -> object:
    raise ControlError("no, because")


def _buggy(_asked: Mapping[str, object]) -> object:
    raise ZeroDivisionError


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "control.sock"
    answers: dict[str, control.Answerer] = {"echo": dict, "refuse": _refuse, "bug": _buggy}
    one = Control(path, answers)
    yield path
    one.close()
    assert not path.exists()


def raw(path: Path, data: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return sock.makefile("rb").readline()


def test_a_question_is_answered(path: Path) -> None:
    assert ask(path, "echo", text="Năm Căn") == {"ask": "echo", "text": "Năm Căn"}


def test_only_the_owner_may_use_it(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nobody_can_connect_before_its_mode_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[bool] = []

    def chmod(self: Path, mode: int) -> None:
        with socket.socket(socket.AF_UNIX) as sock, pytest.raises(ConnectionRefusedError):
            sock.connect(str(self))
        refused.append(True)

    monkeypatch.setattr(Path, "chmod", chmod)
    Control(tmp_path / "s", {}).close()
    assert refused == [True]


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\n", b"\xff\xfe\n", b"[1]\n", b"{}\n", b'"ask"\n', b'{"ask":["echo"]}\n', b"[" * 100_000 + b"\n"],
    ids=range(8),
)
def test_garbage_is_answered_with_an_error(path: Path, garbage: bytes) -> None:
    assert "error" in json.loads(raw(path, garbage))
    assert ask(path, "echo") == {"ask": "echo"}


def test_a_line_without_an_end_is_cut_off(path: Path) -> None:
    assert "error" in json.loads(raw(path, b'"' + b"x" * (MAX_LINE - 2)))


@pytest.mark.parametrize(
    ("question", "words"),
    [("refuse", "no, because"), ("nothing", "known: bug, echo, refuse"), ("bug", "is a bug here")],
)
def test_what_cannot_be_answered_is_an_error_with_words(path: Path, question: str, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        ask(path, question)


def test_callers_that_say_nothing_are_bounded_and_let_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        for _ in range(MAX_CALLERS):
            sock = stack.enter_context(socket.socket(socket.AF_UNIX))
            sock.connect(str(path))
            sock.sendall(b"{")
        with pytest.raises(ControlError, match=r"too many callers|nobody answers"):
            ask(path, "echo")
        assert threading.active_count() < 2 * MAX_CALLERS + 10  # each has a timer
    for _ in range(200):
        try:
            assert ask(path, "echo") == {"ask": "echo"}
            return
        except ControlError:
            threading.Event().wait(0.02)
    pytest.fail("the places of callers that have gone were not free again")


def test_where_there_is_no_thread_for_a_caller_its_place_is_free_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_thread(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(socketserver.ThreadingMixIn, "process_request", no_thread)
        for _ in range(MAX_CALLERS):
            with pytest.raises(ControlError):
                ask(path, "echo")
    assert ask(path, "echo") == {"ask": "echo"}


def test_a_silent_caller_is_timed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control._Handler, "timeout", 0.05)
    one = Control(tmp_path / "s", {})
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(tmp_path / "s"))
        assert sock.recv(1) == b""
    one.close()


def test_a_path_longer_than_a_socket_address_works(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100) / ("y" * 100)
    folder.mkdir(parents=True)
    one = Control(folder / "control.sock", {"echo": dict})
    assert ask(folder / "control.sock", "echo") == {"ask": "echo"}
    one.close()
    assert list(folder.iterdir()) == []


def test_a_socket_that_a_killed_collector_left_is_replaced(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(tmp_path / "s"))
    with pytest.raises(ControlError, match="is it running"):
        ask(tmp_path / "s", "echo")
    one = Control(tmp_path / "s", {"echo": dict})
    assert ask(tmp_path / "s", "echo") == {"ask": "echo"}
    one.close()


def test_where_no_collector_is_the_error_says_so(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="is it running"):
        ask(tmp_path / "nowhere" / "s", "echo")

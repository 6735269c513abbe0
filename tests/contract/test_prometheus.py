"""`/metrics`: the formats of Prometheus, and callers that can hold up nothing."""

import http.client
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families
from servers.ports import HOST, free_port

from contract import prometheus
from contract.metrics import Metric, Report
from contract.prometheus import MAX_CALLERS, ListenError, MetricsConfig, serving

Parts = dict[str, int]


def _broken(_parts: Parts) -> float:
    raise KeyError("a bug of ours")


METRICS: tuple[Metric[Parts], ...] = (
    Metric("batches_sent", "counter", "Batches sent", lambda p: p["sent"]),
    Metric("spool_bytes", "gauge", "Bytes: a \\ and a\nbreak", lambda p: p["bytes"]),
    Metric("lag_seconds", "gauge", "Nothing yet", lambda _: None),
    Metric("broken", "gauge", "Cannot be read", _broken),
    Metric("let_go", "counter", "By why", lambda p: {('"full"',): p["full"], ("cũ",): 2}, ("why",)),
)
PARTS = {"sent": 3, "bytes": 7, "full": 5}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """So many questions come in a second only here."""
    monkeypatch.setattr(prometheus._Server, "pause_s", 0.0)


@pytest.fixture
def port() -> Iterator[int]:
    """Where the numbers above are served."""
    at = free_port()
    with serving(MetricsConfig(port=at), "mangrove_test", METRICS, PARTS):
        yield at


def ask(port: int, path: str = "/metrics", method: str = "GET", **headers: str) -> tuple[int, str, str]:
    """Return status, content type and text."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    connection.request(method, path, headers={"Accept-Encoding": "identity"} | headers)
    answer = connection.getresponse()
    said = answer.status, str(answer.getheader("Content-Type")), answer.read().decode()
    connection.close()
    return said


def test_the_library_s_own_parser_reads_every_number_and_a_broken_one_hides_no_other(port: int) -> None:
    status, kind, text = ask(port)
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in families.values()
        for sample in family.samples
        if family.name.startswith("mangrove")
    }
    assert samples == {
        ("mangrove_test_batches_sent_total",): 3,
        ("mangrove_test_spool_bytes",): 7,
        ("mangrove_test_let_go_total", '"full"'): 5,
        ("mangrove_test_let_go_total", "cũ"): 2,
    }
    assert families["mangrove_test_spool_bytes"].documentation == METRICS[1].meaning
    assert families["mangrove_test_batches_sent"].type == "counter"
    assert families["process_resident_memory_bytes"].samples[0].value > 1 << 20


def test_openmetrics_is_spoken_to_who_asks_for_it(port: int) -> None:
    status, kind, text = ask(port, Accept="application/openmetrics-text; version=1.0.0")
    assert (status, kind.partition(";")[0]) == (200, "application/openmetrics-text")
    read = openmetrics.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    names = {family.name for family in read}
    assert {f"mangrove_test_{metric.name}" for metric in METRICS} <= names


def test_there_is_nothing_else_to_be_had(port: int) -> None:
    assert ask(port, "/")[0] == 404
    assert ask(port, "/metrics/../etc/passwd")[0] == 404
    assert ask(port, "/metrics?name[]=mangrove_test_spool_bytes")[0] == 200
    for method in ("POST", "PUT", "DELETE", "TRACE"):
        assert ask(port, method=method)[0] == 501


def test_callers_that_say_nothing_or_a_byte_now_and_then_are_few_and_are_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prometheus._Server, "timeout_s", 0.6)
    port = free_port()
    with serving(MetricsConfig(port=port), "mangrove_test", METRICS, PARTS), ExitStack() as stack:
        callers = [stack.enter_context(socket.create_connection((HOST, port), 10)) for _ in range(MAX_CALLERS)]
        drip = threading.Thread(target=_drip, args=(callers[0],))
        drip.start()
        with socket.create_connection((HOST, port), 10) as one_too_many:
            assert one_too_many.recv(1) == b""  # at once: nobody waits in a queue of ours
        assert threading.active_count() < 3 * MAX_CALLERS + 5
        for caller in callers:
            caller.settimeout(10)
            assert _is_cut(caller)
        drip.join(10)
        assert not drip.is_alive()
        _wait_until_answered(port)


def test_who_asks_without_end_is_answered_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    pause_s = 0.2
    monkeypatch.setattr(prometheus._Server, "pause_s", pause_s)
    port = free_port()
    answered = asked = 0
    with serving(MetricsConfig(port=port), "mangrove_test", METRICS, PARTS):
        began = time.monotonic()
        while time.monotonic() - began < 3 * pause_s:
            asked += 1
            try:
                answered += ask(port)[0] == 200
            except (OSError, http.client.HTTPException):
                continue
        rounds = 1 + (time.monotonic() - began) / pause_s
    assert 0 < answered <= MAX_CALLERS * rounds
    assert asked - answered <= MAX_CALLERS * rounds + 1  # to be let go takes a while, too


def _drip(sock: socket.socket) -> None:
    """Send a byte of an endless header each while."""
    pause = threading.Event()
    try:
        sock.sendall(b"GET /metrics HTTP/1.0\r\nX: ")
        while True:
            sock.sendall(b"x")
            pause.wait(0.05)
    except OSError:
        return


def _is_cut(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True


def _wait_until_answered(port: int) -> None:
    deadline = time.monotonic() + 10
    pause = threading.Event()
    while True:
        try:
            assert ask(port)[0] == 200
            return
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline
            pause.wait(0.02)


def test_a_caller_that_does_not_read_its_answer_keeps_no_other_from_asking(port: int) -> None:
    with socket.create_connection((HOST, port), 10) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        deaf.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
        assert ask(port)[0] == 200


def test_garbage_is_answered_or_let_go_and_the_next_caller_is_served(port: int) -> None:
    for garbage in (b"\x00" * 100, b"GET\r\n\r\n", b"GET /metrics HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00", b""):
        with socket.create_connection((HOST, port), 10) as sock:
            sock.sendall(garbage)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(4096):
                pass
    _wait_until_answered(port)


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do(port: int) -> None:
    with pytest.raises(ListenError, match=rf"{HOST}:{port} cannot be listened on: .*: give a free port"):
        serving(MetricsConfig(port=port), "x", METRICS, PARTS).__enter__()


def test_an_address_that_is_not_of_this_host_is_an_error(port: int) -> None:
    with (
        pytest.raises(ListenError, match=r"192\.0\.2\.1"),
        serving(MetricsConfig(host="192.0.2.1", port=port), "x", METRICS, PARTS),
    ):
        pass


def test_when_it_ends_the_port_is_free_again() -> None:
    port = free_port()
    for _ in range(2):
        with serving(MetricsConfig(port=port), "x", METRICS, PARTS):
            assert ask(port)[0] == 200
    with pytest.raises(ConnectionRefusedError):
        ask(port)


def test_it_listens_on_ipv6_where_there_is_any() -> None:
    port = free_port()
    try:
        with serving(MetricsConfig(host="::1", port=port), "x", METRICS, PARTS):
            connection = http.client.HTTPConnection("::1", port, timeout=10)
            connection.request("GET", "/metrics")
            assert connection.getresponse().status == 200
            connection.close()
    except ListenError as error:
        pytest.skip(str(error))


def test_where_there_is_no_thread_for_a_caller_its_place_is_free_again(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(socketserver.ThreadingMixIn, "process_request", _no_thread)
        for _ in range(MAX_CALLERS + 1):
            with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
                ask(port)
    assert ask(port)[0] == 200


def _no_thread(*_: object) -> None:
    raise RuntimeError("can't start new thread")


def test_without_an_address_nothing_listens_and_the_library_is_not_even_loaded() -> None:
    code = (
        "import sys, threading\n"
        "from contract.prometheus import serving\n"
        "with serving(None, 'x', (), None): print(threading.active_count(), 'prometheus_client' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "1 False\n"


def test_a_report_has_what_was_counted_since_the_last_one_that_was_done() -> None:
    parts = {"sent": 3, "bytes": 7, "full": 5}
    report = Report(METRICS, parts)
    assert report.fields() == {"batches_sent": 3, "spool_bytes": 7.0, "let_go": 7}
    assert report.fields() == {"batches_sent": 3, "spool_bytes": 7.0, "let_go": 7}  # it could not be handed on
    report.done()
    parts |= {"sent": 4, "bytes": 1}
    assert report.fields() == {"batches_sent": 1, "spool_bytes": 1.0, "let_go": 0}

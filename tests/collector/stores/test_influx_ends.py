"""Every call to a database ends in time with one meaning, whatever is sent to it, by both of the client's ways."""

import gzip
import resource
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from contract.certificates import Authority
from servers.answering import Answering, Play, Request, http, once, slowly

from collector.influx import InfluxStore
from collector.influx_config import InfluxConfig
from collector.store import Answer, Point, QueryError, Refused, Retry, Stop, TooLarge, Written

TIMEOUT_S = 0.3
LEEWAY_S = 5.0  # of a busy machine
POINT = Point.of("interface", (("if_name", "GE0/0/1"),), (("in_bps", 1.5),), 1_700_000_000_000)
REFUSAL = http(400, b'{"error":"partial write: bad dropped=0"}')
VERSIONS: list[Literal[1, 2]] = [1, 2]


@pytest.fixture(scope="module")
def server() -> Iterator[Answering]:
    with Answering(once(http(204))) as made:
        yield made


@pytest.fixture(params=VERSIONS, ids=["1.x", "2.x"])
def store(request: pytest.FixtureRequest, server: Answering) -> Iterator[InfluxStore]:
    version: Literal[1, 2] = request.param
    made = _store(server, version, TIMEOUT_S)
    yield made
    made.close()


@pytest.fixture(params=VERSIONS, ids=["1.x", "2.x"])
def patient(request: pytest.FixtureRequest, server: Answering) -> Iterator[InfluxStore]:
    made = _store(server, request.param, 60.0)
    yield made
    made.close()


def _store(server: Answering, version: Literal[1, 2], timeout_s: float) -> InfluxStore:
    return InfluxStore(InfluxConfig(url=server.url, version=version, database="db", org="org", timeout_s=timeout_s))


def _silent(_: Request) -> Iterator[bytes | float]:
    yield 60.0


def _endless(_: Request) -> Iterator[bytes | float]:
    yield b"HTTP/1.1 400 Bad Request\r\nContent-Length: 104857600\r\n\r\n"
    for _number in range(1600):
        yield b"x" * 65536


def _with_an_end(_: Request) -> Iterator[bytes | float]:
    yield http(413, b"too large", {"Connection": "close"})


SLOW: dict[str, Play] = {
    "nothing comes": _silent,
    "the headers come byte by byte": slowly(http(204), 0.1),
    "a header that has no end": slowly(b"HTTP/1.1 204 No Content\r\nX: " + b"x" * 60, 0.1),
    "the body comes byte by byte": slowly(http(400, b"x" * 60), 0.02),
    "the body comes byte by byte after 200": slowly(http(200, b"x" * 60), 0.02),
    "one interim answer after the other": slowly(b"HTTP/1.1 100 Continue\r\n\r\n" * 60, 0.1, 25),
    "chunks that do not end": slowly(
        b"HTTP/1.1 400 ?\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60, 0.1, 6
    ),
}


@pytest.mark.parametrize("play", SLOW.values(), ids=SLOW)
def test_a_slow_answer_ends_within_the_timeout_and_means_retry(
    play: Play, server: Answering, store: InfluxStore
) -> None:
    server.play = play
    begun = time.monotonic()
    answer = store.write([POINT])
    took = time.monotonic() - begun
    assert isinstance(answer, Retry)
    assert "timed out" in answer.reason
    assert took < TIMEOUT_S + LEEWAY_S


CUT: dict[str, tuple[bytes, type[Answer]]] = {
    "cut in the status": (b"HTTP/1.1 20", Retry),
    "cut in the headers": (REFUSAL[:30], Retry),
    "cut after a header": (REFUSAL[:26], Retry),
    "cut in the body": (REFUSAL[:-5], Retry),
    "closed at once": (b"\r", Retry),
    "shorter than its length": (http(400, b"x", {"Content-Length": "9"}), Retry),
    "longer than its length": (http(400, b"partial write: x") + b"more", Refused),
    "204 with a length": (http(204, b"", {"Content-Length": "9"}), Written),
    "204 with a body": (http(204) + b"body", Written),
    "no length, closed": (b"HTTP/1.1 400 Bad Request\r\n\r\nunable to parse", Refused),
    "a length that is none": (b"HTTP/1.1 400 ?\r\nContent-Length: many\r\n\r\nunable to parse", Refused),
    "two lengths": (b"HTTP/1.1 400 ?\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", Retry),
    "a bad chunk": (b"HTTP/1.1 400 ?\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n", Retry),
    "a TLS alert": (b"\x15\x03\x01\x00\x02\x02\x46", Retry),
    "an SSH banner": (b"SSH-2.0-OpenSSH_9.2\r\n", Retry),
    "garbage": (bytes(range(256)) * 4, Retry),
    "a line without end": (b"HTTP/1.1 " + b"9" * 70_000 + b"\r\n\r\n", Retry),
    "200 headers": (b"HTTP/1.1 204 ?\r\n" + b"".join(b"X-%d: 1\r\n" % i for i in range(200)) + b"\r\n", Retry),
    "a status out of range": (b"HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n", Retry),
    "an unknown way of packing": (http(400, b"ab", {"Content-Encoding": "br"}), Refused),
    "packed, unasked": (http(400, gzip.compress(b"ab"), {"Content-Encoding": "gzip"}), Refused),
    "not UTF-8": (http(413, "Yêu cầu quá lớn".encode("utf-16")), TooLarge),
    "a login page": (http(302, b"", {"Location": "/login"}), Retry),
    "moved for good": (http(308, b"", {"Location": "http://127.0.0.1:9/"}), Stop),
}


@pytest.mark.parametrize(("sent", "meaning"), CUT.values(), ids=CUT)
def test_a_broken_or_strange_answer_has_a_meaning_and_the_next_request_its_own_answer(
    sent: bytes, meaning: type[Answer], server: Answering, patient: InfluxStore
) -> None:
    server.play = lambda _: iter([sent])
    asked = len(server.requests)
    assert type(patient.write([POINT])) is meaning
    assert len(server.requests) == asked + 1
    server.play = once(http(204))
    answer = patient.write([POINT])
    if isinstance(answer, Retry):  # the close of the connection came with the second request
        answer = patient.write([POINT])
    assert answer == Written(), "what is left of an answer is no answer to another request"


def test_a_huge_answer_is_read_in_part_and_its_status_counts(server: Answering, patient: InfluxStore) -> None:
    server.play = _endless
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert isinstance(patient.write([POINT]), Refused), "else the same 5,000 bad lines would be sent for ever"
    with pytest.raises(QueryError, match="over 64 MiB"):
        patient.query("SELECT 1")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 << 10


def test_an_answer_that_comes_before_all_was_sent_is_heard(server: Answering, patient: InfluxStore) -> None:
    server.play = _with_an_end
    points = [Point.of("interface", (("if_name", f"GE{i}"),), (("in_bps", 1.5),), 1) for i in range(5000)]
    assert isinstance(patient.write(points), TooLarge)


@pytest.mark.parametrize("version", VERSIONS)
def test_over_tls_a_slow_answer_ends_within_the_timeout_too(version: Literal[1, 2], tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority", "ours")
    with Answering(slowly(http(204), 0.1), authority.issue("database")) as server:
        config = {"url": server.url, "version": version, "database": "db", "ca_file": authority.file}
        store = InfluxStore(InfluxConfig.model_validate({**config, "timeout_s": 1.0}))
        answer = store.write([POINT])
        assert isinstance(answer, Retry)
        assert "timed out" in answer.reason
        server.play = once(http(204))
        assert store.write([POINT]) == Written()
        store.close()
        stranger = InfluxStore(InfluxConfig.model_validate({**config, "ca_file": None}))
        answer = stranger.write([POINT])
        assert isinstance(answer, Retry)
        assert "CERTIFICATE_VERIFY_FAILED" in answer.reason
        stranger.close()


def test_a_server_that_takes_no_request_is_given_up_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listening:
        for version in VERSIONS:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            store = InfluxStore(InfluxConfig(url=url, version=version, database="db", timeout_s=TIMEOUT_S), tmp_path)
            points = [Point.of("interface", (("if_name", f"{i:0400}"),), (("in_bps", 1.5),), i) for i in range(30_000)]
            begun = time.monotonic()
            assert isinstance(store.write(points), Retry)
            assert time.monotonic() - begun < TIMEOUT_S + LEEWAY_S
            store.close()

"""The proxy does to a connection what it says, and nothing else."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from contract.listener import until
from servers.ports import HOST
from servers.proxy import Fault, Proxy

TEXT = bytes(range(256)) * 300


class Echo:
    """A server that says what it hears; `heard` has the bytes."""

    def __init__(self) -> None:
        self.heard = bytearray()
        self.listener = socket.create_server((HOST, 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client:
            try:
                while data := client.recv(1 << 20):
                    self.heard += data
                    client.sendall(data)
            except OSError:
                return


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.listener.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy(echo.port) as made:
        yield made


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=10)


def receive(client: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count and (data := client.recv(65536)):
        got += data
    return got


def use(client: socket.socket) -> None:
    """Raises ConnectionError once the connection is reset."""
    with client:
        client.sendall(TEXT)
        while client.recv(65536):
            pass


def echoed(client: socket.socket, text: bytes) -> bytes:
    sending = threading.Thread(target=client.sendall, args=(text,))
    sending.start()
    got = receive(client, len(text))
    sending.join()
    return got


@pytest.mark.parametrize("fault", [Fault(), Fault(delay_s=0.01), Fault(one_by_one=True)])
def test_everything_passes_unaltered(fault: Fault, proxy: Proxy) -> None:
    proxy.set(fault)
    with connect(proxy) as client:
        assert echoed(client, TEXT[:20_000]) == TEXT[:20_000]
    assert proxy.cuts == 0


def test_what_is_delayed_takes_that_long_in_each_direction(proxy: Proxy) -> None:
    with connect(proxy) as client:
        proxy.set(Fault(delay_s=0.1))
        begun = time.monotonic()
        assert echoed(client, b"x") == b"x"
        assert time.monotonic() - begun >= 0.2


@pytest.mark.parametrize("after", [0, 1, 5_000])
def test_a_request_is_cut_after_exactly_so_many_bytes_and_both_ends_are_reset(
    after: int, proxy: Proxy, echo: Echo
) -> None:
    proxy.set(Fault(cut_requests_after=after))
    with pytest.raises(ConnectionError):
        use(connect(proxy))
    until(lambda: echo.heard == TEXT[:after])
    until(lambda: proxy.cuts == 1)


def test_a_request_arrives_whole_of_which_the_answer_is_swallowed(proxy: Proxy, echo: Echo) -> None:
    with connect(proxy) as client:
        assert echoed(client, b"before") == b"before"
        proxy.set(Fault(cut_answers_after=0))
        client.sendall(b"request")
        with pytest.raises(ConnectionError):
            client.recv(100)
    until(lambda: echo.heard == b"beforerequest")


def test_what_was_silent_goes_on_or_is_reset_or_stays_so_while_new_connections_pass(proxy: Proxy) -> None:
    with connect(proxy) as client:
        proxy.set(Fault(silence="held"))
        client.sendall(b"held")
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(100)
        proxy.clear()
        client.settimeout(10)
        assert receive(client, 4) == b"held"

        proxy.set(Fault(silence="dead"))
        client.sendall(b"dead")
        proxy.clear()
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(100)
    with connect(proxy) as client:
        assert echoed(client, b"new") == b"new"
        proxy.set(Fault(silence="reset"))
        proxy.clear()
        with pytest.raises(ConnectionError):
            client.recv(100)


def test_an_orderly_end_is_an_orderly_end(proxy: Proxy) -> None:
    with connect(proxy) as client:
        assert echoed(client, b"x") == b"x"
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""
    assert proxy.cuts == 0


def test_without_a_server_behind_it_a_client_is_reset(proxy: Proxy, echo: Echo) -> None:
    echo.listener.shutdown(socket.SHUT_RDWR)
    echo.listener.close()
    with pytest.raises(ConnectionError):
        use(connect(proxy))

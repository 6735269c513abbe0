"""Rounds of echoes against a network that keeps to a script: what comes twice, late, from elsewhere, or as an error."""

import asyncio
import errno
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from agents.echo.peer import Came, Failed, Network, Script, echo_of, reply
from agents.waiting import until

from agents.echo.echoes import Echoes
from agents.host_clock import HostClock
from contract.batch import Batch
from contract.messages import AssignedDevice, Assignment

HOST = "192.0.2.7"
OTHER = "192.0.2.8"


def device(name: str = "rt-1", **changes: object) -> AssignedDevice:
    """A device that is sent four echoes each half second."""
    known: dict[str, object] = {
        "id": name,
        "address": HOST,
        "credential": "c",
        "interval_s": 0.5,
        "timeout_s": 2.0,
        "retries": 0,
        "echo": 4,
    }
    return AssignedDevice(**(known | changes))  # type: ignore[arg-type]


def assignment(*devices: AssignedDevice, version: int = 1) -> Assignment:
    """An assignment of these devices."""
    return Assignment(version=version, id=f"{version}-abcd", devices=list(devices))


class Running:
    """Echoes that are sent for the length of a test."""

    def __init__(self, network: Network, per_second: float = 1000) -> None:
        self.network, self.batches = network, list[Batch]()
        self.echoes = Echoes([], per_second, self.batches.append, HostClock(is_synchronised=lambda: True), network.open)

    def row(self, number: int = 0, name: str = "rt-1") -> dict[str, object]:
        """The row of a batch of a device."""
        batch = [one for one in self.batches if one.device == name][number]
        [table] = batch.tables
        return dict(zip(table.fields, table.rows[0], strict=True))

    async def rows(self, count: int = 1) -> list[dict[str, object]]:
        """The first rows of the device."""
        await until(lambda: len(self.batches) >= count)
        return [self.row(number) for number in range(count)]


@asynccontextmanager
async def running(script: Script, *devices: AssignedDevice, **given: object) -> AsyncIterator[Running]:
    """Echoes to devices of which the network says what comes back."""
    made = Running(Network(script), **given)  # type: ignore[arg-type]
    made.echoes.apply(assignment(*(devices or (device(),))))
    task = asyncio.create_task(made.echoes.run())
    try:
        yield made
    finally:
        made.echoes.stop()
        task.cancel()


def answers(request: bytes, host: str) -> Iterable[Came]:
    """A host that is there."""
    yield Came(reply(request), host)


def silence(_request: bytes, _host: str) -> Iterable[Came]:
    """Nobody."""
    return ()


def place(script: Callable[[int, bytes, str], Iterable[Came | Failed]]) -> Script:
    """A script that knows which request of all it is, from 0."""
    count = iter(range(1_000_000))
    return lambda request, host: script(next(count), request, host)


async def test_a_host_that_answers_all_has_no_loss_and_the_batch_is_the_devices() -> None:
    async with running(answers) as made:
        rows = await made.rows(2)
    for batch, row in zip(made.batches, rows, strict=False):
        assert (batch.kind, batch.device, batch.assignment, batch.poll, batch.synced) == (
            "ping",
            "rt-1",
            "1-abcd",
            None,
            True,
        )
        assert (row["sent"], row["received"], row["loss_pct"], row["duplicates"]) == (4, 4, 0.0, 0)
        assert all(isinstance(row[name], float) for name in ("rtt_min_ms", "rtt_mean_ms", "rtt_max_ms", "jitter_ms"))
    assert 450 <= made.batches[1].mono - made.batches[0].mono <= 750
    assert made.echoes.counts.replies == made.echoes.link.sent


async def test_silence_is_loss_and_has_no_times() -> None:
    async with running(silence) as made:
        [row] = await made.rows()
    assert (row["sent"], row["received"], row["loss_pct"], row["rtt_mean_ms"]) == (4, 0, 100.0, None)


async def test_what_comes_twice_counts_once_and_is_told() -> None:
    def twice(request: bytes, host: str) -> Iterable[Came]:
        yield from [Came(reply(request), host)] * 2

    async with running(twice) as made:
        [row] = await made.rows()
        # The last one may be over before its second reply is read.
        assert (row["received"], row["loss_pct"]) == (4, 0.0)
        assert row["duplicates"] in (3, 4)
        assert made.echoes.counts.duplicate >= 3


@pytest.mark.parametrize(
    "changes",
    [{"mark": b"anothers"}, {"token": b"guessed!"}, {"sequence": 1}, {"source": OTHER}],
    ids=lambda changes: next(iter(changes)),
)
async def test_a_reply_to_no_request_of_ours_is_passed_over_and_counted(changes: dict[str, Any]) -> None:
    source = str(changes.pop("source", HOST))

    def wrong(request: bytes, _host: str) -> Iterable[Came]:
        altered = dict(changes)
        if "sequence" in altered:
            altered["sequence"] = (echo_of(request).sequence + 1_000) % 65_536
        yield Came(reply(request, **altered), source)

    async with running(wrong) as made:
        [row] = await made.rows()
        counts = made.echoes.counts
        assert (row["received"], row["loss_pct"], row["duplicates"]) == (0, 100.0, 0)
        assert counts.foreign + counts.late == made.echoes.link.sent
        assert counts.replies == 0


async def test_a_reply_that_takes_longer_than_the_timeout_is_late_also_when_its_round_is_over() -> None:
    requests: list[bytes] = []

    def keep(request: bytes, _host: str) -> Iterable[Came]:
        requests.append(request)
        return ()

    async with running(keep, device(interval_s=0.4, timeout_s=0.02)) as made:
        await made.rows()
        [wire] = made.network.sockets
        before = len(made.batches)
        wire.bring([Came(reply(request), HOST) for request in requests[:4]])
        await until(lambda: made.echoes.counts.late == 4)
        await until(lambda: len(made.batches) > before)
        assert all(made.row(number)["received"] == 0 for number in range(len(made.batches)))


async def test_a_loop_that_is_late_measures_the_network_and_not_itself() -> None:
    def waited(request: bytes, host: str) -> Iterable[Came]:
        yield Came(reply(request), host)
        time.sleep(0.05)  # while the reply lies in the kernel, nobody gets the loop

    async with running(waited, device(timeout_s=0.04)) as made:
        [row] = await made.rows()
    assert row["received"] == 4
    assert isinstance(row["rtt_max_ms"], float)
    assert row["rtt_max_ms"] < 40


async def test_what_the_kernel_had_no_room_for_is_counted() -> None:
    def full(number: int, request: bytes, host: str) -> Iterable[Came]:
        yield Came(reply(request), host, dropped=(0, 0, 3, 7)[min(number, 3)])

    async with running(place(full)) as made:
        await made.rows()
        assert made.echoes.link.overflowed == 7


async def test_an_icmp_error_ends_the_waiting_and_is_told() -> None:
    def unreachable(request: bytes, host: str) -> Iterable[Failed]:
        yield Failed(request, host)

    async with running(unreachable, device(interval_s=2.0, timeout_s=60)) as made:
        [row] = await made.rows()
        assert (row["sent"], row["icmp_errors"], row["loss_pct"]) == (4, 4, 100.0)
        assert (made.echoes.link.errors, made.echoes.link.errors_ignored, made.echoes.link.unsent) == (4, 0, 0)


async def test_an_error_that_quotes_only_the_header_is_understood_and_one_of_another_request_is_not() -> None:
    def errors(number: int, request: bytes, host: str) -> Iterable[Failed | Came]:
        match number % 4:
            case 0:
                yield Failed(request[:8], host)
            case 1:
                yield Failed(request, OTHER)
            case 2:
                yield Failed(request[:16] + b"forged!!", host)
            case _:
                yield Came(reply(request), host)

    async with running(place(errors)) as made:
        [row] = await made.rows()
        assert (row["icmp_errors"], row["received"], row["loss_pct"]) == (1, 1, 75.0)
        assert made.echoes.link.errors_ignored >= 2


async def test_what_is_no_echo_is_counted_and_harms_nobody() -> None:
    def noise(request: bytes, host: str) -> Iterable[Came]:
        yield from [Came(b"", host), Came(b"\0" * 2000, host), Came(request, host), Came(reply(request), host)]

    async with running(noise) as made:
        [row] = await made.rows()
        assert (row["received"], row["loss_pct"]) == (4, 0.0)
        await until(lambda: made.echoes.link.undecodable >= 12)


async def test_what_this_host_cannot_send_is_not_sent_and_no_loss(caplog: pytest.LogCaptureFixture) -> None:
    refuses = tuple(OSError(errno.ENETUNREACH, "Network is unreachable") for _ in range(2))
    made = Running(Network(answers, refuses=refuses))
    made.echoes.apply(assignment(device()))
    task = asyncio.create_task(made.echoes.run())
    [row] = await made.rows()
    made.echoes.stop()
    task.cancel()
    assert (row["sent"], row["received"], row["loss_pct"]) == (2, 2, 0.0)
    assert made.echoes.link.unsent == 2
    assert caplog.text.count("cannot be sent") == 1


async def test_a_host_that_lets_us_have_no_socket_is_told_once_with_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    network = Network(answers, refused="no socket: do this")
    made = Running(network)
    made.echoes.apply(assignment(device()))
    task = asyncio.create_task(made.echoes.run())
    rows = await made.rows(2)
    assert made.echoes.failing
    made.echoes.stop()
    task.cancel()
    assert [(row["sent"], row["loss_pct"]) for row in rows] == [(0, None)] * 2
    assert made.echoes.link.unsent >= 8
    assert caplog.text.count("no echo is sent over AF_INET: no socket: do this") == 1


async def test_a_socket_that_has_died_is_replaced() -> None:
    async with running(answers) as made:
        await made.rows()
        [wire] = made.network.sockets
        wire.refuses.append(OSError(errno.EBADF, "Bad file descriptor"))
        await until(lambda: len(made.network.sockets) == 2)
        await until(lambda: len(made.batches) >= 3)
        assert [made.row(number)["loss_pct"] for number in range(3)] == [0.0] * 3


async def test_all_devices_together_get_no_more_than_so_many_a_second() -> None:
    devices = [device(f"rt-{number}", interval_s=0.3, address=f"192.0.2.{number}") for number in range(1, 21)]
    async with running(answers, *devices, per_second=100) as made:
        begun = asyncio.get_running_loop().time()
        await until(lambda: made.echoes.link.sent >= 100)
        took = asyncio.get_running_loop().time() - begun
        assert made.echoes.link.sent <= 100 * took + 10 + 1
        await until(lambda: made.echoes.beats.missed > 0)
        assert all(made.row(0, batch.device)["loss_pct"] == 0.0 for batch in made.batches)


async def test_an_assignment_is_applied_by_difference() -> None:
    async with running(answers, device("a"), device("b"), device("none", echo=0)) as made:
        assert len(made.echoes) == 2
        await until(lambda: {one.device for one in made.batches} == {"a", "b"})
        made.echoes.apply(assignment(device("a"), device("c"), device("b", echo=0), version=2))
        assert len(made.echoes) == 2
        made.batches.clear()
        await until(lambda: {one.device for one in made.batches} == {"a", "c"})
        assert {one.assignment for one in made.batches[1:]} == {"2-abcd"}


async def test_an_address_with_a_zone_is_told_and_not_sent_to(caplog: pytest.LogCaptureFixture) -> None:
    async with running(answers, device("a", address="fe80::1%eth0"), device("b")) as made:
        assert len(made.echoes) == 1
        await made.rows(0)
    assert "no echo is sent to a" in caplog.text


async def test_nothing_is_left_of_rounds_that_are_over_or_ended() -> None:
    async with running(silence, device("a"), device("b", echo=60)) as made:
        await until(lambda: len(made.batches) >= 3)
    await until(lambda: len(made.echoes._matching) == 0)
    assert made.echoes._waiters == {}

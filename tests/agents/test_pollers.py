"""An assignment is applied by difference, and what is wrong with one device is its own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from agents.polling import assigned, assignment
from agents.waiting import until
from pydantic import SecretStr

from agents import assignments
from agents.config import Credential, CredentialSecrets
from agents.host_clock import HostClock
from agents.pollers import Pollers
from agents.snmp.transport import Transport
from contract.batch import Batch
from contract.messages import AssignedDevice
from contract.secret import SecretSource


@pytest.fixture
async def pollers() -> AsyncIterator[Pollers]:
    """With one good credential and one that is too long."""
    transport = Transport()
    credential = Credential(community=SecretSource(env="X"))
    communities = {"sample": "public", "long": "x" * 256}
    secrets = {name: CredentialSecrets(community=SecretStr(text)) for name, text in communities.items()}
    made = Pollers(dict.fromkeys(secrets, credential), secrets, transport, list[Batch]().append, HostClock())
    yield made
    made.stop()
    transport.close()


def device(name: str, **changes: Any) -> AssignedDevice:
    """A device that is not polled within the test."""
    return assigned(("127.0.0.1", 9), id=name, interval_s=80_000, **changes)


async def test_devices_that_stay_are_kept_and_the_others_come_and_go(pollers: Pollers) -> None:
    assert pollers.apply(assignment(1, device("a"), device("b"), device("c")))
    before = dict(pollers._targets)
    assert pollers.apply(assignment(2, device("a"), device("b", retries=3), device("d")))
    after = pollers._targets
    assert after.keys() == {"a", "b", "d"}
    assert after["a"] is before["a"]
    assert after["a"].assignment == "2-abcd"
    assert after["b"] is not before["b"]


async def test_a_profile_that_changed_begins_its_devices_anew(pollers: Pollers) -> None:
    text = assignment(1).profiles["system"]
    pollers.apply(assignment(1, device("a", profiles=["mine"]), device("b"), mine=text))
    before = dict(pollers._targets)
    pollers.apply(assignment(2, device("a", profiles=["mine"]), device("b"), mine=text.replace("0.01", "0.02")))
    assert pollers._targets["a"] is not before["a"]
    assert pollers._targets["b"] is before["b"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"profiles": ["system", "nowhere"]}, "bad is not polled: its assignment has no profile nowhere"),
        ({"credential": "nobody"}, "bad is not polled: this agent's file has no credential nobody"),
        ({"credential": "long"}, "bad is not polled: "),
    ],
)
async def test_what_is_wrong_with_a_device_is_said_and_the_rest_goes_on(
    pollers: Pollers, caplog: pytest.LogCaptureFixture, change: dict[str, Any], said: str
) -> None:
    wrong = replace(device("bad"), **change)
    assert pollers.apply(assignment(1, device("a"), wrong, device("z")))
    assert pollers._targets.keys() == {"a", "z"}
    assert said in caplog.text
    assert "x" * 256 not in caplog.text
    pollers.apply(assignment(2, device("bad")))
    pollers.apply(assignment(3, wrong))
    assert len(pollers) == 0


async def test_an_assignment_with_a_profile_that_cannot_be_read_changes_nothing(pollers: Pollers) -> None:
    pollers.apply(assignment(1, device("a")))
    assert not pollers.apply(assignment(2, device("b"), broken="tables: ["))
    assert pollers._targets.keys() == {"a"}


def test_the_newest_assignment_wins_and_a_lower_or_equal_one_does_not() -> None:
    two = assignment(2)
    assert assignments.is_newer(two, None)
    assert assignments.is_newer(assignment(3), two)
    assert assignments.is_newer(two.model_copy(update={"id": "2-other"}), two)
    assert not assignments.is_newer(two, two)
    assert not assignments.is_newer(assignment(1), two)


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b"{}", b"[" * 100_000, b'{"version": "x", "id": "1"}',
                                     b'{"version": 1, "id": "%s"}' % (b"x" * 81)])  # fmt: skip
def test_what_is_no_assignment_is_none(payload: bytes) -> None:
    assert assignments.parse(payload) is None


def test_an_assignment_is_kept_and_read_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "assignment.json"
    assert assignments.read(path) is None
    assignments.keep(path, assignment(7, device("a")))
    assert assignments.read(path) == assignment(7, device("a"))
    path.write_bytes(path.read_bytes()[:-5])
    assert assignments.read(path) is None
    path.unlink()
    path.mkdir()
    assert assignments.read(path) is None
    assignments.keep(path, assignment(8))
    assert "after a restart the broker must say it again" in caplog.text


async def test_a_hint_reads_a_device_at_once_and_a_hundred_more_once_more_at_most(pollers: Pollers) -> None:
    assert pollers.apply(assignment(1, device("a", timeout_s=0.01), device("b")))
    running = asyncio.create_task(pollers.run())
    for _ in range(100):
        pollers.hint("a")
    pollers.hint("nobody")
    await until(lambda: pollers.counts.by_outcome.total() == 1)
    assert (pollers.hints.followed, pollers.hints.merged) == (2, 98)
    assert (pollers.beats.out_of_turn, pollers.beats.begun) == (1, 0)
    running.cancel()

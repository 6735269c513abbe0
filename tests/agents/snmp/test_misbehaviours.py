"""Every misbehaviour of a device has its named outcome, and the devices beside it notice nothing."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from agents.snmp.misbehaviours import MISBEHAVIOURS, Misbehaviour
from agents.snmp.scripted_device import Question, Send, scripted_device
from agents.snmp.tables import COLUMNS, session
from agents.snmp.wrong_scripts import ASKED, BOTH, honest

from agents.snmp.errors import SnmpError
from agents.snmp.instances import NOT_HERE, Instances
from agents.snmp.pdu import Varbind
from agents.snmp.session import Session
from agents.snmp.transport import Transport

TABLE = Path(__file__).parents[3] / "docs" / "polling.md"

READS = [wrong for wrong in MISBEHAVIOURS if not wrong.walk]


async def ask(asking: Session, *, walk: bool) -> tuple[list[Varbind], SnmpError | None]:
    if not walk:
        read = await asking.read(ASKED)
        return read.varbinds, read.error
    walked = await asking.walk(COLUMNS)
    return [varbind for rows in walked.varbinds for varbind in rows], walked.error


def outcome(kept: list[Varbind], error: SnmpError | None) -> str:
    """The word of the poll: what came is worth having, whatever ended it."""
    if error is None:
        return "ok"
    return "partial" if kept else error.outcome


@pytest.mark.parametrize("wrong", MISBEHAVIOURS, ids=[wrong.name for wrong in MISBEHAVIOURS])
async def test_a_device_that_misbehaves_has_its_outcome_and_disturbs_no_other(
    transport: Transport, wrong: Misbehaviour
) -> None:
    def script(question: Question) -> Iterable[Send | bytes]:
        return wrong.script(question, device.questions)

    async with scripted_device(script) as device, scripted_device(honest) as neighbour:
        calm = session(transport, neighbour)
        during, (kept, error) = await asyncio.gather(
            calm.get(ASKED), ask(session(transport, device, **wrong.options), walk=wrong.walk)
        )
        after = await calm.get(ASKED)
    assert (outcome(kept, error), kept) == (wrong.outcome, list(wrong.kept))
    assert bool(error) == bool(wrong.reason)
    assert re.search(wrong.reason, str(error))
    assert during == after == BOTH
    assert (calm.traffic.packets_out, calm.traffic.packets_in, calm.traffic.retries) == (2, 2, 0)
    assert transport.pending == 0


@pytest.mark.parametrize("wrong", READS, ids=[wrong.name for wrong in READS])
async def test_known_instances_come_to_the_same_end(transport: Transport, wrong: Misbehaviour) -> None:
    def script(question: Question) -> Iterable[Send | bytes]:
        return wrong.script(question, device.questions)

    async with scripted_device(script) as device:
        fetched = await session(transport, device, **wrong.options).fetch(Instances.of(ASKED))
    found = zip(ASKED, fetched.tags, fetched.values, strict=True)
    kept = [Varbind(name, tag, value) for name, tag, value in found if tag != NOT_HERE]
    assert (outcome(kept, fetched.error), kept) == (wrong.outcome, list(wrong.kept))
    assert bool(fetched.error) == bool(wrong.reason)
    assert re.search(wrong.reason, str(fetched.error))


def test_what_the_docs_promise_is_tested_and_what_is_tested_is_promised() -> None:
    section = TABLE.read_text().split("## When a device misbehaves")[1].split("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    promised = [(name, word) for name, _, word in lines[1:]]
    assert promised == [(wrong.name, wrong.outcome) for wrong in MISBEHAVIOURS]
    assert len(promised) >= 30

"""What an agent says of itself, and readings that are too large for one record."""

import time
from pathlib import Path
from random import Random

from agents.spooling import bodies, close_by_age, opened

from agents import batch_limits, heartbeat
from agents.anchors import Anchors
from agents.committer import Committer
from agents.config import AgentConfig, Secrets
from agents.counters import Parts
from agents.desk import Desk
from agents.health import Health
from agents.holdings import Spooled
from agents.host_clock import HostClock
from agents.inputs import Inputs
from agents.outlet import Outlet
from agents.pollers import Pollers
from agents.publisher import Publisher
from agents.snmp.transport import Transport
from agents.spool import Spool
from collector import heartbeats
from contract.batch import Batch, PollInfo, Table, decode
from contract.broker import BrokerConfig
from contract.catalog import load_catalog
from contract.messages import MAX_BOOTS, MAX_HEARTBEAT, BootNumbers, Numbers, boot_text
from contract.mqtt import Connection, Handlers
from contract.wire import MAX_BODY

CATALOG = load_catalog(Path(__file__).parents[2] / "config" / "catalog.yaml")


def health(spool: Spool, folder: Path) -> Health:
    """Of an agent that does nothing."""
    clock = HostClock()
    config = AgentConfig(id="test", broker=BrokerConfig(host="192.0.2.1"), data=folder)
    anchors = Anchors(folder, boot_text(spool.boot), [], clock)
    transport = Transport()
    pollers = Pollers({}, {}, transport, list[Batch]().append, clock)
    publisher = Publisher(spool, lambda _: False, resend_s=30, backlog_per_s=100)
    committer = Committer(spool, list[list[Spooled]]().append, wait_ms=5)
    outlet = Outlet(committer, committer)
    return Health(
        Parts(
            spool,
            (committer,),
            outlet,
            publisher,
            pollers,
            transport,
            Inputs(config, Secrets(broker=None), "0" * 16, outlet, pollers.hint, clock),
            Desk(spool, publisher, pollers, list[bytes]().append, clock, anchors, interval_s=5),
            Connection(BrokerConfig(host="192.0.2.1"), "test", Handlers(lambda _: None, lambda: None, lambda _: None)),
            clock,
        )
    )


def said(batch: Batch) -> dict[str, object]:
    """The fields of the one row."""
    (table,) = batch.tables
    return dict(zip(table.fields, table.rows[0], strict=True))


async def test_what_was_dropped_is_told_once_also_across_a_restart(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    reporter = health(spool, tmp_path)
    spool.commit(bodies(3))
    spool.drop_oldest()
    assert said(reporter.batch())["batches_dropped"] == 3
    assert said(reporter.batch())["batches_dropped"] == 0
    spool.close()
    again = opened(tmp_path, 1)
    assert said(health(again, tmp_path).batch())["batches_dropped"] == 0
    again.close()


async def test_every_field_of_the_report_is_in_the_catalog(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    (table,) = health(spool, tmp_path).batch().tables
    CATALOG.check(table)
    assert set(table.fields) == set(CATALOG.measurement("agent").fields)
    spool.close()


def test_a_heartbeat_tells_each_boot_and_whom_it_replaces(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.commit(bodies(3))
    close_by_age(first)
    first.drop_oldest()
    first.commit(bodies(2))
    first.close()
    spool = opened(tmp_path, 1)
    spool.commit(bodies(1))
    clock = HostClock()
    anchors = Anchors(tmp_path, boot_text(spool.boot), spool.replaces, clock)
    numbers = heartbeat.numbers(spool, 7, clock, anchors, interval_s=5, state="s", assignment="1-a", devices=2)
    assert Numbers.model_validate_json(numbers.to_json()) == numbers
    assert numbers.boot == "0" * 15 + "1"
    assert numbers.replaces == ["000000000000b007", "ffffffffffff4ff8"]  # of its polls, of its alarms
    former = numbers.boots["000000000000b007"]
    assert (former.produced, former.spooled, former.dropped) == ([(0, 4)], [(3, 4)], [(0, 2)])
    assert abs(numbers.time - time.time() * 1000) < 10_000
    spool.close()


def test_a_heartbeat_that_no_collector_would_read_still_tells_the_clock_and_touches_no_books() -> None:
    scattered = [(seq, seq) for seq in range(10**9, 10**9 + 100_000, 2)]
    boots = {"0" * 16: BootNumbers(produced=[(0, 2 * 10**9)], spooled=scattered, anchor=(5, 6), same_host=True)}
    made = Numbers(boot="0" * 16, n=3, time=7, mono=8, interval_s=5, boots=boots, state="s")
    assert len(made.to_json()) > MAX_HEARTBEAT
    payload, is_whole = heartbeat.payload(made)
    assert (len(payload) < 1_000, is_whole) == (True, False)
    told = {"0" * 16: BootNumbers(anchor=(5, 6), same_host=True)}
    assert Numbers.model_validate_json(payload) == made.model_copy(update={"boots": told, "state": ""})
    few = made.model_copy(update={"boots": told})
    assert heartbeat.payload(few) == (few.to_json(), True)


def test_an_agent_that_has_started_more_often_than_a_heartbeat_may_say_is_heard_all_the_same() -> None:
    named = [boot_text(boot) for boot in range(MAX_BOOTS + 200)]
    own = named[-1]
    boots = {boot: BootNumbers(produced=[(0, 1)], spooled=[(0, 1)], same_host=boot == own or None) for boot in named}
    made = Numbers(boot=own, n=3, time=7, interval_s=5, replaces=named[:-1], boots=boots, state="s")
    payload, is_whole = heartbeat.payload(made)
    told = heartbeats.read(payload)
    assert (told.boot, told.n, told.state, is_whole) == (own, 3, "", False)
    assert told.boots[own] == BootNumbers(same_host=True)
    assert len(told.boots) == len(told.replaces) == MAX_BOOTS
    few = dict(list(boots.items())[-MAX_BOOTS:])  # the others are stored by now: the books go on
    told = heartbeats.read(heartbeat.payload(made.model_copy(update={"boots": few}))[0])
    assert (told.boots, told.state) == (few, "s")


def large(rows: int, width: int) -> Batch:
    """A poll that does not compress well."""
    random = Random(1)
    table = Table(
        measurement="interface",
        tags=["if_name"],
        fields=["in_bps"],
        rows=[[f"{n} {random.randbytes(width).hex()}", float(n)] for n in range(rows)],
        times=list(range(rows)),
    )
    return Batch(kind="poll", device="a", time=1, poll=PollInfo(outcome="ok", took_ms=1), tables=[table])


def timed(batch: Batch) -> list[tuple[list[float | int | str | None], int]]:
    """The rows of the one table with their times."""
    (table,) = batch.tables
    return list(zip(table.rows, table.times or (), strict=True))


def test_a_reading_that_is_too_large_goes_in_parts_that_share_its_time_and_poll() -> None:
    bodies: list[bytes] = []
    batch = large(3000, 900)
    batch_limits.put_within(batch, bodies.append)
    parts = [decode(body) for body in bodies]
    assert len(parts) > 1
    assert max(map(len, bodies)) <= MAX_BODY
    assert {(part.time, part.device, part.poll) for part in parts} == {(1, "a", batch.poll)}
    rows = {
        (str(row[0]), at) for part in parts for t in part.tables for row, at in zip(t.rows, t.times or (), strict=True)
    }
    assert rows == {(str(row[0]), at) for row, at in timed(batch)}


def test_a_reading_that_fits_stays_whole() -> None:
    bodies: list[bytes] = []
    batch_limits.put_within(large(3, 10), bodies.append)
    assert [decode(body) for body in bodies] == [large(3, 10)]


def test_a_row_that_no_record_can_hold_is_left_out_and_counted() -> None:
    bodies: list[bytes] = []
    random = Random(1)
    texts = [random.randbytes(30_000).hex() for _ in range(60)]
    table = Table(measurement="wide", tags=[f"t{n}" for n in range(60)], fields=["f"], rows=[[*texts, 1.0]])
    batch = large(1, 10).model_copy(update={"tables": [table]})
    assert batch_limits.put_within(batch, bodies.append) == 1
    assert [decode(body) for body in bodies] == [batch.model_copy(update={"tables": []})]

"""Every judgement of what comes in, with its reason."""

import pytest
from collector.kit import AGENT, CATALOG, OTHER_AGENT, Rig, inventory, payload, poll, record
from hypothesis import given
from hypothesis import strategies as st

from collector.inbox import MAX_MESSAGE, MAX_OF_ONE, Inbox
from collector.intake import MAX_AGE_MS, MAX_AHEAD_MS, Accepted, Damaged, Held, Judged, Malformed, judge
from contract.batch import Batch, RefusedMessage, Table
from contract.inventory import Sensor
from contract.mqtt import Message

MINUTE_MS = 60_000


def judged(rig: Rig, now_ms: int, batch: Batch | bytes, agent: str = AGENT) -> Judged:
    return judge(agent, payload(record(batch)), rig.versions, CATALOG, now_ms)


def reason(one: Judged) -> str:
    assert not isinstance(one, Accepted)
    return one.reason


@pytest.fixture
def good(rig: Rig, now_ms: int) -> Batch:
    return poll("dev-1", rig.publish(inventory("dev-1")).version.id, now_ms)


def test_a_good_batch_is_accepted_with_the_version_that_it_names(rig: Rig, now_ms: int, good: Batch) -> None:
    one = judged(rig, now_ms, good)
    assert isinstance(one, Accepted)
    assert one.meaning is not None
    assert one.meaning.version.id == good.assignment


@pytest.mark.parametrize("at", [0, 5, 12, 30, -1])
def test_any_changed_byte_makes_a_record_damaged(rig: Rig, now_ms: int, good: Batch, at: int) -> None:
    data = bytearray(payload(record(good)))
    data[at] ^= 1
    assert isinstance(judge(AGENT, bytes(data), rig.versions, CATALOG, now_ms), Damaged)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\x28\xb5\x2f\xfd", b"\xff" * 50, b'{"kind":"poll"}'])
def test_a_whole_record_that_is_no_batch_is_malformed(rig: Rig, now_ms: int, good: Batch, body: bytes) -> None:
    assert isinstance(judged(rig, now_ms, body), Malformed)


def test_a_value_of_the_wrong_type_is_malformed_and_says_which(rig: Rig, now_ms: int, good: Batch) -> None:
    table = Table(measurement="interface", tags=["if_name"], fields=["oper_status"], rows=[["a", 1.5]])
    one = judged(rig, now_ms, good.model_copy(update={"tables": [table]}))
    assert isinstance(one, Malformed)
    assert "interface.oper_status" in one.reason


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"assignment": ""}, "no inventory version (none)"),
        ({"assignment": "5-abc"}, "no inventory version 5-abc"),
        ({"device": "dev-9"}, "no device dev-9"),
        ({"device": ""}, "no device (none)"),
        ({"tables": [Table(measurement="new", fields=["x"], rows=[])]}, "no measurement new"),
        ({"tables": [Table(measurement="agent", fields=["x"], rows=[])]}, "no field agent.x"),
        ({"tables": [Table(measurement="agent", tags=["x"], fields=["polls"], rows=[])]}, "no tag agent.x"),
    ],
)
def test_what_we_do_not_know_yet_is_held(
    rig: Rig, now_ms: int, good: Batch, change: dict[str, object], words: str
) -> None:
    one = judged(rig, now_ms, good.model_copy(update=change))
    assert isinstance(one, Held)
    assert words in one.reason


@pytest.mark.parametrize("off", [MAX_AHEAD_MS + MINUTE_MS, -MAX_AGE_MS - MINUTE_MS])
@pytest.mark.parametrize("of_a_row", [False, True])
def test_an_impossible_time_is_held_also_of_a_single_row(
    rig: Rig, now_ms: int, good: Batch, off: int, of_a_row: bool
) -> None:
    table = good.tables[0].model_copy(update={"times": [now_ms + off]})
    change = {"tables": [table]} if of_a_row else {"time": now_ms + off}
    one = judged(rig, now_ms, good.model_copy(update=change))
    assert isinstance(one, Held)
    assert "check the clock" in one.reason


@pytest.mark.parametrize("off", [MAX_AHEAD_MS - MINUTE_MS, -MAX_AGE_MS + MINUTE_MS])
def test_a_time_within_the_limits_is_accepted(rig: Rig, now_ms: int, good: Batch, off: int) -> None:
    assert isinstance(judged(rig, now_ms, good.model_copy(update={"time": now_ms + off})), Accepted)


def test_only_the_agent_of_the_named_version_may_answer_for_a_device_now_or_then(
    rig: Rig, now_ms: int, good: Batch
) -> None:
    moved = rig.publish(inventory("dev-1", agent=OTHER_AGENT), 2).version.id
    assert isinstance(judged(rig, now_ms, good), Accepted)  # read before the move
    assert "gives dev-1 to agent-a" in reason(judged(rig, now_ms, good, OTHER_AGENT))
    assert isinstance(judged(rig, now_ms, good.model_copy(update={"assignment": moved}), OTHER_AGENT), Accepted)


def test_an_agent_that_was_removed_may_still_report_of_itself_and_a_stranger_may_not(
    rig: Rig, now_ms: int, good: Batch
) -> None:
    rig.publish(inventory("dev-1").model_copy(update={"agents": [], "devices": []}), 2)
    itself = Batch(kind="self", time=now_ms)
    assert isinstance(judged(rig, now_ms, itself), Accepted)
    assert "no inventory version has an agent stranger" in reason(judged(rig, now_ms, itself, "stranger"))
    assert isinstance(judged(rig, now_ms, b"garbage", "stranger"), Held)  # nor fill our dead letters


@pytest.fixture
def heard(rig: Rig, now_ms: int) -> Batch:
    mine = inventory("dev-1")
    sensor = Sensor(id="pw-1", site="site-1", agent=AGENT, mapping="m")
    version = rig.publish(mine.model_copy(update={"sensors": [sensor]})).version.id
    table = Table(measurement="interface", tags=["if_name"], fields=["in_bps"], rows=[["a", 1.0]], times=[now_ms])
    return Batch(kind="sensor", device="pw-1", time=now_ms, assignment=version, tables=[table])


def test_a_sensors_batch_is_of_a_sensor_and_a_poll_of_a_device(rig: Rig, now_ms: int, heard: Batch) -> None:
    assert isinstance(judged(rig, now_ms, heard), Accepted)
    one = judged(rig, now_ms, heard.model_copy(update={"device": "dev-1"}))
    assert isinstance(one, Malformed)
    assert one.reason == "a `sensor` batch is of a sensor, and dev-1 is none"
    one = judged(rig, now_ms, poll("pw-1", heard.assignment, now_ms))
    assert isinstance(one, Malformed)
    assert one.reason == "a `poll` batch is of a device, and pw-1 is none"


def test_a_refused_message_is_malformed_with_its_reason_on_one_line(rig: Rig, now_ms: int, heard: Batch) -> None:
    said = RefusedMessage(reason="it is\nnot JSON", topic="site/\x1b/power")
    one = judged(rig, now_ms, heard.model_copy(update={"device": "", "tables": [], "refused": said}))
    assert isinstance(one, Malformed)
    assert one.reason == r"a message on site/\x1b/power: it is\nnot JSON"


@given(st.binary(max_size=400))
def test_no_payload_raises(data: bytes) -> None:
    class Nothing:
        agents = frozenset({AGENT})

        def knows_agent(self, _agent: str) -> bool:
            return True

        def get(self, _version_id: str) -> None:
            return None

    for one in (data, payload(record(data))):
        assert not isinstance(judge(AGENT, one, Nothing(), CATALOG, 0), Accepted)  # type: ignore[arg-type]


def test_a_small_record_weighs_what_it_unpacks_to(rig: Rig, now_ms: int, good: Batch) -> None:
    rows = [["a", 1.5, 1]] * 50_000
    one = judged(rig, now_ms, good.model_copy(update={"tables": [good.tables[0].model_copy(update={"rows": rows})]}))
    assert isinstance(one, Accepted)
    assert one.weight > 100 * one.record.size


def test_the_inbox_lets_go_what_is_too_large_and_counts_it() -> None:
    inbox = Inbox()
    assert not inbox.put(Message("t", b"x" * (MAX_MESSAGE + 1), retained=False))
    assert inbox.put(Message("t", b"x" * MAX_MESSAGE, retained=False))
    assert inbox.let_go == 1


def test_one_agent_that_floods_the_inbox_does_not_keep_out_another() -> None:
    inbox = Inbox()
    assert sum(inbox.put(Message("a", b"", retained=False)) for _ in range(10_000)) == MAX_OF_ONE
    assert inbox.put(Message("b", b"", retained=False))
    while inbox.take(1000, 0.0):
        pass
    assert inbox.put(Message("a", b"", retained=False))

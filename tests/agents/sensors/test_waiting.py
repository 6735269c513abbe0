"""The bounds: what comes too fast is let go and counted, and refusals are few."""

from agents.host_clock import Stamp
from agents.sensors.refusals import EVERY_S, MAX_TOPICS, Refusals
from agents.sensors.sparkplug.payload import MAX_PAYLOAD
from agents.sensors.waiting import MAX_A_SECOND, MAX_BYTES, MAX_OF_ONE, MAX_TOPIC, MAX_WAITING, Waiting
from contract.handlers import Message


def message(topic: str, size: int = 1) -> Message:
    return Message(topic, b"x" * size, retained=False)


def test_only_the_first_that_waits_wakes_the_reader() -> None:
    waiting = Waiting()
    assert waiting.put(message("a"), Stamp(1, 1, synced=True))
    assert not waiting.put(message("b"), Stamp(2, 2, synced=True))
    assert [(heard.message.topic, heard.stamp.time) for heard in waiting.take(10)] == [("a", 1), ("b", 2)]
    assert waiting.take(10) == []
    assert waiting.put(message("c"), Stamp(3, 3, synced=True))


def test_a_sensor_that_floods_keeps_out_no_other_and_is_heard_again_in_the_next_second() -> None:
    waiting = Waiting()
    for _ in range(10 * MAX_OF_ONE):
        waiting.put(message("mad"), Stamp(0, 999, synced=True))
    waiting.put(message("good"), Stamp(0, 999, synced=True))
    waiting.put(message("mad"), Stamp(0, 1000, synced=True))
    topics = [heard.message.topic for heard in waiting.take(MAX_WAITING)]
    assert topics == ["mad"] * MAX_OF_ONE + ["good", "mad"]
    assert waiting.let_go == 9 * MAX_OF_ONE


def test_when_the_loop_is_behind_the_newest_are_let_go() -> None:
    waiting = Waiting()
    for number in range(MAX_WAITING + 5):
        waiting.put(message(f"t/{number}"), Stamp(number, 0, synced=True))
    assert waiting.let_go == 5
    assert [heard.stamp.time for heard in waiting.take(MAX_WAITING + 9)] == list(range(MAX_WAITING))


def test_no_more_are_read_in_a_second_than_the_spool_can_take() -> None:
    waiting, taken = Waiting(), 0
    for number in range(3 * MAX_A_SECOND):
        waiting.put(message(f"t/{number}"), Stamp(0, 5, synced=True))
        taken += len(waiting.take(1))
    assert (taken, waiting.let_go) == (MAX_A_SECOND, 2 * MAX_A_SECOND)


def test_large_messages_are_bounded_in_bytes_and_kept_only_as_far_as_to_be_refused() -> None:
    waiting = Waiting()
    for number in range(1000):
        waiting.put(message(f"t/{number}", 2 * MAX_PAYLOAD), Stamp(0, 0, synced=True))
    heard = waiting.take(1000)
    assert {len(one.message.payload) for one in heard} == {MAX_PAYLOAD + 1}
    assert len(heard) == MAX_BYTES // (MAX_PAYLOAD + 1)
    assert waiting.let_go == 1000 - len(heard)
    assert waiting.put(message("t"), Stamp(0, 0, synced=True))


def test_a_topic_counts_as_bytes_too() -> None:
    waiting = Waiting()
    for number in range(1000):
        waiting.put(message(f"{number}/{'x' * 60_000}", 1), Stamp(0, 0, synced=True))
    heard = waiting.take(1000)
    assert sum(len(one.message.topic) for one in heard) <= MAX_BYTES
    assert waiting.let_go == 1000 - len(heard) > 0
    assert waiting.put(message("t"), Stamp(0, 0, synced=True))
    assert sum(map(len, waiting._by_topic)) <= MAX_A_SECOND * MAX_TOPIC


def test_one_refusal_of_a_topic_in_a_minute_is_told() -> None:
    refusals = Refusals()
    told = [second for second in range(181) if refusals.admit("t", float(second))]
    assert told == [0, 60, 120, 180]


def test_refusals_of_countless_topics_are_bounded_and_others_have_their_turn_later() -> None:
    refusals = Refusals()
    assert sum(refusals.admit(f"t/{n}", 5.0) for n in range(100_000)) == MAX_TOPICS
    assert not refusals.admit("other", 5.0 + EVERY_S - 1)
    assert refusals.admit("other", 5.0 + EVERY_S)

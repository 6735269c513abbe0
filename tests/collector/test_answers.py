"""What the control socket answers, without the socket."""

import json
import threading

import pytest
from collector.kit import AGENT, CATALOG, Clock, FakeStore, Rig, inventory, poll, record

from collector.answers import Answers
from collector.dead_letter import read_letters
from collector.one_at_a_time import OneAtATime, lock_folder
from collector.store import QueryError, Row
from contract.batch import Batch
from contract.control import ControlError
from contract.inventory import next_version


def answers(rig: Rig) -> Answers:
    folder = rig.folder / "dead-letters"
    return Answers(
        rig.store,
        rig.state,
        rig.inbox,
        rig.watcher,
        rig.storer,
        rig.versions,
        CATALOG,
        rig.letters,
        folder,
        lambda: True,
        lambda: {"sent": 3, "dropped": 1},
    )


KEYS = {
    "derived",
    "watch",
    "notices",
    "state",
    "store_ready",
    "connected",
    "inbox_let_go",
    "intake",
    "storer",
    "polls",
    "kinds",
    "latencies_ms",
    "devices",
    "agents",
    "assigned",
    "ledger",
    "proof",
}


def test_the_numbers_are_json_and_of_what_has_happened(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1", "dev-2")).version.id
    rig.give(AGENT, record(poll("dev-1", version, now_ms)), record(b"nonsense", seq=1))
    rig.store_all()
    said = json.loads(json.dumps(answers(rig).by_name()["stats"]({})))
    assert said.keys() == KEYS
    assert said["intake"] == {"accepted": 1, "malformed": 1}
    assert said["kinds"] == {"poll": 1}
    assert said["notices"] == {"sent": 3, "dropped": 1}
    assert (said["assigned"], said["polls"], list(said["devices"]), said["store_ready"]) == (2, 1, ["dev-1"], True)


def test_a_replayed_letter_goes_through_the_watcher_and_is_removed_once_it_is_stored(rig: Rig, now_ms: int) -> None:
    first = rig.publish(inventory("dev-1")).version
    later = next_version(first, inventory("dev-1", "dev-2"), {}, 2)
    bodies: list[Batch | bytes] = [poll("dev-1", first.id, now_ms), poll("dev-2", later.id, now_ms), b"nonsense"]
    for seq, one in enumerate(bodies):
        rig.letters.add(AGENT, record(one, seq=seq), "r")
    ids = {letter.record.seq: letter.id for letter in read_letters(rig.folder / "dead-letters")}
    replay = answers(rig).by_name()["replay"]
    said = replay({"ids": [*ids.values(), "../../x"]})
    assert isinstance(said, dict)
    found = {letter: text.split(": ")[0] for letter, text in said.items()}
    assert found == {ids[0]: "accepted", ids[1]: "held", ids[2]: "malformed"}
    assert "Invalid JSON" in said[ids[2]]
    assert len(rig.letter_names()) == 3
    assert rig.watcher.step(rig.inbox.take(10, 0.0)) == []
    rig.store_all()
    assert {name.seq for name in rig.letter_names()} == {1, 2}
    (book,) = rig.state.books().values()
    assert list(book.stored) == [0]


def test_a_question_without_what_it_needs_is_said_to_be_wrong(rig: Rig) -> None:
    for name in ("query", "replay"):
        with pytest.raises(ControlError):
            answers(rig).by_name()[name]({})


def test_the_words_of_the_database_reach_the_asker(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def query(_text: str) -> list[Row]:
        raise QueryError("syntax error at FROM")

    monkeypatch.setattr(rig.store, "query", query)
    with pytest.raises(ControlError, match="syntax error at FROM"):
        answers(rig).by_name()["query"]({"text": "SELECT"})


def test_a_guarded_store_is_never_used_by_two_at_once() -> None:
    inside: list[int] = []
    most: list[int] = []

    class Watched(FakeStore):
        def query(self, _text: str) -> list[Row]:
            inside.append(1)
            most.append(len(inside))
            threading.Event().wait(0.001)  # a place for others to come in
            inside.pop()
            return []

        def incarnation(self) -> str | None:
            self.query("")
            return None

    guarded = OneAtATime(Watched(Clock()))
    calls = [guarded.incarnation, lambda: guarded.query("")] * 8
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == [1] * 16


def test_a_data_folder_is_for_one_collector(rig: Rig) -> None:
    lock_folder(rig.folder)
    with pytest.raises(OSError, match="in use by another collector"):
        lock_folder(rig.folder)

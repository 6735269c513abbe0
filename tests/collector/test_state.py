"""The collector's state: books that survive a kill, heartbeats that are numbered, twins that are told apart."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from collector.kit import AGENT, Pairs, Rig, beat, inventory, message, payload, poll, record

from collector import heartbeats, ledger, state
from collector.acks import Named
from collector.book_cache import MAX_INTERVALS
from collector.database import Database, StateError
from collector.state import State
from contract import topics
from contract.messages import MAX_HEARTBEAT, BootNumbers, boot_text
from contract.mqtt import Message

ROOT = Path(__file__).parents[2]
NAMES = [Named(AGENT, 1, seq, 100 + seq) for seq in range(4)]


def missing(books: State) -> list[tuple[str, Pairs]]:
    return [(row["boot"], row["missing"]) for row in ledger.rows(books.books()) if not row["balanced"]]


def fill(one: State, pages: int = 2) -> None:
    """Let the file take hardly anything more, as a full disk."""
    (now,) = one._db.execute("pragma page_count").fetchone()
    one._db.execute(f"pragma max_page_count = {now + pages}")


def empty_again(one: State) -> None:
    one._db.execute("pragma max_page_count = 1000000")


def test_two_states_have_different_ids_and_one_keeps_its_own(tmp_path: Path) -> None:
    ids = []
    for name in ("a", "b", "a"):
        one = State(Database(tmp_path / name))
        ids.append(one.id)
        one.close()
    assert ids[0] == ids[2] != ids[1]


STEPS = {
    "seen": "s.see(names)",
    "stored": "s.settle('stored', names)",
    "refused": "s.settle('refused', names)",
    "dropped": "s.settle('dropped', names)",
    "held": "s.hold(names)",
}


@pytest.mark.parametrize("kind", STEPS)
def test_what_a_method_has_said_survives_a_kill_right_after_it(tmp_path: Path, kind: str) -> None:
    program = f"""
import os, signal, sys
from pathlib import Path
from collector.acks import Named
from collector.database import Database
from collector.state import State
s = State(Database(Path(sys.argv[1])))
names = [Named("{AGENT}", 1, seq, 100 + seq) for seq in range(4)]
{STEPS[kind]}
os.kill(os.getpid(), signal.SIGKILL)
"""
    run = subprocess.run([sys.executable, "-c", program, str(tmp_path / "s")], cwd=ROOT, check=False)
    assert run.returncode == -signal.SIGKILL
    one = State(Database(tmp_path / "s"))
    (book,) = one.books().values()
    assert list(getattr(book, kind)) == [0, 1, 2, 3]
    assert one.see(NAMES) == (NAMES if kind in ("stored", "refused", "dropped") else [])
    one.close()


def test_a_transaction_that_was_cut_off_has_done_nothing(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    with pytest.raises(ZeroDivisionError), one.together():
        _ = one.see(NAMES), one.settle("stored", NAMES), 1 / 0
    assert one.books() == {}
    assert one.see(NAMES) == []
    one.close()


def test_a_full_disk_is_a_state_error_after_which_nothing_is_remembered_that_is_not_on_disk(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    fill(one)
    many = [Named(AGENT, boot, seq, 1) for boot in range(60) for seq in range(60)]
    with pytest.raises(StateError, match="full"):
        one.settle("stored", many)
    empty_again(one)
    assert one.books() == {}
    assert one.see(many[:10]) == []
    assert one.settle("stored", many) == many
    one.close()


def test_a_file_that_is_no_database_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"garbage" * 1000)
    with pytest.raises(StateError, match="move it aside"):
        State(Database(tmp_path / "s"))


def test_a_resend_is_stored_already_only_if_this_very_batch_is(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    mine, twin = Named(AGENT, 1, 0, 7), Named(AGENT, 1, 0, 8)
    assert one.see([mine]) == []
    assert one.see([mine]) == []  # seen is not stored
    assert one.settle("stored", [mine]) == [mine]
    assert one.see([mine, twin]) == [mine]
    assert one.see([twin]) == []
    assert one.settle("stored", [twin, mine]) == [twin]
    one.close()


def test_a_copy_that_comes_after_its_agent_has_freed_the_batch_is_not_new_when_it_is_stored_again(
    tmp_path: Path,
) -> None:
    one = State(Database(tmp_path / "s"))
    mine = Named(AGENT, 1, 0, 7)
    assert one.see([mine]) == []
    assert one.settle("stored", [mine]) == [mine]
    assert one.take(AGENT, beat(one.id, 1, {1: ([(0, 0)], [])}), 0)
    assert one.see([mine]) == []  # its name is forgotten: it could be a twin's
    assert one.settle("stored", [mine]) == []
    assert one.see([mine]) == [mine]
    one.close()


def test_an_old_heartbeat_and_one_for_other_books_change_nothing(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    assert one.take(AGENT, beat(one.id, 2, {1: ([(0, 9)], [(5, 9)])}), 0)
    before = one.books()
    for late in (beat(one.id, 2, {}), beat(one.id, 1, {}), beat("other", 3, {}), beat("", 3, {})):
        assert not one.take(AGENT, late, 0)
    assert one.books() == before
    one.close()


def test_what_was_freed_before_the_first_heartbeat_in_new_books_was_settled_earlier(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    one.settle("stored", [Named(AGENT, 1, 4, 1)])
    one.take(AGENT, beat(one.id, 1, {1: ([(0, 9)], [(5, 9)])}), 0)
    (book,) = one.books().values()
    assert book.earlier.pairs() == [(0, 3)]
    one.take(AGENT, beat(one.id, 2, {1: ([(0, 9)], [(6, 9)])}), 0)
    assert missing(one) == [(boot_text(1), [(5, 5)])]  # freed under these books, and not by them
    one.close()


def test_a_clone_that_learns_of_new_books_later_opens_them_for_itself(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    one.take(AGENT, beat(one.id, 1, {1: ([(0, 9)], [(5, 9)])}), 0)
    # The clone has made and, by the acknowledgements of the former books, freed batches of its own.
    clone = beat(
        one.id, 7, {1: ([(5, 9)], [(5, 9)]), 2: ([(0, 5)], [(4, 5)])}, boot=boot_text(2), replaces=[boot_text(1)]
    )
    one.take(AGENT, clone, 0)
    one.take(AGENT, beat(one.id, 2, {1: ([(0, 9)], [(5, 9)])}), 0)
    assert missing(one) == []
    one.close()


def test_each_of_two_clones_keeps_its_own_word_of_what_it_holds(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    first = {1: ([(0, 9)], [(0, 9)])}
    one.take(AGENT, beat(one.id, 1, first), 0)
    for n in range(1, 4):
        clone = beat(one.id, n, {2: ([(0, n)], [(0, n)])}, boot=boot_text(2), replaces=[boot_text(1)])
        assert one.take(AGENT, clone, 0)
        assert one.take(AGENT, beat(one.id, n + 1, {1: ([(0, 9 + n)], [(0, 9 + n)])}), 0)
        later = clone.model_copy(update={"n": n + 10})
        if n == 3:
            assert one.take(AGENT, later, 0)
        assert missing(one) == []
    one.close()


def test_a_restarted_agent_replaces_the_word_of_the_process_before_it(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    one.take(AGENT, beat(one.id, 5, {1: ([(0, 9)], [(0, 9)])}), 0)
    after = {1: ([(0, 7)], [(0, 7)])}  # 8 and 9 were not on the disk any more
    one.take(AGENT, beat(one.id, 1, after, boot=boot_text(2), replaces=[boot_text(1)]), 0)
    assert missing(one) == [(boot_text(1), [(8, 9)])]
    assert not one.take(AGENT, beat(one.id, 5, {1: ([(0, 9)], [(0, 9)])}), 0)  # a late copy revives nothing
    assert missing(one) == [(boot_text(1), [(8, 9)])]
    one.close()


def test_what_only_a_lost_disk_held_is_missing_once_its_process_is_silent_beside_another(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    one.settle("stored", NAMES)
    old = beat(one.id, 1, {1: ([(0, 9)], [(2, 9)])})
    one.take(AGENT, old, 0)
    for n, at in enumerate((1_000, 10 * int(1000 * old.interval_s), 10 * int(1000 * old.interval_s) + 1)):
        assert missing(one) == []  # it may be a clone
        one.take(AGENT, beat(one.id, n, {2: ([(0, n)], [(0, n)])}, boot=boot_text(2)), at)
    assert missing(one) == [(boot_text(1), [(4, 9)])]
    one.take(AGENT, old.model_copy(update={"n": 2}), 10**9)  # it was a clone
    assert missing(one) == [(boot_text(2), [(0, 2)])]
    one.close()


def test_a_process_that_was_heard_while_our_clock_was_ahead_does_not_make_the_others_silent(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    one.take(AGENT, beat(one.id, 1, {1: ([(0, 9)], [])}), 86_400_000)
    for n, at in enumerate((1_000, 60_000)):  # our clock was put right
        one.take(AGENT, beat(one.id, n, {2: ([(0, 9)], [(0, 9)])}, boot=boot_text(2)), at)
        assert missing(one) == []
    one.close()


def test_names_that_no_agent_can_send_again_are_forgotten(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    one.settle("stored", NAMES)
    one.take(AGENT, beat(one.id, 1, {1: ([(0, 3)], [(2, 3)])}), 0)
    assert one.see(NAMES[2:]) == NAMES[2:]
    assert count(one, "select * from known") == 2
    one.take(AGENT, beat(one.id, 1, {}, boot=boot_text(2), replaces=[boot_text(1)]), 0)
    assert count(one, "select * from known") == 0
    one.close()


def count(one: State, query: str) -> int:
    return len(one._db.execute(query).fetchall())


def test_an_agent_that_starts_for_ever_does_not_make_the_books_grow_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "MAX_BOOTS", 20)
    monkeypatch.setattr(state, "MAX_PROCESSES", 5)
    one = State(Database(tmp_path / "s"))
    for boot in range(1, 100):
        made = {boot: ([(0, 1)], [(1, 1)])}
        one.take(AGENT, beat(one.id, 1, made, boot=boot_text(boot), replaces=[boot_text(boot - 1)]), boot)
    assert len(one.books()) <= 21
    assert count(one, "select * from process") <= 6
    one.close()


def test_what_an_agent_says_in_too_many_pieces_is_left_out(tmp_path: Path) -> None:
    one = State(Database(tmp_path / "s"))
    pieces = [(4 * i, 4 * i) for i in range(MAX_INTERVALS // 2)]
    shifted = [(first + 2 * MAX_INTERVALS, last + 2 * MAX_INTERVALS) for first, last in pieces]
    for n, part in enumerate((pieces, shifted, [(first + 2, last + 2) for first, last in pieces]), 1):
        one.take(AGENT, beat(one.id, n, {1: (part, [])}), 0)
    (book,) = one.books().values()
    assert len(book.produced.pairs()) <= MAX_INTERVALS
    one.close()


def test_books_that_another_process_reads_are_of_one_moment(tmp_path: Path) -> None:
    """`mangrove ledger` while the collector works: never a batch that is between two tables."""
    one = State(Database(tmp_path / "s"))
    reader = State(Database(tmp_path / "s"))
    for n in range(1, 60):
        one.settle("stored", [Named(AGENT, 1, n - 1, 1)])
        one.take(AGENT, beat(one.id, n, {1: ([(0, n)], [(n, n)])}), 0)
        assert missing(reader) == []
    one.close()
    reader.close()


HOSTILE = [
    b"",
    b"{}",
    b"[" * 100_000,
    b'{"boot":"0000000000000001","n":1,"time":0,"interval_s":NaN}',
    b'{"boot":"0000000000000001","n":1,"time":0,"interval_s":1e999}',
    b'{"boot":"0000000000000001","n":18446744073709551615,"time":0,"interval_s":1}',
    b'{"boot":"0000000000000001","n":1,"time":0,"interval_s":1,"boots":{"0000000000000001":{"produced":[[5,1]]}}}',
    b'{"boot":"0000000000000001","n":1,"time":0,"interval_s":1,"boots":{"0000000000000001":{"spooled":[[0,18446744073709551615]]}}}',
    b'{"boot":"0000000000000001","n":1,"time":0,"interval_s":1,"boots":{"0000000000000001":{"produced":['
    + b",".join(b"[%d,%d]" % (2 * i, 2 * i) for i in range(heartbeats.MAX_RANGES + 1))
    + b"]}}}",
    b'{"boot":"0000000000000001","n":1,"time":0,"interval_s":1,"boots":{'
    + b",".join(b'"%016x":{}' % i for i in range(5_000))
    + b"}}",
    b" " * (MAX_HEARTBEAT + 1),
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_heartbeat_is_ignored_and_the_next_good_one_is_taken(rig: Rig, hostile: bytes) -> None:
    rig.publish(inventory("dev-1"))
    hostile = hostile.replace(b'"n":1,', b'"n":1,"state":"%s",' % rig.state.id.encode())
    good = beat(rig.state.id, 2, {1: ([(0, 1)], [(0, 1)])}).to_json()
    for data in (hostile, good):
        assert rig.watcher.step([Message(topics.numbers(AGENT), data, retained=True)]) == []
    assert rig.watcher.counts["strange"] == 1
    assert rig.watcher.counts["bugs"] == 0
    (row,) = ledger.rows(rig.state.books())
    assert (row["produced"], row["spooled"]) == (2, 2)


def test_a_heartbeat_of_scattered_batches_is_heard_and_only_its_sets_are_left_out(
    rig: Rig, now_ms: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(heartbeats, "MAX_RANGES", 100)
    rig.publish(inventory("dev-1"))

    def say(n: int, pieces: int) -> None:
        spooled = [(seq, seq) for seq in range(0, 2 * pieces, 2)]
        said = beat(rig.state.id, n, {1: ([(0, 999)], spooled)}, time=now_ms, mono=n, synced=True)
        rig.watcher.step([Message(topics.numbers(AGENT), said.to_json(), retained=False)])

    say(1, 100)
    assert AGENT in rig.watcher.engine.sight.heard
    assert rig.watcher.clocks.of(AGENT, 1).beats
    assert rig.watcher.fleet.agents()[AGENT].synced
    assert rig.state.books() == {}
    assert (rig.watcher.counts["heartbeats_ignored"], rig.watcher.counts["strange"]) == (1, 0)
    assert "101 pieces, over the limit of 100" in caplog.text
    anchored = {boot_text(1): BootNumbers(anchor=(50, now_ms))}  # what an agent says whose heartbeat would be too large
    said = beat("", 2, {}, time=now_ms, mono=2).model_copy(update={"boots": anchored})
    rig.watcher.step([Message(topics.numbers(AGENT), said.to_json(), retained=False)])
    assert (rig.state.books(), rig.watcher.clocks.of(AGENT, 1).anchor) == ({}, (50, now_ms))
    say(3, 99)
    (book,) = rig.state.books().values()
    assert len(book.spooled) == 99


def test_the_watcher_waits_while_the_state_cannot_be_written_and_acknowledges_nothing(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    rig.state._db.execute("pragma query_only = on")
    group = [message(AGENT, data) for data in _payloads(version, now_ms)]
    assert rig.watcher.step(group) == group
    assert rig.acks == []
    rig.state._db.execute("pragma query_only = off")
    assert rig.watcher.step(group) == []
    assert rig.seen() == [0, 1, 2]


def _payloads(version: str, now_ms: int) -> list[bytes]:
    return [payload(record(poll("dev-1", version, now_ms + seq), seq=seq)) for seq in range(3)]


def test_a_copy_of_the_file_taken_at_any_moment_can_be_opened(tmp_path: Path) -> None:
    """As a power cut leaves it: the main file and its log as they are."""
    one = State(Database(tmp_path / "s"))
    for seq in range(20):
        one.settle("stored", [Named(AGENT, 1, seq, 1)])
        copy = tmp_path / f"copy-{seq}"
        copy.mkdir()
        for end in ("", "-wal"):
            shutil.copy(tmp_path / f"s{end}", copy / f"s{end}")
        other = State(Database(copy / "s"))
        (book,) = other.books().values()
        assert list(book.stored) == list(range(seq + 1))
        other.close()
    one.close()

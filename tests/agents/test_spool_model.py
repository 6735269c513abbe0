"""The spool against a list of what it accepted: whatever is done to it, every batch is settled, spooled or dropped."""

import shutil
import tempfile
from pathlib import Path

from agents.spooling import acked, back, close_by_age, closed, dropped, killed, opened, segments, spooled
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agents.holdings import Spooled
from agents.segment import boot_of_alarms
from agents.spool import Spool
from contract.wire import unpack

BUDGET, ALARMS = 48 << 10, 16 << 10
BODIES = st.lists(st.integers(0, 700), min_size=1, max_size=6)


class SpoolMachine(RuleBasedStateMachine):
    """`accepted` is the list; `settled` what acknowledgements have freed since it was last seen on disk."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="spool-"))
        self.boot, self.made = 0, 0
        self.boots_of_alarms: set[int] = set()
        self.accepted: dict[tuple[int, int], Spooled] = {}
        self.settled: set[tuple[int, int]] = set()
        self.spool = self._open()

    def _open(self) -> Spool:
        self.boot += 1
        self.boots_of_alarms.add(boot_of_alarms(self.boot))
        return opened(self.folder, self.boot, budget=BUDGET, alarms=ALARMS, segment=2048)

    @rule(sizes=BODIES, alarms=st.booleans())
    def commit(self, sizes: list[int], alarms: bool) -> None:
        self.made += len(sizes)
        self.spool.keep_within_limits()  # a segment that was closed meanwhile takes a block more
        before = dropped(self.spool)
        batches = self.spool.commit([bytes([self.made % 128]) * size for size in sizes], alarms=alarms)
        self.spool.keep_within_limits()
        self.accepted |= {(batch.boot, batch.seq): batch for batch in batches}
        pushed_out = {boot in self.boots_of_alarms for boot, _ in dropped(self.spool) - before}
        assert pushed_out <= {alarms}

    @precondition(lambda self: bool(spooled(self.spool)))
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        first = data.draw(st.sampled_from(sorted(spooled(self.spool))))
        batches = [self.accepted[first]]
        most = data.draw(st.integers(1, 30))
        while len(batches) < most and (name := (first[0], first[1] + len(batches))) in spooled(self.spool):
            batches.append(self.accepted[name])
        wrong = data.draw(st.sampled_from([0, 0, 0, 1 << 7]))
        a, b, xor = acked(batches)
        assert self.spool.free(first[0], [(a, b, xor ^ wrong)]) == (1 if wrong else 0)
        if not wrong:
            self.settled |= {(batch.boot, batch.seq) for batch in batches}

    @rule(beyond=st.integers(0, 2**63), boot=st.integers(0, 3), xor=st.sampled_from([0, 1]))
    def acknowledge_what_is_not_here(self, beyond: int, boot: int, xor: int) -> None:
        before = spooled(self.spool)
        first = self.spool.accepted + beyond
        empty = (first, first - 1, 0) if first else (0, 0, 1)
        assert self.spool.free(self.spool.boot + boot, [(first, first, xor), empty]) == 2
        assert spooled(self.spool) == before

    @rule()
    def grow_old(self) -> None:
        close_by_age(self.spool)

    @rule(kill=st.booleans())
    def start_again(self, kill: bool) -> None:
        if kill:
            killed(self.spool)
        else:
            self.spool.close()
        self.spool = self._open()
        # A segment is freed as a whole: what was settled in one that stays comes back, and may be damaged by now.
        self.settled -= spooled(self.spool) | dropped(self.spool)

    @precondition(lambda self: bool(closed(self.spool)))
    @rule(data=st.data())
    def damage(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from([segment.path for segment in closed(self.spool)]), label="segment")
        content = bytearray(path.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(content)
        back(self.spool)  # whoever reads it finds out

    @invariant()
    def every_batch_is_settled_spooled_or_dropped(self) -> None:
        needed, lost = spooled(self.spool), dropped(self.spool)
        self.settled -= lost
        assert self.accepted.keys() == self.settled | needed | lost
        assert len(self.accepted) == len(self.settled) + len(needed) + len(lost)

    @invariant()
    def what_is_spooled_comes_back_as_it_was(self) -> None:
        assert back(self.spool) == {name: self.accepted[name].data for name in spooled(self.spool)}

    @invariant()
    def the_files_of_each_lane_stay_within_its_budget(self) -> None:
        of_alarms = [path.stat().st_size for path in segments(self.folder) if ".alarms" in path.name]
        assert sum(of_alarms) == self.spool.alarms_size <= ALARMS
        of_all = sum(path.stat().st_size for path in segments(self.folder))
        assert of_all == self.spool.size <= BUDGET + self.spool.alarms_size

    @invariant()
    def all_produced_are_told(self) -> None:
        state = self.spool.state()
        produced = {boot: len(state[boot].produced) for boot in self.spool.ends if boot in state}
        assert sum(produced.values()) == self.spool.accepted
        assert all(produced[boot] == self.spool.ends[boot] for boot in produced)

    def teardown(self) -> None:
        if hasattr(self, "spool"):
            self.spool.close()
            shutil.rmtree(self.folder)


TestSpool = SpoolMachine.TestCase
TestSpool.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


def test_the_record_sent_is_the_record_on_disk(tmp_path: Path) -> None:
    spool = opened(tmp_path)
    (batch,) = spool.commit([b"body"])
    assert segments(tmp_path)[0].read_bytes() == batch.data
    assert unpack(batch.data).body == b"body"
    spool.close()

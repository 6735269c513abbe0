"""The spool on a disk that forgets: whatever a power cut leaves of what was not fsynced, each batch that was accepted
is there, settled, or reported as dropped; and so when calls fail, bits flip and files are cut short on top of it."""

import errno
import random
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from unittest import mock

import pytest
from agents.forgetful import CALLS, Disk, PowerCut
from agents.spooling import acked, back, close_by_age, closed, dropped, killed, opened, spooled
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agents.holdings import Spooled
from agents.segment import boot_of_alarms
from contract.wire import MAGIC, pack

BUDGET, ALARMS = 24 << 10, 12 << 10
SHM = Path("/dev/shm")
Name = tuple[int, int]
BODIES = st.lists(st.integers(0, 1200), min_size=1, max_size=5)
CHOICES = st.integers(0, 2**32).map(random.Random)
WORK = ["commit", "alarms", "free", "close", "drop"]
UNCERTAIN = [("fdatasync", errno.EIO), ("ftruncate", errno.EIO)]  # all of the write may be there, and has failed
FAILURES = st.sampled_from([UNCERTAIN, [*UNCERTAIN, ("rename", errno.EIO)]]) | st.lists(
    st.tuples(st.sampled_from(CALLS), st.sampled_from([errno.EIO, errno.ENOSPC])), max_size=4
)


class Powered:
    """A spool on such a disk, and what it has promised."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="power-", dir=SHM if SHM.is_dir() else None))
        self._stack = ExitStack()
        self._stack.enter_context(mock.patch("agents.losses.RESERVE", 1000))
        self._stack.enter_context(mock.patch("agents.folder.free_bytes", return_value=1 << 40))
        self.accepted: dict[Name, bytes] = {}
        self.tried: dict[Name, set[bytes]] = {}
        self.settled: set[Name] = set()
        self.told: set[Name] = set()
        self._boot = self._made = self._cuts = 0
        self._mount(self._root / "0")
        self.start()

    def _mount(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.disk = Disk(folder)
        self._watching = ExitStack()
        self._watching.enter_context(self.disk.watched())

    def start(self) -> None:
        """A new process."""
        self._boot += 1
        self.spool = opened(self.disk.folder, self._boot, budget=BUDGET, alarms=ALARMS, segment=4096)

    def stop(self) -> None:
        """Nothing of this is left."""
        killed(self.spool)
        self._watching.close()
        self._stack.close()
        left = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
        shutil.rmtree(self._root)
        assert not [path for path in left if path.is_relative_to(self._root)]

    def restart(self, *, kill: bool) -> None:
        """The process ends, the machine does not."""
        if kill:
            killed(self.spool)
        else:
            self.spool.close()
        self.start()
        self._resurrected()

    def commit(self, sizes: Sequence[int], *, alarms: bool = False) -> None:
        """Accept some batches, some of them with a magic or a whole record of another boot in them."""
        boot = boot_of_alarms(self._boot) if alarms else self._boot
        first = self.spool.ends[boot]
        inner = [b"", MAGIC, pack(0xF0, first, b"of another")]
        made = []
        for size in sizes:
            self._made += 1
            made.append(f"{self._made:08}".encode() + inner[self._made % 3] + bytes([self._made % 251]) * size)
        for seq, body in enumerate(made, first):
            self.tried.setdefault((boot, seq), set()).add(pack(boot, seq, body))
        batches = self.spool.commit(made, alarms=alarms)
        self.accepted |= {(batch.boot, batch.seq): batch.data for batch in batches}

    def acknowledge(self, choose: random.Random) -> None:
        """Settle some neighbours."""
        if not (needed := sorted(spooled(self.spool) & self.accepted.keys())):
            return
        boot, seq = choose.choice(needed)
        count = choose.randrange(1, 20)
        names = [(boot, seq)]
        while len(names) < count and (name := (boot, seq + len(names))) in needed:
            names.append(name)
        batches = [Spooled(*name, self.accepted[name]) for name in names]
        self.settled |= set(names)  # also when the power goes within
        assert self.spool.free(boot, [acked(batches)]) == 0

    def cut(self, choose: random.Random) -> None:
        """The power goes, and comes back; once in a while it goes again during the start."""
        self._watching.close()
        killed(self.spool)
        while True:
            self._cuts += 1
            self.disk.forget(choose, self._root / str(self._cuts))
            shutil.rmtree(self.disk.folder)
            self._mount(self._root / str(self._cuts))
            if choose.random() < 0.2:
                self.disk.cut_in = choose.randrange(12)
            try:
                self.start()
            except PowerCut:
                self._watching.close()
                continue
            self.disk.cut_in = None
            break
        self._resurrected()

    def within(self, calls: int, work: Callable[[], None], choose: random.Random, *, power: bool) -> None:
        """The power goes within this work, or after it; or only the process is killed there."""
        self.disk.cut_in = calls
        with suppress(PowerCut):
            work()
        if power:
            self.cut(choose)
        else:
            self.disk.cut, self.disk.cut_in = False, None
            self.restart(kill=True)

    def work(self, name: str, sizes: Sequence[int], choose: random.Random) -> None:
        """One of the things that an agent does to its spool."""
        match name:
            case "commit" | "alarms":
                self.commit(sizes, alarms=name == "alarms")
            case "free":
                self.acknowledge(choose)
            case "close":
                close_by_age(self.spool)
            case _:
                self.spool.drop_oldest()

    def damage(self, choose: random.Random) -> None:
        """A bit flips in a closed segment, or its end is lost, or a block becomes zeros; whoever reads it finds out."""
        there = [one for one in closed(self.spool) if one.path.exists() and one.path.stat().st_size]
        if not there:
            return
        segment = choose.choice(sorted(there, key=lambda segment: segment.path.name))
        data = bytearray(segment.path.read_bytes())
        at = choose.randrange(len(data))
        match choose.randrange(3):
            case 0:
                data[at] ^= 1 << choose.randrange(8)
            case 1:
                del data[at:]
            case _:
                data[at : at + 512] = bytes(len(data[at : at + 512]))
        self.disk.touched(segment.path, bytes(data))
        back(self.spool)

    def _resurrected(self) -> None:
        """What was not settled for good comes back: its segment had to stay, or its unlinking was forgotten. And what
        was written, and not accepted, may be there, too."""
        self.settled -= spooled(self.spool) | dropped(self.spool)
        for name, data in back(self.spool).items():
            if name not in self.accepted:
                assert data in self.tried[name]
                self.accepted[name] = data

    def check(self) -> None:
        """What must hold at any time."""
        needed, lost = spooled(self.spool), dropped(self.spool)
        assert not needed & lost
        assert self.spool.batches() == len(needed)
        assert self.told <= lost
        self.told = lost
        self.settled -= lost
        assert lost <= self.tried.keys()
        assert self.accepted.keys() - lost == self.settled | needed
        assert not self.settled & needed
        assert back(self.spool) == {name: self.accepted[name] for name in needed}
        for boot, state in self.spool.state().items():
            assert {(boot, seq) for seq in state.produced} >= {name for name in needed | lost if name[0] == boot}


class PowerMachine(RuleBasedStateMachine):
    """Anything, in any order."""

    @initialize()
    def begin(self) -> None:
        self.at = Powered()

    @rule(sizes=BODIES, alarms=st.booleans())
    def commit(self, sizes: list[int], alarms: bool) -> None:
        self.at.commit(sizes, alarms=alarms)
        self.at.spool.keep_within_limits()

    @rule(choose=CHOICES)
    def acknowledge(self, choose: random.Random) -> None:
        self.at.acknowledge(choose)

    @rule()
    def grow_old(self) -> None:
        close_by_age(self.at.spool)

    @rule()
    def drop(self) -> None:
        self.at.spool.drop_oldest()

    @rule(choose=CHOICES)
    def damage(self, choose: random.Random) -> None:
        self.at.damage(choose)

    @rule(kill=st.booleans())
    def restart(self, kill: bool) -> None:
        self.at.restart(kill=kill)

    @rule(choose=CHOICES)
    def cut(self, choose: random.Random) -> None:
        self.at.cut(choose)

    @rule(choose=CHOICES, calls=st.integers(0, 12), sizes=BODIES, work=st.sampled_from(WORK), power=st.booleans())
    def end_within(self, choose: random.Random, calls: int, sizes: list[int], work: str, power: bool) -> None:
        self.at.within(calls, lambda: self.at.work(work, sizes, choose), choose, power=power)

    @rule(choose=CHOICES, failures=FAILURES, sizes=BODIES, work=st.sampled_from(WORK))
    def fail_within(self, choose: random.Random, failures: list[tuple[str, int]], sizes: list[int], work: str) -> None:
        self.at.disk.failures = list(failures)
        with suppress(OSError):
            self.at.work(work, sizes, choose)
        self.at.disk.failures = []

    @invariant()
    def nothing_is_lost_forged_or_counted_twice(self) -> None:
        self.at.check()

    def teardown(self) -> None:
        if hasattr(self, "at"):
            self.at.stop()


class Long(PowerMachine):
    """The same, longer."""


TestPower = PowerMachine.TestCase
TestPower.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)

TestPowerTorture = pytest.mark.torture(Long.TestCase)
TestPowerTorture.settings = settings(max_examples=3000, stateful_step_count=60, deadline=None)


@pytest.mark.parametrize("seed", range(60))
def test_two_writes_that_failed_and_could_not_be_cut_back_count_no_batch_that_nobody_made(seed: int) -> None:
    at = Powered()
    try:
        for sizes in ([0], [301]):
            at.disk.failures = list(UNCERTAIN)
            with pytest.raises(OSError, match="Input/output"):
                at.commit(sizes)
        at.cut(random.Random(seed))
        at.check()
    finally:
        at.stop()

"""A host's clock that is wrong, is set, becomes right: what is stamped, and what is known of it afterwards."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.anchors import Anchors
from agents.app import _host_clock
from agents.config import AgentConfig
from agents.host_clock import AT_ONCE_MS, FIRST_MS, STEPPED_MS, HostClock, Stamp, is_synchronised, mono_ms, wall_ms
from contract import durable
from contract.broker import BrokerConfig

START = 1_800_000_000_000  # the true time at which the host was started
HOUR, DAY = 3_600_000, 86_400_000


@dataclass
class Host:
    """A host: `mono` is the true time since its start, `off` how far its clock is ahead of the true time."""

    mono: int = 0
    off: int = 0
    synced: bool = False
    slow_ms: int = 0  # it sleeps between the readings of its two clocks

    def clock(self) -> HostClock:
        return HostClock(lambda: START + self.mono + self.off, self._read_mono, lambda: self.synced)

    def _read_mono(self) -> int:
        self.mono += self.slow_ms
        return self.mono

    @property
    def true(self) -> int:
        return START + self.mono


def test_a_stamp_is_what_the_host_says() -> None:
    host = Host(mono=5, off=-HOUR)
    assert host.clock().now() == Stamp(START + 5 - HOUR, 5, synced=False)
    host.synced = True
    assert host.clock().now().synced


def test_the_real_clocks_advance_and_the_kernel_answers() -> None:
    clock = HostClock()
    first, then = clock.now(), clock.now()
    assert first.mono <= then.mono <= mono_ms()
    assert first.time <= then.time <= wall_ms()
    assert first.synced == is_synchronised()


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, DAY), st.sampled_from([0, HOUR, -HOUR, DAY, -DAY, -START])), max_size=20))
def test_once_the_time_was_right_no_step_of_a_clock_that_nobody_vouches_for_is_followed(
    steps: list[tuple[int, int]],
) -> None:
    host = Host(synced=True)
    clock = host.clock()
    clock.now()
    host.synced = False
    stamps: list[Stamp] = []
    for wait, off in steps:
        host.mono += wait + 1
        host.off = off
        stamps.append(clock.now())
        assert stamps[-1] == Stamp(host.true, host.mono, synced=False)
    times = [stamp.time for stamp in stamps]
    assert len(set(times)) == len(times)  # two readings never have one time


def test_a_step_that_is_vouched_for_is_followed_and_so_is_a_small_one() -> None:
    host = Host(synced=True)
    clock = host.clock()
    clock.now()
    host.off = HOUR
    assert clock.now().time == host.true + HOUR
    host.synced, host.off = False, HOUR + STEPPED_MS - 1
    assert clock.now().time == host.true + host.off


def test_a_kernel_that_vouches_for_1970_is_not_believed() -> None:
    host = Host(off=FIRST_MS - 1 - START, synced=True)
    clock = host.clock()
    assert not clock.now().synced
    assert clock.vouched is None


def test_a_clock_that_becomes_right_between_two_readings_is_not_right_yet() -> None:
    answers = iter([False, True, True, True])
    clock = HostClock(lambda: START, lambda: 1, lambda: next(answers))
    assert not clock.now().synced
    assert clock.vouched is None


def test_clocks_that_were_not_read_at_once_say_nothing_of_each_other(tmp_path: Path) -> None:
    host = Host(synced=True, slow_ms=AT_ONCE_MS + 1)
    clock = host.clock()
    assert clock.now().synced
    assert clock.vouched is None
    host.slow_ms = AT_ONCE_MS
    clock.now()
    assert clock.vouched is not None


def kept(folder: Path, host: Host, boot: str, start: str, *spooled: str) -> tuple[HostClock, Anchors]:
    """The anchors of a process of an agent in one start of its host."""
    clock = host.clock()
    return clock, Anchors(folder, boot * 16, [name * 16 for name in spooled], clock, start)


def test_an_anchor_is_chosen_when_the_clock_is_right_and_stays_whatever_the_clock_does(tmp_path: Path) -> None:
    host = Host(mono=10, off=-START)
    clock, anchors = kept(tmp_path, host, "1", "start")
    clock.now()
    anchors.update()
    assert anchors.of("1" * 16) is None
    host.mono, host.off, host.synced = 20, 0, True
    clock.now()
    anchors.update()
    assert anchors.of("1" * 16) == (20, START + 20)
    host.mono, host.off = 30, HOUR
    clock.now()
    anchors.update()
    assert anchors.of("1" * 16) == (20, START + 20)


def test_a_later_process_of_one_start_of_the_host_gives_its_anchor_to_those_before(tmp_path: Path) -> None:
    host = Host(mono=10, off=-START)
    kept(tmp_path, host, "1", "start")
    host.mono = 50
    clock, anchors = kept(tmp_path, host, "2", "start", "1")
    host.off, host.synced = 0, True
    clock.now()
    anchors.update()
    assert anchors.of("1" * 16) == anchors.of("2" * 16) == (50, START + 50)
    assert anchors.is_here("1" * 16)
    _, again = kept(tmp_path, host, "3", "another", "1", "2")
    assert again.of("1" * 16) == (50, START + 50)
    assert (again.of("3" * 16), again.is_here("1" * 16), again.is_here("3" * 16)) == (None, False, True)


def test_what_is_not_spooled_any_more_is_forgotten(tmp_path: Path) -> None:
    host = Host(synced=True)
    clock, anchors = kept(tmp_path, host, "1", "a")
    clock.now()
    anchors.update()
    kept(tmp_path, host, "2", "b")
    _, last = kept(tmp_path, host, "3", "c", "1", "2")
    assert last.of("1" * 16) is None
    assert "1" * 16 not in (tmp_path / "clock.json").read_text()


def test_a_process_that_starts_while_nobody_vouches_for_the_clock_knows_what_was_right(tmp_path: Path) -> None:
    host = Host(mono=10, synced=True)
    clock, anchors = kept(tmp_path, host, "1", "start")
    clock.now()
    anchors.update()
    host.mono, host.off, host.synced = 20, HOUR, False
    clock, _ = kept(tmp_path, host, "2", "start", "1")
    assert clock.now() == Stamp(host.true, 20, synced=False)
    clock, _ = kept(tmp_path, host, "3", "another", "1")
    assert clock.now().time == host.true + HOUR


def test_an_anchor_is_told_only_when_it_is_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(synced=True)
    clock, anchors = kept(tmp_path, host, "1", "start")
    clock.now()
    with monkeypatch.context() as patch:
        patch.setattr(durable, "replace", full)
        anchors.update()
        assert anchors.of("1" * 16) is None
    anchors.update()
    _, again = kept(tmp_path, host, "2", "start", "1")
    assert anchors.of("1" * 16) == again.of("1" * 16) == (0, START)


def full(_path: Path, _data: bytes) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"boots": {"x": 1}}', b"\xff" * 9])
def test_a_damaged_file_is_said_and_begun_anew(tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "clock.json").write_bytes(damage)
    host = Host(synced=True)
    clock, anchors = kept(tmp_path, host, "1", "start")
    clock.now()
    anchors.update()
    assert anchors.of("1" * 16) == (0, START)
    assert "clock.json cannot be read" in caplog.text


def test_nothing_of_an_agent_but_its_stamps_goes_by_a_clock_that_can_be_set() -> None:
    """Beats, retries, rates and ages go by monotonic clocks; the spool only notes when a loss was found, and
    the kernel stamps replies to echoes by this one."""
    agents = Path(__file__).parents[2] / "agents"
    sources = {path.relative_to(agents).as_posix(): path.read_text() for path in agents.rglob("*.py")}
    wall = {name for name, text in sources.items() if re.search(r"time\.time(_ns)?\(|datetime\.now", text)}
    assert wall == {"host_clock.py", "opening.py", "spool.py", "echo/link.py"}


@pytest.mark.parametrize("trust", [True, False])
def test_a_clock_that_the_agents_file_trusts_needs_nobody_else_to_vouch_for_it(trust: bool) -> None:
    config = AgentConfig(id="a", broker=BrokerConfig(host="127.0.0.1"), data=Path(), trust_clock=trust)
    assert _host_clock(config).now().synced is (trust or is_synchronised())

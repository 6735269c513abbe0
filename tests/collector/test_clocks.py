"""The times of batches whose agent had a wrong clock: put right by its anchor, held, or as it says."""

import itertools

import pytest
from collector.kit import AGENT, CATALOG, OTHER_AGENT, Rig, beat, inventory, message, payload, poll, record
from collector.test_answers import answers
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from collector.clocks import BELIEVED_MS, MENDED_MS, Clock, Clocks, settled
from collector.dead_letter import read_letters
from collector.intake import Accepted, Held, judge
from contract import topics
from contract.batch import Batch
from contract.catalog import UnknownError
from contract.messages import BootNumbers, Numbers, boot_text
from contract.mqtt import Message

START = 1_800_000_000_000  # when the agent's host was started
HOUR, DAY = 3_600_000, 86_400_000
OFFS = [HOUR, -HOUR, DAY, -DAY, -START]


def stamped(mono: int, off: int, *, synced: bool = False) -> Batch:
    """A reading at `mono` by a clock that is `off` ahead."""
    return Batch(kind="self", time=START + mono + off, mono=mono, synced=synced)


def heartbeat(mono: int, off: int = 0, *, boot: int = 1, anchor: int | None = None, host: bool = True) -> Numbers:
    """What the agent says at `mono`; `anchor` is when its clock was right."""
    right = None if anchor is None else (anchor, START + anchor)
    boots = {boot_text(boot): BootNumbers(anchor=right, same_host=host or None)}
    said = beat("s", 1, {}, boot=boot_text(boot), time=START + mono + off, mono=mono)
    return said.model_copy(update={"boots": boots})


def heard(*beats: Numbers, late_ms: int = 0) -> Clocks:
    """What is known after heartbeats that came at once."""
    clocks = Clocks()
    for one in beats:
        assert one.mono is not None
        assert clocks.hear(AGENT, one, START + one.mono + late_ms) == ""
    return clocks


@pytest.mark.parametrize("off", OFFS)
def test_what_was_stamped_before_the_anchor_is_put_right_by_it(off: int) -> None:
    clocks = heard(heartbeat(90_000, anchor=80_000))
    assert settled(stamped(5_000, off), clocks.of(AGENT, 1)).time == START + 5_000


@pytest.mark.parametrize("off", OFFS)
def test_until_there_is_an_anchor_what_a_wrong_clock_stamped_is_held_also_when_the_clock_was_set_meanwhile(
    off: int,
) -> None:
    for now_off in (off, 0):
        clocks = heard(heartbeat(9_000, now_off))
        with pytest.raises(UnknownError, match=r"(ahead|behind) and not synchronised"):
            settled(stamped(5_000, off), clocks.of(AGENT, 1))
    assert settled(stamped(5_000, 0), heard(heartbeat(9_000, off)).of(AGENT, 1)).time == START + 5_000


@pytest.mark.parametrize("off", [*OFFS, 0])
def test_what_the_kernel_vouches_for_is_as_the_agent_says(off: int) -> None:
    batch = stamped(5_000, off, synced=True)
    assert settled(batch, heard(heartbeat(9_000, off)).of(AGENT, 1)) == batch


def test_what_was_stamped_after_the_anchor_is_as_the_agent_says() -> None:
    clocks = heard(heartbeat(90_000, anchor=80_000))
    batch = stamped(80_000, 2_000)
    assert settled(batch, clocks.of(AGENT, 1)) == batch


@pytest.mark.parametrize("off", OFFS)
def test_a_time_that_is_not_of_the_agents_clock_stays(off: int) -> None:
    batch = stamped(5_000, off).model_copy(update={"mono": 0})
    assert settled(batch, heard(heartbeat(90_000, off, anchor=80_000)).of(AGENT, 1)) == batch


def test_of_an_agent_that_has_said_nothing_of_its_clock_all_is_as_it_says() -> None:
    old = beat("s", 1, {1: ([(0, 9)], [])})
    clocks = Clocks()
    clocks.hear(AGENT, old, START)
    for off in OFFS:
        assert settled(stamped(5_000, off), clocks.of(AGENT, 1)) == stamped(5_000, off)
        assert settled(stamped(5_000, off), clocks.of(OTHER_AGENT, 1)) == stamped(5_000, off)


@given(
    off=st.integers(-2 * MENDED_MS, 2 * MENDED_MS) | st.integers(-START, 2 * DAY),
    late=st.lists(st.integers(0, MENDED_MS - BELIEVED_MS), min_size=1, max_size=6),
    told=st.lists(st.integers(-2 * MENDED_MS, 2 * MENDED_MS), min_size=6, max_size=6),
)
def test_a_batch_has_one_time_whenever_it_comes(off: int, late: list[int], told: list[int]) -> None:
    """Before the anchor is known it is held or has the time that it has with it, whatever the clock does meanwhile and
    however late heartbeats come."""
    batch, anchor = stamped(5_000, off), (80_000, START + 80_000)
    last = settled(batch, Clock(anchor)).time
    clocks = Clocks()
    for number, (delay, now_off) in enumerate(zip(late, told, strict=False)):
        mono = 9_000 + 5_000 * number
        clocks.hear(AGENT, heartbeat(mono, now_off), START + mono + delay)
        try:
            assert settled(batch, clocks.of(AGENT, 1)).time == last
        except UnknownError:
            assert abs(off) > BELIEVED_MS - (MENDED_MS - BELIEVED_MS)
    assert abs(last - (START + 5_000)) <= MENDED_MS


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(1, 10_000), st.sampled_from([*OFFS, 0])), min_size=2, max_size=30),
    st.permutations(range(30)),
)
def test_two_readings_of_a_clock_that_jumped_never_have_one_time(
    steps: list[tuple[int, int]], order: list[int]
) -> None:
    monos = list(itertools.accumulate(wait for wait, _ in steps))
    batches = [stamped(mono, off) for mono, (_, off) in zip(monos, steps, strict=True)]
    clock = heard(heartbeat(monos[-1] + 2, anchor=monos[-1] + 1)).of(AGENT, 1)
    times = {settled(batches[at], clock).time: at for at in order if at < len(batches)}
    assert times == {START + mono: at for at, mono in enumerate(monos)}


def test_an_anchor_that_changes_is_refused_counted_and_said() -> None:
    clocks = heard(heartbeat(90_000, anchor=80_000))
    other = heartbeat(95_000, anchor=80_000).model_copy(
        update={"boots": {boot_text(1): BootNumbers(anchor=(80_000, START))}}
    )
    assert "the first one stands" in clocks.hear(AGENT, other, START)
    assert clocks.counts["anchors_refused"] == 1
    assert clocks.of(AGENT, 1).anchor == (80_000, START + 80_000)
    known_before = Clocks([(AGENT, boot_text(1), clocks.of(AGENT, 1))])  # as after a restart of the collector
    assert "the first one stands" in known_before.hear(AGENT, other, START)


def test_an_agent_shifts_only_its_own_batches() -> None:
    clocks = heard(heartbeat(90_000, anchor=80_000))
    assert clocks.of(OTHER_AGENT, 1) == clocks.of(AGENT, 2) == Clock()


def test_what_a_former_process_of_the_same_start_of_the_host_stamped_is_judged_by_the_present_one() -> None:
    said = heartbeat(90_000, -HOUR, boot=2)
    boots = {boot_text(1): BootNumbers(same_host=True), boot_text(3): BootNumbers()}
    clocks = heard(said.model_copy(update={"boots": {**said.boots, **boots}}))
    with pytest.raises(UnknownError):
        settled(stamped(5_000, -HOUR), clocks.of(AGENT, 1))
    assert clocks.of(AGENT, 3) == Clock()  # of another start: nobody can know


def test_the_heartbeat_that_was_on_its_way_shortest_tells_the_time() -> None:
    clocks = Clocks()
    for mono, late in ((5_000, 2 * BELIEVED_MS), (10_000, 0), (15_000, 2 * BELIEVED_MS)):
        clocks.hear(AGENT, heartbeat(mono), START + mono + late)
    batch = stamped(7_000, 0)
    assert settled(batch, clocks.of(AGENT, 1)) == batch


def test_a_copy_that_a_broker_kept_says_how_the_clocks_compare_only_where_nothing_else_does() -> None:
    clocks = Clocks()
    for n, fresh in enumerate((False, True, False, False, False)):
        clocks.hear(AGENT, heartbeat(5_000), START + 5_000 + (0 if fresh else HOUR + n), fresh=fresh)
        assert min(clocks.of(AGENT, 1).beats) == (START if n else START + HOUR)


def test_what_is_put_right_must_still_be_of_a_possible_time(rig: Rig) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    clocks = heard(heartbeat(90_000, anchor=80_000))
    batch = poll("dev-1", version, 5_000).model_copy(update={"mono": 5_000})
    for now, kind in ((START + 90_000, Accepted), (START - DAY, Held), (START + 40 * DAY, Held)):
        one = judge(AGENT, payload(record(batch)), rig.versions, CATALOG, now, clocks)
        assert isinstance(one, kind), one
        if isinstance(one, Accepted):
            assert one.batch == batch.model_copy(update={"time": START + 5_000})


def test_a_dead_letter_of_a_wrong_clock_is_judged_by_its_anchor(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    rig.letters.add(AGENT, record(poll("dev-1", version, 5_000).model_copy(update={"mono": 5_000})), "refused")
    [letter] = read_letters(rig.folder / "dead-letters")
    replay = answers(rig).by_name()["replay"]
    assert "over 30 days old" in str(replay({"ids": [letter.id]}))
    said = heartbeat(90_000).model_copy(update={"boots": {boot_text(1): BootNumbers(anchor=(80_000, now_ms))}})
    rig.watcher.clocks.hear(AGENT, said, now_ms)
    assert replay({"ids": [letter.id]}) == {letter.id: "accepted"}


@pytest.mark.parametrize(("off", "synced", "good"), [(0, False, True), (HOUR, True, False), (-HOUR, True, True)])
def test_an_agent_whose_readings_are_held_is_not_believed(off: int, synced: bool, good: bool) -> None:
    said = heartbeat(9_000, off).model_copy(update={"synced": synced})
    assert heard(said).believes(AGENT, said) is good
    for wrong in (HOUR, -HOUR, DAY, -START):
        said = heartbeat(9_000, wrong)
        assert not heard(said).believes(AGENT, said)
    old = said.model_copy(update={"mono": None})
    assert Clocks().believes(AGENT, old)


@settings(max_examples=30)
@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_no_anchor_however_mad_raises(mono: int, wall: int, time: int) -> None:
    assume(mono > 1)
    batch = Batch(kind="self", time=time, mono=1)
    assert isinstance(settled(batch, Clock((mono, wall))).time, int)


def test_the_watch_does_not_take_an_agent_for_heard_whose_readings_are_held(rig: Rig, now_ms: int) -> None:
    rig.publish(inventory("dev-1"))

    def say(mono: int, off: int) -> bool:
        said = beat(rig.state.id, mono, {}, time=now_ms + off, mono=mono)
        rig.watcher.step([Message(topics.numbers(AGENT), said.to_json(), retained=False)])
        return AGENT in rig.watcher.engine.sight.heard

    assert not say(1, -DAY)
    assert rig.watcher.fleet.agents()[AGENT].skew_ms is not None
    assert say(2, 0)


def say(rig: Rig, said: Numbers) -> None:
    """A heartbeat comes."""
    assert rig.watcher.step([Message(topics.numbers(AGENT), said.to_json(), retained=False)]) == []


def times(rig: Rig) -> set[int]:
    """The times of the readings in the database."""
    return {at for measurement, _, at in rig.store.points if measurement in ("poll", "interface")}


def test_a_letter_replayed_after_a_restart_has_the_time_that_it_had_also_when_its_agent_has_freed_it(
    rig: Rig, now_ms: int
) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    start = now_ms - HOUR

    def host(boot: int, mono: int, spooled: list[tuple[int, int]]) -> Numbers:
        boots = {boot_text(boot): BootNumbers(anchor=(mono, start + mono), produced=[(0, 0)], spooled=spooled)}
        replaces = [boot_text(1)] if boot > 1 else []
        said = beat(rig.state.id, 1, {}, boot=boot_text(boot), time=start + mono, mono=mono, replaces=replaces)
        return said.model_copy(update={"boots": boots})

    rig.store.bad = frozenset({"GE0/0/1"})
    say(rig, host(1, 1_000_000, [(0, 0)]))
    rig.give(AGENT, record(poll("dev-1", version, start + 5_000 - DAY, rows=2).model_copy(update={"mono": 5_000})))
    rig.store_all()
    assert times(rig) == {start + 5_000}
    say(rig, host(2, 1_100_000, []))
    rig.restart()
    rig.store.bad = frozenset()
    [letter] = read_letters(rig.folder / "dead-letters")
    assert answers(rig).by_name()["replay"]({"ids": [letter.id]}) == {letter.id: "accepted"}
    rig.watcher.step(rig.inbox.take(10, 0.0))
    rig.store_all()
    assert rig.letter_names() == set()
    assert times(rig) == {start + 5_000}


def test_what_nobody_can_date_is_held_also_after_a_restart_of_the_collector(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    one = record(poll("dev-1", version, now_ms - DAY).model_copy(update={"mono": 9_000}))
    say(rig, beat(rig.state.id, 1, {1: ([(0, 0)], [(0, 0)])}, time=now_ms - DAY, mono=10_000))
    for n in range(1, 4):  # its host was switched off and on: its clock is right now
        held = {1: ([(0, 0)], [(0, 0)]), 2: ([], [])}
        say(rig, beat(rig.state.id, n, held, boot=boot_text(2), time=now_ms, mono=1_000 * n, synced=True))
        rig.give(AGENT, one)
        assert rig.watcher.counts["held"] == 1
        rig.restart()


def test_a_heartbeat_that_waits_for_the_disk_is_of_the_time_at_which_it_came(rig: Rig, now_ms: int) -> None:
    version = rig.publish(inventory("dev-1")).version.id
    came = now_ms - HOUR
    said = beat(rig.state.id, 1, {1: ([(0, 0)], [(0, 0)])}, time=came, mono=50_000).to_json()
    batch = poll("dev-1", version, came).model_copy(update={"mono": 50_000})
    left = [
        Message(topics.numbers(AGENT), said, retained=False, came_ms=came),
        message(AGENT, payload(record(batch))),
    ]
    rig.state._db.execute("pragma query_only = on")
    for _ in range(4):
        assert rig.watcher.step(left) == left
    rig.state._db.execute("pragma query_only = off")
    assert rig.watcher.step(left) == []
    assert (rig.seen(), rig.watcher.counts["held"]) == ([0], 0)
    skew_ms = rig.watcher.fleet.agents()[AGENT].skew_ms
    assert skew_ms is not None
    assert abs(skew_ms) < MENDED_MS - BELIEVED_MS
    assert rig.watcher.engine.sight.ours(AGENT, came) == came  # or what has waited would be taken for news

"""Ranges and XORs of acknowledgements, against what an agent would work out from its own records."""

from functools import reduce
from operator import xor

from hypothesis import given
from hypothesis import strategies as st

from collector.acks import MAX_RANGES, Named, acks
from contract.intervals import IntervalSet
from contract.messages import boot_text

NAMES = st.builds(
    Named, st.sampled_from(["agent-a", "agent-b"]), st.integers(1, 2), st.integers(0, 12), st.integers(0, 3)
)
GROUPS = st.lists(NAMES, max_size=40)


@given(GROUPS)
def test_seen_names_exactly_the_batches_that_were_seen(names: list[Named]) -> None:
    said = {
        (agent, ack.boot, seq) for agent, ack in acks("s", names, []) for seq in IntervalSet(ack.seen) if not ack.stored
    }
    assert said == {(one.agent, boot_text(one.boot), one.seq) for one in names}


@given(GROUPS)
def test_a_stored_range_frees_exactly_the_records_of_its_group(names: list[Named]) -> None:
    freed: set[Named] = set()
    for agent, ack in acks("s", [], names):
        for first, last, mark in ack.stored:
            boot = int(ack.boot, 16)
            # Of one number there is one record on an agent's disk: any choice of twins that has this XOR is freed.
            mine = [n for n in set(names) if (n.agent, n.boot) == (agent, boot) and first <= n.seq <= last]
            if first == last:
                mine = [n for n in mine if n.crc == mark]
            assert [n.seq for n in sorted(mine)] == list(range(first, last + 1))
            assert reduce(xor, (n.crc for n in mine)) == mark
            freed |= set(mine)
    assert freed == set(names)


def test_twins_with_one_number_are_never_in_one_range() -> None:
    names = [Named("agent-a", 1, 5, 7), Named("agent-a", 1, 5, 9), Named("agent-a", 1, 6, 1)]
    ((_, ack),) = acks("s", [], names)
    assert ack.stored == [(5, 5, 7), (5, 5, 9), (6, 6, 1)]


def test_a_message_is_bounded_whatever_is_acknowledged() -> None:
    scattered = [Named("agent-a", 1, 2 * i, i) for i in range(3 * MAX_RANGES)]
    out = [ack for _, ack in acks("s", scattered, scattered)]
    assert max(len(ack.to_json()) for ack in out) < 100_000
    assert IntervalSet(pair for ack in out for pair in ack.seen) == IntervalSet((n.seq, n.seq) for n in scattered)
    assert sum(len(ack.stored) for ack in out) == len(scattered)

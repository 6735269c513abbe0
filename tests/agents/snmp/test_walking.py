"""Session.walk over devices that do it right, or take little at once."""

from collections.abc import Iterable

import pytest
from agents.snmp.scripted_device import (
    Mib,
    Question,
    refusal,
    scripted_device,
)
from agents.snmp.tables import COLUMNS, ENTRY, SHORT_S, below, session, table
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.snmp import names
from agents.snmp.names import COMMUNITY_VERSIONS, Kind, Status, Version
from agents.snmp.pdu import Oid
from agents.snmp.sizes import Size
from agents.snmp.transport import Transport
from agents.snmp.varbinds import MAX_VARBINDS


@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
async def test_all_rows_of_all_columns_come_side_by_side(transport: Transport, version: Version) -> None:
    objects = table(25)
    async with scripted_device(Mib(objects)) as device:
        walk = await session(transport, device, version).walk(COLUMNS)
    assert walk.error is None
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]
    if version is Version.V2C:
        assert [question.third for question in device.questions] == [10, 10, 10]
    assert {len(question.oids) for question in device.questions} == {3}
    assert {question.kind for question in device.questions} == {Kind.GETBULK if version else Kind.GETNEXT}


@settings(max_examples=60, deadline=None)
@given(
    objects=st.dictionaries(
        st.lists(st.integers(0, 3), min_size=1, max_size=4).map(lambda tail: (1, 3, *tail)),
        st.tuples(st.just(names.GAUGE32), st.integers(0, 9)),
        max_size=40,
    ),
    roots=st.lists(st.lists(st.integers(0, 3), max_size=3).map(lambda tail: (1, 3, *tail)), max_size=5),
    version=st.sampled_from(COMMUNITY_VERSIONS),
    room=st.integers(5, 40),
    repetitions=st.integers(1, 12),
    max_oids=st.integers(1, 5),
)
async def test_a_walk_finds_what_is_below_its_roots_whatever_the_sizes(
    objects: dict[Oid, tuple[int, int | bytes]],
    roots: list[Oid],
    version: Version,
    room: int,
    repetitions: int,
    max_oids: int,
) -> None:
    transport = Transport()
    async with scripted_device(Mib(objects, room)) as device:
        asking = session(transport, device, version, max_repetitions=repetitions, max_oids=max_oids)
        walk = await asking.walk(roots)
    transport.close()
    assert walk.error is None
    assert walk.varbinds == [below(objects, root) for root in roots]


async def test_a_device_that_does_not_stand_getbulk_is_walked_by_getnext(transport: Transport) -> None:
    objects = table(4)
    async with scripted_device(Mib(objects)) as device:
        walk = await session(transport, device, bulk=False).walk(COLUMNS)
    assert walk.error is None
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]
    assert {question.kind for question in device.questions} == {Kind.GETNEXT}


async def test_no_more_is_asked_at_once_than_is_read_of_one_reply(transport: Transport) -> None:
    objects = table(700)
    async with scripted_device(Mib(objects, room=MAX_VARBINDS)) as device:
        walk = await session(transport, device, max_repetitions=500).walk(COLUMNS)
    assert walk.error is None
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]
    assert max(len(question.oids) * question.third for question in device.questions) == 1000


async def test_no_columns_cost_nothing(transport: Transport) -> None:
    async with scripted_device(Mib({})) as device:
        walk = await session(transport, device).walk([])
    assert (walk.varbinds, walk.error, device.questions) == ([], None, [])


@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
async def test_the_end_of_the_mib_at_once_is_an_empty_column_and_no_error(
    transport: Transport, version: Version
) -> None:
    async with scripted_device(Mib({})) as device:
        walk = await session(transport, device, version).walk(COLUMNS)
    assert (walk.varbinds, walk.error) == ([[], [], []], None)


async def test_a_row_that_is_cut_by_the_end_of_the_packet_is_asked_again(transport: Transport) -> None:
    objects = table(20)
    async with scripted_device(Mib(objects, room=7)) as device:
        walk = await session(transport, device).walk(COLUMNS)
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]
    assert walk.error is None


async def test_too_big_asks_for_half_and_grows_back(transport: Transport) -> None:
    objects = table(400)
    mib = Mib(objects)

    def script(question: Question) -> Iterable[bytes]:
        if len(device.questions) < 10 and question.third > 3:
            return [refusal(question, Status.TOO_BIG, 0)]
        return mib(question)

    async with scripted_device(script) as device:
        walk = await session(transport, device, max_repetitions=20).walk(COLUMNS)
    sizes = [question.third for question in device.questions]
    assert walk.error is None
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]
    assert sizes[:4] == [20, 10, 5, 2]
    assert max(sizes[10:]) > 5
    assert sorted(sizes[4:]) == sizes[4:]


async def test_too_big_even_for_one_row_asks_for_fewer_columns(transport: Transport) -> None:
    objects = table(3)
    mib = Mib(objects)

    def script(question: Question) -> Iterable[bytes]:
        return [refusal(question, Status.TOO_BIG, 0)] if len(question.oids) > 1 else mib(question)

    async with scripted_device(script) as device:
        walk = await session(transport, device, max_repetitions=4).walk(COLUMNS)
    assert walk.error is None
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]


async def test_a_large_reply_that_is_lost_is_asked_again_at_half_the_size(transport: Transport) -> None:
    objects = table(6)
    mib = Mib(objects)

    def script(question: Question) -> Iterable[bytes]:
        return [] if question.third > 5 else mib(question)

    async with scripted_device(script) as device:
        asking = session(transport, device, timeout_s=SHORT_S, retries=2, max_repetitions=20)
        walk = await asking.walk(COLUMNS)
    assert walk.error is None
    assert walk.varbinds == [below(objects, column) for column in COLUMNS]
    assert [question.third for question in device.questions] == [20, 10, 5, 5]
    assert (asking.traffic.requests, asking.traffic.retries) == (2, 2)


def test_a_size_stays_between_one_and_its_limit() -> None:
    size = Size(10, 10)
    for _ in range(9):
        size.lost(size.now, floor=1)
    assert size.now == 1
    for _ in range(200):
        size.answered()
    assert size.now == 10
    size.too_big(1, for_long=False)
    assert size.now == 1
    size.too_big(10, for_long=True)
    for _ in range(200):
        size.answered()
    assert size.now == 5


def test_what_was_too_big_once_is_tried_again_after_long() -> None:
    size = Size(50, 50)
    for used in (50, 25, 12, 6, 3):
        size.too_big(used, for_long=True)
    grown = []
    for _ in range(2000):
        size.answered()
        grown.append(size.now)
    assert grown[:255] == [1] * 255
    assert grown == sorted(grown)
    assert grown[-1] == 50


@pytest.mark.parametrize("version", COMMUNITY_VERSIONS)
@pytest.mark.parametrize("enough", [1, 7, 1000])
async def test_slices_of_a_subtree_put_together_are_its_walk(
    transport: Transport, version: Version, enough: int
) -> None:
    objects = table(25)
    async with scripted_device(Mib(objects)) as device:
        asking = session(transport, device, version)
        found, after, least = [], ENTRY, enough
        while least >= enough:
            part = await asking.successors(ENTRY, after, enough)
            assert part.error is None
            found += part.varbinds[0]
            least = len(part.varbinds[0])
            after = found[-1].oid
    assert found == below(objects, ENTRY)

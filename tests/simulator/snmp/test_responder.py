"""What a device answers, clause by clause."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.snmp.manager import COMMUNITY, PORTS, START, Reply, ask, device, read, request

from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.interfaces import IF_ENTRY, IF_X_ENTRY
from simulator.snmp.system import SYS_UP_TIME, SYSTEM

UPTIME: Oid = (*SYS_UP_TIME, 0)
HC_IN: Oid = (*IF_X_ENTRY, 6, 1)
LAST: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5, 0)
OIDS = st.lists(st.integers(0, 2**32 - 1), max_size=20).map(lambda rest: (1, 3, *rest))


def test_a_get_returns_the_values_in_the_order_asked_with_the_request_id() -> None:
    reply = read(device().answer(request(ber.GET, [(*IF_ENTRY, 1, 2), (*SYSTEM, 5, 0)], request_id=-5), START))
    assert reply == Reply(-5, 0, 0, [((*IF_ENTRY, 1, 2), 2), ((*SYSTEM, 5, 0), b"rt-nam-can-01")])


def test_a_get_tells_a_missing_object_from_a_missing_instance() -> None:
    reply = ask(device(), ber.GET, [(1, 3, 6, 1, 2, 1, 9, 1, 0), (*IF_ENTRY, 1, 99), UPTIME[:-1], (*UPTIME, 0), (0, 0)])
    assert reply.values == ["NoSuchObject", "NoSuchInstance", "NoSuchInstance", "NoSuchInstance", "NoSuchObject"]


def test_a_getnext_beyond_the_last_object_is_the_end_under_the_name_asked() -> None:
    assert ask(device(), ber.GETNEXT, [LAST, UPTIME]).varbinds[0] == (LAST, "EndOfMibView")


@pytest.mark.parametrize(("pdu", "name"), [(ber.GET, (*IF_ENTRY, 1, 99)), (ber.GETNEXT, LAST), (ber.GET, HC_IN)])
def test_v1_answers_no_such_name_with_the_index_and_the_bindings_as_they_came(pdu: int, name: Oid) -> None:
    asked = request(pdu, [UPTIME, name], version=ber.V1)
    reply = read(device().answer(asked, START))
    assert (reply.status, reply.index, reply.varbinds) == (2, 2, [(UPTIME, "Null"), (name, "Null")])


def test_v1_passes_over_counter64() -> None:
    reply = read(device().answer(request(ber.GETNEXT, [(*IF_X_ENTRY, 1, PORTS)], version=ber.V1), START))
    assert reply.names == [(*IF_X_ENTRY, 15, 1)]


def test_a_getnext_walk_visits_every_object_once_in_order() -> None:
    router = device()
    name: Oid = (0, 0)
    visited = []
    while (found := ask(router, ber.GETNEXT, [name]).varbinds[0])[1] != "EndOfMibView":
        name = found[0]
        visited.append(name)
    assert visited == sorted(set(visited)) == list(router.mib.layout.names)


@settings(deadline=None)
@given(st.lists(OIDS, max_size=6), st.integers(-1, 6), st.integers(-1, 30))
def test_a_getbulk_is_the_getnexts_that_it_stands_for(names: list[Oid], non_repeaters: int, repetitions: int) -> None:
    router = device(max_size=65_000)
    reply = ask(router, ber.GETBULK, names, non_repeaters, repetitions)
    first = max(non_repeaters, 0)
    expected = ask(router, ber.GETNEXT, names[:first]).varbinds
    row = names[first:]
    for _ in range(repetitions if row else 0):
        step = ask(router, ber.GETNEXT, row)
        expected += step.varbinds
        row = step.names
        if set(step.values) == {"EndOfMibView"}:
            break
    assert reply.varbinds == expected


@settings(deadline=None, max_examples=40)
@given(st.integers(100, 2000), st.integers(0, 2**31 - 1), st.integers(0, 10**9))
def test_a_getbulk_is_cut_to_what_fits_and_never_lacks_its_beginning(size: int, repetitions: int, later: int) -> None:
    asked = request(ber.GETBULK, [(*IF_X_ENTRY, 1), (*IF_X_ENTRY, 6), (1, 3)], 0, repetitions)
    whole = device(max_size=65_000).answer(asked, START + later)
    cut = device(max_size=size).answer(asked, START + later)
    assert cut is not None
    assert len(cut) <= size
    parts = read(cut).varbinds
    assert parts == read(whole).varbinds[: len(parts)]
    assert parts == read(whole).varbinds or len(cut) > size - 120


def test_a_get_that_does_not_fit_is_too_big_without_bindings_in_v2c_and_with_them_in_v1() -> None:
    router, names = device(max_size=300), [(*SYSTEM, n, 0) for n in (1, 4, 5, 6)] * 2
    assert read(router.answer(request(ber.GET, names), START)) == Reply(7, 1, 0, [])
    reply = read(router.answer(request(ber.GET, names, version=ber.V1), START))
    assert (reply.status, reply.index, reply.names) == (1, 0, names)


def test_where_not_even_an_error_fits_there_is_silence() -> None:
    assert device(max_size=20).answer(request(ber.GET, [UPTIME]), START) is None


@pytest.mark.parametrize(("version", "status"), [(ber.V1, 2), (ber.V2C, 6)])
def test_a_set_is_refused(version: int, status: int) -> None:
    reply = read(device().answer(request(ber.SET, [UPTIME], version=version), START))
    assert (reply.status, reply.index) == (status, 1)


def test_another_community_is_ignored() -> None:
    assert device().answer(request(ber.GET, [UPTIME], community=COMMUNITY + "x"), START) is None


def test_a_getbulk_in_v1_and_a_response_are_no_requests() -> None:
    assert device().answer(request(ber.GETBULK, [UPTIME], 0, 5, version=ber.V1), START) is None
    assert device().answer(request(ber.RESPONSE, [UPTIME]), START) is None


def test_a_request_met_before_gets_the_values_of_now() -> None:
    router = device()
    first, second = (ask(router, ber.GET, [UPTIME], at=START + later).values[0] for later in (0, 250))
    assert isinstance(first, int)
    assert second == first + 250

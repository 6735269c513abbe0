"""What is different between two lists, and the one made of the other by it."""

from hypothesis import given
from hypothesis import strategies as st

from contract.inventory import AgentEntry, Device
from mangrove.inventory.difference import Difference, Entry, applied, difference

IDS = st.sampled_from([f"rt-{n}" for n in range(8)])
DEVICES = st.builds(
    Device,
    id=IDS,
    site=st.just("tram-1"),
    agent=st.just("cum-1"),
    address=st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
    credential=st.just("rw"),
    port=st.sampled_from([161, 1161]),
    profiles=st.lists(st.sampled_from(["system", "if-mib"]), unique=True),
)
LISTS = st.lists(DEVICES, max_size=8, unique_by=lambda one: one.id)


def by_id(entries: list[Entry]) -> dict[str, Entry]:
    found = {one.id: one for one in entries}
    assert len(found) == len(entries)
    return found


@given(LISTS, LISTS)
def test_a_difference_makes_the_one_list_of_the_other(one: list[Device], other: list[Device]) -> None:
    assert by_id(applied(one, difference(one, other))) == by_id([*other])


@given(LISTS, LISTS)
def test_what_stays_keeps_its_order(one: list[Device], other: list[Device]) -> None:
    after = [entry.id for entry in applied(one, difference(one, other))]
    kept = [entry.id for entry in one if entry.id in after]
    assert after[: len(kept)] == kept


@given(LISTS, LISTS)
def test_each_entry_is_new_changed_gone_or_the_same(one: list[Device], other: list[Device]) -> None:
    found = difference(one, other)
    added, removed = {entry.id for entry in found.added}, {entry.id for entry in found.removed}
    changed = {change.after.id for change in found.changed}
    same = {entry.id for entry in one if entry in other}
    assert added | changed | removed | same == {entry.id for entry in (*one, *other)}
    assert len(added) + len(changed) + len(removed) + len(same) == len(added | changed | removed | same)


@given(DEVICES, DEVICES)
def test_the_edits_of_a_change_are_all_that_differs(one: Device, other: Device) -> None:
    same_id = other.model_copy(update={"id": one.id})
    edits = [edit for change in difference([one], [same_id]).changed for edit in change.edits()]
    assert one.model_copy(update={edit.name: edit.after for edit in edits}) == same_id
    assert all(edit.before != edit.after for edit in edits)


@given(LISTS)
def test_there_is_none_between_a_list_and_itself(one: list[Device]) -> None:
    assert not difference(one, one)
    assert applied(one, Difference()) == one


def test_a_list_of_another_kind_is_told_apart_by_ids_too() -> None:
    found = difference([AgentEntry(id="a")], [AgentEntry(id="a", name="Cụm A"), AgentEntry(id="b")])
    assert [edit.name for change in found.changed for edit in change.edits()] == ["name"]
    assert [one.id for one in found.added] == ["b"]

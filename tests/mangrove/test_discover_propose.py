"""What is found in the network beside what an inventory says: new, moved, silent, the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.identity import Identity
from contract.config_file import ConfigError
from contract.inventory import Device, Inventory, Link, Site
from mangrove.discover.ask import Found
from mangrove.discover.hosts import hosts, slug
from mangrove.discover.propose import Proposal, Rule, propose
from mangrove.discover.ranges import MOST, addresses
from mangrove.inventory.difference import applied

HUAWEI = (1, 3, 6, 1, 4, 1, 2011, 2, 224, 62)
RULE = Rule("cum-1", 161)


def found(address: str, name: str, **more: object) -> Found:
    """A router that answered."""
    given: dict[str, object] = {
        "port": 161,
        "credential": "rw",
        "known": Identity(HUAWEI, "Huawei AR169F", {}),
        "profiles": ("ospf", "if-mib", "system"),
        "engine": address.encode(),
    }
    return Found(address=address, sys_name=name, **{**given, **more})  # type: ignore[arg-type]


def device(name: str, address: str, **more: object) -> Device:
    said = {"id": name, "site": "tram-1", "agent": "cum-1", "address": address, "credential": "rw", "role": "router"}
    return Device.model_validate({**said, **more})


def proposed(some: list[Found], *devices: Device, links: tuple[Link, ...] = (), rule: Rule = RULE) -> Proposal:
    sites = [Site(id=name, name=name, area="x") for name in ("tram-1", "tram-nam-can-07", "tram-dat-mui-01")]
    inventory = Inventory(sites=sites, devices=list(devices), links=list(links))
    asked = {f"10.0.0.{n}" for n in range(1, 20)}
    return propose(some, {}, asked, inventory, ["rw", "v3"], rule)


def edits(out: Proposal) -> list[tuple[str, str, object]]:
    return sorted((change.after.id, edit.name, edit.after) for change in out.changed for edit in change.edits())


def test_a_device_that_is_where_the_inventory_has_it_is_the_same_whatever_it_calls_itself() -> None:
    out = proposed([found("10.0.0.1", "rt-a"), found("10.0.0.2", "MikroTik")], device("rt-a", "10.0.0.1"),
                   device("rt-b", "10.0.0.2"))  # fmt: skip
    assert (out.same, out.new, out.changed, out.silent) == (["rt-a", "rt-b"], [], [], [])


def test_a_device_that_has_moved_is_known_by_its_name() -> None:
    out = proposed([found("10.0.0.9", "rt-a.caumau.example")], device("rt-a", "10.0.0.1"))
    assert edits(out) == [("rt-a", "address", "10.0.0.9")]
    assert out.silent == []


def test_two_devices_that_changed_places_are_two_changes() -> None:
    some = [found("10.0.0.1", "rt-b"), found("10.0.0.2", "rt-a")]
    out = proposed(some, device("rt-a", "10.0.0.1"), device("rt-b", "10.0.0.2"))
    assert edits(out) == [("rt-a", "address", "10.0.0.2"), ("rt-b", "address", "10.0.0.1")]
    assert (out.new, out.silent) == ([], [])


def test_a_device_that_calls_itself_as_another_does_not_take_its_place() -> None:
    some = [found("10.0.0.1", "rt-a"), found("10.0.0.2", "rt-a"), found("10.0.0.3", "rt-a")]
    out = proposed(some, device("rt-b", "10.0.0.1"), device("rt-a", "10.0.0.2"))
    assert sorted(out.same) == ["rt-a", "rt-b"]
    assert [new.id for new in out.new] == ["rt-a-10-0-0-3"]


def test_the_addresses_of_one_device_are_one_row_at_the_address_that_is_known() -> None:
    some = [found("10.0.0.1", "rt-a", engine=b"e"), found("10.0.0.5", "rt-a", engine=b"e")]
    assert proposed(some, device("rt-a", "10.0.0.5")).same == ["rt-a"]
    (new,) = proposed(some).new
    assert (new.row["address"], new.host.also) == ("10.0.0.1", ("10.0.0.5",))


def test_a_device_that_says_nothing_is_silent_if_it_was_asked_by_its_credential() -> None:
    others = (device("far", "192.0.2.1"), device("theirs", "10.0.0.3", agent="cum-2"))
    out = proposed([], device("rt-a", "10.0.0.1"), device("rt-b", "10.0.0.2", credential="secret"), *others)
    assert ([one.id for one in out.silent], out.unjudged) == (["rt-a"], ["rt-b"])


def test_another_credential_is_a_change_only_where_the_old_one_was_tried() -> None:
    some = [found("10.0.0.1", "rt-a", credential="v3"), found("10.0.0.2", "rt-b", credential="v3")]
    out = proposed(some, device("rt-a", "10.0.0.1"), device("rt-b", "10.0.0.2", credential="secret"))
    assert edits(out) == [("rt-a", "credential", "v3")]
    assert out.same == ["rt-b"]


def test_a_new_row_has_what_the_device_says_and_what_its_neighbours_in_the_inventory_are() -> None:
    some = [found("10.0.0.7", "RT-Năm-Căn-07.caumau.example")]
    (new,) = proposed(some, device("rt-x", "10.0.1.1", level="commune")).new
    assert new.row == {
        "id": "rt-nam-can-07", "site": "tram-nam-can-07", "agent": "cum-1", "address": "10.0.0.7", "port": 161,
        "credential": "rw", "vendor": "huawei", "role": "router", "level": "commune",
        "profiles": ["ospf", "if-mib", "system"],
    }  # fmt: skip
    assert new.guessed == {"role", "level", "site"}
    assert new.device() == Device.model_validate(new.row)


def test_what_has_no_site_is_shown_and_not_written() -> None:
    out = proposed([found("10.0.0.7", "")])
    assert [(new.id, new.device()) for new in out.new] == [("ip-10-0-0-7", None)]
    assert not out.difference()
    (new,) = proposed([found("10.0.0.7", "")], rule=Rule("cum-1", 161, "tram-1", profiles=False)).new
    assert (new.row["site"], new.row["profiles"]) == ("tram-1", [])
    assert new.device() is not None


def test_links_are_proposed_once_between_devices_that_there_are() -> None:
    some = [found("10.0.0.1", "rt-a", neighbours=("rt-b", "elsewhere", "rt-c")),
            found("10.0.0.2", "rt-b", neighbours=("rt-a", "rt-c", "rt-b")), found("10.0.0.3", "rt-c.x")]  # fmt: skip
    there = Link(id="ln-1", ends=("rt-c", "rt-a"))
    out = proposed(some, device("rt-a", "10.0.0.1"), device("rt-b", "10.0.0.2"), device("rt-c", "10.0.0.3"),
                   links=(there,))  # fmt: skip
    assert [(link.id, link.ends) for link in out.links] == [
        ("ln-rt-a-rt-b", ("rt-a", "rt-b")), ("ln-rt-b-rt-c", ("rt-b", "rt-c"))]  # fmt: skip


ANSWERS = st.lists(
    st.builds(
        found,
        st.integers(1, 9).map("10.0.0.{}".format),
        st.sampled_from(["rt-a", "rt-b", "RT A", "", "router"]),
        engine=st.sampled_from([b"", b"1", b"2"]),
    ),
    unique_by=lambda one: one.address,
)
DEVICES = st.lists(
    st.builds(device, st.sampled_from(["rt-a", "rt-b", "router"]), st.integers(1, 9).map("10.0.0.{}".format)),
    unique_by=(lambda one: one.id, lambda one: one.address),
)


@given(ANSWERS, DEVICES)
def test_every_address_and_every_device_is_accounted_for_once(some: list[Found], devices: list[Device]) -> None:
    out = proposed(some, *devices, rule=Rule("cum-1", 161, "tram-1"))
    known = [*out.same, *(change.after.id for change in out.changed), *(one.id for one in out.silent), *out.unjudged]
    assert sorted(known) == sorted(one.id for one in devices)
    assert len(out.new) + len(out.same) + len(out.changed) == len(hosts(some, ()))
    after = applied([*devices], out.difference())
    assert len({one.id for one in after}) == len(after) == len(devices) + len(out.new)


@given(st.text(max_size=100))
def test_any_name_makes_an_id_or_none(name: str) -> None:
    made = slug(name)
    assert made == "" or device(made, "10.0.0.1").id == made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RT-Đất-Mũi_02.vnpt.example", "rt-dat-mui-02"),
        ("10.1.2.3", "10-1-2-3"),
        ("---", ""),
        ("Trạm  số 5", "tram-so-5"),
    ],
)
def test_a_name_without_accents_and_domain_is_an_id(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("ranges", "count", "first", "last"),
    [
        (["192.0.2.0/24"], 254, "192.0.2.1", "192.0.2.254"),
        (["192.0.2.7"], 1, "192.0.2.7", "192.0.2.7"),
        (["192.0.2.7/29"], 6, "192.0.2.1", "192.0.2.6"),
        (["192.0.2.0/31", "192.0.2.1/32"], 2, "192.0.2.0", "192.0.2.1"),
        (["10.0.0.0/16"], MOST - 2, "10.0.0.1", "10.0.255.254"),
        (["2001:db8::/126"], 3, "2001:db8::1", "2001:db8::3"),
    ],
)
def test_a_range_is_its_hosts_each_once(ranges: list[str], count: int, first: str, last: str) -> None:
    some = addresses(ranges)
    assert (len(some), some[0], some[-1]) == (count, first, last)


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        (["2001:db8::/64"], "18,446,744,073,709,551,616 addresses"),
        (["10.0.0.0/8"], "10.0.0.0/8 has 16,777,216 addresses"),
        (["10.0.0.0/16", "10.1.0.0/24"], "65,792 in all; at most 65,536 are asked"),
        (["0.0.0.0/0"], "means none"),
        (["224.0.0.0/24"], "multicast"),
        (["ff02::/120"], "multicast"),
        (["255.255.255.0/24"], "reserved"),
        (["fe80::/120"], "one link"),
        (["192.0.2.0/33"], "is no range"),
        (["rt-nam-can-01"], "is no range"),
        ([""], "is no range"),
    ],
)
def test_a_range_that_nobody_could_ask_is_refused_with_its_reason(ranges: list[str], said: str) -> None:
    with pytest.raises(ConfigError, match=f"CIDR.*{said}"):
        addresses(ranges)


@given(st.lists(st.text(st.sampled_from("0123456789abcdef.:/ ")), min_size=1, max_size=2))
def test_no_text_takes_long_or_raises_anything_else(ranges: list[str]) -> None:
    try:
        assert len(addresses(ranges)) <= MOST
    except ConfigError:
        return

"""From a notification to its alarm, by the definitions that ship and whatever a device sends."""

import pytest
from agents.traps.listening import SHIPPED, assignment
from hypothesis import given
from hypothesis import strategies as st

from agents.host_clock import Stamp
from agents.snmp import names
from agents.snmp.ber import Value
from agents.snmp.oids import Oid, oid
from agents.snmp.varbinds import Varbind
from agents.traps.heard import Heard, v1_oid
from agents.traps.plan import plain, trap_plan
from agents.traps.refused import RefusedError
from agents.traps.understand import storm, understand
from contract.batch import Batch, decode, encode
from contract.catalog import load_catalog
from contract.trap_report import Alarm

PLAN = trap_plan(assignment("192.0.2.1", "192.0.2.2", "192.0.2.2", "2001:db8::1"))
STAMP = Stamp(1_700_000_000_000, 5, True)
CATALOG = load_catalog(SHIPPED.parent / "catalog.yaml")
SMU = "1.3.6.1.4.1.2011.6.164"


def batch(name: str, *said: tuple[str, int, Value]) -> tuple[Batch, bool]:
    """What becomes of a notification."""
    objects = tuple(Varbind(oid(one), tag, value) for one, tag, value in said)
    return understand(PLAN, "d-0", Heard(oid(name), objects), STAMP, "v2c")


def alarm(name: str, *said: tuple[str, int, Value]) -> Alarm:
    """The alarm of a notification that is known."""
    made, poll = batch(name, *said)
    assert made.trap is not None
    assert made.trap.alarm is not None
    assert poll
    assert made.trap.varbinds == []
    return made.trap.alarm


def told(one: Alarm) -> tuple[str, str, str, str]:
    """What tells an alarm from others, and how it is."""
    return one.type, one.entity, one.state, one.severity


def test_a_value_that_cannot_be_read_is_told_by_its_type_and_octets_and_is_no_number() -> None:
    made, _ = batch("1.3.6.1.4.1.32473.0.1", ("1.3.6.1.4.1.32473.1", names.TIME_TICKS, b""), ("1.3", 0x09, b"AB"))
    assert made.trap is not None
    assert [(one.type, one.value) for one in made.trap.varbinds] == [("TimeTicks", ""), ("0x09", "0x4142")]
    assert alarm("1.3.6.1.6.3.1.1.5.3", ("1.3.6.1.2.1.2.2.1.1.12", names.INTEGER, b"")).entity == ""


def test_a_link_is_named_by_its_index_and_its_name_is_in_the_text() -> None:
    index = ("1.3.6.1.2.1.2.2.1.1.12", names.INTEGER, 12)
    down = alarm("1.3.6.1.6.3.1.1.5.3", index, ("1.3.6.1.2.1.2.2.1.2.12", names.OCTET_STRING, b"GE0/0/1\0"))
    assert told(down) == ("link_down", "12", "raised", "major")
    assert (down.en, down.vi) == ("Interface 12 GE0/0/1 is down", "Cổng 12 GE0/0/1 mất kết nối")
    assert told(alarm("1.3.6.1.6.3.1.1.5.4", index)) == ("link_down", "12", "cleared", "cleared")


@pytest.mark.parametrize("lost", ["1.3.6.1.2.1.15.0.2", "1.3.6.1.2.1.15.7.2", "1.3.6.1.2.1.15.7.0.2"])
def test_a_peer_is_named_by_its_address_in_both_forms_of_the_mib_and_in_version_1(lost: str) -> None:
    state = ("1.3.6.1.2.1.15.3.1.2.10.0.0.7", names.INTEGER, 1)
    assert told(alarm(lost, state)) == ("bgp_down", "10.0.0.7", "raised", "major")


@pytest.mark.parametrize(("state", "said"), [(1, "raised"), (4, "cleared"), (7, "raised"), (8, "cleared")])
def test_a_neighbour_of_ospf_says_with_one_notification_how_it_is(state: int, said: str) -> None:
    address = ("1.3.6.1.2.1.14.10.1.1.10.0.0.9.0", names.IP_ADDRESS, bytes((10, 0, 0, 9)))
    found = alarm("1.3.6.1.2.1.14.16.2.2", address, ("1.3.6.1.2.1.14.10.1.6.10.0.0.9.0", names.INTEGER, state))
    assert told(found)[:3] == ("ospf_down", "10.0.0.9", said)


def test_a_ups_that_is_on_battery_and_is_not_any_more_is_one_alarm() -> None:
    minutes = ("1.3.6.1.2.1.33.1.2.3.0", names.INTEGER, 42)
    begin = alarm("1.3.6.1.2.1.33.2.1", minutes)
    assert begin.en == "The UPS is on battery, 42 min are left"
    descr = ("1.3.6.1.2.1.33.1.6.2.1.2.7", names.OBJECT_IDENTIFIER, oid("1.3.6.1.2.1.33.1.6.3.2"))
    end = alarm("1.3.6.1.2.1.33.2.4", descr)
    assert (told(begin), told(end)) == (
        ("ups_alarm", "on-battery", "raised", "major"),
        ("ups_alarm", "on-battery", "cleared", "cleared"),
    )


def test_odd_and_even_of_a_huawei_controller_are_a_pair_with_the_severity_that_it_says() -> None:
    more = (
        (f"{SMU}.1.1.2.100.1.2.9", names.OCTET_STRING, b"Mains Failure"),
        (f"{SMU}.1.1.2.100.1.3.9", names.INTEGER, 1),
    )
    begin, end = alarm(f"{SMU}.2.1.0.7", *more), alarm(f"{SMU}.2.1.0.8", *more)
    assert told(begin) == ("smu_alarm", "4", "raised", "critical")
    assert begin.en == "Alarm of site power 4: Mains Failure"
    assert told(end) == ("smu_alarm", "4", "cleared", "cleared")
    assert told(alarm(f"{SMU}.2.1.3.0.99"))[:3] == ("smu_battery_alarm", "50", "raised")


def test_an_eltek_plant_says_in_the_alarm_itself_whether_it_stands() -> None:
    for value, state in ((1, "raised"), (0, "cleared")):
        found = alarm("1.3.6.1.4.1.12148.9.8.11", ("1.3.6.1.4.1.12148.9.7.1.11.0", names.INTEGER, value))
        assert told(found)[:3] == ("mains_lost", "", state)


def test_what_no_definition_knows_is_kept_with_its_objects() -> None:
    made, poll = batch(
        "1.3.6.1.4.1.99999.0.1",
        ("1.3.6.1.4.1.99999.1.0", names.OCTET_STRING, "ắc quy\n".encode()),
        ("1.3.6.1.4.1.99999.2.0", names.OCTET_STRING, b"\xff\x00\x01"),
        ("1.3.6.1.4.1.99999.3.0", names.COUNTER64, 2**64 - 1),
        ("1.3.6.1.4.1.99999.4.0", names.NULL, None),
        ("1.3.6.1.4.1.99999.5.0", names.IP_ADDRESS, bytes((10, 1, 2, 3))),
    )
    assert not poll
    assert made.tables == []
    assert made.trap is not None
    assert made.trap.alarm is None
    assert [(one.type, one.value) for one in made.trap.varbinds] == [
        ("OCTET STRING", "ắc quy\\n"),
        ("OCTET STRING", "0xff0001"),
        ("Counter64", str(2**64 - 1)),
        ("0x05", ""),
        ("IpAddress", "10.1.2.3"),
    ]


def test_version_1_is_translated_as_the_rfc_says() -> None:
    assert v1_oid(oid("1.3.6.1.4.1.9"), 2, 0) == oid("1.3.6.1.6.3.1.1.5.3")
    assert v1_oid(oid("1.3.6.1.4.1.9"), 6, 17) == oid("1.3.6.1.4.1.9.0.17")


def test_an_address_is_that_of_one_device_or_of_none() -> None:
    assert (PLAN.device("192.0.2.1"), PLAN.device(plain("2001:DB8::1%eth0"))) == ("d-0", "d-3")
    assert plain("::ffff:192.0.2.1") == "192.0.2.1"
    for address, reason in (("192.0.2.2", "ambiguous_device"), ("192.0.2.9", "unknown_device")):
        with pytest.raises(RefusedError) as error:
            PLAN.device(address)
        assert error.value.reason == reason


def test_a_storm_is_an_alarm_that_ends() -> None:
    begin, end = storm(PLAN, "d-0", STAMP, 17), storm(PLAN, "d-0", STAMP, 0)
    for made, state in ((begin, "raised"), (end, "cleared")):
        assert made is not None
        assert made.trap is not None
        assert made.trap.alarm is not None
        assert (made.trap.alarm.type, made.trap.alarm.state) == ("trap_storm", state)
        assert "{" not in made.trap.alarm.vi


_NAMES = st.sampled_from([name for name, _ in PLAN.definitions]) | st.lists(
    st.integers(0, 2**32 - 1), min_size=1, max_size=100
).map(lambda arcs: (1, 3, *arcs))
_VALUES = st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=600) | st.none() | _NAMES
_COLUMNS = st.sampled_from(
    [source.oid for one in PLAN.definitions.values() for source in (*one.entity, *one.values.values()) if source.oid]
)


@given(_NAMES, st.lists(st.tuples(_COLUMNS | _NAMES, st.integers(0, 255), _VALUES), max_size=30), st.integers(0, 40))
def test_whatever_a_device_sends_is_a_batch_that_the_collector_takes(
    name: Oid, said: list[tuple[Oid, int, Value]], last: int
) -> None:
    heard = Heard((*name, last)[:128], tuple(Varbind(*one) for one in said))
    made, _ = understand(PLAN, "d-0", heard, STAMP, "v3", inform=True)
    assert decode(encode(made)) == made
    for table in made.tables:
        CATALOG.check(table)

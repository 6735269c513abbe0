"""Devices of every kind: what they are, and that what they say is what the model says and agrees with itself."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator.snmp.manager import START
from simulator.snmp.province import KINDS, MAINS, Told, equipment

from simulator.model.reading import Battery, Reading
from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.device import Device
from simulator.snmp.entity import PHYSICAL, SENSOR
from simulator.snmp.interfaces import GPON, IF_ENTRY, IF_NUMBER, IF_X_ENTRY, RADIO
from simulator.snmp.microwave import STEPS, share
from simulator.snmp.ups import UPS
from simulator.snmp.week import TICKS

MINUTE = 60 * TICKS


def column(device: Device, name: Oid, at: int = START) -> dict[int, int | bytes]:
    """A column's values by the last number of their names."""
    names = [one for one in device.mib.layout.names if one[: len(name)] == name]
    return {one[-1]: _value(device, one, at) for one in names}


def number(device: Device, name: Oid, at: int = START) -> int:
    value = _value(device, name, at)
    assert isinstance(value, int)
    return value


def _value(device: Device, name: Oid, at: int) -> int | bytes:
    """Read from its encoding; that the device answers so, other tests say."""
    whole = device.mib.varbind(name, at)
    start, stop = ber.expect(whole, 0, len(whole), ber.SEQUENCE)
    _, after = ber.expect(whole, start, stop, ber.OBJECT_IDENTIFIER)
    tag, start, stop = ber.header(whole, after, stop)
    content = whole[start:stop]
    return content if tag in (ber.OCTET_STRING, ber.OBJECT_IDENTIFIER) else int.from_bytes(content, "big", signed=True)


def sensors(device: Device, at: int = START) -> dict[str, float]:
    """What the sensors read, by name."""
    names, values, places = (column(device, name, at) for name in ((*PHYSICAL, 7), (*SENSOR, 4), (*SENSOR, 3)))
    found = {}
    for index, value in values.items():
        name, places_of = names[index], places[index]
        assert isinstance(name, bytes)
        assert isinstance(value, int)
        assert isinstance(places_of, int)
        found[name.decode()] = value / 10**places_of
    return found


def port_of(device: Device, alias: str) -> int:
    """The ifIndex of the port that leads there."""
    (index,) = (
        index
        for index, value in column(device, (*IF_X_ENTRY, 18)).items()
        if isinstance(value, bytes) and value.decode() == f"Đi {alias} (mẫu tự sinh)"
    )
    return index


def octets(device: Device, port: int, at: int) -> tuple[int, int]:
    """In and out."""
    return number(device, (*IF_X_ENTRY, 6, port), at), number(device, (*IF_X_ENTRY, 10, port), at)


@pytest.mark.parametrize(
    ("name", "least", "most"), [("core", 24, 25), ("rt", 8, 12), ("far", 4, 8), ("olt", 10, 18), ("mw-1", 3, 3)]
)
def test_each_kind_has_as_many_ports_as_it_would(name: str, least: int, most: int) -> None:
    for seed in range(20):
        device = equipment(seed=seed).devices[name]
        assert least <= device.ports == number(device, (*IF_NUMBER, 0)) <= most


def test_an_olt_has_two_uplinks_and_trees_and_a_radio_two_ethernets_and_a_radio() -> None:
    devices = equipment().devices
    olt, radio = column(devices["olt"], (*IF_ENTRY, 3)), column(devices["mw-1"], (*IF_ENTRY, 3))
    assert list(olt.values()) == [6, 6] + [GPON] * (len(olt) - 2)
    assert list(radio.values()) == [6, 6, RADIO]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 10**6), st.sampled_from(["cut", "mend", "off", "boot", "port"])), max_size=6))
def test_what_one_end_of_a_link_has_sent_the_other_has_received(steps: list[tuple[int, str]]) -> None:
    made, at = equipment(), START
    near, far = made.devices["core"], made.devices["rt"]
    near_port, far_port = port_of(near, "rt"), port_of(far, "core")
    (near_in, near_out), (far_in, far_out) = octets(near, near_port, at), octets(far, far_port, at)
    for step, what in steps:
        at += step
        match what:
            case "cut" | "mend":
                made.link("ln-rt", at, up=what == "mend")
            case "port":
                near.link(near_port, at, up=False)
            case "off":
                made.devices["olt"].off(at)
            case "boot":
                made.devices["olt"].reboot(at)
        (sent_in, sent_out), (got_in, got_out) = octets(near, near_port, at), octets(far, far_port, at)
        assert sent_in - near_in == got_out - far_out
        assert sent_out - near_out == got_in - far_in
        assert column(near, (*IF_ENTRY, 8), at)[near_port] == column(far, (*IF_ENTRY, 8), at)[far_port]


@settings(deadline=None, max_examples=30)
@given(
    st.integers(0, 500),
    st.sampled_from([1.0, 60.0, 3600.0]),
    st.lists(st.integers(1, 10**7), min_size=1, max_size=6),
)
def test_no_rate_is_negative_or_over_the_speed_of_its_port(seed: int, speed: float, steps: list[int]) -> None:
    made, at = equipment(seed=seed, speed=speed), START
    for name in ("core", "rt", "olt", "mw-2"):
        device = made.devices[name]
        speeds = column(device, (*IF_X_ENTRY, 15))
        before = [column(device, (*IF_X_ENTRY, one), at) for one in (6, 10)]
        for step in steps:
            after = [column(device, (*IF_X_ENTRY, one), at + step) for one in (6, 10)]
            for old, new in zip(before, after, strict=True):
                for port, mbps in speeds.items():
                    passed = int(new[port]) - int(old[port])
                    assert 0 <= passed <= int(mbps) * 1e6 / 8 * step / TICKS + 1
            before, at = after, at + step
        at = START


def test_a_link_carries_what_is_asked_for_behind_it() -> None:
    made = equipment()
    later = START + 24 * 3600 * TICKS

    def passed(device: str, port: int) -> int:
        (inward, outward), (more_in, more_out) = (octets(made.devices[device], port, at) for at in (START, later))
        return more_in - inward + more_out - outward

    olt = made.devices["olt"]
    trees = sum(passed("olt", port) for port, kind in column(olt, (*IF_ENTRY, 3)).items() if kind == GPON)
    assert passed("olt", port_of(olt, "rt")) == pytest.approx(trees, rel=0.01)
    rt = made.devices["rt"]
    below = sum(passed("rt", port_of(rt, name)) for name in ("olt", "mw-1", "ups"))
    own = sum(
        passed("rt", port)
        for port, name in column(rt, (*IF_X_ENTRY, 18)).items()
        if isinstance(name, bytes) and name.decode().startswith("Khách hàng")
    )
    assert passed("rt", port_of(rt, "core")) == pytest.approx(below + own, rel=0.01)


def test_nothing_passes_while_a_link_is_cut_or_its_site_dark() -> None:
    made = equipment()
    core, port = made.devices["core"], port_of(made.devices["core"], "rt")
    made.link("ln-rt", START, up=False)
    assert octets(core, port, START) == octets(core, port, START + MINUTE)
    assert number(core, (*IF_ENTRY, 8, port), START + MINUTE) == 2
    made.devices["rt"].off(START + MINUTE)
    made.link("ln-rt", START + 2 * MINUTE, up=True)
    assert number(core, (*IF_ENTRY, 8, port), START + 3 * MINUTE) == 2
    made.devices["rt"].reboot(START + 4 * MINUTE)
    assert octets(core, port, START) == octets(core, port, START + 4 * MINUTE)
    assert octets(core, port, START) < octets(core, port, START + 5 * MINUTE)
    uptime = number(core, (1, 3, 6, 1, 2, 1, 1, 3, 0), START + 4 * MINUTE)
    assert number(core, (*IF_ENTRY, 9, port), START + 5 * MINUTE) == uptime


@pytest.mark.parametrize("told", [True, False])
def test_a_reset_sets_counters_to_zero_and_only_an_honest_one_says_so(told: bool) -> None:
    core = equipment().devices["core"]
    uptime = number(core, (1, 3, 6, 1, 2, 1, 1, 3, 0), START + 100)
    core.reset(START + 100, told=told)
    assert octets(core, 1, START + 100) == (0, 0)
    assert number(core, (*IF_X_ENTRY, 19, 1), START + 100) == (uptime if told else 0)
    assert number(core, (1, 3, 6, 1, 2, 1, 1, 3, 0), START + 200) == uptime + 100


def test_a_radio_that_hears_badly_is_slower_at_both_ends_and_carries_less() -> None:
    made = equipment()
    near, far = made.devices["mw-1"], made.devices["mw-2"]
    made.adapt("ln-hop", START, -68.0)
    for device in (near, far):
        assert number(device, (*IF_X_ENTRY, 15, 3)) == 400 * share(-68.0)
        assert number(device, (*IF_ENTRY, 5, 3)) == 400e6 * share(-68.0)
    whole, slow = (octets(one.devices["mw-1"], 3, START + MINUTE) for one in (equipment(), made))
    before = octets(near, 3, START)
    assert slow[1] - before[1] == pytest.approx((whole[1] - before[1]) * share(-68.0), rel=1e-6)
    made.adapt("ln-hop", START + MINUTE, -40.0)
    assert number(near, (*IF_X_ENTRY, 15, 3), START + MINUTE) == 400


def test_the_worse_a_radio_hears_the_slower_it_is() -> None:
    shares = [share(dbm) for dbm in range(-30, -120, -1)]
    assert shares == sorted(shares, reverse=True)
    assert {part for _, part in STEPS} == set(shares)


def test_sensors_say_what_the_model_says() -> None:
    told = Told(signals={"ln-rt": -7.01, "ln-olt": -15.5, "ln-hop": -45.25})
    made = equipment(told)
    rt, olt, radio = (sensors(made.devices[name]) for name in ("rt", "olt", "mw-1"))
    assert rt["temperature"] == olt["temperature"] == round(MAINS.cabinet_celsius + 9, 1)
    assert rt["XGE0/0/1 rx"] == -7.01
    assert rt["XGE0/0/2 rx"] == olt["xge0/1 rx"] == -15.5
    assert radio["radio1 rx"] == -45.25
    assert -4 <= rt["XGE0/0/1 tx"] <= -1
    assert 18 <= radio["radio1 tx"] <= 24
    made.link("ln-rt", START, up=False)
    made.link("ln-hop", START, up=False)
    assert sensors(made.devices["rt"])["XGE0/0/1 rx"] == -40.0
    assert sensors(made.devices["mw-2"])["radio1 rx"] == -110.0


READINGS = [
    (MAINS, Battery(0.0, 28_800.0, 3)),
    (MAINS._replace(rectifier_a=24.0, battery_a=6.0, battery_v=51.2, charge=0.42), Battery(0.0, 9_000.0, 4)),
    (
        MAINS._replace(
            mains=False, mains_v=0.0, rectifier_a=0.0, rectifier_v=48.31, battery_v=48.31, battery_a=-17.6
        )._replace(charge=0.15, battery_celsius=46.0),
        Battery(3_725.0, 1_830.0, 4),
    ),
    (
        MAINS._replace(mains=False, mains_v=0.0, rectifier_a=24.0, battery_a=5.0, charge=0.9, generator="run"),
        Battery(0.0, 20_000.0, 4),
    ),
    (  # a generator was brought
        MAINS._replace(mains=False, mains_v=0.0, rectifier_a=24.0, battery_a=5.0, charge=0.9),
        Battery(0.0, 20_000.0, 4),
    ),
    (  # the rectifier is broken
        MAINS._replace(rectifier_a=0.0, rectifier_v=49.0, battery_v=49.0, battery_a=-17.6, charge=0.7)._replace(
            rectifier_ok=False
        ),
        Battery(60.0, 9_000.0, 4),
    ),
    (  # the battery is empty
        MAINS._replace(mains=False, mains_v=0.0, rectifier_a=0.0, rectifier_v=0.0, battery_v=44.0, charge=0.0),
        Battery(14_400.0, 0.0, 4),
    ),
]
ALARMS = (0, 0, 4, 0, 0, 2, 2)  # on battery, no input, low, hot, broken


@pytest.mark.parametrize(("model", "battery", "alarms"), [(*one, n) for one, n in zip(READINGS, ALARMS, strict=True)])
def test_a_power_controller_says_what_the_model_says(model: Reading, battery: Battery, alarms: int) -> None:
    told = Told(model, battery)
    ups = equipment(told).devices["ups"]
    shown = [name for name in ups.mib.layout.names if name[: len(UPS)] == UPS and name[len(UPS)] in (2, 3, 4, 6)]
    said = {name[len(UPS) :]: number(ups, name) for name in shown}
    assert said[2, 2, 0] == int(battery.on_s)
    assert said[2, 3, 0] == int(battery.left_s / 60)
    assert said[2, 4, 0] == round(100 * model.charge)
    assert said[2, 5, 0] == round(10 * model.battery_v)
    assert said[2, 6, 0] == round(10 * model.battery_a)
    assert said[3, 1, 0] == battery.cuts
    assert said[4, 4, 1, 4, 1] == pytest.approx(said[2, 5, 0] / 10 * said[4, 4, 1, 3, 1] / 10, abs=6)
    assert said[3, 3, 1, 5, 1] == pytest.approx(said[3, 3, 1, 3, 1] * said[3, 3, 1, 4, 1] / 10, abs=15)
    on_battery = battery.on_s > 0
    assert said[4, 1, 0] == (2 if model.charge == 0 else 5 if on_battery else 3)
    assert (said[3, 3, 1, 3, 1] == 0) == (not model.mains and on_battery)
    assert said[6, 1, 0] == alarms
    load = -model.battery_a if on_battery else model.rectifier_a - model.battery_a
    assert said[4, 4, 1, 3, 1] == round(10 * load)


@pytest.mark.parametrize("name", KINDS)
def test_the_same_seed_says_the_same_and_another_seed_another(name: str) -> None:
    one, same, other = (equipment(seed=seed).devices[name] for seed in (1, 1, 2))
    names = one.mib.layout.names

    def said(device: Device) -> list[bytes]:
        return [device.mib.varbind(each, START + 4_321) for each in names]

    assert said(one) == said(same)
    assert other.mib.layout.names != names or said(other) != said(one)


def test_the_day_has_its_busy_hours_and_the_weekend_is_calmer() -> None:
    week = Told().scene(start=1_760_918_400.0).week  # Monday 2025-10-20, 07:00 in Việt Nam

    def busy(day: int, hour: int) -> float:
        return week.busy(START + ((day * 24 + hour - 7) * 3600) * TICKS)

    assert max(range(24), key=lambda hour: busy(0, hour)) in range(19, 22)
    assert min(range(24), key=lambda hour: busy(1, hour)) in range(2, 6)
    assert busy(5, 20) == pytest.approx(0.85 * busy(4, 20))
    assert busy(6, 20) < busy(7, 20)


def test_with_a_day_in_an_hour_the_busy_hour_comes_within_the_hour_and_no_port_is_faster() -> None:
    slow, fast = Told().scene(1.0).week, Told().scene(24.0).week
    hour = 3600 * TICKS
    assert fast.busy(START + hour) == pytest.approx(slow.busy(START + 24 * hour))
    of_a_day = slow.passed(START + 24 * hour) - slow.passed(START)
    assert fast.passed(START + hour) - fast.passed(START) == pytest.approx(of_a_day / 24)


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6), st.sampled_from([1.0, 7.5, 3600.0]))
def test_what_passed_is_the_integral_of_how_busy_it_was(at: int, step: int, speed: float) -> None:
    week = Told().scene(speed).week
    shares = [week.busy(START + at + step * n // 1000) for n in range(1001)]
    passed = week.passed(START + at + step) - week.passed(START + at)
    assert passed == pytest.approx(step * sum(shares) / 1001, rel=0.02)

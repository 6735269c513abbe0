"""The power controller of a site as a UPS (RFC 1628): mains in, 48 V out, a battery between. All is of one moment, so
that its facts agree: watts are volts by amperes, and what is charged comes from the mains."""

from collections.abc import Callable, Sequence

from simulator.model.reading import Battery, Reading
from simulator.snmp import ber
from simulator.snmp.ber import Oid
from simulator.snmp.layout import Entry, Number, Objects
from simulator.snmp.parts import SCALAR, Part, text

UPS: Oid = (1, 3, 6, 1, 2, 1, 33, 1)
NORMAL, LOW, DEPLETED = 2, 3, 4  # upsBatteryStatus
NONE, MAINS, BATTERY = 2, 3, 5  # upsOutputSource: none, normal, battery
_LOW_CHARGE, _HOT_CELSIUS = 0.2, 45.0
_EFFICIENCY = 0.94
_FULL_LOAD_A = 60.0  # what its rectifiers give
_GENERATOR_V = 230.0
_NO_TEST = 6  # upsTestResultsSummary: noTestsInitiated

_NUMBERS: tuple[tuple[Oid, int], ...] = (  # in the order of `numbers`
    ((2, 1, 0), ber.INTEGER),  # upsBatteryStatus
    ((2, 2, 0), ber.INTEGER),  # upsSecondsOnBattery
    ((2, 3, 0), ber.INTEGER),  # upsEstimatedMinutesRemaining
    ((2, 4, 0), ber.INTEGER),  # upsEstimatedChargeRemaining
    ((2, 5, 0), ber.INTEGER),  # upsBatteryVoltage, 0.1 V
    ((2, 6, 0), ber.INTEGER),  # upsBatteryCurrent, 0.1 A
    ((2, 7, 0), ber.INTEGER),  # upsBatteryTemperature
    ((3, 1, 0), ber.COUNTER32),  # upsInputLineBads
    ((3, 3, 1, 2, 1), ber.INTEGER),  # upsInputFrequency, 0.1 Hz
    ((3, 3, 1, 3, 1), ber.INTEGER),  # upsInputVoltage
    ((3, 3, 1, 4, 1), ber.INTEGER),  # upsInputCurrent, 0.1 A
    ((3, 3, 1, 5, 1), ber.INTEGER),  # upsInputTruePower
    ((4, 1, 0), ber.INTEGER),  # upsOutputSource
    ((4, 4, 1, 2, 1), ber.INTEGER),  # upsOutputVoltage
    ((4, 4, 1, 3, 1), ber.INTEGER),  # upsOutputCurrent, 0.1 A
    ((4, 4, 1, 4, 1), ber.INTEGER),  # upsOutputPower
    ((4, 4, 1, 5, 1), ber.INTEGER),  # upsOutputPercentLoad
    ((6, 1, 0), ber.GAUGE32),  # upsAlarmsPresent
)
_CURRENT = [2, 6]  # the one that may be negative
_CONSTANTS: dict[Oid, Entry] = {
    (1, 1): text("Mangrove"),  # upsIdentManufacturer
    (1, 2): text("sample 48 V"),  # upsIdentModel
    (3, 2): ber.integer(1),  # upsInputNumLines
    (4, 2): ber.integer(0),  # upsOutputFrequency: a direct current
    (4, 3): ber.integer(1),  # upsOutputNumLines
    (7, 1): ber.oid((*UPS, 7, 7, 1)),  # upsTestId: upsTestNoTestsInitiated
    (7, 3): ber.integer(_NO_TEST),
}


def ups(name: str, state: Callable[[int], tuple[Reading, Battery]]) -> Part:
    """Return the MIB of a device; `state` is asked with ticks."""

    def objects(first: int) -> Objects:
        found: dict[Oid, dict[Oid, Entry]] = {(*UPS, *scalar): {SCALAR: value} for scalar, value in _CONSTANTS.items()}
        found[*UPS, 1, 5] = {SCALAR: "own"}  # upsIdentName
        for place, ((*rest, last), tag) in enumerate(_NUMBERS):
            found[*UPS, *rest] = {(last,): Number(tag, first, place, signed=rest == _CURRENT)}
        return found

    return Part("ups", objects, {(*UPS, 1, 5, 0): text(name)}, [lambda ticks: numbers(*state(ticks))])


def numbers(reading: Reading, battery: Battery) -> Sequence[int]:
    """Return what changes, in the order of the MIB."""
    fed = reading.rectifier_a > 0
    volts_in = reading.mains_v if reading.mains else _GENERATOR_V if fed else 0.0
    volts, charging = reading.battery_v, max(0.0, reading.battery_a)
    dark = reading.rectifier_v == 0
    amperes = 0.0 if dark else reading.rectifier_a - charging if fed else -reading.battery_a
    deci_volts, deci_amperes = round(10 * volts), round(10 * amperes)
    watts_in = volts * (amperes + charging) / _EFFICIENCY if fed else 0.0
    deci_amperes_in = round(10 * watts_in / volts_in) if fed else 0
    charge = round(100 * reading.charge)
    low = reading.charge <= _LOW_CHARGE
    on_battery, hot = not fed and not dark, reading.battery_celsius > _HOT_CELSIUS
    alarms = (volts_in == 0, on_battery, low, hot, not reading.rectifier_ok)
    return (
        DEPLETED if charge == 0 else LOW if low else NORMAL,
        int(battery.on_s),
        int(battery.left_s / 60),
        charge,
        deci_volts,
        round(10 * reading.battery_a),
        round(reading.battery_celsius),
        battery.cuts,
        500 if volts_in else 0,
        round(volts_in),
        deci_amperes_in,
        round(watts_in),
        NONE if dark else MAINS if fed else BATTERY,
        round(volts),
        deci_amperes,
        round(volts * amperes),
        round(100 * amperes / _FULL_LOAD_A),
        sum(alarms),
    )

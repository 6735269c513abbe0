"""What the sensors of a site say over MQTT: topics and payloads, as `config/sensors` maps them. Pure."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random

from contract.inventory import Sensor
from simulator.model.reading import Reading

POWER, CABINET, LINE, SPARKPLUG = "site-power", "site-cabinet", "site-line", "site-sparkplug"  # mappings


def speaks(sensor: Sensor) -> bool:
    """Whether there is a message for the sensor's mapping; those of Sparkplug are made by their node."""
    return sensor.mapping in (POWER, CABINET, LINE, SPARKPLUG)


def message(sensor: Sensor, reading: Reading, now: float) -> tuple[str, bytes]:
    """Return topic and payload; `now` in seconds since 1970 UTC.

    Raises:
        ValueError: there is no message for the sensor's mapping.
    """
    match sensor.mapping:
        case "site-power":
            return f"site/{sensor.name}/power", json.dumps(_power(reading, now)).encode()
        case "site-cabinet":
            return f"site/{sensor.name}/cabinet", json.dumps(_cabinet(reading, now)).encode()
        case "site-line":
            return f"telegraf/{sensor.name}/environment", _lines(sensor.name, reading, now).encode()
    raise ValueError(f"{sensor.id}: no message is known for the mapping {sensor.mapping}")


def garbled(payload: bytes, random: Random) -> bytes:
    """Return what a bad line makes of a payload: cut short, or its beginning lost."""
    cut = random.randrange(1, len(payload) - 1)
    return random.choice((payload[:cut], b"\xff" + payload[cut:]))


def _power(reading: Reading, now: float) -> dict[str, object]:
    generator = {
        "state": reading.generator,
        "fuel": round(reading.fuel or 0.0, 4),
        "hours": round(reading.run_hours or 0.0, 1),
    }
    return {
        "ts": round(now, 3),
        "mains": {"on": reading.mains, "v": round(reading.mains_v, 1)},
        # One without mains is not broken: it is `ok` with nothing to give.
        "rectifier": {
            "ok": reading.rectifier_ok,
            "v": round(reading.rectifier_v, 2),
            "a": round(reading.rectifier_a, 2),
        },
        "battery": {
            "v": round(reading.battery_v, 2),
            "a": round(reading.battery_a, 2),
            "soc": round(reading.charge, 4),
            "soh": round(reading.health, 3),
            "t": round(reading.battery_celsius, 1),
        },
    } | ({"generator": generator} if reading.generator else {})


def _cabinet(reading: Reading, now: float) -> dict[str, object]:
    time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "time": time,
        "temp_c": round(reading.cabinet_celsius, 1),
        "humidity": round(reading.humidity_pct, 1),
        "door": "open" if reading.door_open else "closed",
        "smoke": False,
        "water": reading.water,
        "tower_light": "on" if reading.light_on else "off",
    }


def _lines(site: str, reading: Reading, now: float) -> str:
    """Return line protocol as Telegraf writes it: a line for each measurement, the time in nanoseconds."""
    time = round(now * 1000) * 1_000_000
    return "".join(
        f"{measurement},host={site} {','.join(f'{name}={value}' for name, value in fields.items())} {time}\n"
        for measurement, fields in _fields(reading).items()
    )


def _fields(reading: Reading) -> dict[str, Mapping[str, str]]:
    fields: dict[str, Mapping[str, str]] = {
        "mains": {"present": _bool(reading.mains), "volts": f"{reading.mains_v:.1f}"},
        "rectifier": {
            "ok": _bool(reading.rectifier_ok),
            "volts": f"{reading.rectifier_v:.2f}",
            "amperes": f"{reading.rectifier_a:.2f}",
        },
        "battery": {
            "volts": f"{reading.battery_v:.2f}",
            "amperes": f"{reading.battery_a:.2f}",
            "celsius": f"{reading.battery_celsius:.1f}",
            "soc": f"{100 * reading.charge:.2f}",
            "soh": f"{100 * reading.health:.1f}",
        },
        "cabinet": {
            "celsius": f"{reading.cabinet_celsius:.1f}",
            "humidity": f"{reading.humidity_pct:.1f}",
            "door": '"open"' if reading.door_open else '"closed"',
            "smoke": "false",
            "water": _bool(reading.water),
        },
        "tower": {"light": '"on"' if reading.light_on else '"off"'},
    }
    if reading.generator:
        fuel, hours = 100 * (reading.fuel or 0.0), reading.run_hours or 0.0
        fields["generator"] = {"state": f'"{reading.generator}"', "fuel": f"{fuel:.2f}", "hours": f"{hours:.1f}"}
    return fields


def _bool(value: bool) -> str:
    return "true" if value else "false"

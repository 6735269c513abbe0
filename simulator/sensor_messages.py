"""What the sensors of a site say over MQTT: topics and JSON, as `config/sensors` maps them."""

import json
from datetime import UTC, datetime
from random import Random

from contract.inventory import Sensor
from simulator.model.power import Reading

POWER, CABINET = "site-power", "site-cabinet"  # mappings


def speaks(sensor: Sensor) -> bool:
    """Whether there is a message for the sensor's mapping."""
    return sensor.mapping in (POWER, CABINET)


def message(sensor: Sensor, reading: Reading, now: float) -> tuple[str, bytes]:
    """Return topic and payload; `now` in seconds since 1970 UTC.

    Raises:
        ValueError: there is no message for the sensor's mapping.
    """
    if sensor.mapping == POWER:
        return f"site/{sensor.name}/power", json.dumps(_power(reading, now)).encode()
    if sensor.mapping == CABINET:
        return f"site/{sensor.name}/cabinet", json.dumps(_cabinet(reading, now)).encode()
    raise ValueError(f"{sensor.id}: no message is known for the mapping {sensor.mapping}")


def garbled(payload: bytes, random: Random) -> bytes:
    """Return what a bad line makes of a payload: cut short, or its beginning lost."""
    cut = random.randrange(1, len(payload) - 1)
    return random.choice((payload[:cut], b"\xff" + payload[cut:]))


def _power(reading: Reading, now: float) -> dict[str, object]:
    generator = {"generator": {"state": reading.generator, "fuel": round(reading.fuel or 0.0, 4)}}
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
            "t": round(reading.battery_celsius, 1),
        },
    } | (generator if reading.generator else {})


def _cabinet(reading: Reading, now: float) -> dict[str, object]:
    time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    door = "open" if reading.door_open else "closed"
    return {"time": time, "temp_c": round(reading.cabinet_celsius, 1), "door": door}

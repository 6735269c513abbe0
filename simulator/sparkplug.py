"""A site's controller as an edge node of Sparkplug B 3.0: its births, data and deaths, and the little of Protocol
Buffers that they are written in. Pure."""

import json
import struct

from simulator.model.reading import Reading

GROUP = "mau"  # sample
_STATE = "spBv1.0/STATE/"
REBIRTH, BD_SEQ = "Node Control/Rebirth", "bdSeq"
Value = bool | float | int | str
_UINT64, _DOUBLE, _BOOLEAN, _STRING = 8, 10, 11, 12  # DataType
_VARINT, _FIXED64, _BYTES = 0, 1, 2  # wire types


class Node:
    """`name` is its edge node ID. It is dead until it is born, and is not born before its host is there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = False
        self._seq, self._bd_seq = 0, -1
        self._told: dict[str, Value] = {}
        self._aliases: dict[str, int] = {}

    def birth(self, reading: Reading, now: float, *, again: bool = False) -> tuple[str, bytes]:
        """Return topic and payload of an NBIRTH with all metrics that it will ever report; `again`: on request, in the
        same session. `now` in seconds since 1970 UTC."""
        if not again:
            self._bd_seq = (self._bd_seq + 1) % 256
        self.alive, self._seq, self._told = True, 0, values(reading)
        self._aliases = {name: number for number, name in enumerate(self._told, 1)}
        metrics = [_metric(now, BD_SEQ, self._bd_seq), _metric(now, REBIRTH, value=False)]
        metrics += [_metric(now, name, value, self._aliases[name]) for name, value in self._told.items()]
        return self._topic("NBIRTH"), _payload(now, metrics, self._seq)

    def data(self, reading: Reading, now: float) -> tuple[str, bytes]:
        """Return an NDATA with what has changed, by aliases only."""
        self._seq = (self._seq + 1) % 256
        news = {name: value for name, value in values(reading).items() if self._told.get(name) != value}
        self._told |= news
        metrics = [_metric(now, None, value, self._aliases[name]) for name, value in news.items()]
        return self._topic("NDATA"), _payload(now, metrics, self._seq)

    def death(self, now: float) -> tuple[str, bytes]:
        """Return the NDEATH that the broker publishes for a node that it hears no more."""
        self.alive = False
        return self._topic("NDEATH"), _payload(now, [_metric(now, BD_SEQ, self._bd_seq)])

    def _topic(self, kind: str) -> str:
        return f"spBv1.0/{GROUP}/{kind}/{self.name}"


def filters() -> list[str]:
    """Return the filters on which hosts ask nodes for something, and say that they are there."""
    return [f"spBv1.0/{GROUP}/NCMD/+", f"{_STATE}+"]


def host(topic: str, payload: bytes) -> tuple[str, bool] | None:
    """Return which host says that it is there, or is not; None when it is no such message."""
    if not topic.startswith(_STATE):
        return None
    try:
        said = json.loads(payload)
    except ValueError:
        return None
    return topic.removeprefix(_STATE), isinstance(said, dict) and said.get("online") is True


def values(reading: Reading) -> dict[str, Value]:
    """Return the metrics of a site by name."""
    found: dict[str, Value] = {
        "Mains/Present": reading.mains,
        "Mains/Voltage": round(reading.mains_v, 1),
        "Rectifier/OK": reading.rectifier_ok,
        "DC Bus/Voltage": round(reading.rectifier_v, 2),
        "DC Bus/Current": round(reading.rectifier_a, 2),
        "Battery/Voltage": round(reading.battery_v, 2),
        "Battery/Current": round(reading.battery_a, 2),
        "Battery/Temperature": round(reading.battery_celsius, 1),
        "Battery/SoC": round(100 * reading.charge, 2),
        "Battery/SoH": round(100 * reading.health, 1),
        "Cabinet/Temperature": round(reading.cabinet_celsius, 1),
        "Cabinet/Humidity": round(reading.humidity_pct, 1),
        "Cabinet/Door": reading.door_open,
        "Cabinet/Smoke": False,
        "Cabinet/Water": reading.water,
        "Tower/Light": "on" if reading.light_on else "off",
    }
    if reading.generator is not None:
        found["Generator/State"] = reading.generator
        found["Generator/Fuel"] = round(100 * (reading.fuel or 0.0), 2)
        found["Generator/Hours"] = round(reading.run_hours or 0.0, 1)
    return found


def _payload(now: float, metrics: list[bytes], seq: int | None = None) -> bytes:
    out = _number(1, round(now * 1000)) + b"".join(_octets(2, metric) for metric in metrics)
    return out if seq is None else out + _number(3, seq)


def _metric(now: float, name: str | None, value: Value, alias: int | None = None) -> bytes:
    kind, said = _value(value)
    named = _octets(1, name.encode()) if name is not None else b""
    aliased = _number(2, alias) if alias is not None else b""
    return named + aliased + _number(3, round(now * 1000)) + _number(4, kind) + said


def _value(value: Value) -> tuple[int, bytes]:
    """Return the DataType, and the field of the value."""
    match value:
        case bool():
            return _BOOLEAN, _number(14, int(value))
        case int():
            return _UINT64, _number(11, value)
        case float():
            return _DOUBLE, _varint(13 << 3 | _FIXED64) + struct.pack("<d", value)
        case str():
            return _STRING, _octets(15, value.encode())


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3 | _VARINT) + _varint(value)


def _octets(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | _BYTES) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))

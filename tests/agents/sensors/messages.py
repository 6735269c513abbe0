"""Messages of sensors, and the plan that reads them with the shipped mappings."""

import json
from pathlib import Path

from agents.host_clock import Stamp
from agents.sensors.plan import Plan, plan
from agents.sensors.understand import understand
from contract.batch import Batch
from contract.handlers import Message
from contract.messages import AssignedSensor, Assignment

NOW = 1_795_716_000_000  # 2026-11-26T18:00:00Z
STAMP = Stamp(NOW, 7, synced=True)
POWER, CABINET = "site/nam-can-01/power", "site/nam-can-01/cabinet"
MAPPINGS = {
    path.stem: path.read_text(encoding="utf-8") for path in (Path(__file__).parents[3] / "config/sensors").glob("*")
}


def sensor(name: str, mapping: str, key: str = "nam-can-01") -> AssignedSensor:
    """A sensor as an agent knows it."""
    return AssignedSensor(id=name, mapping=mapping, key=key)


SENSORS = (sensor("pw-nam-can-01", "site-power"), sensor("cab-nam-can-01", "site-cabinet"))


def assignment(version: int, *sensors: AssignedSensor, **mappings: str) -> Assignment:
    """An assignment with the shipped mappings and more."""
    return Assignment(version=version, id=f"{version}-abcd", sensors=list(sensors), mappings=MAPPINGS | mappings)


def own(text: str, key: str = "a") -> Plan:
    """The plan of one sensor with a mapping of the test's."""
    return plan(assignment(1, sensor("s-1", "mine", key), mine=f"en: a\nvi: a\n{text}"))


def power(ts: float = NOW / 1000, **changes: object) -> dict[str, object]:
    """What the power unit of a site says."""
    return {
        "ts": ts,
        "mains": {"on": True, "v": 228.1},
        "rectifier": {"ok": True, "v": 53.9, "a": 12.2},
        "battery": {"v": 53.9, "a": -20.1, "soc": 0.83, "soh": 0.95, "t": 31.2},
    } | changes


def heard(plan: Plan, topic: str, said: object, *, retained: bool = False, stamp: Stamp = STAMP) -> list[Batch]:
    """What becomes of a message; `said` is its payload, or what its JSON says."""
    payload = said if isinstance(said, bytes) else json.dumps(said).encode()
    return understand(plan, Message(topic, payload, retained), stamp)


def reason(batches: list[Batch]) -> str:
    """Why the one batch is refused."""
    [batch] = batches
    assert batch.refused is not None
    assert (batch.kind, batch.device, batch.tables) == ("sensor", "", [])
    return batch.refused.reason


def rows(batches: list[Batch]) -> dict[str, dict[str, float | int | str | None]]:
    """The values of the one batch by measurement."""
    [batch] = batches
    assert batch.refused is None
    return {
        table.measurement: dict(zip([*table.tags, *table.fields], table.rows[0], strict=True)) for table in batch.tables
    }

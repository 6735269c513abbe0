"""A notification to its batch: the alarm that its definition makes of it, or else its varbinds. Pure."""

from collections.abc import Mapping, Sequence
from typing import Literal

from agents.host_clock import Stamp
from agents.snmp import names, oids
from agents.snmp.oids import Oid
from agents.snmp.varbinds import Varbind
from agents.traps.heard import Heard
from agents.traps.plan import TrapPlan
from contract.batch import Batch, Row, Table
from contract.printable import printable
from contract.tag_text import clean
from contract.trap import PLACE, Source, StateFrom, TrapDefinition
from contract.trap_report import (
    MAX_ENTITY,
    MAX_SAID,
    MAX_VALUE,
    MAX_VARBINDS,
    SEVERITIES,
    Alarm,
    AlarmState,
    SaidVarbind,
    Severity,
    TrapReport,
)

VersionName = Literal["v1", "v2c", "v3"]
MAX_PART = 200
_TEXTS = (names.OCTET_STRING, names.OPAQUE)


def understand(
    plan: TrapPlan, device: str, heard: Heard, stamp: Stamp, version: VersionName, *, inform: bool = False
) -> tuple[Batch, bool]:
    """Return the batch of a notification, and whether the device is to be read at once."""
    definition = plan.definition(heard.oid)
    alarm = _alarm(definition, heard) if definition else None
    report = TrapReport(
        oid=oids.text(heard.oid),
        version=version,
        inform=inform,
        alarm=alarm,
        varbinds=[] if alarm else [_said(one) for one in heard.objects[:MAX_VARBINDS]],
    )
    return batch(plan, device, stamp, report), definition is not None and definition.poll


def storm(plan: TrapPlan, device: str, stamp: Stamp, count: int) -> Batch | None:
    """Return the batch that says how many notifications of a device were let go; 0: none any more. None: the assignment
    has no words for it."""
    if plan.storm is None:
        return None
    severity: Severity = plan.storm.severity if count else "cleared"
    en, vi = (text.replace("{count}", str(count)) for text in (plan.storm.en, plan.storm.vi))
    alarm = Alarm(type="trap_storm", severity=severity, state="raised" if count else "cleared", en=en, vi=vi)
    return batch(plan, device, stamp, TrapReport(oid="0.0", version="v2c", alarm=alarm))


def batch(plan: TrapPlan, device: str, stamp: Stamp, report: TrapReport) -> Batch:
    """Return the batch of what a device has said; of an alarm with the row that the database keeps."""
    tables: list[Table] = []
    if alarm := report.alarm:
        row: Row = [alarm.type, clean(alarm.entity) if alarm.entity else "-", SEVERITIES[alarm.severity]]
        tables = [Table(measurement="alarm", tags=["alarm_type", "entity"], fields=["severity"], rows=[row])]
    return Batch(
        kind="trap",
        device=device,
        time=stamp.time,
        mono=stamp.mono,
        synced=stamp.synced,
        assignment=plan.assignment,
        trap=report,
        tables=tables,
    )


def _alarm(definition: TrapDefinition, heard: Heard) -> Alarm:
    parts = [_text(source, heard) for source in definition.entity]
    entity = " ".join(part for part in parts if part)[:MAX_ENTITY]
    state = _state(definition.state_from, heard.objects) or definition.state
    severity: Severity = definition.severity
    if (given := definition.severity_from) and (one := _first(given.oid, heard.objects)) and isinstance(one.value, int):
        severity = given.map.get(one.value, severity)
    places = {"entity": entity, **{name: _text(source, heard) for name, source in definition.values.items()}}
    return Alarm(
        type=definition.type,
        entity=entity,
        severity="cleared" if state == "cleared" else severity,
        state=state,
        en=_fill(definition.en, places),
        vi=_fill(definition.vi, places),
    )


def _state(given: StateFrom | None, objects: Sequence[Varbind]) -> AlarmState | None:
    one = _first(given.oid, objects) if given else None
    return given.map.get(one.value) if given and one and isinstance(one.value, int) else None


def _fill(text: str, places: Mapping[str, str]) -> str:
    filled = PLACE.sub(lambda place: places.get(place[1], ""), text)
    return " ".join(filled.split())[:MAX_SAID]


def _text(source: Source, heard: Heard) -> str:
    if source.text is not None:
        return source.text
    if source.pair:
        return str((heard.oid[-1] + 1) // 2)
    one = _first(source.oid, heard.objects) if source.oid else None
    if one is None or source.oid is None:
        return ""
    text = oids.text(one.oid[len(source.oid) :]) if source.take == "index" else _value(one)
    named = source.map.get(one.value) if isinstance(one.value, int) and source.take == "value" else None
    return (named or source.map.get(text) or text)[:MAX_PART]


def _first(oid: Oid, objects: Sequence[Varbind]) -> Varbind | None:
    return next((one for one in objects if one.oid[: len(oid)] == oid), None)


def _value(one: Varbind) -> str:
    """Return a value as people read it, on one line."""
    if isinstance(one.value, tuple):
        return oids.text(one.value)
    if not isinstance(one.value, bytes):
        return "" if one.value is None else str(one.value)
    if one.tag == names.IP_ADDRESS and len(one.value) == 4:
        return ".".join(map(str, one.value))
    octets = one.value[:MAX_VALUE]
    text = octets.rstrip(b"\0").decode("utf-8", "replace") if one.tag in _TEXTS else "\ufffd"
    if "\ufffd" not in text and "\0" not in text:
        return printable(text)
    return "0x" + octets.hex() if octets else ""


def _said(one: Varbind) -> SaidVarbind:
    kind = names.TYPES.get(one.tag, f"{one.tag:#04x}")
    return SaidVarbind(oid=oids.text(one.oid), type=kind, value=_value(one)[:MAX_VALUE])

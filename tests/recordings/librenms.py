"""What LibreNMS makes of a recording (`NAME.expected.json` beside it): its numbers, each with the object it is read
from."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from contract.oid import Oid

Row = Mapping[str, Any]
# Of a state that LibreNMS writes as a word, the number of IF-MIB (RFC 2863).
_STATUS = {"up": 1, "down": 2, "testing": 3, "unknown": 4, "dormant": 5, "notPresent": 6, "lowerLayerDown": 7}
_ADMIN_STATUS, _OPER_STATUS = (1, 3, 6, 1, 2, 1, 2, 2, 1, 7), (1, 3, 6, 1, 2, 1, 2, 2, 1, 8)


class Expected(NamedTuple):
    """A number, with the unit that LibreNMS gives it, and what it calls it."""

    oid: Oid
    value: float
    about: str


def expected(path: Path) -> list[Expected]:
    """Return every number with an object, each once; what the poller says goes before what the discovery said."""
    modules: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))
    found: dict[tuple[Oid, str], Expected] = {}
    for phase in ("discovery", "poller"):
        for module in modules.values():
            if isinstance(tables := module.get(phase), dict):
                for name, rows in tables.items():
                    found |= {(one.oid, one.about): one for row in rows for one in _numbers(name, row)}
    return list(found.values())


def _numbers(table: str, row: Row) -> Iterator[Expected]:
    if table == "sensors":
        yield from _one(row["sensor_oid"], row["sensor_current"], f"{row['sensor_class']} {row['sensor_descr']}")
    elif table == "wireless_sensors":
        for oid in json.loads(row["sensor_oids"]):
            yield from _one(oid, row["sensor_current"], f"{row['sensor_class']} {row['sensor_descr']}")
    elif table == "processors":
        yield from _one(row["processor_oid"], row["processor_usage"], f"processor {row['processor_descr']}")
    elif table in ("mempools", "storage"):
        kind = table.removesuffix("s")
        for part in ("perc", "used", "free"):
            yield from _one(row[f"{kind}_{part}_oid"], row[f"{kind}_{part}"], f"{kind} {row[f'{kind}_descr']}")
    elif table == "ports":
        for column, key in ((_ADMIN_STATUS, "ifAdminStatus"), (_OPER_STATUS, "ifOperStatus")):
            if row[key]:
                yield Expected((*column, row["ifIndex"]), _STATUS[row[key]], f"{key} {row['ifName']}")


def _one(oid: str | None, value: float | None, about: str) -> Iterator[Expected]:
    if oid and value is not None:
        yield Expected(tuple(map(int, oid.strip(".").split("."))), value, about)

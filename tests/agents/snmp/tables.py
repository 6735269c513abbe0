"""The tables that scripted devices hold, and a session with one of them."""

from collections.abc import Mapping

from agents.snmp.scripted_device import ScriptedDevice

from agents.snmp import names
from agents.snmp.ber import Value
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.pdu import Oid, Varbind
from agents.snmp.session import Session
from agents.snmp.transport import Transport

SHORT_S = 0.25
"""Long enough for any answer on loopback, short enough to wait for silence."""
BASE = (1, 3, 6, 1, 4, 1, 2011, 5)
TABLE: dict[Oid, tuple[int, int | bytes]] = {(*BASE, n): (names.GAUGE32, n) for n in range(100)}
ROWS = [Varbind(oid, tag, value) for oid, (tag, value) in TABLE.items()]
ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
COLUMNS: list[Oid] = [(*ENTRY, column) for column in (2, 8, 10)]
AFTER: Oid = (1, 3, 6, 1, 2, 1, 99, 0)


def table(rows: int) -> dict[Oid, tuple[int, int | bytes]]:
    """Three columns of so many rows, and one object behind them."""
    cells: dict[Oid, tuple[int, int | bytes]] = {
        (*column, row): (names.GAUGE32, row) for column in COLUMNS for row in range(1, rows + 1)
    }
    return cells | {AFTER: (names.INTEGER, 0)}


def below(objects: Mapping[Oid, tuple[int, Value]], root: Oid) -> list[Varbind]:
    """What a walk of `root` must bring."""
    inside = sorted(name for name in objects if name[: len(root)] == root and name != root)
    return [Varbind(name, *objects[name]) for name in inside]


def session(
    transport: Transport,
    device: ScriptedDevice,
    version: Version = Version.V2C,
    *,
    timeout_s: float = 5.0,
    retries: int = 1,
    max_repetitions: int = 10,
    max_oids: int = 50,
    max_varbinds: int = 100_000,
    from_any: bool = False,
    bulk: bool = True,
) -> Session:
    """A session as the tests need it, with the limits that one of them sets."""
    return Session(
        transport,
        device.address,
        Community(version, b"public"),
        timeout_s=timeout_s,
        retries=retries,
        max_repetitions=max_repetitions,
        max_oids=max_oids,
        max_varbinds=max_varbinds,
        per_second=10_000,
        from_any=from_any,
        bulk=bulk,
    )

"""Over the wire a profile gives the rows of its made walk (tests/golden), when it is first read and ever after."""

import asyncio
import json
import math
from pathlib import Path

import pytest
from agents.snmp.scripted_device import Mib, scripted_device

from agents.decode import decode
from agents.knowledge import Knowledge
from agents.plan import plan
from agents.rate import Counters
from agents.reading import Conversation
from agents.snmp.message import Community
from agents.snmp.names import Version
from agents.snmp.session import Session
from agents.snmp.transport import Transport
from contract.profile import Profile
from contract.profiles import parse_profiles
from mangrove.record import snmprec

ROOT = Path(__file__).resolve().parents[2]
PROFILES = parse_profiles({path.stem: path.read_text("utf-8") for path in (ROOT / "config/profiles").glob("*.yaml")})
STILL = [name for name in sorted(PROFILES) if not (ROOT / "tests/golden" / name / "walk-later.snmprec").exists()]
BEAT_S = 60.0
Cells = tuple[tuple[str, float | str], ...]


def told(rows: list[dict[str, float | str]]) -> list[Cells]:
    """Rows in an order of their own, numbers to nine digits."""
    return sorted(
        tuple((key, value if isinstance(value, str) else _digits(value)) for key, value in sorted(row.items()))
        for row in rows
    )


def _digits(value: float) -> float:
    return float(f"{value:.9g}") if math.isfinite(value) else value


def _always(profile: Profile) -> Profile:
    """The profile without tables that are read less often."""
    return profile.model_copy(
        update={"tables": [table.model_copy(update={"interval_s": None}) for table in profile.tables]}
    )


async def _polls(name: str) -> list[dict[str, list[Cells]]]:
    walk, problems = snmprec.read((ROOT / "tests/golden" / name / "walk.snmprec").read_bytes())
    assert problems == []
    transport = Transport()
    got = []
    async with scripted_device(Mib({one.oid: (one.tag, one.value) for one in walk})) as device:
        session = Session(transport, device.address, Community(Version.V2C, b"public"), timeout_s=2)
        talking = Conversation(session, Knowledge(plan([_always(PROFILES[name])])), Counters(), BEAT_S)
        for _ in range(3):
            reading = await talking.read(patient=True)
            assert reading.error is None
            rows: dict[str, list[dict[str, float | str]]] = {}
            for table in decode(reading.tables, talking.counters).tables:
                columns = [*table.tags, *table.fields]
                rows.setdefault(table.measurement, []).extend(
                    {key: cell for key, cell in zip(columns, row, strict=True) if cell is not None}
                    for row in table.rows
                )
            got.append({measurement: told(some) for measurement, some in rows.items()})
    transport.close()
    return got


@pytest.mark.parametrize("name", STILL)
def test_each_poll_gives_the_rows_of_the_walk(name: str) -> None:
    expected = json.loads((ROOT / "tests/golden" / name / "expected.json").read_text("utf-8"))["walk"]
    wanted = {measurement: told(rows) for measurement, rows in expected.items()}
    assert asyncio.run(_polls(name)) == [wanted] * 3

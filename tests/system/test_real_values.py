"""A real device's values, from net-snmp's agent to each database, read back in its own language and equal."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from servers.influxdb import InfluxDb
from servers.mosquitto import Mosquitto
from servers.snmpd import Snmpd
from servers.victoria_metrics import VictoriaMetrics
from system import provinces
from system.oracle import as_points, differences
from system.thread import Thread, running, wait_for

from collector.config import SOCKET
from contract.control import ask

MEASUREMENTS = ("poll", "system", "interface", "agent")
DERIVED = (
    "availability",
    "status",
    "coverage",
    "service",
    "headline",
    "network",
    "collector",
    "canary",
)  # nobody sent these
IF_NAME = "1.3.6.1.2.1.31.1.1.1.1"
IF_ADMIN_STATUS = "1.3.6.1.2.1.2.2.1.7"
IF_SPEED = "1.3.6.1.2.1.2.2.1.5"
IF_HIGH_SPEED = "1.3.6.1.2.1.31.1.1.1.15"
ENOUGH = 5  # batches


def ports(device: Snmpd) -> dict[str, tuple[int, float | None]]:
    """Return ifAdminStatus and the speed in bit/s of each interface by name, as net-snmp's own tools read them."""

    def column(oid: str) -> dict[str, str]:
        return {name.rsplit(".", 1)[1]: value.split(": ", 1)[1] for name, value in device.snmpwalk(oid).items()}

    names, status, high, low = (column(oid) for oid in (IF_NAME, IF_ADMIN_STATUS, IF_HIGH_SPEED, IF_SPEED))
    out: dict[str, tuple[int, float | None]] = {}
    for index, name in names.items():
        speed = int(high.get(index, "0")) * 1_000_000 or int(low.get(index, "0"))
        out[name.strip('"')] = int(status[index]), float(speed) if speed else None
    return out


def compare(thread: Thread, rows: list[dict[str, object]], device: Snmpd) -> None:
    """Hold what a database says against the journal, and against what net-snmp's tools say of the device."""
    wanted = thread.wanted()
    assert len(wanted) > ENOUGH
    assert differences(wanted, as_points(rows)) == []
    said = {
        str(row["if_name"]): (row["admin_status"], row.get("speed_bps"))
        for row in rows
        if row["measurement"] == "interface"
    }
    assert said == ports(device)
    assert {row["site"] for row in rows if row["measurement"] == "interface"} == {"site-real"}


def test_a_real_devices_values_reach_influxdb_and_are_equal_in_influxql(
    mosquitto: Mosquitto, influxdb: InfluxDb, snmpd: Snmpd, tmp_path: Path
) -> None:
    store: dict[str, object] = {"kind": "influx", "version": 1, "url": influxdb.url, "database": influxdb.database}
    with running(tmp_path, mosquitto, provinces.real(snmpd.port), store, simulate=False) as thread:
        wait_for(lambda: thread.stored() > ENOUGH, "batches of a real device are stored")
        thread.settle()
        rows = [row for name in MEASUREMENTS for row in influxdb.query(f'SELECT * FROM "{name}"')]  # noqa: S608
        compare(thread, rows, snmpd)


def test_a_real_devices_values_reach_the_embedded_store_and_are_equal_in_sql(
    mosquitto: Mosquitto, snmpd: Snmpd, tmp_path: Path
) -> None:
    with running(tmp_path, mosquitto, provinces.real(snmpd.port), {"kind": "embedded"}, simulate=False) as thread:
        wait_for(lambda: thread.stored() > ENOUGH, "batches of a real device are stored")
        thread.settle()
        compare(thread, embedded_rows(thread), snmpd)


def embedded_rows(thread: Thread, measurements: Sequence[str] = MEASUREMENTS) -> list[dict[str, object]]:
    """Return all that the embedded store holds, asked through the running collector."""
    rows: list[dict[str, object]] = []
    for name in measurements:
        text = f"SELECT * REPLACE (epoch_ms(time) AS time) FROM {name}"  # noqa: S608  # a constant
        answer = ask(thread.collector.data / SOCKET, "query", text=text)
        assert isinstance(answer, list)
        rows += [{"measurement": name, **row} for row in answer]
    return rows


@pytest.mark.timeout(240)
def test_a_database_that_forgets_after_its_yes_is_written_again(mosquitto: Mosquitto, tmp_path: Path) -> None:
    # It keeps what is written twice unless told that equal times are one sample.
    with VictoriaMetrics(tmp_path, arguments=["-dedup.minScrapeInterval=1ms"]) as database:
        forget_twice(database, mosquitto, tmp_path)


def forget_twice(database: VictoriaMetrics, mosquitto: Mosquitto, tmp_path: Path) -> None:
    """Kill the database twice while batches flow, and hold what it has in the end against the journal."""
    store: dict[str, object] = {
        "kind": "influx",
        "version": 2,
        "url": database.url,
        "database": "mangrove",
        "horizon_s": 12,
    }
    with running(tmp_path, mosquitto, provinces.busy(), store) as thread:
        for _ in range(2):
            accepted = len(thread.accepted())
            wait_for(lambda: len(thread.accepted()) > accepted + 40, "batches flow")  # noqa: B023  # called at once
            database.kill()
            database.start()
        wait_for(lambda: thread.stored() > 0, "something has outlived the horizon")
        thread.settle(150)
        wanted = {
            (measurement, device, own, time, field): float(value)
            for (measurement, _, device, own, time), fields in thread.wanted().items()
            for field, value in fields.items()
        }
        got = exported(database)
        assert got.keys() == wanted.keys()
        # It keeps 12 digits or more, as its documents say.
        worst = max(abs(got[key] - value) / abs(value) for key, value in wanted.items() if value)
        assert worst < 1e-11
        assert all(got[key] == 0 for key, value in wanted.items() if not value)


def exported(database: VictoriaMetrics) -> dict[tuple[str, str, str, int, str], float]:
    """Return every value that VictoriaMetrics holds, by measurement, device, interface, time and field; without what
    the collector works out."""
    out: dict[tuple[str, str, str, int, str], float] = {}
    for series, values in database.export('{__name__=~".+"}').items():
        name, _, rest = series.partition("{")
        tags = dict(part.split("=", 1) for part in rest.rstrip("}").split(",") if "=" in part)
        text = {key: value.strip('"') for key, value in tags.items()}
        if name.startswith(tuple(f"{one}_" for one in DERIVED)):
            continue
        measurement = next(m for m in MEASUREMENTS if name.startswith(f"{m}_"))
        for time, value in values:
            key = (measurement, text.get("device", ""), text.get("if_name", ""), time, name[len(measurement) + 1 :])
            assert key not in out, f"two values of one series and time: {key}"
            out[key] = value
    return out

"""What the demo promises to show, on a real InfluxDB, and every panel of the dashboards afterwards."""

import json
import subprocess
import sys
from typing import TypedDict

import pytest
from servers.influxdb import InfluxDb
from system.test_commands import mangrove

SECONDS = 66  # mains go at 12, the site is dark at 24, they return at 49, the router is up at 53


class Page(TypedDict):
    """What the phone has received."""

    title: str
    text: str


@pytest.mark.timeout(240)
def test_a_site_that_loses_mains_is_one_page_with_its_cause_one_end_and_a_fall_of_4g_and_every_panel_shows_it(
    influxdb: InfluxDb,
) -> None:
    store = f"{influxdb.url}/{influxdb.database}"
    run = subprocess.run(
        [sys.executable, "-m", "mangrove", "demo", "--for", str(SECONDS), "--json", "--store", store],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["balanced"]

    site = "Trạm Xã Đất Mũi 01"
    pages: list[Page] = [page for page in report["pages"] if site in page["title"]]
    assert ["OVER" in page["title"] for page in pages] == [False, True]
    fire, end = pages
    assert fire["title"].split("]")[0] == end["title"].split("]")[0]
    assert "Cause: mains lost since" in fire["text"]
    assert "battery last at" in fire["text"]
    assert "Cells of the commune in service: 2G 0/3, 4G 0/3" in fire["text"]
    assert ": The router does not answer, mains lost, battery" in fire["title"]

    rows = influxdb.query("SELECT communes, total FROM headline WHERE technology = '4g' AND blind = 0")
    counts = [row["communes"] for row in rows]
    assert {row["total"] for row in rows} == {13}
    fallen = next(at for at, count in enumerate(counts) if count != 13)
    assert 13 in counts[fallen:]  # it has come back; at the end the story's next fault may be on
    assert report["communes_4g_least"] <= 12
    lost = influxdb.query("SELECT status FROM service WHERE area = 'dat-mui' AND technology = '4g'")
    assert 0 in {row["status"] for row in lost}

    verified = mangrove("dashboards", "verify", "--store", store, "--range", "15m", "--json", "--slow-s", "20")
    assert verified.returncode == 0, verified.stdout
    found = [json.loads(line) for line in verified.stdout.splitlines()]
    assert {one["result"] for one in found} == {"ok"}
    assert len({one["board"] for one in found}) == 2

"""What the demo promises to show, on a real InfluxDB; what the score says of it; and every panel of the dashboards."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypedDict, cast

import pytest
from servers.influxdb import InfluxDb
from system.test_commands import mangrove
from system.thread import wait_for

from collector.config import SOCKET
from contract.control import ControlError, ask
from simulator.clock import START
from simulator.model.story import story
from simulator.sample.province import sample

SITES, SPEED = 20, 150
SECONDS = 62  # mains go at 5 s, the site is dark at 21, they return at 37; the router is silent from 41 to 57


class Page(TypedDict):
    """What the phone has received."""

    title: str
    text: str


def incidents(folder: Path) -> Sequence[Mapping[str, object]]:
    """All incidents of the demo whose files are in a folder; none before it answers."""
    for path in folder.glob(f"mangrove-demo-*/collector/{SOCKET}"):
        try:
            return cast("Sequence[Mapping[str, object]]", ask(path, "incidents", all=True))
        except ControlError:
            return ()
    return ()


@pytest.mark.timeout(240)
def test_a_site_that_loses_mains_is_one_page_with_its_cause_one_end_and_a_fall_of_4g_and_every_panel_shows_it(
    influxdb: InfluxDb, tmp_path: Path
) -> None:
    inventory, store = sample(SITES, 1), f"{influxdb.url}/{influxdb.database}"
    dark = next(fault.element for fault in story(inventory, 1, START).faults if fault.kind == "mains")
    (site,) = (one for one in inventory.sites if one.id == dark)
    here = {"TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path), "MANGROVE_LANG": "en"}
    command = ["demo", "--sites", str(SITES), "--speed", str(SPEED), "--for", str(SECONDS), "--json", "--store", store]
    with subprocess.Popen(
        [sys.executable, "-m", "mangrove", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **here},
    ) as demo:
        wait_for(
            lambda: any(one["place"] == dark and one["resolved"] for one in incidents(tmp_path)),
            "the incident of the dark site is over",
            within=120,
        )
        scored = mangrove("sim", "score", "--json", more=here)
        told = mangrove("sim", "state", more=here)
        out, errors = demo.communicate(timeout=120)
    assert demo.returncode == 0, errors
    report = json.loads(out)
    assert report["balanced"]
    assert report["devices"] == len(inventory.devices)
    assert {"poll", "sensor", "trap", "pm"} <= {kind for kind, count in report["batches_by_kind"].items() if count}

    assert scored.returncode == told.returncode == 0, scored.stderr + told.stderr
    (mains,) = (one for one in json.loads(scored.stdout)["judged"] if one["outage"]["root"].startswith(f"mains:{dark}"))
    assert (len(mains["incidents"]), mains["cause_right"]) == (1, True)
    assert "in the province it is 2025-10-20" in told.stdout

    pages: list[Page] = [page for page in report["pages"] if site.name in page["title"]]
    assert ["OVER" in page["title"] for page in pages] == [False, True]
    fire, end = pages
    assert fire["title"].split("]")[0] == end["title"].split("]")[0]
    assert "Cause: mains lost since" in fire["text"]
    assert "battery last at" in fire["text"]
    assert "4G 0/" in fire["text"]
    assert ", mains lost, battery" in fire["title"]

    rows = influxdb.query("SELECT communes, total FROM headline WHERE technology = '4g' AND blind = 0")
    counts = [row["communes"] for row in rows]
    areas = {one.id: one.area for one in inventory.sites}
    total = len({areas[cell.site] for cell in inventory.cells if cell.technology == "4g"})
    assert {row["total"] for row in rows} == {total}
    fallen = next(at for at, count in enumerate(counts) if count != total)
    assert total in counts[fallen:]  # it has come back; at the end the story's next fault may be on
    assert report["communes_4g_least"] < total
    lost = influxdb.query(f"SELECT status FROM service WHERE area = '{site.area}' AND technology = '4g'")  # noqa: S608
    assert 0 in {row["status"] for row in lost}

    verified = mangrove("dashboards", "verify", "--store", store, "--range", "15m", "--json", "--slow-s", "20")
    assert verified.returncode == 0, verified.stdout
    found = [json.loads(line) for line in verified.stdout.splitlines()]
    assert {one["result"] for one in found} == {"ok"}
    assert len({one["board"] for one in found}) == 2

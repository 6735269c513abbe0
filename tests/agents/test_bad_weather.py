"""A network that loses, delays, reorders, repeats and spoils datagrams makes readings absent, never wrong."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from agents.bad_weather import polls, summary
from servers.udp_relay import Weather
from system.torture_table import TortureTable

ROOT = Path(__file__).parents[2]
WEATHER = {
    "SNMP: 20 % lost": Weather(loss=0.2),
    "SNMP: 200 ms ± 50 ms late": Weather(delay_s=0.2, jitter_s=0.05),
    "SNMP: overtaking": Weather(delay_s=0.15, jitter_s=0.15),
    "SNMP: every second one twice": Weather(twice=0.5, delay_s=0.02, jitter_s=0.02),
    "SNMP: all of it": Weather(loss=0.2, twice=0.2, delay_s=0.2, jitter_s=0.2),
    "SNMP: nine of ten lost": Weather(loss=0.9),
}
NETEM = {
    "netem: 20 % lost": "loss 20%",
    "netem: 200 ms ± 50 ms late": "delay 200ms 50ms",
    "netem: overtaking": "delay 50ms reorder 50% 50%",
    "netem: every second one twice": "duplicate 50%",
    "netem: 10 % spoilt": "corrupt 10%",
}


def test_a_bad_hour_in_four_seconds_makes_nothing_wrong() -> None:
    weather = Weather(loss=0.15, twice=0.3, delay_s=0.03, jitter_s=0.03)
    found = summary(asyncio.run(polls(4.0, weather, interval_s=0.5, timeout_s=0.2, retries=2)))
    assert found["wrong"] == []
    assert found["rates"] > 0


@pytest.mark.torture
@pytest.mark.parametrize("name", WEATHER)
def test_readings_are_right_or_absent_in_any_weather(name: str, torture_table: TortureTable) -> None:
    found = summary(asyncio.run(polls(45.0, WEATHER[name], interval_s=3.0, timeout_s=0.8, retries=2)))
    torture_table.add(name, sum(found["outcomes"].values()), 0, 0, len(found["wrong"]))
    print(name, found)
    assert found["wrong"] == []
    assert found["rates"] > 0 or WEATHER[name].loss > 0.5


def in_a_namespace(*arguments: str, seconds: float = 40.0) -> subprocess.CompletedProcess[str]:
    """Poll in a network namespace that ends with the process."""
    unshare = shutil.which("unshare")
    if not unshare or not shutil.which("tc") or not shutil.which("ip"):
        pytest.skip("unshare, ip and tc are needed (util-linux, iproute2)")
    namespace = [unshare, "--net", *(["--map-root-user"] if os.geteuid() else [])]
    command = [*namespace, sys.executable, "-m", "agents.bad_weather", str(seconds), *arguments]
    there = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    ended = subprocess.run(command, env=there, capture_output=True, text=True, check=False, timeout=seconds + 60)
    if ended.returncode and ("qdisc kind is unknown" in ended.stderr or "Operation not permitted" in ended.stderr):
        pytest.skip(f"this kernel or user has no netem in a namespace: {ended.stderr.splitlines()[0]}")
    return ended


@pytest.mark.torture
@pytest.mark.parametrize("name", NETEM)
def test_readings_are_right_or_absent_behind_netem(name: str, torture_table: TortureTable) -> None:
    ended = in_a_namespace(*NETEM[name].split())
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    torture_table.add(name, sum(found["outcomes"].values()), 0, 0, len(found["wrong"]))
    assert found["wrong"] == []
    assert found["rates"] > 0

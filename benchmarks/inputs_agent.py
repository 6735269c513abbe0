"""The memory of an agent that takes all its inputs at once, with 1,000 devices. A part of `inputs`.

`PYTHONPATH=tests python -m benchmarks.inputs_agent` prints one JSON object. The agent is `mangrove agent` with a broker
that nobody else listens to. In each interval of 30 s it polls 1,000 devices of 24 ports (480 values each), sends each
five echoes, hears 400 sensors in two formats and five notifications a second from its devices, and reads a file of 20
counters of 500 cells. Its resident memory is looked at each second; the most counts. What came of each input is read
from its `/metrics` in the end, so that no input can be idle without being seen.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from agents.traps.messages import v2c
from contract.listener import Listener
from servers.mosquitto import Mosquitto
from servers.ports import free_port

from benchmarks.inputs_sensors import SITES, birth, of_json, of_node
from benchmarks.poll_devices import Devices, address
from benchmarks.poll_parts import COMMUNITY, assigned, cpu_s, rss_mb, write
from contract.messages import AssignedCell, AssignedSensor, Assignment

DISK = "/var/tmp"  # /tmp may be memory
CONFIG = Path(__file__).parents[1] / "config"
DEVICES, PORTS, INTERVAL_S = 1_000, 24, 30.0
ECHO = 5
SENSORS, NODES = 300, 100
CELLS, COUNTERS = 500, 20
TRAPS_PER_S = 5
WARM_S, MEASURED_S = 70.0, 60.0
COUNTED = (
    "polls",
    "beats_late",
    "beats_missed",
    "echo_replies",
    "sensor_messages",
    "sensor_messages_refused",
    "trap_datagrams",
    "pm_files",
    "pm_cells",
)
LINK_DOWN = (1, 3, 6, 1, 6, 3, 1, 1, 5, 3)


def texts(kind: str) -> dict[str, str]:
    """The shipped files of a folder of config."""
    return {path.stem: path.read_text(encoding="utf-8") for path in (CONFIG / kind).glob("*.yaml")}


def assignment(port: int) -> Assignment:
    """All that the agent takes in."""
    polled = assigned([address(number) for number in range(DEVICES)], port, interval_s=INTERVAL_S)
    sensors = [AssignedSensor(id=f"pw-{n}", mapping="site-power", key=f"site-{n}") for n in range(SENSORS)]
    sensors += [AssignedSensor(id=f"node-{n}", mapping="site-sparkplug", key=f"site-{n}") for n in range(NODES)]
    return polled.model_copy(
        update={
            "devices": [replace(device, echo=ECHO) for device in polled.devices],
            "sensors": sensors,
            "mappings": texts("sensors"),
            "traps": texts("traps"),
            "cells": [
                AssignedCell(id=f"cell-{n}", key=f"EUtranGenericCell=cell-{n}", technology="4g") for n in range(CELLS)
            ],
            "counters": texts("pm"),
        }
    )


def pm_file(end: float, number: int) -> str:
    """A performance file of TS 32.435 with one period of all cells."""
    until = datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    begun = datetime.fromtimestamp(end - 900, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    names = ["RRC.ConnEstabAtt.sum", "RRC.ConnEstabSucc.sum", "ERAB.RelActNbr.sum", "RRU.CellUnavailableTime.sum"]
    names += [f"X.Counter{n}" for n in range(COUNTERS - len(names))]
    values = "".join(
        f'<measValue measObjLdn="ENBFunction=1,EUtranGenericCell=cell-{cell}"><measResults>'
        f"{' '.join(str(1000 + cell + n + number) for n in range(COUNTERS - 17))} 0 "
        f"{' '.join(str(n) for n in range(16))}</measResults></measValue>\n"
        for cell in range(CELLS)
    )
    return (
        '<?xml version="1.0"?>\n<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec">'
        f'<fileHeader fileFormatVersion="32.435 V16.0"><measCollec beginTime="{begun}"/></fileHeader><measData>'
        '<managedElement localDn="ManagedElement=bench"/><measInfo measInfoId="1">'
        f'<granPeriod duration="PT900S" endTime="{until}"/><measTypes>{" ".join(names)}</measTypes>\n{values}'
        f'</measInfo></measData><fileFooter><measCollec endTime="{until}"/></fileFooter></measCollecFile>'
    )


class Inputs:
    """What comes to the agent from outside, a second at a time."""

    def __init__(self, folder: Path, broker: Listener, trap_port: int) -> None:
        self._folder, self._broker, self._trap_port = folder, broker, trap_port
        self._second = self._files = 0

    def second(self) -> None:
        """Say what is said in a second."""
        at = self._second = self._second + 1
        for site in range(at % int(INTERVAL_S), SENSORS, int(INTERVAL_S)):
            self._broker.publish(f"site/site-{site}/power", of_json(site, at))
        for node in range(at % int(INTERVAL_S), NODES, int(INTERVAL_S)):
            told = (at - 1) // int(INTERVAL_S)
            kind, said = ("NDATA", of_node(node, (told - 1) * SITES)) if told else ("NBIRTH", birth())
            self._broker.publish(f"spBv1.0/ca-mau/{kind}/site-{node}", said)
        for number in range(TRAPS_PER_S):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                udp.bind((address((at * TRAPS_PER_S + number) % DEVICES), 0))
                udp.sendto(v2c(LINK_DOWN, community=COMMUNITY.encode()), ("127.0.0.1", self._trap_port))
        if at % int(INTERVAL_S) == 0:
            self._files += 1
            end = time.time() // 900 * 900 - 900 * (self._files % 20)
            (self._folder / f"A{self._files}.xml").write_text(pm_file(end, self._files), encoding="utf-8")


def _numbers(port: int) -> Iterator[tuple[str, float]]:
    """What the agent counted, by name; of a name with labels the sum."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    for name in COUNTED:
        found = re.findall(rf"^mangrove_agent_{name}_total(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        yield name, sum(map(float, found))


def watched(pid: int, inputs: Inputs, metrics: int) -> dict[str, object]:
    """Let everything come, and return what the agent took for it."""
    rss: list[float] = []
    began = from_s = time.monotonic()
    before_s = cpu_s(pid)
    while (passed := time.monotonic() - began) < WARM_S + MEASURED_S:
        if passed < WARM_S:
            before_s, from_s = cpu_s(pid), time.monotonic()
        if passed > 5:  # the agent listens by now
            inputs.second()
        rss.append(rss_mb(pid))
        time.sleep(max(0.0, 1 - (time.monotonic() - began) % 1))
    core = (cpu_s(pid) - before_s) / (time.monotonic() - from_s)
    counted = dict(_numbers(metrics))
    return {"rss_mb": max(rss), "rss_mb_at_the_end": rss[-1], "core": round(core, 4), "counted": counted}


def measure() -> dict[str, object]:
    """Return the figures."""
    with tempfile.TemporaryDirectory(dir=DISK) as made, Mosquitto(Path(made)) as broker, Devices(PORTS) as devices:
        folder, metrics, traps = Path(made), free_port(), free_port()
        drop = folder / "drop"
        drop.mkdir()
        agent, fixed = write(folder, assignment(devices.port), broker_port=broker.port)
        config: dict[str, Any] = yaml.safe_load(agent.read_text(encoding="utf-8"))
        config |= {
            "metrics": {"host": "127.0.0.1", "port": metrics},
            "sensors": {"broker": {"host": "127.0.0.1", "port": broker.port}},
            "traps": {"listen": f"127.0.0.1:{traps}", "credentials": ["v2c"]},
            "pm": {"folder": "drop", "every_s": 5, "settle_s": 1, "move": True},
        }
        agent.write_text(yaml.safe_dump(config), encoding="utf-8")
        command = [sys.executable, "-m", "mangrove", "agent", "--config", str(agent), "--assignment", str(fixed)]
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(command, stderr=log) as process,
            Listener(broker.port) as voice,
        ):
            try:
                voice.up()
                found = watched(process.pid, Inputs(drop, voice, traps), metrics)
            finally:
                process.send_signal(signal.SIGTERM)
        if "-v" in sys.argv:
            print((folder / "log").read_text(encoding="utf-8")[-3000:], file=sys.stderr)
        return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))

"""A node of Sparkplug that others have written, through the whole thread: what it says, and its death, are stored."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.mosquitto import Mosquitto
from servers.sparkplug_node import SparkplugNode
from system.oracle import as_points, differences
from system.test_real_values import embedded_rows
from system.test_sensors import province
from system.thread import Thread, running, wait_for

from agents.sensors.sparkplug.remembered import NAME
from contract.inventory import Sensor


def outcomes(thread: Thread) -> list[str]:
    """What the spool has of the node's coming and going."""
    said = [entry.body.get("poll") for entry in thread.accepted() if entry.body.get("device") == "spb-1"]
    return [str(one["outcome"]) for one in said if isinstance(one, dict)]


@contextmanager
def site(mosquitto: Mosquitto, folder: Path) -> Iterator[tuple[Thread, int]]:
    """A thread with one sensor, which is a node of Sparkplug, and the port of the broker on which it speaks."""
    sensor = Sensor(id="spb-1", site="nam-can-01", agent="agent-1", mapping="site-sparkplug", key="nam-can-01")
    inventory = province().model_copy(update={"sensors": [sensor]})
    (folder / "site").mkdir()
    with (
        Mosquitto(folder / "site") as own,
        running(folder, mosquitto, inventory, {"kind": "embedded"}, simulate=False, sensors=own) as thread,
    ):
        yield thread, own.port


def test_a_node_comes_speaks_and_is_killed(mosquitto: Mosquitto, tmp_path: Path) -> None:
    with site(mosquitto, tmp_path) as (thread, port):
        with SparkplugNode(tmp_path, port) as node:
            wait_for(lambda: "ok" in outcomes(thread), "its birth is heard")
            node.kill()
            wait_for(lambda: outcomes(thread)[-1] == "unreachable", "its death is heard")
        thread.settle()
        rows = embedded_rows(thread, ("agent", "poll", "cabinet"))
        assert differences(thread.wanted(), as_points(rows)) == []
        polls = sorted((row for row in rows if row["measurement"] == "poll"), key=lambda row: str(row["time"]))
        assert {row["device"] for row in polls} == {"spb-1"}
        assert polls[-1]["outcome"] == 5
        cabinet = [row for row in rows if row["measurement"] == "cabinet"]
        assert min(float(str(row["celsius"])) for row in cabinet) >= 34.5
        assert all(str(row["time"]) <= str(polls[-1]["time"]) for row in cabinet)  # nothing is said of it afterwards


def test_a_quiet_node_is_known_again_after_its_agent_was_killed(mosquitto: Mosquitto, tmp_path: Path) -> None:
    with site(mosquitto, tmp_path) as (thread, port):
        wait_for(lambda: "connected to the sensors' broker" in thread.agent.log(), "the node will be heard")
        with SparkplugNode(tmp_path, port, quiet=True):
            wait_for(lambda: outcomes(thread) == ["ok"], "its birth is heard")
            wait_for((thread.agent.data / NAME).exists, "it is remembered")
            thread.agent.kill()
            thread.agent.start()
            wait_for(lambda: outcomes(thread).count("ok") == 2, "its births came again")

"""A node of Sparkplug that others have written, through the whole thread: what it says, and its death, are stored."""

from pathlib import Path

from servers.mosquitto import Mosquitto
from servers.sparkplug_node import SparkplugNode
from system.oracle import as_points, differences
from system.test_real_values import embedded_rows
from system.test_sensors import province
from system.thread import Thread, running, wait_for

from contract.inventory import Sensor


def outcomes(thread: Thread) -> list[str]:
    """What the spool has of the node's coming and going."""
    said = [entry.body.get("poll") for entry in thread.accepted() if entry.body.get("device") == "spb-1"]
    return [str(one["outcome"]) for one in said if isinstance(one, dict)]


def test_a_node_comes_speaks_and_is_killed(mosquitto: Mosquitto, tmp_path: Path) -> None:
    sensor = Sensor(id="spb-1", site="nam-can-01", agent="agent-1", mapping="site-sparkplug", key="nam-can-01")
    site = province().model_copy(update={"sensors": [sensor]})
    (tmp_path / "site").mkdir()
    with (
        Mosquitto(tmp_path / "site") as own,
        running(tmp_path, mosquitto, site, {"kind": "embedded"}, simulate=False, sensors=own) as thread,
    ):
        with SparkplugNode(tmp_path, own.port) as node:
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

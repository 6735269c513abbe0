"""Sensors through the whole thread: a message at the site's broker to the database, or to the dead letters."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from agents.sensors.spb import VOLTS, metric, nbirth, payload
from contract.listener import Listener
from servers.mosquitto import Mosquitto
from system.oracle import as_points, differences
from system.parts import ROOT
from system.test_commands import mangrove
from system.test_real_values import embedded_rows
from system.thread import Thread, running, wait_for

from contract.inventory import AgentEntry, Area, Inventory, Sensor, Site

POWER, CABINET = "site/nam-can-01/power", "site/nam-can-01/cabinet"
MEASUREMENTS = ("agent", "mains", "rectifier", "battery", "generator", "cabinet")


def province() -> Inventory:
    """One site with two sensors."""
    sensor = {"site": "nam-can-01", "agent": "agent-1", "key": "nam-can-01"}
    return Inventory(
        areas=[Area(id="nam-can", name="Xã Năm Căn", level="commune")],
        sites=[Site(id="nam-can-01", name="Trạm mẫu Năm Căn", area="nam-can", operator="mau-a")],
        agents=[AgentEntry(id="agent-1")],
        sensors=[
            Sensor.model_validate({"id": "pw-nam-can-01", "mapping": "site-power", "role": "power"} | sensor),
            Sensor.model_validate({"id": "cab-nam-can-01", "mapping": "site-cabinet"} | sensor),
        ],
    )


class Site1:
    """A site whose sensors speak when told to, on a broker of its own."""

    def __init__(self, thread: Thread, broker: Mosquitto, voice: Listener) -> None:
        self.thread, self.broker, self._voice = thread, broker, voice
        self.said = 0

    def power(self, *, mains: bool = True) -> None:
        """Say how the power is."""
        self.said += 1
        self.say(
            POWER,
            {
                "ts": time.time(),
                "mains": {"on": mains, "v": 228.1 if mains else 0},
                "rectifier": {"ok": mains, "v": 53.9, "a": 12.2},
                "battery": {"v": 49.5, "a": -20.1, "soc": 0.83, "t": 31.2},
                "generator": {"state": "off", "fuel": 0.72},
            },
        )

    def say(self, topic: str, said: object) -> None:
        """Say anything."""
        self._voice.publish(topic, said if isinstance(said, bytes) else json.dumps(said).encode())

    def heard(self) -> int:
        """How many readings of the power are in the spool or were."""
        return sum(entry.body.get("device") == "pw-nam-can-01" for entry in self.thread.accepted())

    def speaks_until_heard(self) -> None:
        """Speak until the agent hears it."""
        before = self.heard()

        def flows() -> bool:
            self.power()
            return self.heard() > before

        wait_for(flows, "the sensor is heard")


@contextmanager
def site(folder: Path, broker: Mosquitto) -> Iterator[Site1]:
    """A thread whose agent has heard its site's sensors."""
    (folder / "site").mkdir()
    with Mosquitto(folder / "site") as own, Listener(own.port) as voice:
        voice.up()
        with running(folder, broker, province(), {"kind": "embedded"}, simulate=False, sensors=own) as thread:
            made = Site1(thread, own, voice)
            made.speaks_until_heard()
            yield made


def test_what_a_sensor_says_reaches_the_database_with_its_own_time_and_the_sites_tags(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with site(tmp_path, mosquitto) as one:
        one.power(mains=False)
        one.say(CABINET, {"time": _iso(time.time()), "temp_c": 34.5, "door": "open"})
        wait_for(lambda: any(e.body.get("device") == "cab-nam-can-01" for e in one.thread.accepted()), "the cabinet")
        one.thread.settle()
        rows = embedded_rows(one.thread, MEASUREMENTS)
        assert differences(one.thread.wanted(), as_points(rows)) == []
        mains = [row for row in rows if row["measurement"] == "mains"]
        assert {row["present"] for row in mains} == {0, 1}
        tags = ("device", "site", "area", "operator", "role")
        assert [mains[-1][tag] for tag in tags] == ["pw-nam-can-01", "nam-can-01", "nam-can", "mau-a", "power"]
        [cabinet] = [row for row in rows if row["measurement"] == "cabinet"]
        assert (cabinet["celsius"], cabinet["door"]) == (34.5, 1)


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def test_a_message_that_is_refused_is_a_dead_letter_with_its_reason_and_the_books_balance(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with site(tmp_path, mosquitto) as one:
        file = str(one.thread.collector.config_path)
        one.say(POWER, b'{"ts": "yesterday", "mains": ')
        one.say(CABINET, {"time": _iso(time.time()), "temp_c": "hot\n"})
        wait_for(lambda: sum(row["refused"] for row in one.thread.ledger()) == 2, "both are refused")
        listed = mangrove("dead-letter", "list", "-c", file).stdout
        assert f"a message on {POWER}: it is not JSON: Expecting value: line 1 column 30" in listed
        assert f'a message on {CABINET}: cab-nam-can-01: /temp_c is "hot\\n": a number is expected' in listed
        letter = next(line.split()[1] for line in listed.splitlines() if not line.startswith(" "))
        shown = mangrove("dead-letter", "show", letter, "-c", file).stdout
        assert json.loads(shown[shown.index("{") :])["refused"]["topic"] in (POWER, CABINET)
        assert mangrove("dead-letter", "replay", letter, "-c", file).returncode == 1
        one.thread.settle()
        assert all(row["balanced"] for row in one.thread.ledger())
        assert mangrove("ledger", "-c", file).returncode == 0


@pytest.mark.timeout(240)
def test_sensors_are_heard_again_after_a_kill_of_the_agent_of_either_broker_and_without_a_collector(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with site(tmp_path, mosquitto) as one:
        for victim in (one.thread.agent, one.broker, mosquitto):
            victim.kill()
            victim.start()
            one.speaks_until_heard()
        one.thread.collector.kill()
        one.thread.agent.kill()
        one.thread.agent.start()
        one.speaks_until_heard()  # from the assignment on its disk
        one.thread.collector.start()
        one.thread.settle()
        assert differences(one.thread.wanted(), as_points(embedded_rows(one.thread, MEASUREMENTS))) == []
        assert sum(row["refused"] + row["dropped"] for row in one.thread.ledger()) == 0


def test_a_mapping_that_is_mended_is_used_without_a_restart(mosquitto: Mosquitto, tmp_path: Path) -> None:
    with site(tmp_path, mosquitto) as one:
        bad = {"time": _iso(time.time()), "temp_c": 30, "door": "ajar"}
        one.say(CABINET, bad)
        wait_for(lambda: sum(row["refused"] for row in one.thread.ledger()) == 1, "it is refused")
        mapping = one.thread.mappings / "site-cabinet.yaml"
        text = mapping.read_text(encoding="utf-8")
        mapping.write_text(text.replace("open: 1", "open: 1, ajar: 1"), encoding="utf-8")

        def is_read() -> bool:
            one.say(CABINET, bad)
            return any(entry.body.get("device") == "cab-nam-can-01" for entry in one.thread.accepted())

        wait_for(is_read, "the mended mapping is used")


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (b'{"time": "2100-01-01T00:00:00Z", "temp_c": 1}', 1, "s ahead"),
        (b'{"temp_c": 1}', 1, "refused: it has no time at /time"),
        (b"[", 1, "it is not JSON"),
    ],
)
def test_the_command_says_why_a_message_would_be_refused(tmp_path: Path, said: bytes, code: int, words: str) -> None:
    (tmp_path / "message").write_bytes(said)
    mapping = str(ROOT / "config" / "sensors" / "site-cabinet.yaml")
    ran = mangrove("sensor", "test", mapping, CABINET, str(tmp_path / "message"))
    assert (ran.returncode, ran.stdout) == (code, "")
    assert words in ran.stderr


def test_the_command_prints_what_a_mapping_makes_of_a_message(tmp_path: Path) -> None:
    said = {"time": _iso(time.time()), "temp_c": 34.5, "door": "open"}
    (tmp_path / "message").write_text(json.dumps(said))
    mapping = str(ROOT / "config" / "sensors" / "site-cabinet.yaml")
    ran = mangrove("sensor", "test", mapping, CABINET, str(tmp_path / "message"), more={"MANGROVE_LANG": "vi"})
    assert ran.returncode == 0, ran.stderr
    assert "mã của cảm biến: nam-can-01" in ran.stdout
    assert "1 open" in ran.stdout
    assert "34.5" in ran.stdout
    assert mangrove("sensor", "test", mapping, "site/x/power", str(tmp_path / "message")).returncode == 1
    (tmp_path / "m.yaml").write_text("en: x\n")
    broken = mangrove("sensor", "test", str(tmp_path / "m.yaml"), CABINET, str(tmp_path / "message"))
    assert (broken.returncode, "topic: is missing" in broken.stderr) == (2, True)


def test_the_command_reads_line_protocol_and_sparkplug_whose_aliases_a_birth_names(tmp_path: Path) -> None:
    now = time.time_ns()
    said = tmp_path / "said"
    said.write_text(f'cabinet celsius=34.5,door="open" {now}\n')
    line = str(ROOT / "config" / "sensors" / "site-line.yaml")
    ran = mangrove("sensor", "test", line, "telegraf/nam-can-01/environment", str(said))
    assert (ran.returncode, "34.5" in ran.stdout, "1 open" in ran.stdout) == (0, True, True), ran.stderr
    said.write_bytes(payload(metric(None, 231.5, alias=1), seq=1, at=now // 1_000_000))
    birth = tmp_path / "birth"
    birth.write_bytes(nbirth(VOLTS, at=now // 1_000_000))
    node = (str(ROOT / "config" / "sensors" / "site-sparkplug.yaml"), "spBv1.0/ca-mau/NDATA/nam-can-01", str(said))
    ran = mangrove("sensor", "test", *node, "--birth", str(birth))
    assert (ran.returncode, "231.5" in ran.stdout, "nam-can-01" in ran.stdout) == (0, True, True), ran.stderr
    ran = mangrove("sensor", "test", *node)
    assert (ran.returncode, "the alias 1 is of no birth that was heard" in ran.stderr) == (1, True)

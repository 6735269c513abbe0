"""A notification through the whole thread: net-snmp's snmptrap to the database and to `mangrove alarms`."""

import json
import socket
from pathlib import Path
from typing import cast

import pytest
from servers.mosquitto import Mosquitto
from servers.ports import free_port
from servers.snmpd import Snmpd
from servers.snmptrap import Sender
from system.parts import ROOT
from system.provinces import real
from system.test_commands import mangrove
from system.thread import Thread, running, wait_for

from agents.segment import boot_of_alarms
from collector.config import SOCKET
from contract.control import ask
from contract.intervals import IntervalSet
from contract.messages import boot_text

INDEX = "1.3.6.1.2.1.2.2.1.1.5"
DOWN, UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"


def batches(thread: Thread, kind: str) -> int:
    """How many of a kind the agent's spool has taken."""
    return sum(entry.body["kind"] == kind for entry in thread.accepted())


def told(thread: Thread, which: str = "alarms") -> list[str]:
    """The states of the alarms that stand, or the OIDs of what is unknown."""
    answer = cast("dict[str, list[dict[str, str]]]", ask(thread.collector.data / SOCKET, "alarms"))
    return [row["state" if which == "alarms" else "oid"] for row in answer[which]]


@pytest.mark.timeout(120)
def test_what_a_device_says_is_stored_shown_and_has_it_read_at_once(
    mosquitto: Mosquitto, snmpd: Snmpd, tmp_path: Path
) -> None:
    port = free_port(socket.SOCK_DGRAM)
    province = real(snmpd.port)
    slow = [device.model_copy(update={"interval_s": 80_000.0}) for device in province.devices]
    more: dict[str, object] = {"traps": str(ROOT / "config" / "traps")}
    agent: dict[str, object] = {
        "traps": {"listen": f"127.0.0.1:{port}", "credentials": province.credentials},
        "spool": {"archive": "archive"},
    }
    with running(
        tmp_path,
        mosquitto,
        province.model_copy(update={"devices": slow}),
        {"kind": "embedded"},
        simulate=False,
        more=more,
        more_of_agent=agent,
    ) as thread:
        here = {"MANGROVE_CONFIG": str(thread.collector.config_path)}
        sender = Sender(port, tmp_path / "sender")
        wait_for(lambda: sender.inform(DOWN, [INDEX, "i", "5"], wait_s=1), "the agent knows the device")
        for said in ("ắc quy", "quạt"):
            sender.trap("1.3.6.1.4.1.99999.0.7", ["1.3.6.1.4.1.99999.1.0", "s", said])
        wait_for(lambda: batches(thread, "trap") >= 3 and batches(thread, "poll") >= 1, "both, and a reading")
        wait_for(lambda: told(thread) == ["raised"] and told(thread, "unknown") == ["1.3.6.1.4.1.99999.0.7"], "both")
        shown = mangrove("alarms", "--site", "site-real", more={**here, "MANGROVE_LANG": "vi"}).stdout
        assert "Cổng 5 mất kết nối" in shown
        assert "nghiêm trọng" in shown
        unknown = mangrove("alarms", "--unknown", more=here).stdout
        assert unknown.index("1.3.6.1.4.1.99999.1.0 = quạt") < unknown.index("1.3.6.1.4.1.99999.1.0 = ắc quy")
        (kept,) = map(json.loads, mangrove("alarms", "--unknown", "--json", more=here).stdout.splitlines())
        assert [one["varbinds"][0]["value"] for one in kept["said"]] == ["quạt", "ắc quy"]
        sender.trap(UP, [INDEX, "i", "5"])
        wait_for(lambda: told(thread) == [], "it is over")
        (alarm,) = map(json.loads, mangrove("alarms", "--all", "--json", more=here).stdout.splitlines())
        assert (alarm["device"], alarm["type"], alarm["state"]) == ("device-real", "link_down", "cleared")
        assert mangrove("alarms", "--site", "nowhere", more=here).returncode == 1
        thread.settle()
        found = mangrove("query", "select alarm_type, entity, severity from alarm order by time", more=here).stdout
        rows = [json.loads(line) for line in found.splitlines()]
        assert [rows[0]["severity"], rows[-1]["severity"]] == [4, 0]
        assert {(row["alarm_type"], row["entity"]) for row in rows} == {("link_down", "5")}


@pytest.mark.timeout(120)
def test_alarms_outlive_an_outage_that_costs_polls_and_the_books_have_both(
    mosquitto: Mosquitto, snmpd: Snmpd, tmp_path: Path
) -> None:
    port = free_port(socket.SOCK_DGRAM)
    province = real(snmpd.port)
    agent: dict[str, object] = {
        "traps": {"listen": f"127.0.0.1:{port}", "credentials": province.credentials},
        "spool": {"budget_mib": 0.02, "segment_mib": 0.004, "free_mib": 0, "age_s": 0.5},
    }
    more: dict[str, object] = {"traps": str(ROOT / "config" / "traps")}
    store: dict[str, object] = {"kind": "embedded"}
    with running(tmp_path, mosquitto, province, store, simulate=False, more=more, more_of_agent=agent) as thread:
        sender = Sender(port, tmp_path / "sender")
        wait_for(lambda: sender.inform(DOWN, [INDEX, "i", "5"], wait_s=1), "the agent knows the device")
        polls = (thread.agent.spool / "boot").read_text(encoding="ascii").strip()
        alarms = boot_text(boot_of_alarms(int(polls, 16)))
        wait_for(lambda: {polls, alarms} <= {row["boot"] for row in thread.ledger()}, "both have books")
        thread.collector.kill()
        for index in range(100, 110):
            assert sender.inform(DOWN, [f"1.3.6.1.2.1.2.2.1.1.{index}", "i", str(index)])
        wait_for(lambda: len(dropped(thread).get(polls, IntervalSet())) > 20, "the outage costs polls")
        thread.collector.start()
        thread.settle()
        books = {row["boot"]: row for row in thread.ledger()}
        lost = dropped(thread)
        assert lost.keys() == {polls}
        assert books[polls]["dropped"] == len(lost[polls])
        assert books[polls]["stored"] == books[polls]["produced"] - len(lost[polls])
        assert books[alarms]["stored"] == books[alarms]["produced"] >= 11
        here = {"MANGROVE_CONFIG": str(thread.collector.config_path)}
        found = mangrove("query", "select entity from alarm", more=here).stdout
        assert {json.loads(line)["entity"] for line in found.splitlines()} == {"5", *map(str, range(100, 110))}


def dropped(thread: Thread) -> dict[str, IntervalSet]:
    """What the agent's disk says is dropped, by boot."""
    try:
        said = json.loads((thread.agent.spool / "dropped.json").read_bytes())
    except FileNotFoundError:
        return {}
    return {boot: IntervalSet(entry["ranges"]) for boot, entry in said.items()}

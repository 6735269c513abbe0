"""Echoes through the whole thread: from the kernel's reply to the database, beside polls and in the same books."""

import socket
from pathlib import Path

import pytest
from agents.echo.test_loopback import why_not
from servers.mosquitto import Mosquitto
from system import provinces
from system.oracle import as_points, differences
from system.test_real_values import embedded_rows
from system.thread import running, wait_for

from contract.inventory import Inventory

MEASUREMENTS = ("agent", "poll", "system", "interface", "echo")


def province() -> Inventory:
    """A few routers, two of which are sent echoes."""
    made = provinces.busy()
    wanting = [device.model_copy(update={"echo": 4, "interval_s": 0.5}) for device in made.devices[:2]]
    return made.model_copy(update={"devices": [*wanting, *made.devices[2:]]})


def test_what_the_echoes_of_a_device_measure_reaches_the_database_beside_its_polls(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    if why := why_not(socket.AF_INET):
        pytest.skip(why)
    inventory = province()
    wanting = {device.id for device in inventory.devices if device.echo}
    with running(tmp_path, mosquitto, inventory, {"kind": "embedded"}) as thread:

        def echoed() -> set[object]:
            return {entry.body["device"] for entry in thread.accepted() if entry.body["kind"] == "ping"}

        wait_for(lambda: echoed() == wanting, "the echoes of both are spooled")
        thread.agent.kill()
        thread.agent.start()
        before = len(thread.accepted())
        wait_for(lambda: len(thread.accepted()) > before + 20, "the agent goes on from its assignment on disk")
        thread.settle()
        rows = embedded_rows(thread, MEASUREMENTS)
        assert differences(thread.wanted(), as_points(rows)) == []
        assert all(row["balanced"] and not row["refused"] and not row["dropped"] for row in thread.ledger())
    echoes = [row for row in rows if row["measurement"] == "echo"]
    assert {row["device"] for row in echoes} == wanting
    assert {(row["sent"], row["received"], row["loss_pct"]) for row in echoes} == {(4, 4, 0.0)}
    assert {row["role"] for row in echoes} == {"router"}

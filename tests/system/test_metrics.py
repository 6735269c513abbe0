"""What Prometheus gets from a running agent and collector: its own format, and the numbers of what happened."""

import http.client
import threading
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from servers.mosquitto import Mosquitto
from servers.ports import HOST, free_port
from system import provinces
from system.thread import running, wait_for

from agents.counters import METRICS as OF_AGENT
from collector.config import SOCKET
from collector.counters import METRICS as OF_COLLECTOR
from contract.control import ask
from contract.metrics import Metric

Numbers = dict[str, float]


def scrape(port: int) -> Numbers:
    """Ask as Prometheus does, but as soon as there is a place. Return the samples: name, or name with the values of
    its labels."""
    for _ in range(100):
        with suppress(http.client.RemoteDisconnected, ConnectionResetError):
            return ask_once(port)
        threading.Event().wait(0.1)
    raise AssertionError(f"port {port} has let go a hundred callers")


def ask_once(port: int) -> Numbers:
    """Ask."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "identity"})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    assert answer.status == 200
    assert str(answer.getheader("Content-Type")).startswith("text/plain; version=")
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def shown(prefix: str, metrics: Iterable[Metric[Any]]) -> set[str]:
    """The names under which Prometheus knows what always has a value."""
    seldom = {"notices"}  # nobody is on call here
    return {f"{prefix}_{one.name}{'_total' * (one.kind == 'counter')}" for one in metrics if one.name not in seldom}


def test_both_tell_what_became_of_every_batch_also_while_the_broker_is_away(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    at_agent, at_collector = free_port(), free_port()
    inventory = provinces.busy()
    agent = inventory.agents[0].id
    with running(
        tmp_path,
        mosquitto,
        inventory,
        {"kind": "embedded"},
        more={"metrics": {"port": at_collector}},
        more_of_agent={"metrics": {"port": at_agent}},
    ) as thread:
        books = f"mangrove_collector_ledger_batches {agent} stored"
        wait_for(lambda: scrape(at_collector).get(books, 0) > 20, "the books are shown")
        ours, theirs = scrape(at_agent), scrape(at_collector)
        assert {name.partition(" ")[0] for name in ours} >= shown("mangrove_agent", OF_AGENT)
        assert {name.partition(" ")[0] for name in theirs} >= shown("mangrove_collector", OF_COLLECTOR)
        spooled = scrape(at_agent)["mangrove_agent_batches_spooled_total"]
        assert spooled >= theirs["mangrove_collector_batches_stored_total"] >= theirs[books] > 20
        assert theirs[f"mangrove_collector_ledger_batches {agent} missing"] == 0
        assert theirs["mangrove_collector_devices ok"] == ours["mangrove_agent_devices"] == len(inventory.devices)
        assert theirs["mangrove_collector_fresh_lag_seconds"] < 30
        assert min(numbers["process_resident_memory_bytes"] for numbers in (ours, theirs)) > 10 << 20
        rows = ask(thread.collector.data / SOCKET, "query", text="SELECT collector, store_ready FROM collector")
        assert isinstance(rows, list)
        assert rows[0]["collector"] == "test"

        known = len(thread.accepted())
        ever = "mangrove_agent_batches_spooled_total"
        wait_for(lambda: scrape(at_agent)[ever] >= known, "what is on disk is counted, once it is synced")
        assert scrape(at_agent)[ever] <= len(thread.accepted())

        mosquitto.kill()
        wait_for(lambda: scrape(at_agent)["mangrove_agent_broker_up"] == 0, "the agent says that the broker is away")
        wait_for(lambda: scrape(at_collector)["mangrove_collector_broker_up"] == 0, "so does the collector")
        before = scrape(at_agent)["mangrove_agent_spool_batches"]
        wait_for(lambda: scrape(at_agent)["mangrove_agent_spool_batches"] > before, "the spool is seen to grow")

        mosquitto.start()
        thread.settle()
        accepted = len(thread.accepted())
        total = "mangrove_collector_batches_stored_total"
        wait_for(lambda: scrape(at_collector)[books] == accepted, "the books of five seconds ago have all")
        assert scrape(at_collector)[total] == accepted
        assert scrape(at_collector)[f"mangrove_collector_ledger_batches {agent} missing"] == 0

"""What Prometheus gets from a running agent and collector: its own format, the numbers of what happened, and in time."""

import http.client
import os
import signal
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from servers.mosquitto import Mosquitto
from servers.ports import HOST, free_port
from system import provinces
from system.parts import ROOT
from system.thread import running, wait_for

from agents.counters import METRICS as OF_AGENT
from collector.counters import METRICS as OF_COLLECTOR

Numbers = dict[str, float]


def scrape(port: int) -> Numbers:
    """Ask as Prometheus does. Return the samples: name, or name with the values of its labels."""
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


def test_both_tell_what_happened_to_every_batch_also_while_the_database_and_the_broker_are_away(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    at_agent, at_collector = free_port(), free_port()
    inventory = provinces.busy()
    agent = inventory.agents[0].id
    metrics = [{"metrics": {"port": port}} for port in (at_agent, at_collector)]
    with running(
        tmp_path,
        mosquitto,
        inventory,
        {"kind": "embedded"},
        more={**metrics[1]},
        more_of_agent={**metrics[0]},
    ) as thread:
        wait_for(lambda: scrape(at_collector)["mangrove_collector_batches_stored_total"] > 20, "batches are stored")
        wait_for(lambda: scrape(at_collector).get(f"mangrove_collector_ledger_batches {agent} stored", 0) > 20, "books")
        ours, theirs = scrape(at_agent), scrape(at_collector)
        assert {name.partition(" ")[0] for name in ours} >= names("mangrove_agent", OF_AGENT)
        assert {name.partition(" ")[0] for name in theirs} >= names("mangrove_collector", OF_COLLECTOR)
        for numbers in (ours, theirs):
            assert numbers["process_resident_memory_bytes"] > 1 << 20
        assert ours["mangrove_agent_batches_spooled_total"] >= theirs["mangrove_collector_batches_stored_total"]
        print(ours, theirs)


def names(prefix: str, metrics: object) -> set[str]:
    return set()

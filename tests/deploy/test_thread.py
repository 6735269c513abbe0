"""The compose files' own agent and collector, from a real device through the shipped broker into a database."""

from pathlib import Path
from typing import Any

import yaml
from deploy.broker import ROOT, ShippedBroker
from deploy.client import Client
from deploy.logins import login
from servers.influxdb import InfluxDb
from servers.snmpd import Snmpd
from system.parts import AgentProcess, CollectorProcess, write_yaml
from system.provinces import real
from system.test_commands import mangrove
from system.thread import wait_for

from contract import topics
from mangrove.deploy import AGENT


def _config(name: str, deployment: Path, broker: ShippedBroker, secrets: dict[str, str]) -> dict[str, Any]:
    text = (ROOT / "config" / "compose" / f"{name}.yaml").read_text(encoding="utf-8")
    for path, file in {"ca.crt": "certificates/ca.crt", **secrets}.items():
        text = text.replace(f"/run/secrets/{path}", str(deployment / file))
    config: dict[str, Any] = yaml.safe_load(text)
    for brokers in (config["broker"], config.get("sensors", {}).get("broker", {}) if name == "agent" else {}):
        brokers |= {"host": broker.host, "port": broker.port}
    return config


def test_a_reading_comes_all_the_way(tmp_path: Path, deployment: Path, shipped: ShippedBroker, snmpd: Snmpd) -> None:
    password = (deployment / "secrets" / "influxdb-collector").read_text().strip()
    inventory = real(snmpd.port)
    device = inventory.devices[0].model_copy(update={"agent": AGENT})
    inventory = inventory.model_copy(
        update={"devices": [device], "agents": [inventory.agents[0].model_copy(update={"id": AGENT})]}
    )
    write_yaml(tmp_path / "inventory.yaml", inventory.model_dump(mode="json", exclude_none=True))
    secrets = {
        **_login("collector-ca-mau"),
        "influxdb-password": "secrets/influxdb-collector",
    }
    with InfluxDb(tmp_path, user="collector", password=password) as influxdb:
        config = _config("collector", deployment, shipped, secrets)
        config |= {
            "inventory": "inventory.yaml",
            "versions": "versions",
            "catalog": str(ROOT / "config" / "catalog.yaml"),
            **{key: str(ROOT / "config" / key) for key in ("profiles", "sensors", "traps", "pm", "rules")},
        }
        config["store"]["url"] = influxdb.url
        collector = CollectorProcess(tmp_path, config)
        secrets = {**_login(AGENT), "community": "secrets/community"}
        agent = AgentProcess(tmp_path, _config("agent", deployment, shipped, secrets))
        with collector, agent:
            wait_for(lambda: any(row["stored"] for row in _ledger(collector)), "a batch is stored")
            healthy = [mangrove("doctor", "-c", str(one.config_path)) for one in (collector, agent)]

        assert [one.returncode for one in healthy] == [0, 0], healthy
        assert "may publish and subscribe" in healthy[0].stdout
        assert "collector-ca-mau, until " in healthy[0].stdout
        assert healthy[1].stdout.count(f"{AGENT}, until ") == 2  # also at the broker of its sensors
        told = collector.log() + agent.log() + healthy[0].stdout + healthy[1].stdout
        assert "refuses us" not in told
        assert password not in told
        assert "PRIVATE KEY" not in told


def _login(user: str) -> dict[str, str]:
    return {f"client.{end}": f"clients/{user}/client.{end}" for end in ("crt", "key")}


def test_a_looker_sees_the_agent(shipped: ShippedBroker, deployment: Path) -> None:
    with (
        Client(shipped.port, login(deployment, "looker")) as looker,
        Client(shipped.port, login(deployment, AGENT)) as agent,
    ):
        looker.subscribe([topics.ALL])
        agent.publish([(topics.batches(AGENT), b"x")])
        while looker.heard.get(timeout=20)[:2] != (topics.batches(AGENT), b"x"):
            pass


def _ledger(collector: CollectorProcess) -> list[dict[str, int]]:
    rows = collector.stats()["ledger"]
    assert isinstance(rows, list)
    return rows

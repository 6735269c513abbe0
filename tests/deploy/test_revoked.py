"""The whole thread over TLS with a certificate for each: what a rogue agent achieves, and an agent that is revoked."""

from datetime import UTC, datetime
from pathlib import Path

import yaml
from deploy.broker import OBSERVER, ROOT, ShippedBroker
from deploy.client import Client
from deploy.logins import login
from servers.snmpd import Snmpd
from system.oracle import journal
from system.parts import AgentProcess, CollectorProcess, secret, write_yaml
from system.provinces import real
from system.thread import wait_for

from collector.ledger import LedgerRow
from contract import topics
from contract.inventory import AgentEntry
from mangrove.deploy import make
from mangrove.deploy_files import Files
from mangrove.register import enrol, revoke

AGENT, ROGUE = "agent-real", "agent-rogue"
CUT_WITHIN_S = 60.0


def _broker(deployment: Path, user: str, port: int) -> dict[str, object]:
    """What `mangrove enroll` wrote for a user's file, at this test's port, the files where they were made."""
    folder = deployment / "clients" / user
    broker: dict[str, object] = yaml.safe_load((folder / "broker.yaml").read_text())["broker"]
    tls = {"ca_file": "ca.crt", "cert_file": "client.crt", "key_file": "client.key"}
    return broker | {"host": "localhost", "port": port, "tls": {key: str(folder / name) for key, name in tls.items()}}


def _rows(collector: CollectorProcess, agent: str) -> list[LedgerRow]:
    """An agent's rows of the ledger."""
    rows = collector.stats()["ledger"]
    assert isinstance(rows, list)
    return [row for row in rows if row["agent"] == agent]


def _stored(collector: CollectorProcess, agent: str) -> int:
    return sum(row["stored"] for row in _rows(collector, agent))


def test_a_rogue_agent_gets_nowhere_and_a_revoked_one_is_cut_off_and_keeps_its_data(
    tmp_path: Path, snmpd: Snmpd
) -> None:
    deployment, now = tmp_path / "deployment", datetime.now(UTC)
    make(deployment, [], now)
    files = Files(deployment)
    for user in (AGENT, ROGUE, OBSERVER):
        enrol(files, user, "broker", now, days=2)
    inventory = real(snmpd.port)
    inventory = inventory.model_copy(update={"agents": [*inventory.agents, AgentEntry(id=ROGUE)]})
    write_yaml(tmp_path / "inventory.yaml", inventory.model_dump(mode="json", exclude_none=True))
    community = {"version": "v2c", "community": {"file": str(secret(tmp_path / "community", "public"))}}
    with ShippedBroker(tmp_path, deployment) as broker:
        collector = CollectorProcess(
            tmp_path,
            {
                "id": "ca-mau",
                "broker": _broker(deployment, "collector-ca-mau", broker.port),
                "inventory": "inventory.yaml",
                "catalog": str(ROOT / "config" / "catalog.yaml"),
                **{key: str(ROOT / "config" / key) for key in ("profiles", "sensors")},
                "store": {"kind": "embedded"},
            },
        )
        agent = AgentProcess(
            tmp_path,
            {
                "id": AGENT,
                "broker": _broker(deployment, AGENT, broker.port),
                "heartbeat_s": 0.5,
                "resend_s": 2,
                "credentials": {"sample": community},
            },
        )
        with collector, agent:
            wait_for(lambda: _stored(collector, AGENT) > 2, "batches are stored")
            _attack(broker, deployment, collector)

            revoke(files, AGENT, datetime.now(UTC))
            broker.restart()
            wait_for(lambda: "revoked" in agent.log().lower(), "the agent is cut off, and says why", CUT_WITHIN_S)
            wait_for(lambda: collector.log().count("connected to the broker") >= 2, "the collector is back")
            wait_for(
                lambda: all(row["stored"] == row["seen"] for row in _rows(collector, AGENT)), "what was heard is stored"
            )
            stored, made = _stored(collector, AGENT), len(journal(agent.spool, agent.archive))
            wait_for(lambda: len(journal(agent.spool, agent.archive)) > made + 5, "the agent goes on polling")
            assert _stored(collector, AGENT) == stored

            enrol(files, AGENT, "broker", datetime.now(UTC), days=2)
            broker.restart()
            wait_for(lambda: _stored(collector, AGENT) > made + 5, "what it kept is stored")
            assert not any(row["missing"] or row["held"] for row in _rows(collector, AGENT))


def _attack(broker: ShippedBroker, deployment: Path, collector: CollectorProcess) -> None:
    with Client(broker.port, login(deployment, OBSERVER)) as observer:
        observer.subscribe([topics.batches(AGENT)])
        _, record, _ = observer.heard.get(timeout=20)
    for name in ("mangrove-collector-ca-mau", f"mangrove-agent-{AGENT}", AGENT, "collector-ca-mau"):
        with Client(broker.port, login(deployment, ROGUE), client_id=name, user=AGENT) as rogue:
            rogue.publish([(topics.batches(AGENT), record)])  # denied by the broker
            rogue.publish([(topics.batches(ROGUE), record)])  # another agent's device
            rogue.publish([(topics.batches(ROGUE), record)], retain=True)
            rogue.publish([(topics.collector_alive("ca-mau"), b"")], retain=True)
    held = f"agent {ROGUE}: a batch is held on the agent's disk"
    wait_for(lambda: held in collector.log(), "what is of another's device is held")
    assert f"gives device-real to {AGENT}, not {ROGUE}" in collector.log()
    assert _stored(collector, ROGUE) == 0
    assert "already connected, closing old connection" not in broker.log()
    assert collector.log().count("connected to the broker") == 1

"""The demo's configuration: written to a folder as an operator would write it, so that it can be looked at."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from contract.inventory import Inventory
from mangrove.shipped import shipped_config
from mangrove.words import language

FASTER = 15  # times of the shipped rules are divided by it


def free_ports(count: int, kind: socket.SocketKind) -> list[int]:
    """Return ports of loopback that were free a moment ago, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket(socket.AF_INET, kind)) for _ in range(count)]
        for sock in sockets:
            sock.bind(("127.0.0.1", 0))
        return [int(sock.getsockname()[1]) for sock in sockets]


def write(
    folder: Path, inventory: Inventory, community: str, broker_port: int, store_url: str, phone_url: str
) -> Iterator[Path]:
    """Write all files; yield the agents' files. `store_url`: an InfluxDB, or empty for the embedded store; `phone_url`:
    where pages go."""
    _dump(folder / "inventory.yaml", inventory.model_dump(mode="json", exclude_none=True))
    _secret(folder / "community", community)
    _secret(folder / "phone", phone_url)
    _dump(folder / "oncall.yaml", _oncall())
    _rules(folder / "rules")
    broker = {"host": "127.0.0.1", "port": broker_port}
    shipped = shipped_config()
    _dump(
        folder / "collector.yaml",
        {
            "id": "demo",
            "broker": broker,
            "data": "collector",
            "inventory": "inventory.yaml",
            "catalog": str(shipped / "catalog.yaml"),
            "profiles": str(shipped / "profiles"),
            "sensors": str(shipped / "sensors"),
            "rules": "rules",
            "oncall": "oncall.yaml",
            "watch": {"period_s": 10, "refresh_s": 2},
            "store": _store(store_url),
        },
    )
    for agent in inventory.agents:
        path = folder / f"{agent.id}.yaml"
        credential = {"version": "v2c", "community": {"file": "community"}}
        _dump(
            path,
            {
                "id": agent.id,
                "broker": broker,
                "data": agent.id,
                "heartbeat_s": 1,
                "credentials": dict.fromkeys(inventory.credentials, credential),
                "sensors": {"broker": broker},
            },
        )
        yield path


def _rules(folder: Path) -> None:
    """Write the shipped rules with shorter times: a demo lasts minutes."""
    folder.mkdir()
    for path in sorted((shipped_config() / "rules").glob("*.yaml")):
        rules = yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
        for rule in rules.values():
            rule |= {key: rule[key] / FASTER for key in ("for_s", "keep_firing_for_s") if key in rule}
        _dump(folder / path.name, {"rules": rules})


def _oncall() -> dict[str, object]:
    """One person and their chief, as roles; both read the same phone."""
    person = {"language": language(), "channels": ["phone"]}
    return {
        "channels": {"phone": {"url": {"file": "phone"}}},
        "people": {"ca-truc": person, "truong-ca": person},
        "rotation": {
            "time_zone": "Asia/Ho_Chi_Minh",
            "start": "2026-01-05",
            "handover": {"weekday": "monday", "time": "08:00"},
            "order": ["ca-truc"],
        },
        "escalation": {
            "steps": [{"after_s": 0, "notify": ["on-call"]}, {"after_s": 120, "notify": ["truong-ca"]}],
            "repeat_s": 300,
        },
    }


def _secret(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _store(url: str) -> dict[str, object]:
    """The database and the version come from the URL: http://HOST:8086/DATABASE?version=1."""
    if not url:
        return {"kind": "embedded"}
    parts = urlsplit(url)
    version = 2 if "version=2" in parts.query else 1
    return {
        "kind": "influx",
        "url": f"{parts.scheme}://{parts.netloc}",
        "version": version,
        "database": parts.path.strip("/") or "mangrove",
    }


def _dump(path: Path, value: object) -> None:
    class NoAliases(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  # yaml's signature
            return True

    path.write_text(yaml.dump(value, Dumper=NoAliases, allow_unicode=True, sort_keys=False), encoding="utf-8")

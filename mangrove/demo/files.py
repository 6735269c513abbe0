"""The demo's configuration: written to a folder as an operator would write it, so that it can be looked at."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from contract.inventory import Inventory
from contract.inventory_folder import write as write_inventory
from mangrove.shipped import shipped_config
from mangrove.words import language, word
from simulator.sample.credentials import (
    AUTH_PASSWORD,
    COMMUNITY,
    CREDENTIAL,
    CREDENTIAL_V3,
    PRIV_PASSWORD,
    USER,
)

PROVINCE = "province"
QUICK = {"every_s": 1, "settle_s": 1}  # looks at performance files: their periods are short
FASTER = 15  # times of the shipped rules are divided by it


def pm_folder(folder: Path, agent: str) -> Path:
    """Return where the OSS leaves the performance files of an agent's cells."""
    return folder / "pm" / agent


def free_port(kind: socket.SocketKind) -> int:
    """Return a port that was free at every address of this machine a moment ago."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("0.0.0.0", 0))  # nothing listens, and nothing is received
        return int(sock.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Places:
    """Where the parts meet: the broker's port, the ports at which the agents hear traps, the URL of an InfluxDB, which
    is empty for the embedded store, and that to which pages go."""

    broker: int
    traps: Mapping[str, int]
    store_url: str
    phone_url: str


def write(folder: Path, inventory: Inventory, places: Places) -> list[Path]:
    """Write all files; return the agents' files."""
    (folder / PROVINCE).mkdir()
    write_inventory(inventory, folder / PROVINCE, word("demo_title"))
    secrets = {"community": COMMUNITY, "auth": AUTH_PASSWORD, "privacy": PRIV_PASSWORD, "phone": places.phone_url}
    for name, text in secrets.items():
        _secret(folder / name, text)
    _dump(folder / "oncall.yaml", _oncall())
    _rules(folder / "rules")
    broker = {"host": "127.0.0.1", "port": places.broker}
    shipped = shipped_config()
    _dump(
        folder / "collector.yaml",
        {
            "id": "demo",
            "broker": broker,
            "data": "collector",
            "inventory": PROVINCE,
            "catalog": str(shipped / "catalog.yaml"),
            "profiles": str(shipped / "profiles"),
            "sensors": str(shipped / "sensors"),
            "traps": str(shipped / "traps"),
            "pm": str(shipped / "pm"),
            "rules": "rules",
            "oncall": "oncall.yaml",
            "watch": {"period_s": 10, "refresh_s": 2},
            "store": _store(places.store_url),
        },
    )
    agents = [folder / f"{agent.id}.yaml" for agent in inventory.agents]
    for path in agents:
        pm_folder(folder, path.stem).mkdir(parents=True)
        _dump(path, _agent(path.stem, pm_folder(folder, path.stem), inventory, places))
    return agents


def _agent(name: str, pm: Path, inventory: Inventory, places: Places) -> dict[str, object]:
    broker, credentials = {"host": "127.0.0.1", "port": places.broker}, _credentials(inventory)
    return {
        "id": name,
        "broker": broker,
        "data": name,
        "heartbeat_s": 2,
        "credentials": credentials,
        "sensors": {"broker": broker},
        "traps": {"listen": f"127.0.0.1:{places.traps[name]}", "credentials": list(credentials)},
        "pm": {"folder": str(pm), **QUICK},
    }


def _credentials(inventory: Inventory) -> dict[str, object]:
    known: dict[str, object] = {
        CREDENTIAL: {"version": "v2c", "community": {"file": "community"}},
        CREDENTIAL_V3: {
            "version": "v3",
            "user": USER,
            "auth": "sha256",
            "auth_password": {"file": "auth"},
            "privacy": "aes128",
            "privacy_password": {"file": "privacy"},
        },
    }
    return {name: known[name] for name in inventory.credentials}


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

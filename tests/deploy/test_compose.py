"""docker-compose.yml, Dockerfile and what they mount: pinned, locked down, watched, and all of it there."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import NameOID
from deploy.broker import ROOT

from agents.config import load_agent_config
from collector.config import SOCKET, InfluxStoreConfig, load_collector_config
from contract.broker import BrokerConfig
from contract.control import Control
from contract.inventory import Inventory
from contract.inventory_check import load_inventory
from mangrove.deploy import AGENT, SERVICES
from mangrove.register import ACL, CRL
from simulator.sample.province import sample

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PINNED = re.compile(r"(?:[a-z-]+/)?[a-z-]+:\d+\.\d+\.\d+(?:-[a-z]+)*")
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
every_part = pytest.mark.parametrize("name", PARTS)


def _mounts(name: str) -> list[tuple[str, str, str]]:
    """Source, target and mode of each of a service's mounts; MANGROVE_PROVINCE is not set."""
    texts = [re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text) for text in PARTS[name].get("volumes", [])]
    return [(source, target, mode) for source, target, mode in (f"{text}:rw".split(":")[:3] for text in texts)]


def _secrets(name: str) -> dict[str, str]:
    """Where a service finds each of its secrets: name and path."""
    out = {}
    for one in PARTS[name].get("secrets", []):
        source, target = (one, one) if isinstance(one, str) else (one["source"], one["target"])
        out[source] = target if target.startswith("/") else f"/run/secrets/{target}"
    return out


def test_the_services_are_those_that_are_promised() -> None:
    assert set(PARTS) == {"broker", "influxdb", "grafana", "collector", "agent", "simulator"}
    assert [name for name, part in PARTS.items() if part.get("profiles")] == ["simulator"]


def test_images_are_pinned_to_a_whole_version() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 2
    images = [part["image"] for part in PARTS.values()] + bases
    assert [image for image in images if not PINNED.fullmatch(image)] == []
    assert {part["image"] for part in PARTS.values() if "build" in part} == {f"mangrove:{VERSION}"}


@every_part
def test_a_service_is_locked_down(name: str) -> None:
    part = PARTS[name]
    assert part["user"] == "${MANGROVE_UID:?run make up}:${MANGROVE_GID:?run make up}"
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert part["restart"] == "unless-stopped"
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode", "env_file"} & part.keys()


@every_part
def test_a_service_is_bounded_and_watched(name: str) -> None:
    part = PARTS[name]
    assert re.fullmatch(r"\d+[mg]", part["mem_limit"])
    assert part["pids_limit"] > 0
    assert part["logging"]["options"] == {"max-size": "10m", "max-file": "3"}
    assert part["healthcheck"]["test"][0] == "CMD"
    assert {"interval", "timeout", "retries", "start_period"} <= part["healthcheck"].keys()


@every_part
def test_a_service_waits_until_what_it_needs_is_healthy(name: str) -> None:
    needs = {
        "grafana": {"influxdb"},
        "collector": {"broker", "influxdb"},
        "agent": {"broker"},
        "simulator": {"broker"},
    }
    waits = PARTS[name].get("depends_on", {})
    assert set(waits) == needs.get(name, set())
    assert all(wait == {"condition": "service_healthy"} for wait in waits.values())


def test_only_broker_and_grafana_can_be_reached_from_other_hosts() -> None:
    ports = {name: part["ports"] for name, part in PARTS.items() if "ports" in part}
    assert ports == {"broker": ["8883:8883"], "grafana": ["3000:3000"], "influxdb": ["127.0.0.1:8086:8086"]}
    together = {name for name, part in PARTS.items() if "store" in part["networks"]}
    assert together == {"influxdb", "grafana", "collector"}  # no agent can reach the database


@every_part
def test_no_secret_is_in_an_environment(name: str, deployment: Path) -> None:
    for key, value in PARTS[name].get("environment", {}).items():
        if re.search("PASSWORD|TOKEN|SECRET|KEY", key):
            assert key.endswith(("_FILE", "__FILE", "_CERT_KEY")), key
            assert value in _secrets(name).values(), f"{key}: {value} is not mounted"
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8") + DOCKERFILE
    for path in (deployment / "secrets").iterdir():
        assert path.name == "community" or path.read_text().strip() not in text


def test_every_secret_is_made_and_used(deployment: Path) -> None:
    files = {name: secret["file"] for name, secret in COMPOSE["secrets"].items()}
    assert {name for part in PARTS for name in _secrets(part)} == set(files)
    assert [file for file in files.values() if not (deployment / file.removeprefix(".deploy/")).is_file()] == []
    assert "ca.key" not in "".join(files.values())


@every_part
def test_every_mounted_path_is_there(name: str, deployment: Path) -> None:
    for source, target, mode in _mounts(name):
        if source.startswith("./.deploy/"):
            path = deployment / source.removeprefix("./.deploy/")
            wanted = "ro" if source.endswith("/users") else "rw"
            assert (mode, path.is_dir(), path.stat().st_mode & 0o077) == (wanted, True, 0), source
        else:
            assert (ROOT / source).exists(), f"{source} of {target} is not there"
            assert mode == "ro", f"{source} can be written to"


def test_all_that_the_brokers_file_names_is_mounted() -> None:
    text = (ROOT / "config" / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    named = set(re.findall(r"^\w+ (/\S+)$", text, re.MULTILINE))
    folders = tuple(f"{target}/" for _, target, _ in _mounts("broker"))
    assert {name for name in named if not name.startswith(folders)} <= set(_secrets("broker").values())
    assert {Path(name).name for name in named if name.startswith(folders)} == {ACL.name, CRL.name}


def test_the_demo_has_a_province_of_its_own() -> None:
    assert "./config/compose/demo" in (ROOT / "Makefile").read_text(encoding="utf-8")
    mappings = {"site-power", "site-cabinet"}
    profiles = {path.stem for path in (ROOT / "config/profiles").glob("*.yaml")}
    demo = load_inventory(ROOT / "config/compose/demo/inventory.yaml", profiles, mappings)
    own = load_inventory(ROOT / "config/compose/province/inventory.yaml", profiles)
    address = PARTS["simulator"]["networks"]["edge"]["ipv4_address"]
    assert demo == _cluster(sample(40, 1, interval_s=2.0), AGENT, address)
    assert f"{address}:{demo.devices[0].port}" in PARTS["simulator"]["healthcheck"]["test"]
    assert [[one.id for one in inventory.agents] for inventory in (demo, own)] == [[AGENT], [AGENT]]


def _cluster(made: Inventory, agent: str, address: str) -> Inventory:
    """Return what one agent has of a sample: at one address, a port a device, and with the one secret of the files."""
    mine = [device for device in made.devices if device.agent == agent]
    names = {device.id for device in mine}
    sites = {device.site for device in mine}
    return Inventory(
        areas=made.areas,
        sites=[site for site in made.sites if site.id in sites],
        agents=[one for one in made.agents if one.id == agent],
        devices=[
            device.model_copy(update={"address": address, "port": 16_100 + number, "credential": "sample"})
            for number, device in enumerate(mine)
        ],
        sensors=[sensor for sensor in made.sensors if sensor.agent == agent],
        links=[link for link in made.links if names.issuperset(link.ends)],
        cells=[cell for cell in made.cells if cell.site in sites],
        credentials=["sample"],
    )


@pytest.mark.parametrize("name", ["agent", "collector"])
def test_our_programs_get_files_that_load_and_the_secrets_that_these_name(
    name: str, deployment: Path, tmp_path: Path
) -> None:
    command, given = PARTS[name]["command"], _secrets(name)
    assert command[:2] == [name, "--config"]
    source, target, _ = next(mount for mount in _mounts(name) if command[2].startswith(mount[1]))
    text = (ROOT / source / Path(command[2]).relative_to(target)).read_text(encoding="utf-8")
    named = set(re.findall(r"/run/secrets/[\w.-]+", text))
    assert named == set(given.values())
    for secret, path in given.items():
        text = text.replace(path, str(deployment / COMPOSE["secrets"][secret]["file"].removeprefix(".deploy/")))
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    if name == "agent":
        agent, _ = load_agent_config(tmp_path / "config.yaml")
        assert agent.id == _user(agent.broker) == AGENT
        assert agent.broker.host in PARTS
    else:
        collector, _ = load_collector_config(tmp_path / "config.yaml")
        assert f"collector-{collector.id}" == _user(collector.broker)
        assert _user(collector.broker) in SERVICES
        assert isinstance(collector.store, InfluxStoreConfig)
        assert collector.store.database == PARTS["influxdb"]["environment"]["DOCKER_INFLUXDB_INIT_BUCKET"]


def _user(broker: BrokerConfig) -> str | bytes:
    """As whom a certificate comes in."""
    assert broker.tls is not None
    assert broker.tls.cert_file is not None
    subject = x509.load_pem_x509_certificate(broker.tls.cert_file.read_bytes()).subject
    return subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def test_the_health_check_of_the_broker_comes_in_by_a_certificate() -> None:
    test, given = PARTS["broker"]["healthcheck"]["test"], _secrets("broker")
    assert {f"--cert={given['health.crt']}", f"--key={given['health.key']}", f"--cafile={given['ca.crt']}"} < set(test)
    assert COMPOSE["secrets"]["health.crt"]["file"] == ".deploy/clients/health/client.crt"


def test_influxdb_gets_its_mapping_and_two_logins_that_may_only_use_the_bucket(
    deployment: Path, tmp_path: Path
) -> None:
    script = ROOT / "config" / "influxdb" / "mangrove.sh"
    assert script.stat().st_mode & stat.S_IXUSR, "the image runs only what can be executed"
    calls = tmp_path / "calls"
    fake = tmp_path / "influx"
    fake.write_text('#!/bin/bash\nprintf "%s\\n" "$*" >>"$CALLS"\n')
    fake.chmod(0o700)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "CALLS": str(calls),
        "MANGROVE_SECRETS": str(deployment / "secrets"),
        "DOCKER_INFLUXDB_INIT_ORG": "org",
        "DOCKER_INFLUXDB_INIT_BUCKET": "mangrove",
        "DOCKER_INFLUXDB_INIT_BUCKET_ID": "0a1b",
    }
    subprocess.run([script], env=environment, check=True, timeout=20)

    secrets = {
        name: (deployment / "secrets" / f"influxdb-{name}").read_text().strip() for name in ("collector", "grafana")
    }
    user, _, password = secrets["grafana"].partition(":")
    create = "v1 auth create --org org --username"
    assert calls.read_text().splitlines() == [
        "v1 dbrp create --org org --bucket-id 0a1b --db mangrove --rp autogen --default",
        f"{create} collector --password {secrets['collector']} --read-bucket 0a1b --write-bucket 0a1b",
        f"{create} {user} --password {password} --read-bucket 0a1b",
    ]
    assert user == "grafana"


def _health(name: str, data: Path) -> int:
    code = PARTS[name]["healthcheck"]["test"][-1].replace("/var/lib/mangrove", str(data))
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False, timeout=20
    ).returncode


def test_an_agent_is_healthy_while_it_spools(tmp_path: Path) -> None:
    assert _health("agent", tmp_path) != 0
    (tmp_path / "spool").mkdir()
    for name in ("lock", "1.seg"):
        (tmp_path / "spool" / name).touch()
    assert _health("agent", tmp_path) == 0
    for name in ("lock", "1.seg"):
        os.utime(tmp_path / "spool" / name, (time.time() - 120,) * 2)
    assert _health("agent", tmp_path) != 0


def test_a_collector_is_healthy_while_it_answers(tmp_path: Path) -> None:
    assert _health("collector", tmp_path) != 0
    control = Control(tmp_path / SOCKET, {"stats": lambda _: {}})
    try:
        assert _health("collector", tmp_path) == 0
    finally:
        control.close()
    assert _health("collector", tmp_path) != 0


def test_the_image_runs_as_nobody_and_has_only_what_runs() -> None:
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    assert "--no-index" in DOCKERFILE
    assert "pip uninstall" in last
    assert "apt-get" not in DOCKERFILE
    assert "HEALTHCHECK" not in DOCKERFILE


def test_the_image_gets_what_the_package_is_made_of_and_nothing_else() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    given = {line[1:] for line in ignored if line.startswith("!")}
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert ignored[1] == "*"
    assert given == {
        *build["packages"],
        *build["force-include"],
        *("LICENSE", "README.md", "pyproject.toml", "requirements.lock"),
    }
    assert {".deploy/", ".env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())


def test_the_compose_client_takes_the_file() -> None:
    client = shutil.which("docker")
    if client is None or subprocess.run([client, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker client with the compose plugin on this machine")
    said = subprocess.run(
        ["docker", "compose", "--profile", "demo", "config", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
        env={**os.environ, "MANGROVE_UID": "10001", "MANGROVE_GID": "10001"},
    )
    assert said.returncode == 0, said.stderr
    assert set(json.loads(said.stdout)["services"]) == set(PARTS)
